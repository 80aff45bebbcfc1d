"""Whoever installs Sportello may use, change and pass on everything that comes with it."""

import re
from collections.abc import Iterator
from importlib.metadata import Distribution, PackageNotFoundError, distribution

from packaging.requirements import Requirement

# Words of licences that ask for nothing but their own text, or for changes to their own files.
FREE = re.compile(
    r"MIT|BSD|Apache|ISC|PSF|Python Software Foundation|HPND|Zlib|Unlicense|0BSD|MPL|Mozilla"
    r"|LGPL|Lesser General Public|CC0|Public Domain",
    re.IGNORECASE,
)
# What says nothing in its metadata that a program could read, and what its licence file says.
READ_BY_PEOPLE: dict[str, str] = {}


def requirements(name: str, seen: set[str]) -> Iterator[Distribution]:
    """A distribution and whatever it needs on this machine."""
    key = re.sub(r"[-_.]+", "-", name).lower()
    if key in seen:
        return
    seen.add(key)
    try:
        found = distribution(name)
    except PackageNotFoundError:  # not for this Python
        return
    yield found
    for line in found.requires or []:
        needed = Requirement(line)
        extra = "demo" if name == "sportello" else ""
        if needed.marker is None or needed.marker.evaluate({"extra": extra}):
            yield from requirements(needed.name, seen)
            for extra in needed.extras:
                for more in distribution(needed.name).requires or []:
                    wanted = Requirement(more)
                    if wanted.marker is not None and wanted.marker.evaluate({"extra": extra}):
                        yield from requirements(wanted.name, seen)


def licence(found: Distribution) -> str:
    """What its metadata say, in whatever field."""
    fields = ("License-Expression", "License", "Classifier")
    said = [words for field in fields for words in found.metadata.get_all(field) or []]
    return " ".join(  # some have the whole text in it
        words[:200] for words in said if "::" not in words or words.startswith("License ::")
    )


def test_every_dependency_may_be_used_and_passed_on() -> None:
    found = {each.metadata["Name"]: licence(each) for each in requirements("sportello", set())}
    assert len(found) > 30
    unclear = {
        name: words
        for name, words in found.items()
        if not FREE.search(words) and name not in READ_BY_PEOPLE
    }
    assert unclear == {}
