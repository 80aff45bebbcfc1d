"""Updates the catalogues from the texts in the code; new ones need a translation."""

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

from conversations.texts import FOLDER, LANGUAGES, SOURCE

KEYWORDS = {"words": None, "plain": None, "mark": None, "plural": (1, 2)}


def collect() -> Catalog:
    """Every text that the conversations show, with its places in the code."""
    catalogue = Catalog(project="Sportello", charset="utf-8")
    found = extract_from_dir(
        FOLDER.parent,
        method_map=[("**.py", "python")],
        keywords=KEYWORDS,
        comment_tags=("Translators:",),
        strip_comment_tags=True,
    )
    for name, line, message, comments, _context in found:
        if message:
            catalogue.add(message, locations=[(name, line)], auto_comments=comments)
    return catalogue


def main() -> None:
    """Merge the result of ``collect`` into each language's file."""
    template = collect()
    for language in LANGUAGES:
        if language == SOURCE:
            continue
        path = FOLDER / language / "sportello.po"
        path.parent.mkdir(exist_ok=True)
        catalogue = Catalog(locale=language, project="Sportello", charset="utf-8")
        if path.exists():
            with path.open("rb") as file:
                catalogue = read_po(file, locale=language)
        catalogue.update(template, no_fuzzy_matching=True)
        catalogue.obsolete.clear()
        with path.open("wb") as file:
            write_po(
                file,
                catalogue,
                width=100,
                include_lineno=False,
                sort_output=True,
                omit_header=False,
            )
        missing = sum(1 for message in catalogue if message.id and not _is_translated(message))
        print(f"{path}: {len(catalogue)} texts, {missing} to translate")  # noqa: T201


def _is_translated(message: Message) -> bool:
    """Whether a text, or every form of a plural, is translated."""
    if isinstance(message.string, tuple | list):
        return all(message.string)
    return bool(message.string)


if __name__ == "__main__":
    main()
