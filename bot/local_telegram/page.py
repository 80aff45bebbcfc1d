"""The server of the chat page: WebSocket, uploads, files. Its protocol is in ``PROTOCOL.md``."""

import asyncio
import contextlib
import inspect
import logging
import mimetypes
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from tornado.web import RequestHandler, StaticFileHandler
from tornado.websocket import WebSocketClosedError, WebSocketHandler

from bot.local_telegram.arguments import decoded
from bot.local_telegram.errors import ApiError
from bot.local_telegram.files import LARGEST_PHOTO, StoredFile, Upload
from bot.local_telegram.model import Chat, Event
from bot.local_telegram.people import NotPossibleError, Person, Reason, Tap
from bot.local_telegram.server import BodyLimited, allowed, encoded
from bot.local_telegram.world import World

Json = dict[str, Any]
PanelAction = Callable[[str], Awaitable[None] | None]

STATIC: Final = Path(__file__).parent / "static"
_POLICY: Final = (
    "default-src 'self'; img-src 'self' data: blob:; media-src 'self' blob:; "
    "style-src 'self' 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'"
)
_WORDS: Final = {
    Reason.EMPTY: "Un messaggio vuoto non può partire.",
    Reason.TOO_LONG: "Il testo è troppo lungo.",
    Reason.NOT_OWN: "Puoi modificare solo i tuoi messaggi.",
    Reason.BLOCKED: "Hai bloccato il bot: sbloccalo per scrivergli.",
    Reason.GONE: "Il messaggio a cui rispondi non c'è più.",
    Reason.TOPIC_GONE: "Questo argomento non c'è più.",
    Reason.TOPIC_CLOSED: "Questo argomento è chiuso.",
    Reason.NO_ACCOUNT: "Questo account è stato eliminato.",
    Reason.NOT_HERE: "Non fai parte di questa chat.",
}
_REFUSED: Final = "Non è stato possibile."
_PICTURES: Final = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF8", "image/gif"),
    (b"RIFF", "image/webp"),
)

logger = logging.getLogger(__name__)


class Page:
    """Connects the chat page with a `World`, and with a program around it, such as a demo."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._sockets: set[PageSocket] = set()
        self._taps: dict[str, tuple[PageSocket, str]] = {}
        self._panel: Json | None = None
        self._mails: list[Json] = []
        self._actions: list[PanelAction] = []
        self._running: set[asyncio.Future[None]] = set()
        self._folders: dict[str, Path] = {}
        self._greeting = False
        self.world = world
        world.subscribe(self._on_event)

    # --- for the demo

    def set_panel(self, panel: Json | None) -> None:
        """Show `panel` (see PROTOCOL.md, without its `type`) in every page."""
        self._panel = panel
        if panel is not None:
            self._to_all({"type": "panel", **panel})

    def set_mails(self, mails: list[Json]) -> None:
        """Show `mails` (see PROTOCOL.md), newest first, in every page."""
        self._mails = mails
        self._to_all({"type": "mail", "mails": mails})

    def on_panel_action(self, callback: PanelAction) -> None:
        """Call `callback` (plain or asynchronous) with the name of each pressed panel button."""
        self._actions.append(callback)

    def serve_folder(self, name: str, folder: Path) -> str:
        """Serve the files of `folder` to pages; returns the URL before a file's name."""
        self._folders[name] = folder
        return f"/page/folder/{quote(name)}/"

    # --- for the handlers

    def file_in(self, name: str, path: str) -> Path | None:
        """Return the file that a page requests, None if it is not in that folder."""
        folder = self._folders.get(name)
        if folder is None:
            return None
        file = (folder / path).resolve()
        return file if file.is_relative_to(folder.resolve()) and file.is_file() else None

    def join(self, socket: "PageSocket") -> None:
        self._sockets.add(socket)
        socket.tell(self._hello())

    def leave(self, socket: "PageSocket") -> None:
        self._sockets.discard(socket)
        for tap_id in [one for one, (asker, _) in self._taps.items() if asker is socket]:
            del self._taps[tap_id]

    def take(self, socket: "PageSocket", said: Json) -> None:
        """Do what a page requests; raises `NotPossibleError`, KeyError, TypeError, ValueError."""
        kind = said["type"]
        if kind == "panel_action":
            self._act(str(said["name"]))
            return
        person = self._world.people[int(said["as"])]
        chat = self._world.chat(int(said["chat_id"]))
        thread = said.get("message_thread_id")
        match kind:
            case "open":
                socket.place = (person, chat)
                socket.tell(self._history(person, chat))
            case "send_text":
                person.send_text(
                    chat, str(said["text"]), reply_to=said.get("reply_to"), thread_id=thread
                )
            case "edit_text":
                person.edit_text(chat, int(said["message_id"]), str(said["text"]))
            case "send_sticker":
                person.send_sticker(chat, str(said["emoji"]), thread_id=thread)
            case "tap":
                tap = person.tap(chat, int(said["message_id"]), str(said["data"]))
                self._taps[tap.id] = (socket, str(said["request_id"]))
            case "block":
                person.block_bot()
            case "unblock":
                person.unblock_bot()
            case _:
                message = f"unknown type {kind!r}"
                raise ValueError(message)

    def upload(self, fields: Json, file: Upload) -> Json:
        """Send an uploaded file as a message; returns the Message."""
        person = self._world.people[int(fields["as"])]
        chat = self._world.chat(int(fields["chat_id"]))
        reply_to = int(fields["reply_to"]) if fields.get("reply_to") else None
        thread = int(fields["message_thread_id"]) if fields.get("message_thread_id") else None
        caption = str(fields.get("caption", ""))
        if fields.get("kind") == "photo":
            return person.send_photo(chat, file.data, caption, reply_to=reply_to, thread_id=thread)
        return person.send_document(
            chat,
            file.data,
            file.name or "documento",
            caption,
            content_type=file.content_type,
            reply_to=reply_to,
            thread_id=thread,
        )

    # --- internal

    def _act(self, name: str) -> None:
        for callback in self._actions:
            result = callback(name)
            if inspect.isawaitable(result):
                task = asyncio.ensure_future(result)
                self._running.add(task)
                task.add_done_callback(self._acted)

    def _acted(self, task: "asyncio.Future[None]") -> None:
        self._running.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            logger.error("an action of the panel failed", exc_info=error)

    def _to_all(self, message: Json) -> None:
        if not self._sockets:
            return
        words = encoded(message)
        for socket in tuple(self._sockets):
            socket.tell_encoded(words)

    def _on_event(self, event: Event) -> None:
        if event.kind == "tap_answered":
            self._answer_tap(event.data)
        elif not self._sockets:
            return
        elif event.kind == "world":
            self._greet_soon()
        elif event.kind == "commands":
            for socket in tuple(self._sockets):
                socket.tell_commands()
        else:
            self._to_all(_as_message(event))

    def _answer_tap(self, tap: Tap) -> None:
        asked = self._taps.pop(tap.id, None)
        if asked is None:
            return
        socket, request_id = asked
        socket.tell(
            {
                "type": "tap_answered",
                "request_id": request_id,
                "text": tap.text,
                "show_alert": tap.show_alert,
                "url": tap.url,
            }
        )

    def _greet_soon(self) -> None:
        # A thousand people added in a row cause one update of the pages.
        if not self._greeting:
            self._greeting = True
            asyncio.get_running_loop().call_soon(self._greet)

    def _greet(self) -> None:
        self._greeting = False
        self._to_all(self._hello())

    def _hello(self) -> Json:
        world = self._world
        language = world.descriptions.get("it", world.descriptions.get("", ""))
        short = world.short_descriptions.get("it", world.short_descriptions.get("", ""))
        return {
            "type": "hello",
            "bot": {
                "id": world.bot["id"],
                "first_name": world.names.get("it", world.bot["first_name"]),
                "username": world.bot["username"],
                "description": language,
                "short_description": short,
            },
            "people": [
                {
                    "id": person.id,
                    "first_name": person.first_name,
                    "last_name": person.user.get("last_name"),
                    "username": person.user.get("username"),
                    "language_code": person.user.get("language_code"),
                    "note": person.note,
                }
                for person in world.people.values()
                if person.is_active
            ],
            "chats": [
                self._summary(chat) for chat in world.chats.values() if chat.migrated_to is None
            ],
            "panel": self._panel,
            "mails": self._mails,
        }

    @staticmethod
    def _summary(chat: Chat) -> Json:
        last = next(reversed(chat.messages.values()), None)
        return {
            "id": chat.id,
            "type": chat.type,
            "title": chat.title,
            "is_forum": chat.is_forum,
            "person_ids": chat.audience(),
            "last": last.data if last else None,
            "blocked": chat.blocked,
        }

    def _history(self, person: Person, chat: Chat) -> Json:
        return {
            "type": "history",
            "chat_id": chat.id,
            "as": person.id,
            "messages": self._world.messages(chat),
            "reply_keyboard": self._world.reply_keyboard(chat, person),
            "commands": self._world.commands.seen_by(person.user, chat),
            "blocked": chat.blocked,
            "topics": [
                {
                    "message_thread_id": topic.thread_id,
                    "name": topic.name,
                    "closed": topic.closed,
                }
                for topic in chat.topics.values()
            ],
        }


def _as_message(event: Event) -> Json:
    message: Json = {"type": event.kind, "chat_id": event.chat_id}
    match event.kind:
        case "message" | "edited":
            message["message"] = event.message
        case "deleted":
            message["message_ids"] = event.message_ids
        case "reply_keyboard":
            message |= {"as": event.person_id, "markup": event.data}
        case "action":
            message["action"] = event.data
        case "blocked":
            message["blocked"] = event.data
        case "reactions":
            message |= {"message_id": event.message_ids[0], "reactions": event.data}
    return message


# --- handlers -------------------------------------------------------------------------------------


class Guarded(RequestHandler):
    """Answers only requests to a loopback name, and not from other sites (see `allowed`)."""

    def prepare(self) -> None:
        if not allowed(self.request.host, self.request.headers.get("Origin")):
            self.set_status(403)
            self.finish({"error": "only from this machine, and from this page"})

    def set_default_headers(self) -> None:
        self.set_header("Content-Security-Policy", _POLICY)
        self.set_header("X-Content-Type-Options", "nosniff")
        self.set_header("Referrer-Policy", "no-referrer")
        self.set_header("Cache-Control", "no-cache")


class IndexHandler(Guarded):
    """``/``."""

    def get(self) -> None:
        index = STATIC / "index.html"
        if not index.is_file():
            self.set_status(404)
            self.finish("the chat page is not installed")
            return
        self.set_header("Content-Type", "text/html; charset=utf-8")
        self.finish(index.read_bytes())


class StaticHandler(Guarded, StaticFileHandler):
    """``/page/static/…``."""


class PageFileHandler(Guarded):
    """``/page/file/<file_id>``."""

    def initialize(self, page: Page) -> None:
        self._page = page

    def get(self, file_id: str) -> None:
        stored: StoredFile | None = self._page.world.files.get(file_id)
        if stored is None:
            self.set_status(404)
            self.finish({"error": "no such file"})
            return
        data = stored.data
        picture = next((kind for start, kind in _PICTURES if data.startswith(start)), None)
        name = self.get_query_argument("name", "")
        self.set_header("Content-Type", picture or "application/octet-stream")
        self.set_header("Cache-Control", "private, max-age=86400, immutable")
        if name or picture is None:
            self.set_header("Content-Disposition", _attachment(name or stored.name))
        self.finish(data)


class FolderHandler(Guarded):
    """``/page/folder/<name>/<file>``."""

    def initialize(self, page: Page) -> None:
        self._page = page

    def get(self, name: str, path: str) -> None:
        file = self._page.file_in(name, path)
        if file is None:
            self.set_status(404)
            self.finish({"error": "no such file"})
            return
        kind = mimetypes.guess_type(file.name)[0] or "application/octet-stream"
        if kind in ("text/html", "image/svg+xml"):
            kind = "application/octet-stream"
        self.set_header("Content-Type", kind)
        if kind != "application/pdf":
            self.set_header("Content-Disposition", _attachment(file.name))
        self.finish(file.read_bytes())


def _attachment(name: str) -> str:
    return f"attachment; filename*=UTF-8''{quote(name, safe='')}"


class UploadHandler(BodyLimited):
    """``POST /page/upload``."""

    def initialize(self, page: Page) -> None:  # type: ignore[override]
        super().initialize(limits=page.world.limits)
        self._page = page

    def refuse_stranger(self) -> None:
        self.set_status(403)
        self.answer({"error": "only from this machine, and from this page"})

    def post(self) -> None:
        try:
            fields, files = self.parsed()
            message = self._page.upload(fields, files["file"])
        except ApiError as error:
            self.set_status(error.code)
            self.answer({"error": _refusal(error)})
        except NotPossibleError as error:
            self.set_status(400)
            self.answer({"error": _WORDS.get(error.reason, _REFUSED)})
        except (KeyError, TypeError, ValueError):
            self.set_status(400)
            self.answer({"error": _REFUSED})
        else:
            self.answer({"message": message})


def _refusal(error: ApiError) -> str:
    """Return in the page's language why Telegram refused a file."""
    too_large = 413
    if error.code == too_large:
        return "Il file supera i 50 MB."
    if "too big for a photo" in error.description:
        return f"Una foto può pesare al massimo {LARGEST_PHOTO // 1024**2} MB: mandala come file."
    if "PHOTO_INVALID_DIMENSIONS" in error.description:
        return "La foto è troppo lunga o troppo larga: mandala come file."
    if "IMAGE_PROCESS_FAILED" in error.description:
        return "Questo file non è una foto: mandalo come file."
    if "non-empty" in error.description:
        return "Il file è vuoto."
    return _REFUSED


class PageSocket(WebSocketHandler):
    """``/page/ws``."""

    def initialize(self, page: Page) -> None:
        self._page = page
        self.place: tuple[Person, Chat] | None = None

    def prepare(self) -> None:
        if not allowed(self.request.host, self.request.headers.get("Origin")):
            self.set_status(403)
            self.finish({"error": "only from this machine, and from this page"})

    def check_origin(self, origin: str) -> bool:
        return allowed(self.request.host, origin)

    def open(self, *_: str) -> None:
        self.set_nodelay(True)
        self._page.join(self)

    def on_close(self) -> None:
        self._page.leave(self)

    def on_message(self, message: str | bytes) -> None:
        said: Any = None
        try:
            said = decoded(message)
            self._page.take(self, said)
        except ApiError:
            self._refuse(_REFUSED, said)
        except NotPossibleError as error:
            self._refuse(_WORDS.get(error.reason, _REFUSED), said)
        except (KeyError, TypeError, ValueError, LookupError):
            self._refuse(_REFUSED, said)

    def _refuse(self, words: str, said: Any) -> None:
        asked = said.get("request_id") if isinstance(said, dict) else None
        self.tell({"type": "error", "text": words, "request_id": asked})

    def tell_commands(self) -> None:
        """Send the command menu of the open chat."""
        if self.place is None:
            return
        person, chat = self.place
        menu = self._page.world.commands.seen_by(person.user, chat)
        self.tell({"type": "commands", "chat_id": chat.id, "as": person.id, "commands": menu})

    def tell(self, message: Json) -> None:
        self.tell_encoded(encoded(message))

    def tell_encoded(self, words: bytes) -> None:
        with contextlib.suppress(WebSocketClosedError):
            self.write_message(words.decode())


def routes(page: Page) -> list[tuple[Any, ...]]:
    """Return the request handlers of the page."""
    return [
        (r"/", IndexHandler),
        (r"/page/static/(.*)", StaticHandler, {"path": str(STATIC)}),
        (r"/page/ws", PageSocket, {"page": page}),
        (r"/page/upload", UploadHandler, {"page": page}),
        (r"/page/file/([^/]+)", PageFileHandler, {"page": page}),
        (r"/page/folder/([^/]+)/(.+)", FolderHandler, {"page": page}),
    ]
