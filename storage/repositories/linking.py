"""Linking a chat: the audit of attempts, the mailed codes, and what may still be tried.

Codes are made and checked only here, so that nothing bypasses the limits (``rules.lockouts``).
Counting takes a lock: of two transactions at once, the second waits.
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
"""The outcomes that count towards locks; a right pair does not."""
_WRONG_OF_CHAT = {AttemptOutcome.NO_MATCH, AttemptOutcome.WRONG_CODE, AttemptOutcome.REFUSED}


@dataclass(frozen=True, slots=True)
class Issued:
    """A code to be mailed now; only its hash is stored."""

    code_id: int
    code: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Right:
    """The code was right, and cannot be used again."""


@dataclass(frozen=True, slots=True)
class Wrong:
    """The code was wrong; ``until`` is when the chat may try again, if it is locked."""

    tries_left: int
    until: datetime | None


@dataclass(frozen=True, slots=True)
class Spent:
    """No code is valid: expired, used, lost, or none was mailed."""


class Linking(Repository):
    async def record(
        self, chat_id: int, code: str, outcome: AttemptOutcome, *, now: datetime
    ) -> None:
        """Add an entry to the audit; the customer code is stored as a keyed hash."""
        self.session.add(LinkAttempt(chat_id=chat_id, code_hash=code, at=now, outcome=outcome))
        await self.session.flush()

    async def attempts_of_chat(self, chat_id: int) -> list[LinkAttempt]:
        """The attempts of this chat, oldest first."""
        return await self.all(
            select(LinkAttempt).where(LinkAttempt.chat_id == chat_id).order_by(LinkAttempt.id)
        )

    # -- what counts --

    async def past_of_chat(self, chat_id: int, *, now: datetime) -> Past:
        """The attempts of this chat, without taking a lock: for a check in advance."""
        return await self._past(LinkAttempt.chat_id == chat_id, chat_id, (), now)

    async def past_of_customer(self, code: str, *, now: datetime) -> Past:
        """All attempts with this customer code, for the operator."""
        hashes = fingerprints(self.dialect, code)
        return await self._past(LinkAttempt.code_hash.in_(hashes), 0, hashes, now)

    async def past(self, chat_id: int, code: str, *, now: datetime) -> Past:
        """The attempts of this chat, and all attempts with this customer code.

        Until this transaction ends, no other one counts those of this chat or this code.
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
        """Lift every lock caused by attempts with this customer code, also of chats.

        Returns:
            How many attempts no longer count.
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
        """Make a code to be mailed; the chat's earlier ones become invalid.

        Each code counts, whether or not the mail server accepts it.

        Args:
            chat_id: the chat that asks for it.
            customer: for whom.
            to: the address to which it is sent.
            proves_address: whether it verifies that new address instead of linking the chat.
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
        """Check *typed* against the newest code mailed to this chat; uses up one of its attempts.

        Args:
            chat_id: the chat that typed it.
            customer: for whom the code should be.
            typed: six digits.
            mailed_to: where it must have been sent: the address that gives access now, or the new
                one that it verifies. A code sent elsewhere is invalid.
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
        """``judge`` for a chat that is not told whether its pair was right; nor does this tell it.

        Args:
            chat_id: the chat that typed it.
            code: the customer code of the pair.
            customer: whose pair it was; None for a wrong pair.
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
        """Mark a code as not accepted by the mail server; it is invalid from then on.

        A server that answered too late may have accepted it: it is invalid all the same, and
        another has to be requested.
        """
        await self.session.execute(
            update(OneTimeCode)
            .where(OneTimeCode.id == code_id, OneTimeCode.used_at.is_(None))
            .values(lost=True, tries_left=0)
        )

    async def _newest_code(
        self, chat_id: int, customer_id: int, *, mailed_to: str | None, proves_address: bool
    ) -> OneTimeCode | None:
        """The last code of this chat for that customer and purpose, if it went to that address.

        The row is locked until the transaction ends, so that two at once use two attempts.
        """
        purpose = OneTimeCode.address_hash
        row = await self.session.scalar(
            select(OneTimeCode)
            .where(
                OneTimeCode.chat_id == chat_id,
                OneTimeCode.customer_id == customer_id,
                purpose.is_not(None) if proves_address else purpose.is_(None),
            )
            # By id: a clock that was set back gives a newer code an earlier time.
            .order_by(OneTimeCode.id.desc())
            .limit(1)
            .with_for_update()
        )
        if row is None or not mailed_to or row.mailed_to is None:
            return None
        return row if row.mailed_to in fingerprints(self.dialect, mailed_to) else None


def _is_usable(row: OneTimeCode, now: datetime) -> bool:
    """Whether the right code would still be accepted: not used, not worn out, not expired."""
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
    # There are only a million codes: the chat's id makes equal ones have different hashes.
    return f"{chat_id}:{code}"
