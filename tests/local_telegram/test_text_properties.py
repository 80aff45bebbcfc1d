import html

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.local_telegram import ApiError
from bot.local_telegram.entities import formatted, utf16_length

PIECES = st.lists(
    st.sampled_from(
        ["<b>", "</b>", "<i>", "</i>", "<pre>", "</pre>", "<code>", "</code>", "<blockquote>",
         "</blockquote>", '<a href="https://a.it">', "</a>", "&lt;", "&", "<", ">", '"', "😀", "è",
         " ", "\n", "*", "_", "__", "||", "~", "`", "```", "[", "](b.it)", "\\", ".", "/start",
         "a.it", "@abcde", "x"]
    ),
    max_size=12,
).map("".join)  # fmt: skip


@pytest.mark.parametrize("mode", ["HTML", "MarkdownV2", "Markdown", None])
@settings(deadline=None)
@given(source=PIECES)
def test_every_text_is_parsed_or_refused(mode: str | None, source: str) -> None:
    refusal, said = None, None
    try:
        said = formatted(source, mode)
    except ApiError as error:
        refusal = error
    if said is None:
        assert refusal is not None
        assert refusal.description.startswith("Bad Request: can't parse entities: ")
        return
    assert said.text == said.text.rstrip()
    length = utf16_length(said.text)
    starts = [entity["offset"] for entity in said.entities]
    assert starts == sorted(starts)
    for entity in said.entities:
        start, end = entity["offset"], entity["offset"] + entity["length"]
        assert 0 <= start < end <= length
        # Cutting there tears no character in two.
        said.text.encode("utf-16-le")[2 * start : 2 * end].decode("utf-16-le")


@settings(deadline=None)
@given(st.text())
def test_escaped_text_comes_back_as_it_was(text: str) -> None:
    said = formatted(f"<b>{html.escape(text)}</b>", "HTML")
    plain = formatted(text)
    assert said.text.replace("&#x27;", "'").strip() == plain.text.strip()
