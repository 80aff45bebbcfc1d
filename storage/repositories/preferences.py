"""The preferences of chats; chats that chose nothing have the defaults of ``rules.preferences``."""

from collections.abc import Collection
from dataclasses import asdict, replace
from typing import Any

from sqlalchemy import func, select

from storage.models import ChatPreferences
from storage.repositories.base import Repository
from storage.rules.preferences import Preferences
from storage.rules.quiet_hours import QuietHours

_MOST_QUIET_HOURS = 200


class PreferencesOfChats(Repository):
    async def of(self, chat_id: int) -> Preferences:
        """One chat's preferences."""
        return (await self.of_chats([chat_id]))[chat_id]

    async def of_chats(self, chat_ids: Collection[int]) -> dict[int, Preferences]:
        """The preferences of many chats at once, by chat; every requested chat is present."""
        rows = await self.all(
            select(ChatPreferences)
            .where(ChatPreferences.chat_id.in_(chat_ids))
            .execution_options(populate_existing=True)  # ``change`` does not update the session
        )
        return dict.fromkeys(chat_ids, Preferences()) | {row.chat_id: read_row(row) for row in rows}

    async def change(self, chat_id: int, **changed: Any) -> Preferences:
        """Change some of a chat's preferences, and return all of them.

        Args:
            chat_id: a chat that the bot has met.
            changed: fields of ``Preferences``, by name.
        """
        preferences = replace(await self.of(chat_id), **changed)
        values = asdict(preferences)
        del values["quiet"]
        quiet = preferences.quiet
        values["quiet_from"] = quiet.start if quiet else None
        values["quiet_until"] = quiet.end if quiet else None
        await self.session.execute(
            self.insert(ChatPreferences)
            .values(chat_id=chat_id, **values)
            .on_conflict_do_update(index_elements=["chat_id"], set_=values),
        )
        return preferences

    async def quiet_hours_in_use(self) -> list[QuietHours]:
        """The hours that chats have chosen for themselves, the most frequent ones.

        Messages to chats with other hours are delayed when they are due.
        """
        rows = await self.session.execute(
            select(ChatPreferences.quiet_from, ChatPreferences.quiet_until)
            .where(ChatPreferences.quiet_from.is_not(None))
            .group_by(ChatPreferences.quiet_from, ChatPreferences.quiet_until)
            .order_by(func.count().desc(), ChatPreferences.quiet_from, ChatPreferences.quiet_until)
            .limit(_MOST_QUIET_HOURS)
        )
        return [
            QuietHours(start, end) for start, end in rows if start is not None and end is not None
        ]


def read_row(row: ChatPreferences) -> Preferences:
    """A chat's preferences, from its row."""
    quiet = None
    if row.quiet_from is not None and row.quiet_until is not None:
        quiet = QuietHours(row.quiet_from, row.quiet_until)
    return Preferences(
        remind_when_open=row.remind_when_open,
        remind_before_close=row.remind_before_close,
        days_before_close=row.days_before_close,
        remind_last_day=row.remind_last_day,
        tell_acquired=row.tell_acquired,
        tell_outcome=row.tell_outcome,
        tell_invoice=row.tell_invoice,
        tell_window=row.tell_window,
        tell_of_others=row.tell_of_others,
        quiet=quiet,
    )
