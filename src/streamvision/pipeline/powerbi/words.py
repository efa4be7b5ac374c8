"""Words in the languages that the model speaks."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Words:
    """Hold one text in each language: the English one is the name in the model."""

    en: str
    fr: str


@dataclass(frozen=True)
class Culture:
    """Name a culture of the model, and the language whose words it shows."""

    code: str
    language: str

    def of(self, words: Words) -> str:
        """Return a text in the culture's language."""
        return str(getattr(words, self.language))


CULTURES = (Culture("en-US", "en"), Culture("fr-FR", "fr"))
"""The first is the model's own."""
