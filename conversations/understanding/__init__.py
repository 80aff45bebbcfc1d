"""Finds the meaning of customers' texts: a named intent and the values in the text. Pure.

The vocabularies (``italian.toml``, ``english.toml``, ``german.toml``) map words to ideas;
``meanings.toml`` maps combinations of ideas to intents. To extend them, add sentences to the corpus
in the tests, which is the specification.
"""

from conversations.understanding.meaning import Intent, Meaning
from conversations.understanding.understand import understand

__all__ = ["Intent", "Meaning", "understand"]
