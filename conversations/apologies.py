"""What the customer reads when something fails on our side."""

from conversations.kit.views import View
from conversations.texts import Words


def apology(words: Words, reference: str) -> View:
    """A step failed and was undone; *reference* finds it in the log."""
    return View(
        words(
            "😔 Qualcosa è andato storto da parte nostra, e quest'ultimo passo <b>non è stato "
            "fatto</b>. Si può riprovare.\n\nSe succede ancora, all'assistenza basta questo "
            "numero: <code>{reference}</code>",
            reference=reference,
        )
    )


def not_sent(words: Words, reference: str) -> View:
    """A step was done, but its answer could not be sent."""
    return View(
        words(
            "😔 La risposta non è partita, per un errore nostro. Quello che è stato fatto "
            "resta fatto.\n\nSe succede ancora, all'assistenza basta questo numero: "
            "<code>{reference}</code>",
            reference=reference,
        )
    )


def one_moment(words: Words) -> View:
    """The database is briefly unavailable; the message is stored and will be answered."""
    return View(
        words("⏳ Un momento: il messaggio è arrivato e non va perso, rispondo appena posso.")
    )


def too_fast(words: Words) -> View:
    """So many messages arrived at once that some were ignored."""
    return View(
        words(
            "🐢 Sono arrivati tantissimi messaggi tutti insieme e non riesco a seguirli: gli "
            "ultimi non li ho letti. Aspetta un minuto e riprova."
        )
    )


def left_in_the_middle(words: Words) -> View:
    """Another conversation was opened in the middle of one."""
    return View(words("↩️ Quello che era in corso è stato chiuso: non è stato salvato niente."))


def came_back_late(words: Words) -> View:
    """The customer continues a conversation that has ended."""
    return View(
        words(
            "⌛ È passata più di mezz'ora: quello che era in corso è stato chiuso e non è "
            "stato salvato niente."
        )
    )
