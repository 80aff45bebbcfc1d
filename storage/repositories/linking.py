"""Linking a chat: the audit of attempts, the codes that were mailed, and what may still be tried.

A code is made and judged here and nowhere else, so that no way to one goes round the limits
(``rules.lockouts``). Who counts is alone for that moment: of two at once the second waits.
"""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Select, or_, select, update

from storage.models import AttemptOutcome, Customer, LinkAttempt, OneTimeCode
from storage.models.base import fingerprints
from storage.repositories.base import Repository, rows_changed
from storage.rules import lockouts
from storage.rules.lockouts import Locked, Past

CODE_DIGITS = 6
CODE_LIFETIME = timedelta(minutes=10)
CODE_TRIES = 5

COUNTED = (
    AttemptOutcome.NO_MATCH,
    AttemptOutcome.WRONG_CODE,
    AttemptOutcome.REFUSED,
    AttemptOutcome.CODE_SENT,
)
"""What locks are made of; a right pair is none of it."""
_WRONG_OF_CHAT = {AttemptOutcome.NO_MATCH, AttemptOutcome.WRONG_CODE, AttemptOutcome.REFUSED}


@dataclass(frozen=True, slots=True)
class Issued:
    """A code that is to be mailed now; of it only a hash is kept."""

    code_id: int
    code: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Right:
    """The code was right, and is used up."""


@dataclass(frozen=True, slots=True)
class Wrong:
    """The code was wrong; ``until`` where the chat has to wait for that."""

    tries_left: int
    until: datetime | None


@dataclass(frozen=True, slots=True)
class Spent:
    """There is no code that would be taken: late, used up, lost, or none was mailed."""


class Linking(Repository):
    async def record(
        self, chat_id: int, code: str, outcome: AttemptOutcome, *, now: datetime
    ) -> None:
        """Adds a line to the audit; the customer code is kept as a keyed hash."""
        self.session.add(LinkAttempt(chat_id=chat_id, code_hash=code, at=now, outcome=outcome))
        await self.session.flush()

    async def attempts_of_chat(self, chat_id: int) -> list[LinkAttempt]:
        """What this chat tried to link, oldest first."""
        return await self.all(
            select(LinkAttempt).where(LinkAttempt.chat_id == chat_id).order_by(LinkAttempt.id)
        )

    # -- what counts --

    async def past_of_chat(self, chat_id: int, *, now: datetime) -> Past:
        """What this chat tried; for a look beforehand, which holds nobody up."""
        return await self._past(LinkAttempt.chat_id == chat_id, chat_id, (), now)

    async def past_of_customer(self, code: str, *, now: datetime) -> Past:
        """What anybody tried with this customer code; for the operator's eyes."""
        hashes = fingerprints(self.dialect, code)
        return await self._past(LinkAttempt.code_hash.in_(hashes), 0, hashes, now)

    async def past(self, chat_id: int, code: str, *, now: datetime) -> Past:
        """What this chat tried, and what anybody tried with this customer code.

        Until this transaction ends nobody else counts what this chat or this code has to do with.
        """
        await self.one_at_a_time(f"linking of chat {chat_id}", f"linking of code {code}")
        hashes = fingerprints(self.dialect, code)
        return await self._past(
            or_(LinkAttempt.chat_id == chat_id, LinkAttempt.code_hash.in_(hashes)),
            chat_id,
            hashes,
            now,
        )

    async def _past(
        self,
        whose: ColumnElement[bool],
        chat_id: int,
        hashes: "tuple[str, ...] | list[str]",
        now: datetime,
    ) -> Past:
        rows = await self.session.execute(_counted(whose, now))
        found = [(row.chat_id == chat_id, row.code_hash in hashes, *row[2:]) for row in rows]
        wrong_code, mailed = AttemptOutcome.WRONG_CODE, AttemptOutcome.CODE_SENT
        return Past(
            wrong_of_chat=[at for own, _, at, what in found if own and what in _WRONG_OF_CHAT],
            wrong_pairs=[at for _, of, at, what in found if of and what is AttemptOutcome.NO_MATCH],
            wrong_codes=[at for _, of, at, what in found if of and what is wrong_code],
            own_wrong_codes=[
                at for own, of, at, what in found if own and of and what is wrong_code
            ],
            mailed_to_chat=[at for own, _, at, what in found if own and what is mailed],
            mailed=[at for _, of, at, what in found if of and what is mailed],
            own_mailed=[at for own, of, at, what in found if own and of and what is mailed],
        )

    async def forgive(self, code: str, *, now: datetime) -> int:
        """Lifts every lock that attempts with this customer code led to, of chats too.

        Returns:
            How many attempts count no longer.
        """
        await self.one_at_a_time(f"linking of code {code}")
        forgiven = await self.session.execute(
            update(LinkAttempt)
            .where(
                LinkAttempt.code_hash.in_(fingerprints(self.dialect, code)),
                LinkAttempt.outcome.in_(COUNTED),
                LinkAttempt.forgiven_at.is_(None),
            )
            .values(forgiven_at=now)
            .execution_options(synchronize_session=False)
        )
        return rows_changed(forgiven)

    async def chats_that_tried(self, code: str, *, now: datetime) -> list[int]:
        """The chats whose attempts with this customer code still count."""
        whose = LinkAttempt.code_hash.in_(fingerprints(self.dialect, code))
        rows = await self.session.execute(_counted(whose, now))
        return sorted({row.chat_id for row in rows})

    # -- codes --

    async def issue(
        self,
        chat_id: int,
        customer: Customer,
        *,
        to: str,
        proves_address: bool = False,
        now: datetime,
    ) -> Issued | Locked:
        """Makes a code that is to be mailed; the chat's earlier ones stop working.

        Every one counts, whether the mail server takes it or not.

        Args:
            chat_id: who asks for it.
            customer: for whom.
            to: the address it goes to.
            proves_address: whether it is to prove that new address, and not to link the chat.
            now: the instant.
        """
        verdict = lockouts.mailing(await self.past(chat_id, customer.code, now=now), now)
        if isinstance(verdict, Locked):
            return verdict
        await self.session.execute(
            update(OneTimeCode)
            .where(OneTimeCode.chat_id == chat_id, OneTimeCode.used_at.is_(None))
            .values(tries_left=0)
        )
        code = f"{secrets.randbelow(10**CODE_DIGITS):0{CODE_DIGITS}d}"
        row = OneTimeCode(
            chat_id=chat_id,
            customer_id=customer.id,
            code_hash=_salted(chat_id, code),
            address_hash=to if proves_address else None,
            mailed_to=to,
            sent_at=now,
            expires_at=now + CODE_LIFETIME,
            tries_left=CODE_TRIES,
        )
        self.session.add(row)
        await self.record(chat_id, customer.code, AttemptOutcome.CODE_SENT, now=now)
        return Issued(row.id, code, row.expires_at)

    async def judge(
        self,
        chat_id: int,
        customer: Customer,
        typed: str,
        *,
        mailed_to: str | None,
        proves_address: bool = False,
        now: datetime,
    ) -> Right | Wrong | Spent | Locked:
        """Whether *typed* is the newest code that this chat was mailed; spends one of its tries.

        Args:
            chat_id: who typed it.
            customer: for whom the code was to be.
            typed: six digits.
            mailed_to: where it must have gone: the address that gives access at this moment, or the
                new one that it proves. A code that went elsewhere is worth nothing.
            proves_address: which of the two.
            now: the instant.
        """
        past = await self.past(chat_id, customer.code, now=now)
        verdict = lockouts.typing(past, now)
        if isinstance(verdict, Locked):
            return verdict
        row = await self._newest_code(
            chat_id, customer.id, mailed_to=mailed_to, proves_address=proves_address
        )
        if row is None or not _is_usable(row, now):
            return Spent()
        row.tries_left -= 1
        if row.code_hash in fingerprints(self.dialect, _salted(chat_id, typed)):
            row.used_at = now
            await self.session.flush()
            return Right()
        await self.record(chat_id, customer.code, AttemptOutcome.WRONG_CODE, now=now)
        after = lockouts.typing(past.with_wrong_code(now), now)
        return Wrong(row.tries_left, after.until if isinstance(after, Locked) else None)

    async def judge_unsaid(
        self,
        chat_id: int,
        code: str,
        customer: Customer | None,
        typed: str,
        *,
        mailed_to: str | None,
        now: datetime,
    ) -> Right | Wrong | Locked:
        """``judge`` for a chat that is not told whether its pair was right: nor does this tell.

        Args:
            chat_id: who typed it.
            code: the customer code of the pair.
            customer: whose pair it was; None where it was a wrong one.
            typed: six digits.
            mailed_to: as for ``judge``.
            now: the instant.
        """
        past = await self.past(chat_id, code, now=now)
        verdict = lockouts.of_chat(past, now)
        if isinstance(verdict, Locked):
            return verdict
        judged: Right | Wrong | Spent | Locked = Spent()
        if customer is not None:
            judged = await self.judge(chat_id, customer, typed, mailed_to=mailed_to, now=now)
        if isinstance(judged, Right):
            return judged
        if not isinstance(judged, Wrong):
            await self.record(chat_id, code, AttemptOutcome.REFUSED, now=now)
        after = lockouts.of_chat(past.with_wrong_code(now), now)
        return Wrong(0, after.until if isinstance(after, Locked) else None)

    async def mark_lost(self, code_id: int) -> None:
        """Notes that the mail server did not take a code, which is worth nothing from then on.

        A server that answered too late may have taken it after all: then it is worth nothing too,
        and another has to be asked for.
        """
        await self.session.execute(
            update(OneTimeCode)
            .where(OneTimeCode.id == code_id, OneTimeCode.used_at.is_(None))
            .values(lost=True, tries_left=0)
        )

    async def _newest_code(
        self, chat_id: int, customer_id: int, *, mailed_to: str | None, proves_address: bool
    ) -> OneTimeCode | None:
        """The last code of this chat's for that customer and purpose, if it went to that address.

        It is locked until the transaction ends: two at once spend two tries.
        """
        purpose = OneTimeCode.address_hash
        row = await self.session.scalar(
            select(OneTimeCode)
            .where(
                OneTimeCode.chat_id == chat_id,
                OneTimeCode.customer_id == customer_id,
                purpose.is_not(None) if proves_address else purpose.is_(None),
            )
            # By number: a clock that stepped back dates the newer one earlier.
            .order_by(OneTimeCode.id.desc())
            .limit(1)
            .with_for_update()
        )
        if row is None or not mailed_to or row.mailed_to is None:
            return None
        return row if row.mailed_to in fingerprints(self.dialect, mailed_to) else None


def _is_usable(row: OneTimeCode, now: datetime) -> bool:
    """Whether the right code would still be taken: not used, not worn out, not expired."""
    return row.used_at is None and row.tries_left > 0 and now < row.expires_at


def _counted(
    whose: ColumnElement[bool], now: datetime
) -> Select[int, str, datetime, AttemptOutcome]:
    """The attempts that count now, oldest first."""
    return (
        select(LinkAttempt.chat_id, LinkAttempt.code_hash, LinkAttempt.at, LinkAttempt.outcome)
        .where(
            whose,
            LinkAttempt.at > now - lockouts.HISTORY,
            LinkAttempt.outcome.in_(COUNTED),
            LinkAttempt.forgiven_at.is_(None),
        )
        .order_by(LinkAttempt.at)
    )


def _salted(chat_id: int, code: str) -> str:
    # There are only a million codes: the chat's number keeps equal ones from looking equal.
    return f"{chat_id}:{code}"
