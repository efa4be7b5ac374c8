# ruff: noqa: RUF001 - French is written with typographic apostrophes
"""The texts of the page on one title."""

from collections.abc import Mapping

ENGLISH: Mapping[str, str] = {
    "title_choice": "Choose a title",
    "title_placeholder": "Type a part of its name",
    "title_unknown": "No title has this number any more: choose one.",
    "title_none": "Choose a title here, or click on one on the page of content.",
    "title_original": "Original",
    "title_released": "released {year}",
    "title_bayesian": "weighted: {rating}",
    "over_all_time": "Over all time",
    "title_by_day": "Watch time by day",
    "title_countries": "Sessions by country",
    "title_devices": "Sessions by device",
    "title_scores": "Ratings by score",
    "score": "Score",
    "title_episodes": "How far viewers come through the episodes",
    "title_episodes_note": "Share of the viewers of the series who played each episode, over all time; no "
    "filter "
    "reaches it.",
    "episode": "Episode",
    "episode_place": "S{season} E{episode}",
    "episode_reached": "Of the viewers of the series",
    "episode_completed": "Watched it to the end",
    "episode_continued": "Went on to the next",
}

FRENCH: Mapping[str, str] = {
    "title_choice": "Choisissez un titre",
    "title_placeholder": "Tapez une partie de son nom",
    "title_unknown": "Aucun titre ne porte plus ce numéro : choisissez-en un.",
    "title_none": "Choisissez un titre ici, ou cliquez sur l’un d’eux à la page des contenus.",
    "title_original": "Création originale",
    "title_released": "sorti en {year}",
    "title_bayesian": "pondérée : {rating}",
    "over_all_time": "Depuis toujours",
    "title_by_day": "Temps de visionnage par jour",
    "title_countries": "Sessions par pays",
    "title_devices": "Sessions par appareil",
    "title_scores": "Notes attribuées",
    "score": "Note",
    "title_episodes": "Jusqu’à quel épisode vont les spectateurs",
    "title_episodes_note": "Part des spectateurs de la série ayant lu chaque épisode, depuis toujours ; "
    "aucun filtre "
    "ne s’y applique.",
    "episode": "Épisode",
    "episode_place": "S{season} É{episode}",
    "episode_reached": "Des spectateurs de la série",
    "episode_completed": "L’ont vu jusqu’au bout",
    "episode_continued": "Ont continué",
}
