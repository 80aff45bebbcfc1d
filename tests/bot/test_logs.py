import asyncio
import io
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
import structlog
from pydantic import SecretStr

from bot.logs import REDACTED, describe_exception, secrets_of, set_up_logs
from bot.mail import MailError
from bot.settings import LogFormat, Settings
from storage.vault import Vault

TOKEN = "987654321:AAEabcdefghijklmnopqrstuvwxyz_-01234"
MARKED = "MARKED-Anna-Rossi"


@pytest.fixture(autouse=True)
def _logging_as_before() -> Iterator[None]:
    root = logging.getLogger()
    level, handlers = root.level, root.handlers[:]
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    logging.captureWarnings(capture=False)


@pytest.fixture(params=list(LogFormat), ids=lambda log_format: log_format.value)
def log(request: pytest.FixtureRequest) -> io.StringIO:
    stream = io.StringIO()
    set_up_logs(request.param, secrets=[TOKEN, 'sésame "ouvre"-toi'], stream=stream)
    return stream


@pytest.fixture
def events() -> io.StringIO:
    stream = io.StringIO()
    set_up_logs(LogFormat.JSON, stream=stream)
    return stream


def read(stream: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_an_event_carries_its_ids_its_level_and_its_time(events: io.StringIO) -> None:
    structlog.get_logger("bot.counter.arrivals").info("update handled", update_id=7, chat_id=42)
    (event,) = read(events)
    assert event.pop("timestamp").endswith("Z")
    assert event == {
        "event": "update handled",
        "level": "info",
        "logger": "bot.counter.arrivals",
        "update_id": 7,
        "chat_id": 42,
    }


def test_what_is_bound_to_the_task_is_in_each_event(events: io.StringIO) -> None:
    with structlog.contextvars.bound_contextvars(update_id=7):
        structlog.get_logger("bot").info("one")
        logging.getLogger("telegram").warning("two")
    structlog.get_logger("bot").info("three")
    assert [event.get("update_id") for event in read(events)] == [7, 7, None]


def test_people_get_one_line(log: io.StringIO) -> None:
    structlog.get_logger("bot").warning("mail refused", code=550)
    (line,) = log.getvalue().splitlines()
    assert "mail refused" in line
    assert "550" in line


@pytest.mark.parametrize("name", ["httpx", "aiohttp.client", "telegram.ext.Updater", "apscheduler"])
def test_libraries_are_heard_from_warnings_on(log: io.StringIO, name: str) -> None:
    logging.getLogger(name).info("POST https://api.telegram.org/bot%s/getMe", TOKEN)
    assert log.getvalue() == ""
    logging.getLogger(name).warning("Something is wrong")
    assert "Something is wrong" in log.getvalue()


def test_the_token_is_redacted_wherever_it_stands(log: io.StringIO) -> None:
    logger = structlog.get_logger("bot")
    logger.info(TOKEN, url=f"https://x/bot{TOKEN}/getMe")
    logger.info("nested", request={"path": [TOKEN]})
    logging.getLogger("telegram").error("%s failed", f"https://x/bot{TOKEN}/sendMessage")
    logger.error("failed", exc_info=MailError(f"never do this: {TOKEN}", passing=True))
    assert TOKEN not in log.getvalue()
    assert log.getvalue().count(REDACTED) >= 5


def test_what_looks_like_a_token_or_a_key_is_redacted_though_nobody_named_it(
    log: io.StringIO,
) -> None:
    other, key = "123456789:AAFzyxwvutsrqponmlkjihgfedcba_98765", Vault.new_key()
    structlog.get_logger("bot").info("odd", url=f"https://x/bot{other}/getMe", setting=f"k={key}")
    assert other not in log.getvalue()
    assert key not in log.getvalue()


def test_instants_and_ids_are_no_tokens(log: io.StringIO) -> None:
    structlog.get_logger("bot").info("due", at="2026-02-03T09:30:00+00:00", chat_id=-1001234567890)
    assert REDACTED not in log.getvalue()


def test_a_secret_that_json_writes_its_own_way_is_redacted_too(log: io.StringIO) -> None:
    structlog.get_logger("bot").info("odd", password='sésame "ouvre"-toi')
    assert "ouvre" not in log.getvalue()


def deep(argument: str) -> None:
    local = f"local {argument}"
    raise ValueError(f"could not convert {local!r}")


def test_a_foreign_exception_tells_what_and_where_and_none_of_its_words(
    log: io.StringIO,
) -> None:
    try:
        deep(MARKED)
    except ValueError:
        structlog.get_logger("bot").exception("step failed", reference="A1B2")
    assert MARKED not in log.getvalue()
    assert "could not convert" not in log.getvalue()
    assert "ValueError" in log.getvalue()
    assert "test_logs.py" in log.getvalue()
    assert "in deep" in log.getvalue()
    assert "A1B2" in log.getvalue()


def test_a_library_s_logger_cannot_tell_more_about_it(log: io.StringIO) -> None:
    try:
        deep(MARKED)
    except ValueError as error:
        logging.getLogger("apscheduler").exception("Job raised an exception")
        logging.getLogger("telegram").warning("Exception happened: %s", error)
        logging.getLogger("telegram").warning("Exception happened: %r %d", error, 3)
    assert MARKED not in log.getvalue()
    assert log.getvalue().count("ValueError") >= 3


def test_what_telegram_answered_is_not_repeated_at_any_level(log: io.StringIO) -> None:
    batch = [{"update_id": 7, "message": {"text": MARKED}}]
    for name in ("telegram.Bot", "telegram.request.BaseRequest", "telegram.ext.Application"):
        logging.getLogger(name).critical("Error while parsing! Received data was %r", batch)
        logging.getLogger(name).error('Can not load: "%s"', str(batch))
    logging.getLogger("telegram.ext.Application").error("Failed %(what)s", {"what": MARKED})
    assert MARKED not in log.getvalue()
    assert log.getvalue().count("Received data was") == 3


def test_an_exception_as_a_field_is_described_too(log: io.StringIO) -> None:
    structlog.get_logger("bot").warning("retry", error=ValueError(MARKED))
    assert MARKED not in log.getvalue()
    assert "ValueError" in log.getvalue()


def test_own_exceptions_keep_their_words() -> None:
    error = MailError("the mail server took too long to answer", passing=True)
    assert (
        describe_exception(error) == "bot.mail.MailError: the mail server took too long to answer"
    )


def test_the_chain_of_causes_is_told_and_its_foreign_words_are_not() -> None:
    try:
        try:
            deep(MARKED)
        except ValueError as error:
            raise MailError("no answer", passing=True) from error
    except MailError as error:
        told = describe_exception(error)
    assert "bot.mail.MailError: no answer" in told
    assert "caused by:\nValueError\n" in told
    assert MARKED not in told


def test_the_parts_of_a_group_are_told() -> None:
    told = describe_exception(
        ExceptionGroup(MARKED, [ValueError(MARKED), MailError("slow", passing=True)])
    )
    assert "ValueError" in told
    assert "bot.mail.MailError: slow" in told
    assert MARKED not in told


async def test_a_task_that_nobody_awaited_tells_nothing_personal(log: io.StringIO) -> None:
    async def fails() -> None:
        deep(MARKED)

    task = asyncio.get_running_loop().create_task(fails())
    await asyncio.wait([task])
    del task
    await asyncio.sleep(0)
    assert "never retrieved" in log.getvalue()
    assert "ValueError" in log.getvalue()
    assert MARKED not in log.getvalue()


def test_setting_up_again_takes_the_place_of_what_was() -> None:
    first, second = io.StringIO(), io.StringIO()
    set_up_logs(LogFormat.JSON, stream=first)
    structlog.get_logger("bot").info("one")
    set_up_logs(LogFormat.JSON, stream=second)
    structlog.get_logger("bot").info("two")
    assert [event["event"] for event in read(first)] == ["one"]
    assert [event["event"] for event in read(second)] == ["two"]


def test_every_secret_of_the_settings_is_known() -> None:
    key = Vault.new_key()
    settings = Settings.model_validate(
        {
            "telegram_token": TOKEN,
            "encryption_key": key,
            "webhook_secret": "hook-secret",
            "smtp_url": "smtps://user:mail-secret@mail.example.it",
            "database_url": "postgresql://u:db-secret@db/sportello",
        }
    )
    hidden = [value for value in vars(settings).values() if isinstance(value, SecretStr)]
    assert len(hidden) == 2
    assert set(secrets_of(settings)) == {TOKEN, key, "hook-secret", "mail-secret", "db-secret"}
    assert secrets_of(Settings()) == []


def test_a_connection_that_a_stop_cut_off_is_no_error() -> None:
    stream = io.StringIO()
    set_up_logs(LogFormat.JSON, stream=stream)
    pool = logging.getLogger("sqlalchemy.pool.impl.AsyncAdaptedQueuePool")
    for failure in (asyncio.CancelledError(), OSError("gone")):
        pool.error("Exception during reset or similar", exc_info=failure)
    assert stream.getvalue().count("Exception during reset") == 1
    assert "OSError" in stream.getvalue()
