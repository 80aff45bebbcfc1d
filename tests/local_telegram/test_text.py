from typing import Any

import pytest
from telegram import Bot, MessageEntity
from telegram.error import BadRequest

from bot.local_telegram import Person
from bot.local_telegram.entities import find, formatted, to_utf16, utf16_length
from tests.local_telegram.conftest import Call


def marked(text: str, entities: list[dict[str, Any]]) -> list[tuple[str, str]]:
    """Return each entity's type and the words that its UTF-16 offsets cut out."""
    units = text.encode("utf-16-le")
    return [
        (e["type"], units[2 * e["offset"] : 2 * (e["offset"] + e["length"])].decode("utf-16-le"))
        for e in entities
    ]


def parsed(source: str, mode: str = "HTML") -> tuple[str, list[tuple[str, str]]]:
    said = formatted(source, mode)
    return said.text, marked(said.text, said.entities)


@pytest.mark.parametrize(
    ("source", "text", "entities"),
    [
        ("<b>a</b> <strong>b</strong>", "a b", [("bold", "a"), ("bold", "b")]),
        ("<i>a</i> <em>b</em>", "a b", [("italic", "a"), ("italic", "b")]),
        ("<u>a</u> <ins>b</ins>", "a b", [("underline", "a"), ("underline", "b")]),
        (
            "<s>a</s> <strike>b</strike> <del>c</del>",
            "a b c",
            [("strikethrough", "a"), ("strikethrough", "b"), ("strikethrough", "c")],
        ),
        (
            '<tg-spoiler>a</tg-spoiler> <span class="tg-spoiler">b</span>',
            "a b",
            [("spoiler", "a"), ("spoiler", "b")],
        ),
        ("<code>a</code> <pre>b</pre>", "a b", [("code", "a"), ("pre", "b")]),
        ("<blockquote>a</blockquote>", "a", [("blockquote", "a")]),
        ("<blockquote expandable>a</blockquote>", "a", [("expandable_blockquote", "a")]),
        (
            "<b>a<i>b<u>c</u></i></b>",
            "abc",
            [("bold", "abc"), ("italic", "bc"), ("underline", "c")],
        ),
        ("😀<b>è 😀</b><i>x</i>", "😀è 😀x", [("bold", "è 😀"), ("italic", "x")]),
        ("1 &lt; 2 &amp;&amp; &quot;x&quot; &#65;&#x42; &copy;", '1 < 2 && "x" AB &copy;', []),
        ("<b>&lt;b&gt;</b>", "<b>", [("bold", "<b>")]),
        ("<b>a <code>b</code> c</b>", "a b c", [("bold", "a "), ("code", "b"), ("bold", " c")]),
        ("  <b> a </b> ", " a", [("bold", " a")]),
        ("<b></b>x", "x", []),
        ("<B>a</B >", "a", [("bold", "a")]),
        ("<a href='https://a.it/?x=1&amp;y=2'>q</a>", "q", [("text_link", "q")]),
        ("<a>https://a.it/</a>", "https://a.it/", [("text_link", "https://a.it/")]),
        ("<a href='not a link'>q</a>", "q", []),
    ],
)
def test_html(source: str, text: str, entities: list[tuple[str, str]]) -> None:
    assert parsed(source) == (text, entities)


def test_what_html_carries_besides() -> None:
    assert formatted('<pre><code class="language-sql">x</code></pre>', "HTML").entities == [
        {"type": "pre", "offset": 0, "length": 1, "language": "sql"}
    ]
    assert formatted('<a href="https://a.it/?x=1&amp;y=2">q</a>', "HTML").entities == [
        {"type": "text_link", "offset": 0, "length": 1, "url": "https://a.it/?x=1&y=2"}
    ]
    assert formatted('<a href="tg://user?id=7">q</a>', "html").entities == [
        {"type": "text_mention", "offset": 0, "length": 1, "user": {"id": 7}}
    ]
    assert formatted('<tg-emoji emoji-id="5">👍</tg-emoji>', "HTML").entities == [
        {"type": "custom_emoji", "offset": 0, "length": 2, "custom_emoji_id": "5"}
    ]


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("<b>a", 'Can\'t find end tag corresponding to start tag "b"'),
        ("a</b>", "Unexpected end tag at byte offset 1"),
        ("è</b>", "Unexpected end tag at byte offset 2"),
        ("<b>a</i>", 'Unmatched end tag at byte offset 4, expected "</b>", found "</i>"'),
        ("<h1>a</h1>", 'Unsupported start tag "h1" at byte offset 0'),
        ("<br/>", 'Unsupported start tag "br/" at byte offset 0'),
        ("3 < 4 > 2", 'Unsupported start tag "" at byte offset 2'),
        ("ends <b", "Unclosed start tag at byte offset 5"),
        ("<b>a</b", "Unclosed end tag at byte offset 4"),
        ('<a href="x', 'Unclosed start tag "a" at byte offset 0'),
        ("<a href=x/y>q</a>", "Unexpected end of name token at byte offset 9"),
        ("<a ='x'>q</a>", 'Empty attribute name in the tag "a" at byte offset 0'),
        ("<span>a</span>", 'Tag "span" must have class "tg-spoiler" at byte offset 0'),
    ],
)
async def test_broken_html(call: Call, anna: Person, source: str, reason: str) -> None:
    answer = await call("sendMessage", chat_id=anna.id, text=source, parse_mode="HTML")
    assert answer["error_code"] == 400
    assert answer["description"] == f"Bad Request: can't parse entities: {reason}"


@pytest.mark.parametrize(
    ("source", "text", "entities"),
    [
        ("*a* _b_ __c__ ~d~", "a b c d",
         [("bold", "a"), ("italic", "b"), ("underline", "c"), ("strikethrough", "d")]),
        ("||a|| `b_*`", "a b_*", [("spoiler", "a"), ("code", "b_*")]),
        ("*a _b_ __c__*", "a b c", [("bold", "a b c"), ("italic", "b"), ("underline", "c")]),
        ("😀 *è*", "😀 è", [("bold", "è")]),
        (r"1\.5 \- \*x\*", "1.5 - *x*", []),
        ("[q](https://a.it/x\\))", "q", [("text_link", "q")]),
        ("```\na\n```", "a", [("pre", "a")]),
        (">a\n>b\nc", "a\nb\nc", [("blockquote", "a\nb\n")]),
        (">a\n>b||", "a\nb", [("expandable_blockquote", "a\nb")]),
    ],
)  # fmt: skip
def test_markdown_v2(source: str, text: str, entities: list[tuple[str, str]]) -> None:
    assert parsed(source, "MarkdownV2") == (text, entities)


@pytest.mark.parametrize(
    ("mode", "source", "reason"),
    [
        (
            "MarkdownV2",
            "1.5",
            "Character '.' is reserved and must be escaped with the preceding '\\'",
        ),
        (
            "MarkdownV2",
            "a|b",
            "Character '|' is reserved and must be escaped with the preceding '\\'",
        ),
        ("MarkdownV2", "è *a", "Can't find end of Bold entity at byte offset 3"),
        ("MarkdownV2", "[a](b", "Can't find end of a URL at byte offset 4"),
        ("Markdown", "a_b", "Can't find end of the entity starting at byte offset 1"),
    ],
)
async def test_broken_markdown(
    call: Call, anna: Person, mode: str, source: str, reason: str
) -> None:
    answer = await call("sendMessage", chat_id=anna.id, text=source, parse_mode=mode)
    assert answer["description"] == f"Bad Request: can't parse entities: {reason}"


def test_the_old_markdown() -> None:
    assert parsed(r"*a* _b_ `c` [d](https://a.it/) \_", "Markdown") == (
        "a b c d _",
        [("bold", "a"), ("italic", "b"), ("code", "c"), ("text_link", "d")],
    )


async def test_unknown_parse_mode(call: Call, anna: Person) -> None:
    answer = await call("sendMessage", chat_id=anna.id, text="x", parse_mode="BBCode")
    assert answer["description"] == "Bad Request: unsupported parse_mode"


@pytest.mark.parametrize(
    ("text", "entities"),
    [
        ("/start c028680", [("bot_command", "/start")]),
        ("😀 /a@sportello_bot x", [("bot_command", "/a@sportello_bot")]),
        ("a/b 1/2 /", []),
        ("vedi https://a.it/x?y=1, poi www.b.com.",
         [("url", "https://a.it/x?y=1"), ("url", "www.b.com")]),
        ("45.000 e 1.5 a.b", []),
        ("a.rossi@posta.it", [("email", "a.rossi@posta.it")]),
        ("@sportello_bot ciao #gas", [("mention", "@sportello_bot"), ("hashtag", "#gas")]),
        ("+39 02 1234567", [("phone_number", "+39 02 1234567")]),
        ("28680 #1", []),
    ],
)  # fmt: skip
def test_what_telegram_marks_by_itself(text: str, entities: list[tuple[str, str]]) -> None:
    assert marked(text, to_utf16(text, find(text))) == entities


def test_nothing_is_found_inside_code_or_links() -> None:
    assert parsed("<code>/start</code> <b>/menu</b>")[1] == [
        ("code", "/start"),
        ("bold", "/menu"),
        ("bot_command", "/menu"),
    ]


def test_lengths_are_counted_in_utf16_units() -> None:
    assert utf16_length("è😀") == 3


async def test_explicit_entities(bot: Bot, anna: Person) -> None:
    sent = await bot.send_message(
        anna.id, "😀 ciao", entities=[MessageEntity(MessageEntity.BOLD, 3, 4)]
    )
    assert sent.parse_entities() == {sent.entities[0]: "ciao"}
    for offset, length in ((1, 2), (0, 8), (-1, 2), (0, 0)):
        with pytest.raises(BadRequest, match=r"(?i)entity_bounds_invalid"):
            await bot.send_message(
                anna.id, "😀 ciao", entities=[MessageEntity(MessageEntity.BOLD, offset, length)]
            )


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "message text is empty"),
        (" \n\t ", "text must be non-empty"),
        ("\u200b\u2060", "text must be non-empty"),
        ("a" * 4097, "message is too long"),
        ("😀" * 4097, "message is too long"),
    ],
)
async def test_texts_that_cannot_be_sent(call: Call, anna: Person, text: str, reason: str) -> None:
    answer = await call("sendMessage", chat_id=anna.id, text=text)
    assert answer["description"] == f"Bad Request: {reason}"


async def test_length_counts_after_parsing_and_in_code_points(call: Call, anna: Person) -> None:
    for text in ("<b>" + "a" * 4096 + "</b>", "😀" * 4096, "&lt;" * 4096):
        answer = await call("sendMessage", chat_id=anna.id, text=text, parse_mode="HTML")
        assert answer["ok"], answer


@pytest.mark.parametrize(
    ("chat_id", "reason"),
    [
        (None, "chat_id is empty"),
        (1, "chat not found"),
        ("@nobody", "chat not found"),
        (-100, "chat not found"),
    ],
)
async def test_chats_that_are_not_there(call: Call, chat_id: Any, reason: str) -> None:
    answer = await call("sendMessage", chat_id=chat_id, text="x")
    assert answer["description"] == f"Bad Request: {reason}"


async def test_what_comes_back_is_the_message(bot: Bot, anna: Person, call: Call) -> None:
    first = await bot.send_message(anna.id, "uno")
    second = await bot.send_message(
        anna.id, "due", reply_to_message_id=first.message_id, protect_content=True
    )
    assert second.message_id == first.message_id + 1
    assert second.reply_to_message is not None
    assert second.reply_to_message.text == "uno"
    assert second.has_protected_content
    gone = await call("sendMessage", chat_id=anna.id, text="x", reply_parameters={"message_id": 99})
    assert gone["description"] == "Bad Request: message to be replied not found"
    lenient = {"message_id": 99, "allow_sending_without_reply": True}
    sent = await call("sendMessage", chat_id=anna.id, text="x", reply_parameters=lenient)
    assert "reply_to_message" not in sent["result"]


async def test_a_chat_action_is_seen(call: Call, anna: Person, telegram: Any) -> None:
    seen = []
    telegram.subscribe(lambda event: seen.append((event.kind, event.chat_id, event.data)))
    assert (await call("sendChatAction", chat_id=anna.id, action="typing"))["result"] is True
    assert seen == [("action", anna.id, "typing")]
    wrong = await call("sendChatAction", chat_id=anna.id, action="dancing")
    assert wrong["description"] == "Bad Request: wrong parameter action in request"
