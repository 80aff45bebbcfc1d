"""What customers write, as a named meaning with what was found in it, or none. Pure.

The vocabularies (``italian.toml``, ``english.toml``, ``german.toml``) say which words stand for
which idea; ``meanings.toml`` says which ideas together mean what. Extend those, and add sentences
to the corpus in the tests: they are the specification.
"""

from conversations.understanding.meaning import Intent, Meaning
from conversations.understanding.understand import understand

__all__ = ["Intent", "Meaning", "understand"]
