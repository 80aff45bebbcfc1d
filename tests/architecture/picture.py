"""Draws the rooms and who imports whom into ``docs/architecture.md``: ``make picture``.

Rooms are what lies directly in the three packages. An arrow that follows from others is left out;
what every room of a package may use of the package below is one arrow between the two.
"""

import ast
from collections import defaultdict
from itertools import pairwise
from pathlib import Path

import grimp

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "architecture.md"
PACKAGES = ("bot", "conversations", "storage")
_BEGIN, _END = "<!-- picture: make picture -->\n", "<!-- end of the picture -->\n"

Arrows = dict[str, set[str]]


def rooms_and_arrows() -> tuple[dict[str, list[str]], Arrows]:
    """The rooms of each package, and which other room of its package each imports."""
    graph = grimp.build_graph(*PACKAGES, cache_dir=None)
    rooms: dict[str, list[str]] = {}
    arrows: Arrows = defaultdict(set)
    for package in PACKAGES:
        rooms[package] = sorted(graph.find_children(package))
    for importer in sorted(graph.modules):
        for imported in graph.find_modules_directly_imported_by(importer):
            a, b = _room(importer), _room(imported)
            if a != b and a.count(".") and b.count(".") and _package(a) == _package(b):
                arrows[a].add(b)
    return rooms, _without_what_follows(arrows)


def _room(module: str) -> str:
    return ".".join(module.split(".")[:2])


def _package(room: str) -> str:
    return room.split(".", maxsplit=1)[0]


def _without_what_follows(arrows: Arrows) -> Arrows:
    left = {a: set(arrows[a]) for a in sorted(arrows)}
    for a, imported in left.items():
        for b in sorted(imported):
            imported.remove(b)
            if b not in _reached(left, a):
                imported.add(b)
    return left


def _reached(arrows: Arrows, start: str) -> set[str]:
    found: set[str] = set()
    ahead = [start]
    while ahead:
        for room in arrows.get(ahead.pop(), ()):
            if room not in found:
                found.add(room)
                ahead.append(room)
    return found


def drawn() -> str:
    """The picture in Mermaid's words, and a line for each room."""
    rooms, arrows = rooms_and_arrows()
    lines = ["```mermaid", "flowchart TB"]
    for package in PACKAGES:
        lines.append(f"  subgraph {package}")
        lines += [f'    {_node(room)}["{room.partition(".")[2]}"]' for room in rooms[package]]
        lines.append("  end")
    lines += [f"  {above} ==> {below}" for above, below in pairwise(PACKAGES)]
    lines += [f"  {_node(a)} --> {_node(b)}" for a in sorted(arrows) for b in sorted(arrows[a])]
    lines += ["```", "", "| room | what it is |", "|---|---|"]
    lines += [
        f"| `{room.replace('.', '/')}` | {about(room)} |"
        for package in PACKAGES
        for room in rooms[package]
    ]
    return "\n".join(lines) + "\n"


def _node(room: str) -> str:
    return room.replace(".", "_").replace("__main__", "main")


def about(room: str) -> str:
    """The first line of its docstring."""
    path = ROOT / room.replace(".", "/")
    file = path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
    words = ast.get_docstring(ast.parse(file.read_text(encoding="utf-8"))) or ""
    return " ".join(words.partition("\n\n")[0].split()).replace("``", "`").replace("|", "\\|")


def page_with(picture: str) -> str:
    """The page, with the picture in the place of the one that it has."""
    before, _, rest = PAGE.read_text(encoding="utf-8").partition(_BEGIN)
    _, found, after = rest.partition(_END)
    if not found:
        raise ValueError(f"no place for the picture in {PAGE}")
    return before + _BEGIN + picture + _END + after


if __name__ == "__main__":
    PAGE.write_text(page_with(drawn()), encoding="utf-8")
