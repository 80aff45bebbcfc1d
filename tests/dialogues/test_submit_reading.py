"""Submitting a self-reading, as the customer reads it."""

from tests.support.chat import ChatDriver


async def test_a_reading_is_asked_for_summed_up_and_saved(chat: ChatDriver) -> None:
    await chat.sends("/autolettura")
    chat.sees("Via Roma 12, Cesena", "44.870", "Lettura contatore", buttons=["Annulla"])
    await chat.sends("45.000")
    chat.sees(
        "Riepilogo",
        "15/02/2026",
        "45.000",
        "130 m³",
        buttons=["Salva", "Correggi", "Annulla"],
    )
    await chat.taps("Salva")
    chat.sees("Lettura salvata", "Da acquisire", "10:30", buttons=["Cancella"], edited=True)


async def test_a_lower_reading_is_questioned(chat: ChatDriver) -> None:
    await chat.sends("/autolettura")
    chat.sees("Lettura contatore", buttons=["Annulla"])
    await chat.sends("44.000")
    chat.sees("più bassa dell'ultima", buttons=["Correggi", "Giro contatore", "Annulla"])
