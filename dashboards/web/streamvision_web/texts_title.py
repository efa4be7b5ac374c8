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
    "title_sessions": "Sessions",
    "title_sessions_help": "Playbacks of the title that showed their first frame.",
    "title_watch_time": "Watch time",
    "title_watch_time_help": "Time of it played, without pauses and buffering.",
    "title_completion": "Completion rate",
    "title_completion_help": "Mean share of the length that was watched, over sessions of 30 seconds or more."
    "Mean share of the length that was watched, over sessions of 30 seconds or more.",
    "title_rating": "Average rating",
    "title_rating_help": "Mean score out of 10.",
    "title_bayesian": "over all time, weighted: {rating}",
    "title_viewers": "Unique viewers",
    "title_viewers_help": "Distinct users with a session of the title, over all time: stored so, and no "
    "filter "
    "reaches it.",
    "over_all_time": "Over all time",
    "title_by_day": "Watch time by day",
    "title_by_day_series": "Watch time",
    "title_countries": "Sessions by country",
    "title_devices": "Sessions by device",
    "title_scores": "Ratings by score",
    "score": "Score",
    "ratings_given": "Ratings",
    "title_episodes": "How far viewers come through the episodes",
    "title_episodes_note": "Share of the viewers of the series who played each episode, over all time; no "
    "filter "
    "reaches it.",
    "episode": "Episode",
    "episode_place": "S{season} E{episode}",
    "episode_viewers": "Viewers",
    "episode_reached": "Of the viewers of the series",
    "episode_completed": "Watched it to the end",
    "episode_continued": "Went on to the next",
    "back_to_content": "All titles",
}

FRENCH: Mapping[str, str] = {
    "title_choice": "Choisissez un titre",
    "title_placeholder": "Tapez une partie de son nom",
    "title_unknown": "Aucun titre ne porte plus ce numéro : choisissez-en un.",
    "title_none": "Choisissez un titre ici, ou cliquez sur l’un d’eux à la page des contenus.",
    "title_original": "Création originale",
    "title_released": "sorti en {year}",
    "title_sessions": "Sessions",
    "title_sessions_help": "Lectures du titre ayant affiché leur première image.",
    "title_watch_time": "Temps de visionnage",
    "title_watch_time_help": "Temps lu, hors pauses et mises en tampon.",
    "title_completion": "Taux de complétion",
    "title_completion_help": "Part moyenne de la durée regardée, sur les sessions de 30 secondes ou plus.",
    "title_rating": "Note moyenne",
    "title_rating_help": "Note moyenne sur 10.",
    "title_bayesian": "depuis toujours, pondérée : {rating}",
    "title_viewers": "Spectateurs uniques",
    "title_viewers_help": "Utilisateurs distincts ayant une session du titre, depuis toujours : stocké "
    "ainsi, hors "
    "de tout filtre.",
    "over_all_time": "Depuis toujours",
    "title_by_day": "Temps de visionnage par jour",
    "title_by_day_series": "Temps de visionnage",
    "title_countries": "Sessions par pays",
    "title_devices": "Sessions par appareil",
    "title_scores": "Notes attribuées",
    "score": "Note",
    "ratings_given": "Nombre de notes",
    "title_episodes": "Jusqu’à quel épisode vont les spectateurs",
    "title_episodes_note": "Part des spectateurs de la série ayant lu chaque épisode, depuis toujours ; "
    "aucun filtre "
    "ne s’y applique.",
    "episode": "Épisode",
    "episode_place": "S{season} É{episode}",
    "episode_viewers": "Spectateurs",
    "episode_reached": "Des spectateurs de la série",
    "episode_completed": "L’ont vu jusqu’au bout",
    "episode_continued": "Ont continué",
    "back_to_content": "Tous les titres",
}
