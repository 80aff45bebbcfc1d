import io
from typing import Any

import aiohttp
import pytest
from PIL import Image
from telegram import Bot, InputMediaDocument, InputMediaPhoto
from telegram.error import BadRequest

from bot.local_telegram import LocalTelegram, Person
from bot.local_telegram.limits import MEGABYTE
from tests.local_telegram.conftest import Call


def picture(width: int = 640, height: int = 480, kind: str = "PNG") -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (width, height), "navy").save(out, kind)
    return out.getvalue()


async def test_a_document_up_and_down(bot: Bot, anna: Person, telegram: LocalTelegram) -> None:
    sent = await bot.send_document(anna.id, b"a;b\n", filename="misure è.csv", caption="ecco")
    document = sent.document
    assert document is not None
    assert (document.file_name, document.file_size) == ("misure è.csv", 4)
    assert document.mime_type == "text/csv"
    assert sent.caption == "ecco"
    file = await bot.get_file(document.file_id)
    assert file.file_unique_id == document.file_unique_id
    assert bytes(await file.download_as_bytearray()) == b"a;b\n"
    again = await bot.send_document(anna.id, document.file_id)
    assert again.document == document
    assert telegram.calls.of("sendDocument")[-1].ok


async def test_a_photo_has_sizes(bot: Bot, anna: Person) -> None:
    sent = await bot.send_photo(anna.id, picture())
    assert [(size.width, size.height) for size in sent.photo] == [(90, 68), (320, 240), (640, 480)]
    assert len({size.file_id for size in sent.photo}) == 3
    small = await (await bot.get_file(sent.photo[0])).download_as_bytearray()
    with Image.open(io.BytesIO(bytes(small))) as image:
        assert image.size == (90, 68)
    largest = await (await bot.get_file(sent.photo[-1])).download_as_bytearray()
    assert bytes(largest) == picture()
    for size in sent.photo:
        assert (await bot.send_photo(anna.id, size.file_id)).photo == sent.photo


async def test_what_people_send_can_be_fetched(bot: Bot, anna: Person) -> None:
    anna.send_photo(anna.private_chat, picture(kind="JPEG"), "contatore")
    anna.send_document(anna.private_chat, b"%PDF-1.4", "bolletta.pdf")
    photo, document = [update.message for update in await bot.get_updates()]
    assert photo is not None
    assert document is not None
    assert photo.caption == "contatore"
    fetched = await (await photo.photo[-1].get_file()).download_as_bytearray()
    assert bytes(fetched) == picture(kind="JPEG")
    assert document.document is not None
    assert document.document.mime_type == "application/pdf"


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"no picture", "IMAGE_PROCESS_FAILED"),
        (picture(9000, 1001), "PHOTO_INVALID_DIMENSIONS"),
        (picture(210, 10), "PHOTO_INVALID_DIMENSIONS"),
        (
            picture() + b"\0" * 10 * MEGABYTE,
            "file of size N bytes is too big for a photo; the maximum size is 10485760 bytes",
        ),
    ],
    ids=["text", "large", "steep", "heavy"],
)
async def test_photos_that_are_refused(bot: Bot, anna: Person, data: bytes, reason: str) -> None:
    reason = reason.replace("size N", f"size {len(data)}")
    with pytest.raises(BadRequest) as refused:
        await bot.send_photo(anna.id, data)
    assert refused.value.message.lower() == reason.lower()


async def test_photos_at_the_limit(bot: Bot, anna: Person) -> None:
    for size in ((9000, 1000), (200, 10)):
        sent = await bot.send_photo(anna.id, picture(*size))
        assert (sent.photo[-1].width, sent.photo[-1].height) == size


async def test_files_that_are_refused(
    bot: Bot, call: Call, anna: Person, telegram: LocalTelegram, http: aiohttp.ClientSession
) -> None:
    photo = (await bot.send_photo(anna.id, picture())).photo[-1].file_id
    for method, arguments, reason in (
        ("sendDocument", {}, "there is no document in the request"),
        ("sendPhoto", {}, "there is no photo in the request"),
        ("sendSticker", {}, "there is no sticker in the request"),
        ("sendDocument", {"document": "XYZ"}, "wrong file identifier/HTTP URL specified"),
        ("sendDocument", {"document": photo}, "can't use file of type Photo as Document"),
        ("sendPhoto", {"photo": "https://a.it/x.png"}, "failed to get HTTP URL content"),
        ("getFile", {"file_id": "XYZ"}, "invalid file_id"),
        ("getFile", {}, "file_id not specified"),
    ):
        answer = await call(method, chat_id=anna.id, **arguments)
        assert answer["description"] == f"Bad Request: {reason}"
    form = aiohttp.FormData({"chat_id": str(anna.id)})
    form.add_field("document", b"", filename="empty.txt")
    url = f"{telegram.api_url}/bot{telegram.token}/sendDocument"
    async with http.post(url, data=form) as response:
        body = await response.json()
    assert body["description"] == "Bad Request: file must be non-empty"


async def test_large_files(bot: Bot, anna: Person, call: Call) -> None:
    sent = await bot.send_document(
        anna.id, b"x" * (49 * MEGABYTE), filename="large.bin", write_timeout=60, read_timeout=60
    )
    assert sent.document is not None
    answer = await call("getFile", file_id=sent.document.file_id)
    assert answer["description"] == "Bad Request: file is too big"
    fits = await bot.send_document(anna.id, b"x" * (20 * MEGABYTE), filename="fits.bin")
    assert fits.document is not None
    assert (await fits.document.get_file()).file_size == 20 * MEGABYTE


async def test_past_50_megabytes(
    telegram: LocalTelegram, http: aiohttp.ClientSession, anna: Person
) -> None:
    async def chunks() -> Any:
        for _ in range(51):
            yield b"x" * MEGABYTE

    url = f"{telegram.api_url}/bot{telegram.token}/sendDocument"
    for body in (b"x" * (51 * MEGABYTE), chunks()):
        async with http.post(url, params={"chat_id": anna.id}, data=body) as response:
            assert response.status == 413
            assert await response.json() == {
                "ok": False,
                "error_code": 413,
                "description": "Request Entity Too Large",
            }
    assert telegram.messages(anna.private_chat) == []


async def test_captions_have_a_length(call: Call, bot: Bot, anna: Person) -> None:
    photo = (await bot.send_photo(anna.id, picture(), caption="😀" * 1024)).photo[-1].file_id
    answer = await call("sendPhoto", chat_id=anna.id, photo=photo, caption="a" * 1025)
    assert answer["description"] == "Bad Request: message caption is too long"


async def test_albums(bot: Bot, call: Call, anna: Person) -> None:
    photos = [InputMediaPhoto(picture(), caption="<b>uno</b>", parse_mode="HTML")]
    sent = await bot.send_media_group(anna.id, [*photos, InputMediaPhoto(picture())])
    assert len({message.media_group_id for message in sent}) == 1
    assert [message.caption for message in sent] == ["uno", None]
    files = [InputMediaDocument(bytes([n]), filename=f"{n}.bin") for n in range(1, 4)]
    assert len(await bot.send_media_group(anna.id, files)) == 3
    with pytest.raises(BadRequest, match="mixed"):
        await bot.send_media_group(anna.id, [InputMediaPhoto(picture()), files[0]])
    one = [{"type": "photo", "media": sent[0].photo[0].file_id}]
    for media in (one, one * 11):
        answer = await call("sendMediaGroup", chat_id=anna.id, media=media)
        assert answer["description"] == "Bad Request: there must be from 2 to 10 media in an album"


async def test_albums_of_people(bot: Bot, anna: Person) -> None:
    anna.send_album(anna.private_chat, [picture(), picture()], "due foto")
    first, second = [update.message for update in await bot.get_updates()]
    assert first is not None
    assert second is not None
    assert (first.caption, second.caption) == ("due foto", None)
    assert first.media_group_id == second.media_group_id


async def test_files_are_only_where_they_are(
    telegram: LocalTelegram, http: aiohttp.ClientSession
) -> None:
    for path in ("documents/file_1.txt", "../../etc/passwd", "%2e%2e/x"):
        url = f"{telegram.api_url}/file/bot{telegram.token}/{path}"
        async with http.get(url) as response:
            assert response.status == 404
