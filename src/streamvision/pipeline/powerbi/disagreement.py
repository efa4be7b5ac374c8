"""How it is told that what is written by hand does not fit what is generated."""

from streamvision.domain.errors import DefinitionError

SPEC = "dashboards/powerbi/model.yml"


def disagreement(what: str) -> DefinitionError:
    """Return the error that tells of it."""
    return DefinitionError(
        f"The Power BI model and dbt disagree: {what}",
        where=SPEC,
        safe="nothing was written",
        next_command=f"mend {SPEC}, then `streamvision powerbi build`",
    )
