"""Words for the codes in the marts. The texts of the pages are in `texts`."""

from collections.abc import Mapping

from streamvision_web.definitions import metric

_ENGLISH: Mapping[str, Mapping[str, str]] = {
    "device": {
        "tv": "Television",
        "mobile": "Mobile phone",
        "tablet": "Tablet",
        "desktop": "Computer",
        "console": "Games console",
    },
    "movement": {
        "start": "Start",
        "upgrade": "Upgrade",
        "downgrade": "Downgrade",
        "renewal": "Renewal",
        "cancellation": "Cancellation",
        "reactivation": "Reactivation",
    },
    "content_type": {"film": "Film", "series": "Series", "documentary": "Documentary"},
    "genre": {
        "Action": "Action",
        "Animation": "Animation",
        "Comedy": "Comedy",
        "Crime": "Crime",
        "Drama": "Drama",
        "Family": "Family",
        "Fantasy": "Fantasy",
        "History": "History",
        "Horror": "Horror",
        "Nature": "Nature",
        "Romance": "Romance",
        "Science Fiction": "Science Fiction",
    },
    "plan": {"none": "No plan"},
    "filter": {"countries": "country", "plans": "plan", "genres": "genre", "devices": "device"},
    "cohort_step": {"month": "Months", "week": "Weeks"},
    "mrr_step": {
        "mrr_at_start_cents": "Start",
        "new_mrr_cents": "New",
        "expansion_mrr_cents": "Expansion",
        "reactivation_mrr_cents": "Reactivation",
        "contraction_mrr_cents": "Contraction",
        "voluntary_churn_mrr_cents": "Voluntary churn",
        "involuntary_churn_mrr_cents": "Involuntary churn",
        "mrr_at_end_cents": "End",
    },
    "outcome": {"done": "Done", "failed": "Failed", "running": "Running"},
    "step": {
        "simulate": "Simulate",
        "extract": "Extract",
        "load": "Load",
        "transform": "Transform",
        "publish": "Publish",
        "notify": "Notify",
        "maintain": "Maintain",
    },
    "quarantine_status": {"open": "Open", "released": "Released", "dropped": "Dropped"},
    "layer": {
        "source": "Loaded tables",
        "staging": "Staging",
        "intermediate": "Intermediate",
        "core": "Core",
        "marts": "Marts",
    },
    "smoothing": {"daily": "Each day", "weekly": "Over 7 days"},
    "region": {
        "world": "World",
        "africa": "Africa",
        "americas": "Americas",
        "asia": "Asia",
        "europe": "Europe",
        "oceania": "Oceania",
    },
}

_FRENCH: Mapping[str, Mapping[str, str]] = {
    "device": {
        "tv": "Télévision",
        "mobile": "Téléphone",
        "tablet": "Tablette",
        "desktop": "Ordinateur",
        "console": "Console de jeux",
    },
    "movement": {
        "start": "Souscription",
        "upgrade": "Montée en gamme",
        "downgrade": "Descente en gamme",
        "renewal": "Renouvellement",
        "cancellation": "Résiliation",
        "reactivation": "Réactivation",
    },
    "content_type": {"film": "Film", "series": "Série", "documentary": "Documentaire"},
    "genre": {
        "Action": "Action",
        "Animation": "Animation",
        "Comedy": "Comédie",
        "Crime": "Policier",
        "Drama": "Drame",
        "Family": "Famille",
        "Fantasy": "Fantastique",
        "History": "Histoire",
        "Horror": "Horreur",
        "Nature": "Nature",
        "Romance": "Romance",
        "Science Fiction": "Science-fiction",
    },
    "plan": {"none": "Sans offre"},
    "filter": {"countries": "pays", "plans": "offre", "genres": "genre", "devices": "appareil"},
    "cohort_step": {"month": "Mois", "week": "Semaines"},
    "mrr_step": {
        "mrr_at_start_cents": "Début",
        "new_mrr_cents": "Nouveaux",
        "expansion_mrr_cents": "Expansion",
        "reactivation_mrr_cents": "Réactivation",
        "contraction_mrr_cents": "Contraction",
        "voluntary_churn_mrr_cents": "Attrition volontaire",
        "involuntary_churn_mrr_cents": "Attrition subie",
        "mrr_at_end_cents": "Fin",
    },
    "outcome": {"done": "Terminé", "failed": "Échoué", "running": "En cours"},
    "step": {
        "simulate": "Simulation",
        "extract": "Extraction",
        "load": "Chargement",
        "transform": "Transformation",
        "publish": "Publication",
        "notify": "Notification",
        "maintain": "Entretien",
    },
    "quarantine_status": {"open": "À décider", "released": "Libérée", "dropped": "Écartée"},
    "layer": {
        "source": "Tables chargées",
        "staging": "Préparation",
        "intermediate": "Intermédiaires",
        "core": "Cœur",
        "marts": "Marts",
    },
    "smoothing": {"daily": "Chaque jour", "weekly": "Sur 7 jours"},
    "region": {
        "world": "Monde",
        "africa": "Afrique",
        "americas": "Amériques",
        "asia": "Asie",
        "europe": "Europe",
        "oceania": "Océanie",
    },
}

# A series that is a metric bears its name.
_WINDOWS = ("dau", "wau", "mau")


def _with_metrics(code: str, words: Mapping[str, Mapping[str, str]]) -> Mapping[str, Mapping[str, str]]:
    return {**words, "window": {name: metric(name).label[code] for name in _WINDOWS}}


LABELS: Mapping[str, Mapping[str, Mapping[str, str]]] = {
    code: _with_metrics(code, words) for code, words in (("en", _ENGLISH), ("fr", _FRENCH))
}
"""Word by language, kind and code."""
