"""Text with entities: parses HTML and MarkdownV2 to plain text with UTF-16 offsets.

Positions inside this module are Python's (code points); Telegram's (UTF-16 units) are computed once
at the end. Error messages follow TDLib's, which authors of bots recognise.
"""

import re
from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any

from bot.local_telegram.arguments import is_integer
from bot.local_telegram.errors import bad_request

Json = dict[str, Any]

# These may be nested in anything, and are dropped inside code.
_STYLES = frozenset({"bold", "italic", "underline", "strikethrough", "spoiler"})
_VERBATIM = frozenset({"code", "pre"})
_QUOTES = frozenset({"blockquote", "expandable_blockquote"})
_GIVEN = _STYLES | _VERBATIM | _QUOTES | {"text_link", "text_mention", "custom_emoji", "date_time"}
_FOUND = frozenset({"mention", "hashtag", "cashtag", "bot_command", "url", "email", "phone_number"})
# The fields of a kind: name, type, and whether it is required.
_EXTRA: dict[str, tuple[tuple[str, type, bool], ...]] = {
    "text_link": (("url", str, True),),
    "text_mention": (("user", dict, True),),
    "pre": (("language", str, False),),
    "custom_emoji": (("custom_emoji_id", str, True),),
    "date_time": (("unix_time", int, True), ("date_time_format", str, False)),
}
# The order of two entities over the same text: the outer one comes first.
_ORDER = {
    kind: place
    for place, kind in enumerate(
        (
            "blockquote",
            "expandable_blockquote",
            "text_link",
            "text_mention",
            "bold",
            "italic",
            "underline",
            "strikethrough",
            "spoiler",
            "pre",
            "code",
        )
    )
}
# Invisible characters: a text of only these is empty.
_INVISIBLE = "\u200b\u200c\u200d\u2060\ufeff\u00ad\u180e\u2800\u3164\u200e\u200f"
_CONTROL = {code: " " for code in range(32) if chr(code) not in "\t\n"} | {ord("\r"): None}


@dataclass(frozen=True, slots=True)
class Span:
    """One entity: its type, start and end (code points), and its other fields."""

    kind: str
    start: int
    end: int
    extra: Json = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class FormattedText:
    """A text and its entities as Telegram returns them (UTF-16 offsets)."""

    text: str
    entities: list[Json]


def formatted(
    text: str, parse_mode: str | None = None, entities: list[Json] | None = None
) -> FormattedText:
    """Parse a bot's `text` as Telegram does.

    `parse_mode` is as the bot gave it (any case, or none); without it, explicit `entities` count.
    Commands, links and the like are also detected. Raises the 400 for a text that cannot be parsed.
    """
    if not text:
        return FormattedText("", [])
    text = text.translate(_CONTROL)
    mode = (parse_mode or "").lower()
    if mode == "html":
        text, spans = parse_html(text)
    elif mode == "markdownv2":
        from bot.local_telegram.markdown import parse_markdown_v2  # noqa: PLC0415 it needs us

        text, spans = parse_markdown_v2(text)
    elif mode == "markdown":
        from bot.local_telegram.markdown import parse_markdown  # noqa: PLC0415 it needs us

        text, spans = parse_markdown(text)
    elif mode in ("", "none"):
        spans = _explicit(text, entities or [])
    else:
        raise bad_request("unsupported parse_mode")
    text, spans = _trim(text, _settle(spans))
    return FormattedText(text, to_utf16(text, [*spans, *_beside(spans, find(text))]))


def typed(text: str) -> FormattedText:
    """Return what a person's app sends for `text`: trimmed, with detected entities."""
    text = text.translate(_CONTROL).strip()
    return FormattedText(text, to_utf16(text, find(text)))


def is_blank(text: str) -> bool:
    """Whether `text` shows nothing."""
    return not text.strip().strip(_INVISIBLE).strip()


def cannot_parse(reason: str) -> Exception:
    """Return the 400 for a text whose markup is malformed."""
    return bad_request(f"can't parse entities: {reason}")


# --- UTF-16 ---------------------------------------------------------------------------------------


def utf16_length(text: str) -> int:
    """Return the length of `text` in Telegram's units: 2 for characters above U+FFFF."""
    return len(text) + sum(character > "\uffff" for character in text)


def to_utf16(text: str, spans: Iterable[Span]) -> list[Json]:
    """Return `spans` of `text` as Bot API entities, in the order Telegram lists them."""
    wide = [place for place, character in enumerate(text) if character > "\uffff"]
    ordered = sorted(spans, key=lambda s: (s.start, -s.end, _ORDER.get(s.kind, 99)))
    entities = []
    for span in ordered:
        offset = span.start + bisect_left(wide, span.start)
        end = span.end + bisect_left(wide, span.end)
        entities.append({"offset": offset, "length": end - offset, "type": span.kind, **span.extra})
    return entities


def _explicit(text: str, entities: list[Json]) -> list[Span]:
    if not entities:
        return []
    # Maps UTF-16 units to code points; None inside a surrogate pair.
    places: list[int | None] = []
    for place, character in enumerate(text):
        places.append(place)
        if character > "\uffff":
            places.append(None)
    places.append(len(text))
    spans = [_explicit_span(entity, places) for entity in entities]
    return [span for span in spans if span is not None]


def _explicit_span(entity: Any, places: list[int | None]) -> Span | None:
    """Return one entity from a bot; None for a kind that Telegram detects by itself."""
    if not isinstance(entity, dict):
        raise bad_request("can't parse entities JSON object: MessageEntity must be an Object")
    kind, offset, length = entity.get("type"), entity.get("offset"), entity.get("length")
    if not isinstance(kind, str):
        raise bad_request('can\'t parse MessageEntity: Field "type" must be of type String')
    if (
        not isinstance(offset, int)
        or not isinstance(length, int)
        or isinstance(offset, bool)
        or isinstance(length, bool)
    ):
        raise bad_request(
            'can\'t parse MessageEntity: Fields "offset" and "length" must be of type Number'
        )
    if kind in _FOUND:
        return None
    if kind not in _GIVEN:
        raise bad_request("can't parse MessageEntity: Unsupported type specified")
    outside = offset < 0 or length <= 0 or offset + length >= len(places)
    start, end = (None, None) if outside else (places[offset], places[offset + length])
    if start is None or end is None:
        raise bad_request("ENTITY_BOUNDS_INVALID")
    return Span(kind, start, end, _explicit_extra(entity, kind))


def _explicit_extra(entity: Json, kind: str) -> Json:
    """Return the additional fields of a `kind` of entity."""
    extra: Json = {}
    for name, right, is_needed in _EXTRA.get(kind, ()):
        if name not in entity:
            if is_needed:
                raise bad_request(f"can't parse MessageEntity: Can't find field \"{name}\"")
        elif not isinstance(entity[name], right) or isinstance(entity[name], bool):
            raise bad_request(f'can\'t parse MessageEntity: Field "{name}" has a wrong type')
        else:
            extra[name] = entity[name]
    if kind == "text_mention" and not is_integer(extra["user"].get("id")):
        raise bad_request("can't parse MessageEntity: Invalid user identifier specified")
    return extra


# --- order and trimming ---------------------------------------------------------------------------


def _settle(spans: list[Span]) -> list[Span]:
    """Drop empty entities, unite nested ones of one kind, and cut those that reach into code."""
    spans = _with_languages([span for span in spans if span.end > span.start])
    united: dict[str, list[Span]] = {}
    for span in sorted(spans, key=lambda s: (s.start, -s.end)):
        same = united.setdefault(span.kind, [])
        if same and span.start <= same[-1].end and span.kind in _STYLES:
            same[-1] = replace(same[-1], end=max(same[-1].end, span.end))
        elif not same or span.start >= same[-1].end:
            same.append(span)
    verbatim = sorted(
        (span for kind in _VERBATIM for span in united.get(kind, [])), key=lambda s: s.start
    )
    result = list(verbatim)
    for kind, same in united.items():
        if kind in _VERBATIM:
            continue
        for span in same:
            result += [span] if kind in _QUOTES else _without(span, verbatim)
    return result


def _with_languages(spans: list[Span]) -> list[Span]:
    """Read ``<pre><code class="language-x">`` as one block, and code in a block as the block."""
    blocks = [span for span in spans if span.kind == "pre"]
    result = [span for span in spans if span.kind not in _VERBATIM]
    result += [
        replace(span, extra={})
        for span in spans
        if span.kind == "code"
        and not any(block.start <= span.start and span.end <= block.end for block in blocks)
    ]
    for block in blocks:
        language = next(
            (
                span.extra["language"]
                for span in spans
                if span.kind == "code"
                and (span.start, span.end) == (block.start, block.end)
                and "language" in span.extra
            ),
            None,
        )
        result.append(replace(block, extra={"language": language}) if language else block)
    return result


def _without(span: Span, holes: list[Span]) -> list[Span]:
    pieces, start = [], span.start
    for hole in holes:
        if hole.end <= start or hole.start >= span.end:
            continue
        if hole.start > start:
            pieces.append(replace(span, start=start, end=hole.start))
        start = hole.end
    if start < span.end:
        pieces.append(replace(span, start=start))
    return pieces


def _trim(text: str, spans: list[Span]) -> tuple[str, list[Span]]:
    end = len(text.rstrip())
    begin = len(text) - len(text.lstrip())
    # Leading white space stays where an entity begins in it (a picture drawn in <pre>).
    begin = min([begin, *(span.start for span in spans)])
    if begin >= end:
        return "", []
    trimmed = [
        replace(span, start=span.start - begin, end=min(span.end, end) - begin)
        for span in spans
        if span.start < end
    ]
    return text[begin:end], trimmed


# --- detected entities ----------------------------------------------------------------------------

_TOP_LEVEL = (
    "com|org|net|info|biz|edu|gov|mil|int|name|eu|it|sm|va|de|fr|es|pt|uk|ie|nl|be|lu|ch|at|pl|cz"
    "|sk|hu|ro|bg|gr|hr|si|rs|ua|ru|se|no|dk|fi|ee|lv|lt|us|ca|br|mx|ar|jp|cn|in|au|nz|za|io|me|co"
    "|ai|app|dev|tv|cc|xyz|online|site|shop|store|cloud|energy|gas"
)
_HOST = rf"(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+(?:{_TOP_LEVEL})(?![\w-])"
_TAIL = r"(?::\d{1,5})?(?:[/?#][^\s<>«»\"]*)?"
_COMMAND = r"(?<![\w/<>])/[A-Za-z0-9_]{1,64}(?:@[A-Za-z0-9_]{3,32})?(?![\w/<>@])"
_EMAIL = r"(?<![\w.+-])[A-Za-z0-9][\w.+-]{0,63}@[\w-]+(?:\.[\w-]+)*\.[A-Za-z]{2,24}(?![\w-])"
_PATTERNS: tuple[tuple[str, str, re.Pattern[str]], ...] = (
    ("/", "bot_command", re.compile(_COMMAND)),
    ("@", "email", re.compile(_EMAIL, re.ASCII)),
    ("@", "mention", re.compile(r"(?<![\w@.])@[A-Za-z0-9_]{3,32}(?!\w)")),
    ("#", "hashtag", re.compile(r"(?<![\w#])#(?=\w*[^\W\d])\w{1,256}(?![#\w])")),
    ("://", "url", re.compile(r"(?<!\w)(?:https?|ftp|tg|ton)://[^\s<>«»\"]+", re.IGNORECASE)),
    (".", "url", re.compile(rf"(?<![\w@./-]){_HOST}{_TAIL}", re.IGNORECASE)),
    ("+", "phone_number", re.compile(r"(?<!\w)\+\d(?:[\s().-]?\d){7,14}(?!\w)")),
)  # fmt: skip


def find(text: str) -> list[Span]:
    """Detect commands, links, addresses, mentions and numbers, as Telegram does.

    Close to TDLib's rules, but bare host names are detected only with common top-level domains.
    """
    found: list[Span] = []
    for hint, kind, pattern in _PATTERNS:
        if hint not in text:
            continue
        for match in pattern.finditer(text):
            start, end = match.span()
            if kind == "url":
                end = start + len(match.group().rstrip(".,;:!?'\")]}…"))
            found.append(Span(kind, start, end))
    return _beside([], sorted(found, key=lambda s: (s.start, -s.end)))


def _beside(given: list[Span], found: list[Span]) -> list[Span]:
    """Return those of `found` that overlap neither each other nor entities that exclude them."""
    closed = [span for span in given if span.kind not in _STYLES and span.kind not in _QUOTES]
    result: list[Span] = []
    for span in found:
        if result and span.start < result[-1].end:
            continue
        if any(other.start < span.end and span.start < other.end for other in closed):
            continue
        result.append(span)
    return result


# --- HTML -----------------------------------------------------------------------------------------

_TAGS = {
    "b": "bold",
    "strong": "bold",
    "i": "italic",
    "em": "italic",
    "u": "underline",
    "ins": "underline",
    "s": "strikethrough",
    "strike": "strikethrough",
    "del": "strikethrough",
    "span": "spoiler",
    "tg-spoiler": "spoiler",
    "tg-emoji": "custom_emoji",
    "a": "text_link",
    "pre": "pre",
    "code": "code",
    "blockquote": "blockquote",
}
_REFERENCE = re.compile(
    r"&(?:(?P<name>lt|gt|amp|quot)(?![a-z])|#(?P<dec>\d{1,8})|#x(?P<hex>[0-9a-f]{1,6}));?",
    re.IGNORECASE,
)
_NAMED = {"lt": "<", "gt": ">", "amp": "&", "quot": '"'}
_ATTRIBUTE = re.compile(
    r"""\s*(?P<name>[^\s=>/"']+)(?:\s*=\s*(?:"(?P<double>[^"]*)"|'(?P<single>[^']*)'"""
    r"""|(?P<bare>[A-Za-z0-9.\-]+)))?"""
)
_OPEN_VALUE = re.compile(r"""\s*=\s*["']""")
_LAST_CODE_POINT = 0x10FFFF


@dataclass(frozen=True, slots=True)
class _Open:
    tag: str
    kind: str
    start: int
    extra: Json


def unescape(text: str) -> str:
    """Replace the character references that Telegram knows; others stay unchanged."""
    if "&" not in text:
        return text
    return _REFERENCE.sub(_character, text)


def _character(match: re.Match[str]) -> str:
    if match["name"]:
        return _NAMED[match["name"].lower()]
    code = int(match["dec"]) if match["dec"] else int(match["hex"], 16)
    surrogate = 0xD800 <= code < 0xE000  # noqa: PLR2004 the range of Unicode's surrogates
    return match.group() if code == 0 or code > _LAST_CODE_POINT or surrogate else chr(code)


def parse_html(source: str) -> tuple[str, list[Span]]:
    """Parse Telegram's HTML into text and spans.

    Raises the 400 «can't parse entities: …» for an unknown, unclosed or wrongly closed tag.
    """
    parts: list[str] = []
    length = place = 0
    spans: list[Span] = []
    stack: list[_Open] = []
    while (less := source.find("<", place)) >= 0:
        plain = unescape(source[place:less])
        parts.append(plain)
        length += len(plain)
        close = source.startswith("/", less + 1)
        read = _end_tag if close else _start_tag
        tag, attributes, place = read(source, less)
        if not close:
            stack.append(_opened(tag, attributes, length, _bytes(source, less)))
            continue
        if not stack:
            raise cannot_parse(f"Unexpected end tag at byte offset {_bytes(source, less)}")
        opened = stack.pop()
        if tag not in ("", opened.tag):
            raise cannot_parse(
                f"Unmatched end tag at byte offset {_bytes(source, less)}, "
                f'expected "</{opened.tag}>", found "</{tag}>"'
            )
        span = _closed(opened, length, parts)
        if span is not None:
            spans.append(span)
    parts.append(unescape(source[place:]))
    if stack:
        raise cannot_parse(f'Can\'t find end tag corresponding to start tag "{stack[-1].tag}"')
    return "".join(parts), spans


def _bytes(source: str, place: int) -> int:
    return len(source[:place].encode("utf-8", "surrogatepass"))


_NAME = re.compile(r"[^\s>]*")


def _start_tag(source: str, less: int) -> tuple[str, dict[str, str], int]:
    name = _NAME.match(source, less + 1)
    tag = name.group().lower() if name else ""
    place = less + 1 + len(tag)
    if place >= len(source):
        raise cannot_parse(f"Unclosed start tag at byte offset {_bytes(source, less)}")
    if tag not in _TAGS:
        raise cannot_parse(f'Unsupported start tag "{tag}" at byte offset {_bytes(source, less)}')
    attributes: dict[str, str] = {}
    while True:
        while place < len(source) and source[place].isspace():
            place += 1
        if place >= len(source):
            raise cannot_parse(f'Unclosed start tag "{tag}" at byte offset {_bytes(source, less)}')
        if source[place] == ">":
            return tag, attributes, place + 1
        match = _ATTRIBUTE.match(source, place)
        if match is None:
            raise cannot_parse(
                f'Empty attribute name in the tag "{tag}" at byte offset {_bytes(source, less)}'
            )
        place = match.end()
        value = match["double"] or match["single"] or match["bare"] or ""
        attributes[match["name"].lower()] = unescape(value)
        if _OPEN_VALUE.match(source, place):
            raise cannot_parse(f'Unclosed start tag "{tag}" at byte offset {_bytes(source, less)}')
        if place < len(source) and not source[place].isspace() and source[place] != ">":
            raise cannot_parse(
                f"Unexpected end of name token at byte offset {_bytes(source, place)}"
            )


def _end_tag(source: str, less: int) -> tuple[str, dict[str, str], int]:
    greater = source.find(">", less)
    if greater < 0:
        raise cannot_parse(f"Unclosed end tag at byte offset {_bytes(source, less)}")
    return source[less + 2 : greater].strip().lower(), {}, greater + 1


def _opened(tag: str, attributes: dict[str, str], length: int, offset: int) -> _Open:
    kind = _TAGS[tag]
    extra: Json = {}
    if tag == "span" and attributes.get("class") != "tg-spoiler":
        raise cannot_parse(f'Tag "span" must have class "tg-spoiler" at byte offset {offset}')
    if tag == "tg-emoji":
        emoji = attributes.get("emoji-id", "")
        if not emoji.isdigit():
            raise cannot_parse(
                f'Tag "tg-emoji" must have attribute "emoji-id" at byte offset {offset}'
            )
        extra = {"custom_emoji_id": emoji}
    if tag == "a":
        extra = {"url": attributes.get("href", "")}
    if tag == "code" and attributes.get("class", "").startswith("language-"):
        extra = {"language": attributes["class"].removeprefix("language-")}
    if tag == "blockquote" and "expandable" in attributes:
        kind = "expandable_blockquote"
    return _Open(tag, kind, length, extra)


def _closed(opened: _Open, length: int, parts: list[str]) -> Span | None:
    span = Span(opened.kind, opened.start, length, opened.extra)
    if opened.kind != "text_link":
        return span
    return link(span, opened.extra["url"] or "".join(parts)[opened.start :])


_USER_LINK = re.compile(r"tg://user\?id=(\d+)", re.IGNORECASE)
_LINK = re.compile(
    r"(?:(?:https?|tg|ton|ftp)://\S+|[\w-]+(?:\.[\w-]+)+(?:[/?#:]\S*)?)", re.IGNORECASE
)


def link(span: Span, url: str) -> Span | None:
    """Return `span` as a link to `url`: a person's mention, a text_link, or None if not a URL."""
    url = url.strip()
    if user := _USER_LINK.fullmatch(url):
        return Span("text_mention", span.start, span.end, {"user": {"id": int(user[1])}})
    if not _LINK.fullmatch(url):
        return None  # Telegram drops the link and keeps the text
    if "://" not in url:
        url = f"http://{url}"
    scheme, _, rest = url.partition("://")
    if scheme.lower() in ("http", "https") and not re.search(r"[/?#]", rest):
        url += "/"
    return Span("text_link", span.start, span.end, {"url": url})
