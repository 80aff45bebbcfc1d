"""The baseline: the same conversation in bare python-telegram-bot, with everything at its default.

No database, no encryption, no checks, nothing survives it: it asks, sums up, «saves» into a
dictionary, and takes it back.
"""

import os

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


def keyboard(*labels: str) -> InlineKeyboardMarkup:
    """One row of buttons that carry their own words."""
    return InlineKeyboardMarkup(
        [[InlineKeyboardButton(each, callback_data=each)] for each in labels]
    )


async def ask(update: Update, _context: Context) -> int:
    assert update.message is not None
    await update.message.reply_text("Lettura contatore", reply_markup=keyboard("Annulla"))
    return METER


async def take(update: Update, context: Context) -> int:
    assert update.message is not None
    assert context.user_data is not None
    context.user_data["meter"] = int((update.message.text or "").replace(".", ""))
    await update.message.reply_text("Riepilogo", reply_markup=keyboard("Salva", "Annulla"))
    return SUMMARY


async def tap(update: Update, text: str, *labels: str) -> None:
    query = update.callback_query
    assert query is not None
    await query.answer()
    await query.edit_message_text(text, reply_markup=keyboard(*labels) if labels else None)


async def save(update: Update, _context: Context) -> int:
    await tap(update, "Lettura salvata", "Cancella")
    return SAVED


async def really(update: Update, _context: Context) -> int:
    await tap(update, "Confermi la cancellazione?", "Sì", "No")
    return REALLY


async def cancel(update: Update, _context: Context) -> int:
    await tap(update, "Cancellata")
    return ConversationHandler.END


def main() -> None:
    application = (
        Application.builder()
        .token(os.environ["TELEGRAM_TOKEN"])
        .base_url(os.environ["TELEGRAM_API_URL"] + "/bot")
        .build()
    )
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
    application.run_polling()


if __name__ == "__main__":
    main()
