"""Uploaded files, in memory, under identifiers that nobody can guess."""

import io
import mimetypes
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import PurePath
from typing import Any, Final

from PIL import Image, UnidentifiedImageError

from bot.local_telegram.errors import bad_request
from bot.local_telegram.limits import MEGABYTE, Limits

Json = dict[str, Any]

LARGEST_DOWNLOAD: Final = 20 * MEGABYTE
LARGEST_PHOTO: Final = 10 * MEGABYTE
_SMALLER_SIDES: Final = (90, 320, 800)
_FOLDERS: Final = {
    "photo": "photos",
    "document": "documents",
    "sticker": "stickers",
    "voice": "voice",
    "video": "videos",
    "thumbnail": "thumbnails",
}


@dataclass(slots=True)
class Upload:
    """A file as uploaded: its bytes, and the name and type that the sender gave."""

    data: bytes
    name: str = ""
    content_type: str = ""


@dataclass(slots=True)
class StoredFile:
    """One file that can be sent again by `file_id` and fetched by `path`.

    `made` produces the bytes of a smaller picture on demand, which is rare.
    """

    file_id: str
    unique_id: str
    kind: str
    path: str
    name: str
    content_type: str
    made: bytes | Callable[[], bytes] = field(repr=False)
    described: Any = None  # the Bot API object(s): a Document, the list of PhotoSize …

    @property
    def data(self) -> bytes:
        if not isinstance(self.made, bytes):
            self.made = self.made()
        return self.made


class FileStore:
    """All files of one local Telegram."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._by_id: dict[str, StoredFile] = {}
        self._by_path: dict[str, StoredFile] = {}
        self._count = 0

    def get(self, file_id: str) -> StoredFile | None:
        return self._by_id.get(file_id)

    def at(self, path: str) -> StoredFile | None:
        return self._by_path.get(path)

    def add_document(self, upload: Upload, *, video: bool = False) -> StoredFile:
        """Store `upload` as a document; raises the 400 for an empty file."""
        kind = "video" if video else "document"
        stored = self._keep(kind, upload, upload.data)
        stored.described = _described(stored, file_name=stored.name, mime_type=stored.content_type)
        return stored

    def add_photo(self, upload: Upload) -> StoredFile:
        """Store `upload` as a photo in its sizes, smallest first.

        Raises the 400 for a file that is empty, no picture, above 10 MiB, or of wrong dimensions.
        """
        if not upload.data:
            raise bad_request("file must be non-empty")
        if len(upload.data) > LARGEST_PHOTO:
            raise bad_request(
                f"file of size {len(upload.data)} bytes is too big for a photo; "
                f"the maximum size is {LARGEST_PHOTO} bytes"
            )
        try:
            with Image.open(io.BytesIO(upload.data)) as picture:
                width, height = picture.size
        except (UnidentifiedImageError, OSError, ValueError, Image.DecompressionBombError):
            raise bad_request("IMAGE_PROCESS_FAILED") from None
        longer, shorter = max(width, height), min(width, height)
        limits = self._limits
        if width + height > limits.most_pixels_round or longer > limits.steepest * shorter:
            raise bad_request("PHOTO_INVALID_DIMENSIONS")
        sizes: list[StoredFile] = []
        for side in _SMALLER_SIDES:
            if side < max(width, height):
                scale = side / max(width, height)
                scaled = max(1, round(width * scale)), max(1, round(height * scale))
                small = self._keep("photo", Upload(b"", ".jpg"), _shrunk(upload.data, scaled))
                small.described = _described(small, width=scaled[0], height=scaled[1])
                sizes.append(small)
        named = Upload(upload.data, upload.name or "photo.jpg", upload.content_type)
        largest = self._keep("photo", named, upload.data)
        largest.described = _described(largest, width=width, height=height)
        sizes.append(largest)
        listed = [size.described for size in sizes]
        for size in sizes:
            size.described = listed
        return largest

    def add_sticker(self, upload: Upload, emoji: str) -> StoredFile:
        """Store `upload` as a sticker for `emoji`."""
        stored = self._keep("sticker", upload, upload.data)
        stored.described = _described(
            stored,
            type="regular",
            width=512,
            height=512,
            is_animated=False,
            is_video=False,
            emoji=emoji,
        )
        return stored

    def add_voice(self, upload: Upload, duration: int) -> StoredFile:
        """Store `upload` as a voice message of `duration` seconds."""
        stored = self._keep("voice", upload, upload.data)
        stored.described = _described(stored, duration=duration, mime_type="audio/ogg")
        return stored

    def _keep(self, kind: str, upload: Upload, made: bytes | Callable[[], bytes]) -> StoredFile:
        if made == b"":
            raise bad_request("file must be non-empty")
        name = PurePath(upload.name.replace("\\", "/")).name
        content_type = upload.content_type or mimetypes.guess_type(name)[0] or ""
        suffix = PurePath(name).suffix or mimetypes.guess_extension(content_type) or ""
        if not suffix.isascii():
            suffix = ""
        self._count += 1
        stored = StoredFile(
            file_id=f"AgAC{secrets.token_urlsafe(36)}",
            unique_id=f"AQAD{secrets.token_urlsafe(9)}",
            kind=kind,
            path=f"{_FOLDERS[kind]}/file_{self._count}{suffix if kind != 'photo' else '.jpg'}",
            name=name or f"file_{self._count}{suffix}",
            content_type=content_type or "application/octet-stream",
            made=made,
        )
        self._by_id[stored.file_id] = stored
        self._by_path[stored.path] = stored
        return stored


def _described(stored: StoredFile, **fields: Any) -> Json:
    described: Json = {"file_id": stored.file_id, "file_unique_id": stored.unique_id, **fields}
    if isinstance(stored.made, bytes):
        described["file_size"] = len(stored.made)
    return described


def _shrunk(data: bytes, size: tuple[int, int]) -> Callable[[], bytes]:
    def make() -> bytes:
        with Image.open(io.BytesIO(data)) as picture:
            picture.draft("RGB", size)
            small = picture.convert("RGB").resize(size)
        out = io.BytesIO()
        small.save(out, "JPEG", quality=80)
        return out.getvalue()

    return make
