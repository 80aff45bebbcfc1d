"""What is shown, as values: a screen is a ``View``, and what is to be done about it an ``Effect``.

Effects are plain data. They are written into the inbox in the transaction that did what they tell
of, and are carried out after its commit; so they survive a crash in between.
"""

from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import Field, TypeAdapter

from conversations.kit.taps import Tap

Rows = tuple[tuple["Button", ...], ...]


@dataclass(frozen=True, slots=True)
class Button:
    """A button under a message: it carries callback data, opens an address, or copies a text."""

    label: str
    data: str | None = None
    url: str | None = None
    copy: str | None = None


def button(label: str, tap: Tap) -> Button:
    """A button that means *tap*."""
    return Button(label=label, data=tap.encode())


@dataclass(frozen=True, slots=True)
class Made:
    """A picture, or a file, that the worker process makes when it is sent.

    ``what`` names the maker (see ``bot.drawing``); ``data`` is all that goes into it, as JSON
    values, so that the same data is the same picture, and Telegram need not get it twice.
    """

    what: str
    data: Any = None
    kind: Literal["made"] = "made"


@dataclass(frozen=True, slots=True)
class Written:
    """A small file that is written out already, as text; it is sent as UTF-8."""

    text: str
    kind: Literal["written"] = "written"


@dataclass(frozen=True, slots=True)
class OwnData:
    """What is kept about the chat and its customers, as a ZIP: gathered when it is sent.

    ``readme`` is the note that goes with it.
    """

    readme: str
    kind: Literal["own_data"] = "own_data"


@dataclass(frozen=True, slots=True)
class KeptPicture:
    """A picture of the storage's room; without it, the words are said alone.

    ``content_hash`` is of its content: after the first time it goes by Telegram's own ``file_id``.
    """

    name: str
    content_hash: str
    kind: Literal["kept_picture"] = "kept_picture"


Picture = Annotated[Made | KeptPicture, Field(discriminator="kind")]


@dataclass(frozen=True, slots=True)
class View:
    """One screen: HTML text, buttons under it, perhaps a picture above it.

    ``menu`` is the large keyboard below the chat, where this message should bring it.
    """

    text: str
    rows: Rows = ()
    picture: Picture | None = None
    menu: tuple[tuple[str, ...], ...] = ()

    def __post_init__(self) -> None:
        # Words come as ``Markup``, which would escape what is later added to it.
        object.__setattr__(self, "text", str(self.text))

    def labels(self) -> list[str]:
        """The words on the buttons, row by row."""
        return [each.label for row in self.rows for each in row]


@dataclass(frozen=True, slots=True)
class Say:
    """Sends a view as a new message."""

    view: View
    receipt_of: int | None = None
    kind: Literal["say"] = "say"


@dataclass(frozen=True, slots=True)
class Edit:
    """Shows a view in place of an earlier message; a new one where that cannot be changed.

    ``or_say`` is off where a new message would be one too many. ``over_picture`` says that the
    message shows a picture now: Telegram does not turn one into words, so that a view without a
    picture comes as a new message, and the old one goes.
    """

    message_id: int
    view: View
    receipt_of: int | None = None
    or_say: bool = True
    over_picture: bool = False
    kind: Literal["edit"] = "edit"


@dataclass(frozen=True, slots=True)
class AnswerTap:
    """Ends the spinner of a tapped button, with a few words on top of the chat or none."""

    query_id: str
    text: str = ""
    alert: bool = False
    kind: Literal["answer_tap"] = "answer_tap"


@dataclass(frozen=True, slots=True)
class Delete:
    """Deletes a message of the chat: one that should not lie around."""

    message_id: int
    kind: Literal["delete"] = "delete"


@dataclass(frozen=True, slots=True)
class Kept:
    """A file of the storage's room, read when it is sent.

    ``content_hash`` is of its content: after the first time it goes by Telegram's own ``file_id``,
    with no upload. ``gone`` is said where the file is not there any more.
    """

    name: str
    content_hash: str
    gone: View
    kind: Literal["kept"] = "kept"


FileContent = Annotated[Made | Written | OwnData | Kept, Field(discriminator="kind")]


@dataclass(frozen=True, slots=True)
class SendFile:
    """Sends a document under a name, with a line of HTML below it.

    ``failed`` is said where a file could not be made.
    """

    name: str
    content: FileContent
    caption: str = ""
    failed: View | None = None
    kind: Literal["send_file"] = "send_file"


@dataclass(frozen=True, slots=True)
class Mail:
    """Sends an e-mail, and shows how that went: over *message_id*, or as a new message.

    ``refused`` is shown where it is the address that takes no mail; ``failed`` in any other case.
    ``code_id`` is the one-time code in it, if there is one: it does not count where it was lost.
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
    """Sends a photo or a file that Telegram holds already, with words and buttons under it.

    ``failed`` is said where Telegram does not know the file any more.
    """

    media: Literal["photo", "document"]
    file_id: str
    view: View
    failed: View
    kind: Literal["say_media"] = "say_media"


@dataclass(frozen=True, slots=True)
class TellStaff:
    """Tells the staff's group of a ticket, in the ticket's own thread.

    ``title`` is what the thread is called, where it has to be opened and the group has topics;
    ``opening`` comes first where one has to be opened anew, because the staff took it away. What
    was posted is remembered: what answers it is meant for the ticket.
    """

    ticket_id: int
    title: str
    content: Annotated[Say | SayMedia, Field(discriminator="kind")]
    opening: View | None = None
    kind: Literal["tell_staff"] = "tell_staff"


@dataclass(frozen=True, slots=True)
class ShowThread:
    """Closes the topic of a ticket in the staff's group, or opens it again, and says so there."""

    ticket_id: int
    is_open: bool
    view: View
    kind: Literal["show_thread"] = "show_thread"


@dataclass(frozen=True, slots=True)
class Reply:
    """Answers a message of a group, in its topic if it stands in one."""

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
    """Effects as JSON values, to be kept."""
    return _effects.dump_python(effects, mode="json", exclude_defaults=False)


def unpack_effects(kept: Any) -> list[Effect]:
    """What ``pack_effects`` gave, as effects again."""
    return _effects.validate_python(kept)
