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
