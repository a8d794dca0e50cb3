"""Every phrase of the page in both languages: a key and what to fill in, in; words out."""

from .table import LANGUAGES, TEXTS, UiLanguage, phrase

__all__ = ["LANGUAGES", "TEXTS", "UiLanguage", "phrase"]
