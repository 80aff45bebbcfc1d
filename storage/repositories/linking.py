"""Linking a chat: the audit of attempts, and the codes that were mailed."""

from datetime import datetime, timedelta

from sqlalchemy import select, update

from storage.models import AttemptOutcome, LinkAttempt, OneTimeCode
from storage.models.base import fingerprints
from storage.repositories.base import Repository

CODE_LIFETIME = timedelta(minutes=10)
CODE_TRIES = 5


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

    async def wrong_pairs_of_chat(self, chat_id: int, *, since: datetime) -> list[datetime]:
        """When this chat tried a pair that did not match, oldest first."""
        return list(
            await self.session.scalars(
                select(LinkAttempt.at)
                .where(
                    LinkAttempt.chat_id == chat_id,
                    LinkAttempt.at > since,
                    LinkAttempt.outcome == AttemptOutcome.NO_MATCH,
                )
                .order_by(LinkAttempt.at)
            )
        )

    async def wrong_pairs_of_code(self, code: str, *, since: datetime) -> list[datetime]:
        """When anybody tried a wrong pair with this customer code, oldest first."""
        return list(
            await self.session.scalars(
                select(LinkAttempt.at)
                .where(
                    LinkAttempt.code_hash.in_(fingerprints(self.dialect, code)),
                    LinkAttempt.at > since,
                    LinkAttempt.outcome == AttemptOutcome.NO_MATCH,
                )
                .order_by(LinkAttempt.at)
            )
        )

    async def codes_sent(self, chat_id: int, *, since: datetime) -> list[datetime]:
        """When codes went out at this chat's request, oldest first; lost ones do not count."""
        return list(
            await self.session.scalars(
                select(OneTimeCode.sent_at)
                .where(
                    OneTimeCode.chat_id == chat_id,
                    OneTimeCode.sent_at > since,
                    OneTimeCode.lost.is_(False),
                )
                .order_by(OneTimeCode.sent_at)
            )
        )

    async def new_code(
        self,
        chat_id: int,
        customer_id: int,
        code: str,
        *,
        now: datetime,
        new_address: str | None = None,
    ) -> OneTimeCode:
        """Keeps the hash of a code that is about to be mailed; earlier ones stop working.

        ``new_address`` is the address that the code is to prove; None for a code that links.
        """
        await self.session.execute(
            update(OneTimeCode)
            .where(OneTimeCode.chat_id == chat_id, OneTimeCode.used_at.is_(None))
            .values(tries_left=0)
        )
        row = OneTimeCode(
            chat_id=chat_id,
            customer_id=customer_id,
            code_hash=_salted(chat_id, code),
            address_hash=new_address,
            sent_at=now,
            expires_at=now + CODE_LIFETIME,
            tries_left=CODE_TRIES,
        )
        self.session.add(row)
        await self.session.flush()
        return row

    async def newest_code(
        self, chat_id: int, customer_id: int, *, new_address: str | None = None
    ) -> OneTimeCode | None:
        """The last code that this chat asked for, to be linked to that customer.

        With ``new_address``, the last one that was mailed there to prove it.
        """
        purpose = (
            OneTimeCode.address_hash.is_(None)
            if new_address is None
            else OneTimeCode.address_hash.in_(fingerprints(self.dialect, new_address))
        )
        return await self.session.scalar(
            select(OneTimeCode)
            .where(OneTimeCode.chat_id == chat_id, OneTimeCode.customer_id == customer_id, purpose)
            # By number: a clock that stepped back dates the newer one earlier.
            .order_by(OneTimeCode.id.desc())
            .limit(1)
        )

    async def mark_lost(self, code_id: int) -> None:
        """Notes that the mail server did not take a code.

        Its tries stay as they are: a server that answered too late may have taken it after all.
        """
        await self.session.execute(
            update(OneTimeCode).where(OneTimeCode.id == code_id).values(lost=True)
        )

    async def try_code(self, row: OneTimeCode, typed: str, *, now: datetime) -> bool:
        """Spends one try of *row*; True where *typed* is the code, which is then used up."""
        if not is_usable(row, now):
            return False
        row.tries_left -= 1
        if row.code_hash in fingerprints(self.dialect, _salted(row.chat_id, typed)):
            row.used_at = now
        await self.session.flush()
        return row.used_at is not None


def is_usable(row: OneTimeCode, now: datetime) -> bool:
    """Whether the right code would still be taken: not used, not worn out, not expired."""
    return row.used_at is None and row.tries_left > 0 and now < row.expires_at


def _salted(chat_id: int, code: str) -> str:
    # There are only a million codes: the chat's number keeps equal ones from looking equal.
    return f"{chat_id}:{code}"
