"""Parsers of MarkdownV2 and the old Markdown, as in Telegram."""

import re
from dataclasses import dataclass

from bot.local_telegram.entities import Span, cannot_parse, link

_RESERVED = frozenset("_*[]()~`>#+-=|{}.!")
_MARKERS = {
    "*": "bold",
    "_": "italic",
    "__": "underline",
    "~": "strikethrough",
    "||": "spoiler",
    "`": "code",
    "```": "pre",
    "[": "text_link",
    "![": "custom_emoji",
}
_NAMES = {
    "bold": "Bold",
    "italic": "Italic",
    "underline": "Underline",
    "strikethrough": "Strikethrough",
    "spoiler": "Spoiler",
    "code": "Code",
    "pre": "Pre",
    "text_link": "TextUrl",
    "custom_emoji": "CustomEmoji",
    "blockquote": "BlockQuote",
}
_FENCE = re.compile(r"```(?:(?P<language>[^\s`]+)(?=\s))?(?:\r\n|\n\r|\n|\r)?")
_EMOJI = re.compile(r"tg://emoji\?id=(\d+)")
_ASCII_END = 126


@dataclass(frozen=True, slots=True)
class _Open:
    kind: str
    marker: str
    start: int
    offset: int
    language: str = ""


class _Reader:
    """Parses MarkdownV2 in one pass, with a stack of open entities."""

    def __init__(self, source: str) -> None:
        self.source = source
        self.place = 0
        self.out: list[str] = []
        self.stack: list[_Open] = []
        self.spans: list[Span] = []
        self.quote: int | None = None

    def read(self) -> tuple[str, list[Span]]:
        while self.place < len(self.source):
            if self._at_line_start() and self.source[self.place] == ">":
                self.place += 1
                if self.quote is None:
                    self.quote = len(self.out)
                continue
            self._step()
        self._end_quote()
        if self.stack:
            raise self._no_end(self.stack[-1])
        return "".join(self.out), self.spans

    def _step(self) -> None:
        source, place = self.source, self.place
        character = source[place]
        if character == "\\" and place + 1 < len(source) and ord(source[place + 1]) <= _ASCII_END:
            self._emit(source[place + 1], 2)
        elif self.stack and self.stack[-1].kind in ("code", "pre"):
            closing = self.stack[-1].marker
            if source.startswith(closing, place):
                self._close(closing)
            elif character == "`":
                raise self._reserved(character)
            else:
                self._emit(character)
        elif character == "\n" and self.quote is not None:
            self._emit(character)
            if not source.startswith(">", self.place):
                self._end_quote()
        elif (
            character == "]"
            and self.stack
            and self.stack[-1].kind
            in (
                "text_link",
                "custom_emoji",
            )
        ):
            self._close_link()
        elif character in _RESERVED:
            self._marker()
        else:
            self._emit(character)

    def _marker(self) -> None:
        source, place = self.source, self.place
        marker = next(
            (m for m in ("```", "__", "||", "![", *"*_~`[") if source.startswith(m, place)), None
        )
        if marker is None:
            raise self._reserved(source[place])
        if self.stack and self.stack[-1].marker == marker:
            self._close(marker)
            return
        if marker == "__" and self.stack and self.stack[-1].marker == "_":
            # ___ means underline, unless only italics are open.
            self._close("_")
            return
        offset = len(source[:place].encode())
        language = ""
        width = len(marker)
        if marker == "```" and (fence := _FENCE.match(source, place)):
            language = fence["language"] or ""
            width = len(fence.group())
        self.stack.append(_Open(_MARKERS[marker], marker, len(self.out), offset, language))
        self.place += width

    def _close(self, marker: str) -> None:
        opened = self.stack.pop()
        self.place += len(marker)
        extra = {"language": opened.language} if opened.language else {}
        self.spans.append(Span(opened.kind, opened.start, len(self.out), extra))

    def _close_link(self) -> None:
        opened = self.stack.pop()
        self.place += 1
        url = None
        if self.source.startswith("(", self.place):
            url = self._url()
        span = Span(opened.kind, opened.start, len(self.out))
        if opened.kind == "custom_emoji":
            match = _EMOJI.fullmatch(url or "")
            if match is None:
                raise cannot_parse("Custom emoji entity must contain a tg://emoji URL")
            self.spans.append(
                Span("custom_emoji", span.start, span.end, {"custom_emoji_id": match[1]})
            )
            return
        linked = link(span, url if url is not None else "".join(self.out[opened.start :]))
        if linked is not None:
            self.spans.append(linked)

    def _url(self) -> str:
        start = self.place + 1
        url: list[str] = []
        place = start
        while place < len(self.source) and self.source[place] != ")":
            if self.source[place] == "\\" and place + 1 < len(self.source):
                place += 1
            url.append(self.source[place])
            place += 1
        if place >= len(self.source):
            offset = len(self.source[:start].encode())
            raise cannot_parse(f"Can't find end of a URL at byte offset {offset}")
        self.place = place + 1
        return "".join(url)

    def _end_quote(self) -> None:
        if self.quote is None:
            return
        kind = "blockquote"
        # An unmatched «||» at the end of a quotation makes it expandable.
        if self.stack and self.stack[-1].marker == "||" and self.stack[-1].start == len(self.out):
            self.stack.pop()
            kind = "expandable_blockquote"
        if self.stack and self.stack[-1].start >= self.quote:
            raise self._no_end(self.stack[-1])
        self.spans.append(Span(kind, self.quote, len(self.out)))
        self.quote = None

    def _at_line_start(self) -> bool:
        if self.stack and self.stack[-1].kind in ("code", "pre"):
            return False
        return self.place == 0 or self.source[self.place - 1] == "\n"

    def _emit(self, character: str, width: int = 1) -> None:
        self.out.append(character)
        self.place += width

    @staticmethod
    def _reserved(character: str) -> Exception:
        return cannot_parse(
            f"Character '{character}' is reserved and must be escaped with the preceding '\\'"
        )

    @staticmethod
    def _no_end(opened: _Open) -> Exception:
        return cannot_parse(
            f"Can't find end of {_NAMES[opened.kind]} entity at byte offset {opened.offset}"
        )


def parse_markdown_v2(source: str) -> tuple[str, list[Span]]:
    """Parse MarkdownV2 into text and spans; raises the 400 «can't parse entities: …»."""
    return _Reader(source).read()


_OLD = re.compile(
    r"\\(?P<escaped>[_*`\[])|```(?:(?P<language>[^\s`]+)(?=\s))?\n?(?P<pre>.*?)```|`(?P<code>[^`]*)`"
    r"|\*(?P<bold>[^*]*)\*|_(?P<italic>[^_]*)_|\[(?P<label>[^\]]*)\](?:\((?P<url>[^)]*)\))?"
    r"|(?P<open>[_*`\[])",
    re.DOTALL,
)


def parse_markdown(source: str) -> tuple[str, list[Span]]:
    """Parse the old Markdown, which has no nesting, into text and spans."""
    out: list[str] = []
    spans: list[Span] = []
    length = place = 0
    for match in _OLD.finditer(source):
        plain = source[place : match.start()]
        place = match.end()
        if match["open"]:
            offset = len(source[: match.start()].encode())
            raise cannot_parse(f"Can't find end of the entity starting at byte offset {offset}")
        start = length + len(plain)
        if match["escaped"]:
            inner = match["escaped"]
        else:
            kind = next(
                k for k in ("pre", "code", "bold", "italic", "label") if match[k] is not None
            )
            inner = match[kind]
            span: Span | None = Span(kind, start, start + len(inner))
            if kind == "label":
                span = link(Span("text_link", start, start + len(inner)), match["url"] or inner)
            elif match["language"]:
                span = Span("pre", start, start + len(inner), {"language": match["language"]})
            if span is not None:
                spans.append(span)
        out += [plain, inner]
        length = start + len(inner)
    out.append(source[place:])
    return "".join(out), spans
