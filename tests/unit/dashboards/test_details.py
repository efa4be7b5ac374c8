"""What stands one click behind a visual."""

import sys

import pytest
from streamlit.testing.v1 import AppTest


@pytest.fixture(autouse=True)
def _main_module(monkeypatch: pytest.MonkeyPatch) -> None:
    """Give back the main module, which Streamlit replaces and which processes that start later read."""
    monkeypatch.setitem(sys.modules, "__main__", sys.modules["__main__"])


def _popover() -> None:
    # The test of the application runs this function's source alone, so its imports are within.
    from streamvision_web.details import Frame, details  # noqa: PLC0415 - see above
    from streamvision_web.language import FRENCH  # noqa: PLC0415 - see above

    details(Frame("good", "Bonnes sessions"), ["good_sessions", "dau"], FRENCH)


def test_a_definition_is_french_throughout_for_french_readers() -> None:
    """What a metric means, how it is computed, of what and in what, and who says so."""
    app = AppTest.from_function(_popover).run()
    assert not app.exception
    good, dau = (shown.value.replace("\\", "") for shown in app.markdown)
    formula = "nombre de lectures avec un temps de démarrage <= 2 000 ms, un taux de mise en tampon < 0,4 %"
    assert good.split("\n\n") == [
        "#### Bonnes sessions",
        "Sessions démarrées en 2 secondes au plus, avec un taux de mise en tampon sous 0,4 % et sans erreur.",
        f"**Formule** · {formula} et sans erreur",
        "**Grain** · toute combinaison de jours, appareils, résolutions, pays, offres et genres",
        "**Unité** · sessions",
        "**Cas limites** · Les seuils sont les variables good_startup_ms et good_rebuffering_ratio.",
        "**Source** · notre définition, d’après good session de Conviva",  # noqa: RUF001 - French
    ]
    assert "**Source** · usage courant" in dau
