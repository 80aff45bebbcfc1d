"""Screens and effects as values: a ``View`` is a screen, an ``Effect`` what to do with it.

Effects are plain data. They are stored in the inbox, in the same transaction as what they report,
and carried out after its commit; so they survive a crash in between.
"""

from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import Field, TypeAdapter

from conversations.kit.taps import Tap

Rows = tuple[tuple["Button", ...], ...]


@dataclass(frozen=True, slots=True)
class Button:
    """A button under a message: with callback data, a URL, or a text to copy."""

    label: str
    data: str | None = None
    url: str | None = None
    copy: str | None = None


def button(label: str, tap: Tap) -> Button:
    """A button with a tap."""
    return Button(label=label, data=tap.encode())


@dataclass(frozen=True, slots=True)
class Made:
    """A picture or file that the worker process makes when it is sent.

    ``what`` names its maker (see ``bot.drawing``); ``data`` is all of its input, as JSON values, so
    that the same data means the same picture, which is uploaded to Telegram only once.
    """

    what: str
    data: Any = None
    kind: Literal["made"] = "made"


@dataclass(frozen=True, slots=True)
class Written:
    """A small text file; it is sent as UTF-8."""

    text: str
    kind: Literal["written"] = "written"


@dataclass(frozen=True, slots=True)
class OwnData:
    """The data about the chat and its customers, as a ZIP that is made when it is sent.

    ``readme`` is a note in it.
    """

    readme: str
    kind: Literal["own_data"] = "own_data"


@dataclass(frozen=True, slots=True)
class KeptPicture:
    """A picture in the file store; if it is missing, the text is sent alone.

    ``content_hash`` identifies its content: after the first time it is sent by its ``file_id``.
    """

    name: str
    content_hash: str
    kind: Literal["kept_picture"] = "kept_picture"


Picture = Annotated[Made | KeptPicture, Field(discriminator="kind")]


@dataclass(frozen=True, slots=True)
class View:
    """One screen: HTML text, buttons under it, and optionally a picture above it.

    ``menu`` is the large keyboard below the chat, if this message should show it.
    """

    text: str
    rows: Rows = ()
    picture: Picture | None = None
    menu: tuple[tuple[str, ...], ...] = ()

    def __post_init__(self) -> None:
        # A ``Markup`` would escape what is later added to it.
        object.__setattr__(self, "text", str(self.text))

    def labels(self) -> list[str]:
        """The labels of the buttons, row by row."""
        return [each.label for row in self.rows for each in row]


@dataclass(frozen=True, slots=True)
class Say:
    """Send a view as a new message."""

    view: View
    receipt_of: int | None = None
    kind: Literal["say"] = "say"


@dataclass(frozen=True, slots=True)
class Edit:
    """Show a view instead of an earlier message, or as a new one if that cannot be edited.

    ``or_say`` is off where a new message is not wanted. ``over_picture`` says that the message has
    a picture: Telegram cannot turn one into text, so a view without a picture is sent as a new
    message, and the old one is deleted.
    """

    message_id: int
    view: View
    receipt_of: int | None = None
    or_say: bool = True
    over_picture: bool = False
    kind: Literal["edit"] = "edit"


@dataclass(frozen=True, slots=True)
class AnswerTap:
    """Stop the spinner of a tapped button, with or without a short text over the chat."""

    query_id: str
    text: str = ""
    alert: bool = False
    kind: Literal["answer_tap"] = "answer_tap"


@dataclass(frozen=True, slots=True)
class Delete:
    """Delete a message of the chat because of what it contains."""

    message_id: int
    kind: Literal["delete"] = "delete"


@dataclass(frozen=True, slots=True)
class Kept:
    """A file in the file store, read when it is sent.

    ``content_hash`` identifies its content: after the first time it is sent by its ``file_id``,
    without an upload. ``gone`` is sent if the file is missing.
    """

    name: str
    content_hash: str
    gone: View
    kind: Literal["kept"] = "kept"


FileContent = Annotated[Made | Written | OwnData | Kept, Field(discriminator="kind")]


@dataclass(frozen=True, slots=True)
class SendFile:
    """Send a document with a name, and a caption in HTML.

    ``failed`` is sent if a file could not be made.
    """

    name: str
    content: FileContent
    caption: str = ""
    failed: View | None = None
    kind: Literal["send_file"] = "send_file"


@dataclass(frozen=True, slots=True)
class Mail:
    """Send an e-mail, and show the result: in place of *message_id*, or as a new message.

    ``refused`` is shown if the address accepts no mail; ``failed`` for any other error.
    ``code_id`` is the one-time code in it, if any: it becomes invalid if it is not sent.
    """

    to: str
    subject: str
    text: str
    sent: View
    failed: View
    message_id: int | None = None
    code_id: int | None = None
    refused: View | None = None
    kind: Literal["mail"] = "mail"


@dataclass(frozen=True, slots=True)
class SayMedia:
    """Send a photo or a file that Telegram already has, with text and buttons.

    ``failed`` is sent if Telegram does not have the file any more.
    """

    media: Literal["photo", "document"]
    file_id: str
    view: View
    failed: View
    kind: Literal["say_media"] = "say_media"


@dataclass(frozen=True, slots=True)
class TellStaff:
    """Send a message about a ticket to the staff's group, in the ticket's own thread.

    ``title`` names the thread if it must be created and the group has topics; ``opening`` is sent
    first if it must be created again because the staff deleted it. The message is recorded, so that
    replies to it reach the ticket.
    """

    ticket_id: int
    title: str
    content: Annotated[Say | SayMedia, Field(discriminator="kind")]
    opening: View | None = None
    kind: Literal["tell_staff"] = "tell_staff"


@dataclass(frozen=True, slots=True)
class ShowThread:
    """Close or reopen the topic of a ticket in the staff's group, with a message there."""

    ticket_id: int
    is_open: bool
    view: View
    kind: Literal["show_thread"] = "show_thread"


@dataclass(frozen=True, slots=True)
class Reply:
    """Reply to a message of a group, in its topic if it has one."""

    view: View
    message_id: int
    topic_id: int | None = None
    kind: Literal["reply"] = "reply"


Effect = (
    Say | Edit | AnswerTap | Delete | Mail | SendFile | SayMedia | TellStaff | ShowThread | Reply
)

_effects: TypeAdapter[list[Effect]] = TypeAdapter(
    list[Annotated[Effect, Field(discriminator="kind")]]
)


def pack_effects(effects: list[Effect]) -> Any:
    """Effects as JSON values, to be stored."""
    return _effects.dump_python(effects, mode="json", exclude_defaults=False)


def unpack_effects(kept: Any) -> list[Effect]:
    """Effects from the result of ``pack_effects``."""
    return _effects.validate_python(kept)
