"""Units of work: one transaction with its repositories; only a writing unit can commit."""

from functools import cached_property
from typing import TYPE_CHECKING

from storage.repositories.acquisitions import Acquisitions
from storage.repositories.announcements import Announcements
from storage.repositories.chats import Chats
from storage.repositories.contacts import Contacts
from storage.repositories.conversations import Conversations
from storage.repositories.customers import Customers
from storage.repositories.documents import Documents
from storage.repositories.erasure import Erasure
from storage.repositories.figures import Figures
from storage.repositories.inbox import Inbox
from storage.repositories.invitations import Invitations
from storage.repositories.invoices import Invoices
from storage.repositories.kept_files import KeptFiles
from storage.repositories.linking import Linking
from storage.repositories.measures import Measures
from storage.repositories.outbox import Outbox
from storage.repositories.outcomes import Outcomes
from storage.repositories.preferences import PreferencesOfChats
from storage.repositories.readings import Readings
from storage.repositories.reminders import Reminders
from storage.repositories.retention import RetentionOfData
from storage.repositories.supplies import Supplies
from storage.repositories.supply_points import SupplyPoints
from storage.repositories.telegram_files import TelegramFiles
from storage.repositories.tickets import Tickets
from storage.repositories.withdrawals import Withdrawals

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncSession


class ReadUnit:
    """A transaction that reads.

    The database refuses all writes in it.
    """

    def __init__(self, session: "AsyncSession") -> None:
        self.session = session

    @cached_property
    def acquisitions(self) -> Acquisitions:
        return Acquisitions(self.session)

    @cached_property
    def announcements(self) -> Announcements:
        return Announcements(self.session)

    @cached_property
    def chats(self) -> Chats:
        return Chats(self.session)

    @cached_property
    def contacts(self) -> Contacts:
        return Contacts(self.session)

    @cached_property
    def conversations(self) -> Conversations:
        return Conversations(self.session)

    @cached_property
    def customers(self) -> Customers:
        return Customers(self.session)

    @cached_property
    def documents(self) -> Documents:
        return Documents(self.session)

    @cached_property
    def erasure(self) -> Erasure:
        return Erasure(self.session)

    @cached_property
    def figures(self) -> Figures:
        return Figures(self.session)

    @cached_property
    def inbox(self) -> Inbox:
        return Inbox(self.session)

    @cached_property
    def invitations(self) -> Invitations:
        return Invitations(self.session)

    @cached_property
    def invoices(self) -> Invoices:
        return Invoices(self.session)

    @cached_property
    def kept_files(self) -> KeptFiles:
        return KeptFiles(self.session)

    @cached_property
    def linking(self) -> Linking:
        return Linking(self.session)

    @cached_property
    def measures(self) -> Measures:
        return Measures(self.session)

    @cached_property
    def outbox(self) -> Outbox:
        return Outbox(self.session)

    @cached_property
    def outcomes(self) -> Outcomes:
        return Outcomes(self.session)

    @cached_property
    def preferences(self) -> PreferencesOfChats:
        return PreferencesOfChats(self.session)

    @cached_property
    def readings(self) -> Readings:
        return Readings(self.session)

    @cached_property
    def reminders(self) -> Reminders:
        return Reminders(self.session)

    @cached_property
    def retention(self) -> RetentionOfData:
        return RetentionOfData(self.session)

    @cached_property
    def supplies(self) -> Supplies:
        return Supplies(self.session)

    @cached_property
    def supply_points(self) -> SupplyPoints:
        return SupplyPoints(self.session)

    @cached_property
    def telegram_files(self) -> TelegramFiles:
        return TelegramFiles(self.session)

    @cached_property
    def tickets(self) -> Tickets:
        return Tickets(self.session)

    @cached_property
    def withdrawals(self) -> Withdrawals:
        return Withdrawals(self.session)


class Unit(ReadUnit):
    """A transaction for one update, or one item of a job: all of it takes effect, or nothing."""

    async def commit(self) -> None:
        """Commit. Nothing else commits."""
        await self.session.commit()

    def part(self) -> "Unit":
        """A separate unit in this transaction, for one of several parts that share it."""
        return Unit(self.session)

    async def write(self) -> None:
        """Flush changed objects into the transaction."""
        if self.session.new or self.session.dirty or self.session.deleted:
            await self.session.flush()

    def put_down(self) -> None:
        """Forget all objects, so that the next part reads anew, like any unit."""
        self.session.expunge_all()
