"""Whatever comes back in place of updates, the service waits it out and goes on."""

import json

import pytest

from bot.http import TokenRefused
from tests.support.chat import Counter
from tests.support.runs import until

pytestmark = pytest.mark.usefixtures("_hasty")


def _telegrams(code: int, description: object = "words", **more: object) -> bytes:
    answer = {"ok": False, "error_code": code, "description": description}
    return json.dumps(answer | more).encode()


def _result(result: object) -> bytes:
    return json.dumps({"ok": True, "result": result}).encode()


UNAUTHORIZED = _telegrams(401, "Unauthorized")

ODD: dict[str, tuple[int, bytes]] = {
    "null": (200, b"null"),
    "a list": (200, b"[]"),
    "an empty object": (200, b"{}"),
    "no result": (200, b'{"ok":true}'),
    "not ok, and yet 200": (200, b'{"ok":false}'),
    "nothing at all": (200, b""),
    "a word": (200, b'"ok"'),
    "a number": (200, b"17"),
    "a page of a proxy": (200, b"<html>Please log in</html>"),
    "half an answer": (200, b'{"ok":true,"resu'),
    "no text": (200, b"\xff\xfe\x00"),
    "nested without end": (200, b"[" * 200_000),
    "a number without end": (200, b'{"ok":true,"result":' + b"9" * 5_000 + b"}"),
    "no list": (200, _result({})),
    "a result of null": (200, _result(None)),
    "true": (200, _result(True)),
    "updates that are none": (200, _result([None, 1, "x", [], {}])),
    "an update number that is none": (200, _result([{"update_id": "7"}, {"update_id": True}])),
    "a chat that is no number": (
        200,
        _result(
            [
                {
                    "update_id": 5,
                    "message": {"message_id": 1, "date": 0, "chat": {"id": 1.5, "type": "private"}},
                }
            ]
        ),
    ),
    "502 with null": (502, b"null"),
    "500 with a list": (500, b"[]"),
    "503 with a page": (503, b"<html>Maintenance</html>"),
    "an unknown status": (599, b"{}"),
    "429 without a number": (429, _telegrams(429, parameters={})),
    "429 with null": (429, _telegrams(429, parameters=None)),
    "429 with a word": (429, _telegrams(429, parameters={"retry_after": "a while"})),
    "429 for ever": (429, _telegrams(429, parameters={"retry_after": 10**12})),
    "429 for less than nothing": (429, _telegrams(429, parameters={"retry_after": -5})),
    "a description that is none": (400, _telegrams(400, 7)),
    "moved to nowhere": (400, _telegrams(400, parameters={"migrate_to_chat_id": "x"})),
    "403": (403, _telegrams(403, "Forbidden")),
    "404": (404, _telegrams(404, "Not Found")),
    "404 with a page": (404, b"<html>Not Found</html>"),
    "401 of a proxy": (401, b"<html>Who are you?</html>"),
    "401": (401, UNAUTHORIZED),
    "301 to nowhere": (301, b""),
}


@pytest.mark.parametrize("odd", ODD)
async def test_an_odd_answer_in_place_of_updates_is_waited_out(counter: Counter, odd: str) -> None:
    status, body = ODD[odd]
    fault = counter.telegram.faults.fail("odd", "getUpdates", times=2, status=status, body=body)
    anna = counter.visitor("Anna")
    for _ in range(4):
        await anna.sends("/start")
        anna.sees("Ciao!")
    assert fault.spent


@pytest.mark.parametrize("odd", ["404", "404 with a page", "401 of a proxy"])
async def test_what_is_no_clear_refusal_is_waited_out_however_often_it_comes(
    counter: Counter, odd: str
) -> None:
    status, body = ODD[odd]
    counter.telegram.faults.fail("odd", "getUpdates", times=20, status=status, body=body)
    anna = counter.visitor("Anna")
    for _ in range(2):
        await anna.sends("/start")
        anna.sees("Ciao!")


async def test_refusals_with_something_else_between_them_are_waited_out(counter: Counter) -> None:
    faults = counter.telegram.faults
    for _ in range(5):
        faults.fail("odd", "getUpdates", times=3, status=401, body=UNAUTHORIZED)
        faults.fail("odd", "getUpdates", status=502)
    anna = counter.visitor("Anna")
    for _ in range(2):
        await anna.sends("/start")
        anna.sees("Ciao!")


async def test_a_token_that_is_refused_clearly_and_repeatedly_ends_the_service(
    counter: Counter,
) -> None:
    counter.telegram.faults.fail("odd", "getUpdates", times=None, status=401, body=UNAUTHORIZED)
    counter.telegram.updates.add("message", {}, 1)  # ends the call that is held
    with pytest.raises(TokenRefused):
        await counter.service.finished()


@pytest.mark.parametrize("odd", ["null", "an empty object", "no result", "502 with null"])
async def test_an_odd_answer_to_an_answer_is_tried_again(counter: Counter, odd: str) -> None:
    status, body = ODD[odd]
    counter.telegram.faults.fail("odd", "sendMessage", status=status, body=body)
    anna = counter.visitor("Anna")
    await anna.sends("/start")
    anna.sees("Ciao!")


async def test_a_start_waits_out_an_odd_answer(counter: Counter) -> None:
    """The first question to Telegram gets the page of a proxy."""
    faults = counter.telegram.faults
    fault = faults.fail("odd", "getMe", times=2, body=b"<html>")

    async def asked() -> bool:
        return fault.spent

    service = counter.service
    await service.application.bot.shutdown()
    await service._reach_telegram()
    await until(asked)
