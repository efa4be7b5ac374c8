# ruff: noqa: RUF001 - French is written with typographic apostrophes
"""The texts of the pages, one table per language with the same keys.

Words for codes are in `labels`; names and explanations of metrics come from their definitions.
"""

from collections.abc import Mapping

from streamvision_web import texts_content, texts_controls, texts_engagement, texts_health, texts_title

_ENGLISH: Mapping[str, str] = {
    "months": "January February March April May June July August September October November December",
    "weekdays": "Sunday Monday Tuesday Wednesday Thursday Friday Saturday",
    "language": "Language",
    "page_content": "Content performance",
    "page_engagement": "Subscriptions and engagement",
    "lead_content": "What is watched, where, on what, and how it is liked.",
    "lead_engagement": "How well it plays, who comes back, and how subscriptions move.",
    "publication": "Data to the end of {day} (days of UTC) · published {moment}",
    "filters": "Filters",
    "days": "Days",
    "days_unfinished": "Choose the last day too; until then the whole period is shown.",
    "countries": "Countries",
    "plans": "Plans",
    "genres": "Genres",
    "all": "All",
    "reset": "Clear the filters",
    "period": "{first} to {last}",
    "share": "Share",
    "country": "Country",
    "title": "Title",
    "genre": "Genre",
    "type": "Type",
    "device": "Device",
    "day": "Day",
    "period_column": "Period",
    "resolution": "Resolution",
    "movement": "Movement",
    "count": "Count",
    "watch_hours": "Watch time (hours)",
    "search": "Search a title",
    "search_placeholder": "Part of a title",
    "rating_column": "Rating (of 10)",
    "step_day": "day",
    "step_week": "week (from its Monday)",
    "step_month": "month",
    "nothing": "The filters select nothing here.",
    "nothing_page": "No session matches the filters. Widen the days, or take a country, plan or genre away.",
    "unpublished": "Nothing is published yet",
    "unpublished_next": "Run the pipeline once, then load this page again:",
    "failed": "The data cannot be read",
    "failed_next": "What to do next:",
    "not_filtered": "Not filtered by: {filters}.",
    "points": "{number} pts",
    "no_days_before": "No change is shown: the data do not reach back over as many days before. Choose "
    "fewer days to compare.",
    "compared": "▲▼ against the {days} days before: {first} to {last}.",
    "compared_subscriptions": "▲▼ against the {days} days before: {first} to {last}; the data on viewing "
    "do not "
    "reach back so far.",
    "unit_d": "d",
    "unit_h": "h",
    "page_title": "Title",
    "lead_title": "One title: how long it is watched, where, on what, how far, and how it is liked.",
    "page_health": "Data health",
    "lead_health": "Whether the data are fresh, whole and tested.",
}

_FRENCH: Mapping[str, str] = {
    "months": "janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
    "weekdays": "dimanche lundi mardi mercredi jeudi vendredi samedi",
    "language": "Langue",
    "page_content": "Performance des contenus",
    "page_engagement": "Abonnements et engagement",
    "lead_content": "Ce qui est regardé, où, sur quoi, et ce que le public en pense.",
    "lead_engagement": "La qualité de lecture, qui revient, et les mouvements d’abonnement.",
    "publication": "Données jusqu’au {day} inclus (jours UTC) · publiées le {moment}",
    "filters": "Filtres",
    "days": "Jours",
    "days_unfinished": "Choisissez aussi le dernier jour ; en attendant, toute la période est affichée.",
    "countries": "Pays",
    "plans": "Offres",
    "genres": "Genres",
    "all": "Tous",
    "reset": "Effacer les filtres",
    "period": "du {first} au {last}",
    "share": "Part",
    "country": "Pays",
    "title": "Titre",
    "genre": "Genre",
    "type": "Type",
    "device": "Appareil",
    "day": "Jour",
    "period_column": "Période",
    "resolution": "Résolution",
    "movement": "Mouvement",
    "count": "Nombre",
    "watch_hours": "Temps de visionnage (heures)",
    "search": "Chercher un titre",
    "search_placeholder": "Une partie du titre",
    "rating_column": "Note (sur 10)",
    "step_day": "jour",
    "step_week": "semaine (à partir du lundi)",
    "step_month": "mois",
    "nothing": "Les filtres ne sélectionnent rien ici.",
    "nothing_page": "Aucune session ne correspond aux filtres. Élargissez les jours, ou retirez un pays, "
    "une offre ou un genre.",
    "unpublished": "Rien n’est encore publié",
    "unpublished_next": "Lancez la chaîne une fois, puis rechargez cette page :",
    "failed": "Les données ne peuvent pas être lues",
    "failed_next": "Que faire ensuite :",
    "not_filtered": "Non filtré par : {filters}.",
    "points": "{number} pts",
    "no_days_before": "Aucune évolution : les données ne couvrent pas autant de jours auparavant. "
    "Choisissez moins de jours pour comparer.",
    "compared": "▲▼ par rapport aux {days} jours d’avant : du {first} au {last}.",
    "compared_subscriptions": "▲▼ par rapport aux {days} jours d’avant : du {first} au {last} ; les "
    "données de "
    "visionnage ne remontent pas si loin.",
    "unit_d": "j",
    "unit_h": "h",
    "page_title": "Titre",
    "lead_title": "Un titre : combien, où, sur quoi, jusqu’où il est regardé, et comment il est noté.",
    "page_health": "Santé des données",
    "lead_health": "Les données sont-elles fraîches, entières et testées ?",
}

_OF_PAGES = (texts_controls, texts_content, texts_title, texts_engagement, texts_health)

TEXTS: Mapping[str, Mapping[str, str]] = {
    "en": {**_ENGLISH, **{key: page.ENGLISH[key] for page in _OF_PAGES for key in page.ENGLISH}},
    "fr": {**_FRENCH, **{key: page.FRENCH[key] for page in _OF_PAGES for key in page.FRENCH}},
}
"""Text by language and key; what stands in braces is filled in."""
