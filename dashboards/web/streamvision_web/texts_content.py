# ruff: noqa: RUF001 - French is written with typographic apostrophes
"""The texts of the page on content."""

from collections.abc import Mapping

ENGLISH: Mapping[str, str] = {
    "out_of_ten": "{rating} / 10",
    "map": "Sessions by country",
    "map_hint": "Click on a country to filter by it; hold Shift to add another.",
    "map_missing": "Too small to be drawn: {countries}.",
    "map_region": "Part of the world",
    "clear_countries": "Show all countries",
    "genre_chart": "Watch time by genre",
    "device_chart": "Sessions by device",
    "titles_table": "Ratings and completion by title",
    "titles_note": "{found} titles. Click on a column's head to sort by it.",
    "titles_cut": "The {shown} with most sessions of {found} titles. Click on a column's head to sort by it.",
    "hours": "Watch time (h)",
    "title_chart": "Watch time by title",
    "titles_hint": "Click on a title to open its page.",
    "top": "How many titles",
    "long_tail": "Long tail: how few titles hold how much",
    "long_tail_note": "{share} of the watch time is outside the top 20% of the {titles} titles of the "
    "catalogue.",
    "titles_by_watch_time": "Share of the titles, most watched first",
    "titles_counted": "Titles",
    "share_of_watch_time": "Share of the watch time",
    "head_of_titles": "Top 20%",
    "scatter": "Completion against rating",
    "scatter_note": "Titles with {ratings} ratings and {sessions} sessions of 30 seconds or more; dashes are "
    "the means.",
    "abandonment_note": "Share of the sessions that reached each percent of what was played.",
    "choose_title": "Title",
    "all_titles": "All titles",
    "played_share": "Share of the length",
    "plays_that_reached": "Sessions that got there",
}

FRENCH: Mapping[str, str] = {
    "out_of_ten": "{rating} / 10",
    "map": "Sessions par pays",
    "map_hint": "Cliquez sur un pays pour filtrer ; maintenez Maj pour en ajouter un autre.",
    "map_missing": "Trop petits pour être dessinés : {countries}.",
    "map_region": "Partie du monde",
    "clear_countries": "Afficher tous les pays",
    "genre_chart": "Temps de visionnage par genre",
    "device_chart": "Sessions par appareil",
    "titles_table": "Notes et complétion par titre",
    "titles_note": "{found} titres. Cliquez sur un en-tête pour trier.",
    "titles_cut": "Les {shown} titres les plus vus, sur {found}. Cliquez sur un en-tête pour trier.",
    "hours": "Temps (h)",
    "title_chart": "Temps de visionnage par titre",
    "titles_hint": "Cliquez sur un titre pour ouvrir sa page.",
    "top": "Nombre de titres",
    "long_tail": "Longue traîne : le poids des titres",
    "long_tail_note": "{share} du temps de visionnage se fait hors des 20 % de titres les plus vus, sur les "
    "{titles} du catalogue.",
    "titles_by_watch_time": "Part des titres, du plus vu au moins vu",
    "titles_counted": "Titres",
    "share_of_watch_time": "Part du temps de visionnage",
    "head_of_titles": "20 % les plus vus",
    "scatter": "Complétion et note",
    "scatter_note": "Titres ayant au moins {ratings} notes et {sessions} sessions de 30 secondes ou plus ; "
    "les tirets sont les moyennes.",
    "abandonment_note": "Part des sessions ayant atteint chaque pourcentage de ce qui était lu.",
    "choose_title": "Titre",
    "all_titles": "Tous les titres",
    "played_share": "Part de la durée",
    "plays_that_reached": "Sessions parvenues là",
}
