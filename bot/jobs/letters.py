"""Sends e-mails from the outbox that nobody is waiting for, as soon as the mail server takes them.

They have a queue of their own, because a mail server may be slow and messages to chats must not
wait for it. A letter that was accepted but not marked before a crash is sent again: twice is better
than never, since letters are about who may see a supply.
"""

from datetime import timedelta

import structlog

from bot.counter.sending import Sender, Unreachable
from bot.jobs.job import ServiceJob
from bot.mail import MailError
from conversations.kit.services import Services
from conversations.kit.unasked import Letter
from conversations.notices.letters import LETTERS
from conversations.texts import Words, choose_language
from storage.engine import Store
from storage.models import OutboxMessage, OutboxState
from storage.notices import Notice
from storage.repositories.outbox import WAITING

log = structlog.get_logger()

LONGEST_PAUSE = timedelta(hours=1)

_FIRST_PAUSE = timedelta(minutes=1)
_BATCH = 20


class LettersJob(ServiceJob[int]):
    """Hands letters to the mail server, one after the other.

    Args:
        store: where the outbox is.
        services: the clock and the company's name.
        sender: gives access to the mail server.
    """

    __name__ = "letters"

    def __init__(self, store: Store, services: Services, sender: Sender) -> None:
        super().__init__()
        self._store = store
        self._services = services
        self._sender = sender
        # Letters accepted while the database was unavailable: marked later, and not sent again.
        self._taken: list[int] = []

    async def _run(self) -> int:
        """Send every letter that is due; return how many the server accepted."""
        sent = 0
        await self._note_taken()
        while not self._sender.is_stopped:
            async with self._store.reading() as unit:
                found = await unit.outbox.letters_due(self._services.clock.now(), limit=_BATCH)
            if not found:
                break
            for message in found:
                try:
                    sent += await self._send(message)
                except Unreachable:  # the service is stopping: it is sent at the next start
                    return sent
        return sent

    async def _send(self, message: OutboxMessage) -> bool:
        if message.not_after is not None and message.not_after <= self._services.clock.now():
            await self._settle([message.id], OutboxState.OUTDATED)
            return False
        try:
            letter = self._written(message)
        except Exception:  # an error in one letter does not keep the others back
            log.exception("letter_not_made", outbox_id=message.id, kind=message.kind)
            await self._settle([message.id], OutboxState.FAILED)
            return False
        if letter is None:
            await self._settle([message.id], OutboxState.OUTDATED)
            return False
        try:
            await self._sender.post_letter(letter)
        except MailError as error:
            await self._put_off(message, error)
            return False
        self._taken.append(message.id)
        await self._note_taken()
        return True

    def _written(self, message: OutboxMessage) -> Letter | None:
        language = choose_language((message.content or {}).get("language"))
        words = Words(language, self._services.zone)
        return LETTERS[message.kind](self._services, words, Notice.of(message))

    async def _put_off(self, message: OutboxMessage, error: MailError) -> None:
        if not error.passing:
            log.warning("letter_refused", outbox_id=message.id, reason=str(error))
            await self._give_up(message)
            return
        pause = min(_FIRST_PAUSE * 2 ** min(message.attempts, 10), LONGEST_PAUSE)
        log.warning(
            "letter_put_off",
            outbox_id=message.id,
            reason=str(error),
            seconds=pause.total_seconds(),
        )
        async with self._store.unit() as unit:
            until = self._services.clock.now() + pause
            await unit.outbox.put_off([message.id], after=OutboxState.QUEUED, until=until, tries=1)
            await unit.commit()

    async def _give_up(self, message: OutboxMessage) -> None:
        """Settle a letter that nobody will get; a code in it becomes invalid."""
        code_id = (message.content or {}).get("code_id")
        async with self._store.unit() as unit:
            if code_id is not None:
                await unit.linking.mark_lost(code_id)
            await unit.outbox.settle(
                [message.id], OutboxState.FAILED, after=WAITING, now=self._services.clock.now()
            )
            await unit.commit()

    async def _note_taken(self) -> None:
        if self._taken:
            await self._settle(self._taken, OutboxState.SENT)
            self._taken.clear()

    async def _settle(self, message_ids: list[int], state: OutboxState) -> None:
        async with self._store.unit() as unit:
            await unit.outbox.settle(
                message_ids, state, after=WAITING, now=self._services.clock.now()
            )
            await unit.commit()
