# ruff: noqa: RUF001 - French is written with typographic apostrophes
"""The texts of what surrounds the visuals: filters in force, downloads, definitions, look."""

from collections.abc import Mapping

ENGLISH: Mapping[str, str] = {
    "devices": "Devices",
    "one_countries": "Country",
    "one_plans": "Plan",
    "one_genres": "Genre",
    "one_devices": "Device",
    "one_days": "Days",
    "chip": "{name}: {value}",
    "chip_help": "Take this filter away",
    "refused": "Left out, since it makes no sense here: {parts}",
    "no_device": "The device filter does not apply here.",
    "details_of": "Definitions and downloads: {title}",
    "download_csv": "Rows (CSV)",
    "download_png": "Picture (PNG)",
}

FRENCH: Mapping[str, str] = {
    "devices": "Appareils",
    "one_countries": "Pays",
    "one_plans": "Offre",
    "one_genres": "Genre",
    "one_devices": "Appareil",
    "one_days": "Jours",
    "chip": "{name} : {value}",
    "chip_help": "Retirer ce filtre",
    "refused": "Ignoré, car dénué de sens ici : {parts}",
    "no_device": "Le filtre d’appareil ne s’applique pas ici.",
    "details_of": "Définitions et téléchargements : {title}",
    "download_csv": "Lignes (CSV)",
    "download_png": "Image (PNG)",
}
