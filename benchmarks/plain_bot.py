"""The baseline: the same conversation as a typical first python-telegram-bot program.

It uses ``ConversationHandler``, SQLAlchemy's async ORM with one session and one commit per update,
and defaults for all else: httpx, one update at a time, asyncio's loop. The draft and the reading
are in the database before each answer. On SQLite it commits as durably as Sportello (WAL,
``synchronous=FULL``); on PostgreSQL both use the server's default. It encrypts nothing, checks
little, stores no update before it is confirmed, and repeats no lost answer.
"""

import os
from datetime import UTC, date, datetime
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import BigInteger, ForeignKey, delete, event, select
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from telegram import InlineKeyboardButton, InlineKeyboardMarkup, Update
from telegram.ext import (
    Application,
    CallbackQueryHandler,
    CommandHandler,
    ContextTypes,
    ConversationHandler,
    MessageHandler,
    filters,
)

METER, SUMMARY, SAVED, REALLY = range(4)
Context = ContextTypes.DEFAULT_TYPE


class Base(DeclarativeBase):
    """The tables of the plain bot."""


class Customer(Base):
    __tablename__ = "customers"
    id: Mapped[int] = mapped_column(primary_key=True)
    chat_id: Mapped[int] = mapped_column(BigInteger, unique=True)
    name: Mapped[str]


class Point(Base):
    __tablename__ = "points"
    id: Mapped[int] = mapped_column(primary_key=True)
    customer_id: Mapped[int] = mapped_column(ForeignKey("customers.id"), index=True)
    code: Mapped[str]


class Reading(Base):
    __tablename__ = "readings"
    id: Mapped[int] = mapped_column(primary_key=True)
    point_id: Mapped[int] = mapped_column(ForeignKey("points.id"), index=True)
    day: Mapped[date]
    meter: Mapped[int]
    state: Mapped[str]


class Draft(Base):
    """The draft of a chat."""

    __tablename__ = "drafts"
    chat_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    point_id: Mapped[int] = mapped_column(ForeignKey("points.id"))
    meter: Mapped[int | None]
    reading_id: Mapped[int | None]
    message_id: Mapped[int | None]
    at: Mapped[datetime]


def open_sessions(url: str) -> async_sessionmaker[AsyncSession]:
    """Sessions on the database at *url*."""
    engine = create_async_engine(url)
    if engine.dialect.name == "sqlite":

        def prepare(connection: Any, _entry: Any) -> None:
            cursor = connection.cursor()
            cursor.execute("PRAGMA journal_mode=WAL")
            cursor.execute("PRAGMA synchronous=FULL")
            cursor.execute("PRAGMA foreign_keys=ON")
            cursor.close()

        event.listen(engine.sync_engine, "connect", prepare)
    return async_sessionmaker(engine, expire_on_commit=False)


def keyboard(*labels: str) -> InlineKeyboardMarkup:
    """One row of buttons whose data is their label."""
    return InlineKeyboardMarkup(
        [[InlineKeyboardButton(each, callback_data=each)] for each in labels]
    )


def session_of(context: Context) -> AsyncSession:
    sessions: async_sessionmaker[AsyncSession] = context.bot_data["sessions"]
    return sessions()


async def ask(update: Update, context: Context) -> int:
    assert update.message is not None
    chat_id = update.message.chat_id
    async with session_of(context) as session:
        point = await session.scalar(
            select(Point).join(Customer).where(Customer.chat_id == chat_id).limit(1)
        )
        if point is None:
            await update.message.reply_text("Non ti conosco")
            return ConversationHandler.END
        last = await session.scalar(
            select(Reading)
            .where(Reading.point_id == point.id, Reading.state != "cancelled")
            .order_by(Reading.day.desc())
            .limit(1)
        )
        await session.merge(
            Draft(
                chat_id=chat_id,
                point_id=point.id,
                meter=None,
                reading_id=None,
                message_id=update.message.message_id,
                at=datetime.now(UTC).replace(tzinfo=None),
            )
        )
        await session.commit()
    await update.message.reply_text(
        f"Lettura contatore di {point.code} (l'ultima: {last.meter if last else '–'})",
        reply_markup=keyboard("Annulla"),
    )
    return METER


async def take(update: Update, context: Context) -> int:
    assert update.message is not None
    meter = int((update.message.text or "").replace(".", ""))
    async with session_of(context) as session:
        draft = await session.get_one(Draft, update.message.chat_id)
        last = await session.scalar(
            select(Reading)
            .where(Reading.point_id == draft.point_id, Reading.state != "cancelled")
            .order_by(Reading.day.desc())
            .limit(1)
        )
        if last is not None and meter < last.meter:
            await update.message.reply_text("È più bassa dell'ultima")
            return METER
        draft.meter = meter
        await session.commit()
    await update.message.reply_text(
        f"Riepilogo: {meter} m³", reply_markup=keyboard("Salva", "Annulla")
    )
    return SUMMARY


async def tap(update: Update, text: str, *labels: str) -> None:
    query = update.callback_query
    assert query is not None
    await query.answer()
    await query.edit_message_text(text, reply_markup=keyboard(*labels) if labels else None)


async def save(update: Update, context: Context) -> int:
    assert update.effective_chat is not None
    async with session_of(context) as session:
        draft = await session.get_one(Draft, update.effective_chat.id)
        assert draft.meter is not None
        reading = Reading(
            point_id=draft.point_id,
            day=datetime.now(UTC).date(),
            meter=draft.meter,
            state="pending",
        )
        session.add(reading)
        await session.flush()
        draft.reading_id = reading.id
        await session.commit()
    await tap(update, f"Lettura salvata: {reading.meter} m³", "Cancella")
    return SAVED


async def really(update: Update, context: Context) -> int:
    assert update.effective_chat is not None
    async with session_of(context) as session:
        draft = await session.get_one(Draft, update.effective_chat.id)
        draft.at = datetime.now(UTC).replace(tzinfo=None)
        await session.commit()
    await tap(update, "Confermi la cancellazione?", "Sì", "No")
    return REALLY


async def cancel(update: Update, context: Context) -> int:
    assert update.effective_chat is not None
    async with session_of(context) as session:
        draft = await session.get_one(Draft, update.effective_chat.id)
        reading = await session.get_one(Reading, draft.reading_id)
        reading.state = "cancelled"
        await session.execute(delete(Draft).where(Draft.chat_id == draft.chat_id))
        await session.commit()
    await tap(update, "Cancellata")
    return ConversationHandler.END


def run(application: Application[Any, Any, Any, Any, Any, Any]) -> None:
    """Run by webhook if the environment says so, otherwise by polling."""
    if url := os.environ.get("WEBHOOK_URL"):
        parts = urlsplit(url)
        application.run_webhook(
            listen="127.0.0.1",
            port=parts.port or 0,
            url_path=parts.path.lstrip("/"),
            webhook_url=url,
            secret_token=os.environ["WEBHOOK_SECRET"],
        )
    else:
        application.run_polling()


def main() -> None:
    application = (
        Application.builder()
        .token(os.environ["TELEGRAM_TOKEN"])
        .base_url(os.environ["TELEGRAM_API_URL"] + "/bot")
        .build()
    )
    application.bot_data["sessions"] = open_sessions(os.environ["DATABASE_URL"])
    application.add_handler(
        ConversationHandler(
            entry_points=[CommandHandler("autolettura", ask)],
            states={
                METER: [MessageHandler(filters.TEXT & ~filters.COMMAND, take)],
                SUMMARY: [CallbackQueryHandler(save, pattern="Salva")],
                SAVED: [CallbackQueryHandler(really, pattern="Cancella")],
                REALLY: [CallbackQueryHandler(cancel, pattern="Sì")],
            },
            fallbacks=[],
            allow_reentry=True,
        )
    )
    run(application)


if __name__ == "__main__":
    main()
