"""The screens of submitting a reading."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from markupsafe import Markup

from conversations.kit.formats import shorten
from conversations.kit.leaving import cancel_button
from conversations.kit.link_prompt import StartLinking
from conversations.kit.points import point_title
from conversations.kit.taps import Tap
from conversations.kit.views import Rows, View, button
from conversations.readings.receipt import AskCancel, numbers, receipt_view, state_line
from conversations.readings.submit.situation import (
    ReadToday,
    Ready,
    WindowClosed,
    corrector_digits,
    meter_digits,
)
from conversations.readings.submit.states import Draft
from conversations.texts import Words
from storage.models import Reading, ReadingSource, ReadingState, SupplyPoint
from storage.rules.numbers import NumberProblem, read_count
from storage.rules.plausibility import (
    Accepted,
    Blocked,
    BlockKind,
    Dial,
    Question,
    QuestionKind,
)
from storage.rules.windows import Window

_SMALL = 10  # Smc
_MOST_DIGITS = 20


@dataclass(frozen=True, slots=True)
class ReadPoint(Tap, code="r"):
    """Submit a reading for this point."""

    supply_point_id: int


@dataclass(frozen=True, slots=True)
class ReadingPoints(Tap, code="rp"):
    """*Cambia punto*: a page of the readable points."""

    page: int


@dataclass(frozen=True, slots=True)
class SaveReading(Tap, code="rs"):
    """*Salva*."""

    screen_token: str


@dataclass(frozen=True, slots=True)
class CorrectReading(Tap, code="rc"):
    """*Correggi*."""

    screen_token: str


@dataclass(frozen=True, slots=True)
class ConfirmUnusual(Tap, code="ru"):
    """*Confermo*, for one kind of question."""

    screen_token: str
    kind: QuestionKind


@dataclass(frozen=True, slots=True)
class DeclareRollover(Tap, code="rr"):
    """*Giro contatore*, of one dial."""

    screen_token: str
    dial: Dial


@dataclass(frozen=True, slots=True)
class SwapNumbers(Tap, code="rx"):
    """*Scambia*: the meter's number is the corrector's, and the other way round."""

    screen_token: str


@dataclass(frozen=True, slots=True)
class RemindWhenOpen(Tap, code="rw"):
    """*Avvisami*."""

    supply_point_id: int


# -- which point --


def which_point(words: Words, bare: str | None) -> Markup:
    """The text above the list of points."""
    if bare is not None:
        return words("Di quale punto è la lettura <b>{number}</b>?", number=_echo(words, bare))
    return words("Per quale <b>punto di fornitura</b> è la lettura?")


def _echo(words: Words, typed: str) -> str:
    """A number in the customer's format; any other text unchanged."""
    value = read_count(typed, _MOST_DIGITS)
    return words.number(value) if isinstance(value, int) else shorten(typed, _MOST_DIGITS)


def no_point_found(words: Words) -> View:
    """No point matches the typed words."""
    return View(
        words(
            "Con queste parole non trovo nessun punto. Prova con la via o il numero civico; "
            "qui sotto ci sono tutti."
        )
    )


def not_linked_number(words: Words, code: str | None) -> View:
    """A number from a chat that is not linked: it may be the customer code."""
    if code is None:
        text = words(
            "Per inviare una lettura serve prima collegare la tua fornitura: bastano il "
            "<b>codice cliente</b> e il codice fiscale o la partita IVA."
        )
    else:
        text = words(
            "<b>{code}</b> è il tuo <b>codice cliente</b>? Se sì, colleghiamo la fornitura.",
            code=code,
        )
    return View(text, ((button(words.plain("Collega la fornitura"), StartLinking(code)),),))


def photos_are_not_read(words: Words) -> View:
    """A photo was sent where a number is needed."""
    return View(words("📷 Non so leggere le foto: scrivi qui il numero che vedi sul contatore."))


def nothing_to_read(words: Words) -> View:
    """None of the chat's points takes self-readings."""
    return View(
        words(
            "Nessuno dei tuoi punti di fornitura prevede l'autolettura: i contatori di luce, "
            "e quelli del gas letti a distanza, si leggono da soli."
        )
    )


def other_point(words: Words, *, several: bool) -> Rows:
    """*Cambia punto*, if there are other points."""
    return ((button(words.plain("Cambia punto"), ReadingPoints(0)),),) if several else ()


def not_readable(words: Words, point: SupplyPoint, *, several: bool) -> View:
    """This point accepts no self-readings."""
    return View(
        words(
            "{point}\n\nPer questo punto l'autolettura non è prevista.",
            point=point_title(words, point),
        ),
        other_point(words, several=several),
    )


def not_supplied(words: Words, point: SupplyPoint, today: date, *, several: bool) -> View:
    """The supply has not begun yet, or has ended."""
    if today < point.since:
        text = words(
            "{point}\n\nLa fornitura comincia il <b>{day}</b>: le letture si inviano da quel "
            "giorno.",
            point=point_title(words, point),
            day=words.day(point.since),
        )
    else:
        text = words(
            "{point}\n\nLa fornitura è <b>cessata</b> il {day}: non servono più letture. Quelle "
            "già inviate restano in /letture.",
            point=point_title(words, point),
            day=words.day(point.until or today),
        )
    return View(text, other_point(words, several=several))


def view_only(words: Words) -> View:
    """The chat may only look, not submit."""
    return View(
        words(
            "Questa chat può <b>solo consultare</b>: le letture le invia chi ha collegato la "
            "fornitura con il codice."
        )
    )


def no_longer_yours(words: Words) -> View:
    """The link ended, or the point changed hands, during the conversation."""
    return View(
        words(
            "Questo punto di fornitura non è più collegato a questa chat. "
            "Non è stato salvato niente."
        )
    )


def window_closed(
    words: Words, found: WindowClosed, *, just_now: bool = False, several: bool = False
) -> View:
    """When readings are accepted again, with *Avvisami*."""
    head = point_title(words, found.point)
    closed = (
        words(
            "Il periodo per le letture nel frattempo si è <b>chiuso</b>: la lettura non è stata "
            "salvata."
        )
        if just_now
        else words("In questo momento il periodo per le letture è <b>chiuso</b>.")
    )
    if found.next is None:
        later = words("La prossima apertura non è ancora stata fissata.")
        return View(f"{head}\n\n{closed}\n{later}", other_point(words, several=several))
    later = words(
        "Si apre il <b>{start}</b> e si chiude il <b>{end}</b>.",
        start=words.moment(found.next.start),
        end=words.moment(found.next.end),
    )
    rows: Rows = (
        (button(words.plain("Avvisami"), RemindWhenOpen(found.point.id)),),
        *other_point(words, several=several),
    )
    return View(f"{head}\n\n{closed}\n{later}", rows)


def will_remind(words: Words, point: SupplyPoint, window: Window) -> View:
    """*Avvisami* was stored."""
    return View(
        words(
            "{point}\n\n🔔 Il periodo per le letture si apre il <b>{start}</b>: arriverà un "
            "messaggio qui.",
            point=point_title(words, point),
            start=words.moment(window.start),
        )
    )


def read_today(
    words: Words, found: ReadToday, due: datetime, *, now: datetime, several: bool = False
) -> View:
    """There is a reading of today already; while it is pending, it can be cancelled.

    If the point changed hands today, it may be the former customer's, which is not shown.
    """
    reading, point = found.reading, found.point
    if reading is None:
        text = words(
            "{point}\n\nPer oggi una lettura <b>c'è già</b>, di chi aveva la fornitura prima. Se "
            "ne può inviare una sola al giorno: la tua, da domani.",
            point=point_title(words, point),
        )
        return View(text, other_point(words, several=several))
    text = words(
        "{point}\n\nLa lettura di oggi <b>c'è già</b>: se ne può inviare una sola al giorno."
        "\n\n{numbers}\n{state}",
        point=point_title(words, point),
        numbers=numbers(words, reading),
        state=state_line(words, reading, due, now=now),
    )
    rows: Rows = ()
    if reading.state is ReadingState.PENDING:
        rows = ((button(words.plain("Cancella"), AskCancel(reading.id, None)),),)
    return View(text, (*rows, *other_point(words, several=several)))


# -- the numbers --


def ask_meter(words: Words, screen_token: str, found: Ready, *, several: bool) -> View:
    """Ask for the meter's number, with the point and its last reading."""
    point = found.point
    parts = [point_title(words, point), Markup()]
    if found.has_new_meter:
        parts.append(words("Il contatore è <b>nuovo</b>: si riparte dal numero che segna oggi."))
    elif found.last is not None:
        parts.append(_last_reading(words, found.last))
    if point.meter_serial:
        parts.append(words("Matricola contatore: {serial}", serial=point.meter_serial))
    parts.append(Markup())
    parts.append(
        words("Scrivi la <b>Lettura contatore</b>: solo le cifre nere, quelle prima della virgola.")
    )
    rows = (*other_point(words, several=several), (cancel_button(words, screen_token),))
    return View(Markup("\n").join(parts), rows)


def meter_changed(words: Words, screen_token: str, found: Ready, *, several: bool) -> View:
    """Ask again, as the company's data has another meter than the numbers are from."""
    changed = words("I dati del contatore nel frattempo sono <b>cambiati</b>: ricominciamo.")
    question = ask_meter(words, screen_token, found, several=several)
    return View(f"{changed}\n\n{question.text}", question.rows)


def _last_reading(words: Words, last: Reading) -> Markup:
    text = words(
        "Ultima lettura: <b>{value}</b> ({day})",
        value=words.number(last.meter),
        day=words.day(last.day),
    )
    if last.corrector is not None:
        text += words(" · correttore <b>{value}</b>", value=words.number(last.corrector))
    if last.source is ReadingSource.ESTIMATED:
        text += words(" · <b>stimata</b>, non letta")
    return text


def ask_corrector(words: Words, screen_token: str, found: Ready, meter: int) -> View:
    """Ask for the corrector's number, after the meter's."""
    serial = found.point.corrector_serial
    text = words("Lettura contatore: <b>{meter}</b>.", meter=words.number(meter))
    text += "\n\n" + words(
        "Ora scrivi la <b>Lettura correttore</b>: il numero che il correttore mostra come "
        "volume corretto (Vb, in Smc)."
    )
    if serial:
        text += "\n" + words("Matricola correttore: {serial}", serial=serial)
    return View(text, ((cancel_button(words, screen_token),),))


def number_problem(
    words: Words, screen_token: str, problem: NumberProblem, digits: int, dial: Dial
) -> View:
    """Say what is wrong with a number, and ask again."""
    reason = {
        NumberProblem.EMPTY: words("Non ho ricevuto nessuna cifra."),
        NumberProblem.SIGN: words("Una lettura non può avere il segno più o meno."),
        NumberProblem.DECIMALS: words(
            "Servono solo le cifre <b>prima</b> della virgola: quelle rosse, o dopo la virgola, "
            "non si scrivono."
        ),
        NumberProblem.FOREIGN_DIGITS: words("Servono le cifre da 0 a 9."),
        NumberProblem.GROUPING: words(
            "I punti o gli spazi non tornano: si può scrivere 45000, oppure 45.000."
        ),
        NumberProblem.TOO_MANY_DIGITS: words.plural(
            "Sono troppe cifre: qui se ne leggono al massimo {n}.",
            "Sono troppe cifre: qui se ne leggono al massimo {n}.",
            digits,
        ),
    }.get(problem)
    if reason is None:
        only = (
            words("Scrivi solo il numero del contatore, per esempio <code>45000</code>.")
            if dial is Dial.METER
            else words("Scrivi solo il numero del correttore, per esempio <code>45000</code>.")
        )
        return View(only, ((cancel_button(words, screen_token),),))
    again = (
        words("Scrivi la <b>Lettura contatore</b>, per esempio <code>45000</code>.")
        if dial is Dial.METER
        else words("Scrivi la <b>Lettura correttore</b>, per esempio <code>45000</code>.")
    )
    return View(f"{reason}\n\n{again}", ((cancel_button(words, screen_token),),))


def two_numbers(words: Words) -> View:
    """Two numbers were sent, without saying which is which."""
    return View(words("Ho letto <b>due numeri</b>: scrivine uno alla volta."))


def meter_first(words: Words, screen_token: str) -> View:
    """The corrector's number was sent before the meter's."""
    text = words("Prima la <b>Lettura contatore</b>, poi quella del correttore. Scrivi il numero.")
    return View(text, ((cancel_button(words, screen_token),),))


def how_to_read(words: Words, screen_token: str, dial: Dial) -> View:
    """*Aiuto*, where a number is expected: where to look."""
    text = (
        words(
            "Guarda il <b>contatore</b> del gas: scrivi le cifre nere, quelle prima della "
            "virgola, e lascia stare quelle rosse. Se è elettronico, premi il pulsante finché "
            "compare m³.\n\nPer esempio <code>45000</code>."
        )
        if dial is Dial.METER
        else words(
            "Guarda il <b>correttore</b>: premi il pulsante finché compare Vb, e scrivi quel "
            "numero senza decimali.\n\nPer esempio <code>45000</code>."
        )
    )
    return View(text, ((cancel_button(words, screen_token),),))


def how_to_answer(words: Words) -> View:
    """*Aiuto*, where a button is expected; the screen above stays."""
    return View(
        words(
            "Qui sopra c'è il numero che hai scritto. Se è giusto tocca <b>Salva</b> o "
            "<b>Confermo</b>; se no scrivi il numero giusto, oppure /annulla."
        )
    )


# -- questions --


def question(
    words: Words, screen_token: str, found: Ready, draft: Draft, asked: Question, *, several: bool
) -> View:
    """One question, and the buttons to answer it."""
    correct = button(words.plain("Correggi"), CorrectReading(screen_token))
    confirm = ConfirmUnusual(screen_token, asked.kind)
    answers = (button(words.plain("Confermo"), confirm), correct)
    if asked.kind is QuestionKind.PAST_CEILING:
        answers = (correct, button(words.plain("Invia comunque"), confirm))
    if asked.kind is QuestionKind.SWAPPED:
        answers = (button(words.plain("Scambia"), SwapNumbers(screen_token)), correct)
    if asked.kind is QuestionKind.LOWER_THAN_LAST:
        dial = asked.dial or Dial.METER
        answers = (
            correct,
            button(words.plain("Giro contatore"), DeclareRollover(screen_token, dial)),
        )
    rows: Rows = (answers, (cancel_button(words, screen_token),))
    text = _which(words, found, several=several) + _question_text(words, found, draft, asked)
    return View(text, rows)


def _which(words: Words, found: Ready, *, several: bool) -> Markup:
    """The point, above a question, if there are several: the number may be for another."""
    if not several:
        return Markup()
    return point_title(words, found.point) + Markup("\n\n")


def _question_text(words: Words, found: Ready, draft: Draft, asked: Question) -> Markup:
    day = asked.day or (found.baseline.day if found.baseline is not None else None)
    values = {
        "dial": _dial(words, asked.dial or Dial.METER),
        "value": words.number(_value(draft, asked.dial or Dial.METER)),
        "last": words.number(asked.last or 0),
        "day": words.day(day) if day is not None else "",
    }
    unusual = {
        "read": _both(words, draft),
        "day": values["day"],
        "smc": words.number(asked.smc or 0),
        "expected": _about(words, asked.expected or Decimal(0)),
        "right": (
            words("Il numero è giusto?")
            if draft.corrector is None
            else words("Sono giusti tutti e due i numeri?")
        ),
    }
    match asked.kind:
        case QuestionKind.LOWER_THAN_LAST:
            return words(
                "🤔 {dial} <b>{value}</b> è più bassa dell'ultima, <b>{last}</b> del {day}.\n\n"
                "• Un errore di battitura? Tocca «Correggi».\n"
                "• Il numero è arrivato a {top} ed è ripartito da zero? Tocca «Giro contatore».\n"
                "• Il contatore è stato sostituito? Scrivi all'assistenza: /assistenza",
                top=words.number(10 ** _digits(found, asked.dial or Dial.METER) - 1),
                **values,
            )
        case QuestionKind.PAST_CEILING:
            return words(
                "🤔 Con <b>{value}</b> il consumo dal {day} sarebbe di <b>{delta} m³</b>: questo "
                "contatore di solito non ne fa passare più di <b>{ceiling}</b>.\n\n"
                "Controlla il numero, cifra per cifra. Se è proprio così tocca "
                "«Invia comunque»: qualcuno la guarderà.",
                value=values["value"],
                day=values["day"],
                delta=words.number(asked.delta or 0),
                ceiling=words.number(asked.ceiling or 0),
            )
        case QuestionKind.SWAPPED:
            return words(
                "🤔 I due numeri sembrano <b>scambiati</b>: {meter} va bene per il correttore, "
                "{corrector} per il contatore.\n\nLi scambio?",
                meter=words.number(draft.meter or 0),
                corrector=words.number(draft.corrector or 0),
            )
        case QuestionKind.NO_CONSUMPTION:
            return words(
                "🤔 {dial} <b>{value}</b> è <b>uguale</b> all'ultima, del {day}: nessun "
                "consumo.\n\nÈ giusto così?",
                **values,
            )
        case QuestionKind.UNUSUALLY_HIGH | QuestionKind.UNUSUALLY_LOW:
            return (
                words(
                    "🤔 Con {read} il consumo dal {day} sarebbe di <b>{smc} Smc</b>: molto "
                    "<b>più del solito</b>, che è circa {expected}.\n\n{right}",
                    **unusual,
                )
                if asked.kind is QuestionKind.UNUSUALLY_HIGH
                else words(
                    "🤔 Con {read} il consumo dal {day} sarebbe di <b>{smc} Smc</b>: molto "
                    "<b>meno del solito</b>, che è circa {expected}.\n\n{right}",
                    **unusual,
                )
            )
        case QuestionKind.CORRECTOR_RATIO:
            low, high = asked.band or (0, 0)
            return words(
                "🤔 Contatore <b>{meter}</b> e correttore <b>{corrector}</b>: insieme sono "
                "<b>insoliti</b>. Per ogni m³ del contatore il correttore ne segna di solito da "
                "{low} a {high}, stavolta {ratio}.\n\nSono giusti tutti e due i numeri?",
                meter=words.number(draft.meter or 0),
                corrector=words.number(draft.corrector or 0),
                low=words.number(low, 2),
                high=words.number(high, 2),
                ratio=words.number(asked.ratio or 0, 2),
            )


def _both(words: Words, draft: Draft) -> Markup:
    """Both numbers: with a corrector, either may be the wrong one."""
    meter = words.number(draft.meter or 0)
    if draft.corrector is None:
        return Markup("<b>{}</b>").format(meter)
    return words(
        "contatore <b>{meter}</b> e correttore <b>{corrector}</b>",
        meter=meter,
        corrector=words.number(draft.corrector),
    )


def _about(words: Words, smc: Decimal) -> str:
    """A rounded quantity; a small one has a decimal, so that it is not zero."""
    return words.number(smc, 0 if smc >= _SMALL else 1)


def blocked(
    words: Words, screen_token: str, found: Ready, draft: Draft, verdict: Blocked, *, several: bool
) -> View:
    """An impossible number, with the reason and what to do."""
    dial, value = _dial(words, verdict.dial), words.number(_value(draft, verdict.dial))
    day = words.day(found.baseline.day) if found.baseline is not None else ""
    match verdict.kind:
        case BlockKind.PLAINLY_WRONG:
            text = words(
                "🚫 Con <b>{value}</b> il consumo dal {day} sarebbe di <b>{delta} m³</b>: più di "
                "dieci volte quello di prima, circa <b>{usual} m³</b>.\n\n"
                "Probabilmente c'è una cifra in più: tocca «Correggi». Se il numero è proprio "
                "questo, o il contatore è stato sostituito, scrivi all'assistenza: /assistenza",
                value=value,
                day=day,
                delta=words.number(verdict.delta or 0),
                usual=words.number(verdict.usual or 0),
            )
        case BlockKind.TOO_MANY_DIGITS:
            text = words(
                "🚫 {dial} <b>{value}</b> ha più cifre di quelle che si leggono: {digits}.",
                dial=dial,
                value=value,
                digits=verdict.digits or 0,
            )
    rows: Rows = (
        (button(words.plain("Correggi"), CorrectReading(screen_token)),),
        (cancel_button(words, screen_token),),
    )
    return View(_which(words, found, several=several) + text, rows)


def _dial(words: Words, dial: Dial) -> str:
    if dial is Dial.METER:
        return words.plain("Lettura contatore")
    return words.plain("Lettura correttore")


def _digits(found: Ready, dial: Dial) -> int:
    return meter_digits(found.point) if dial is Dial.METER else corrector_digits(found.point)


def _value(draft: Draft, dial: Dial) -> int:
    return (draft.meter if dial is Dial.METER else draft.corrector) or 0


# -- the end --


def summary(words: Words, screen_token: str, found: Ready, draft: Draft, verdict: Accepted) -> View:
    """All values again, before they are saved."""
    parts = [
        words("<b>Riepilogo</b>"),
        point_title(words, found.point),
        Markup(),
        words("Data lettura: <b>{day}</b>", day=words.day(found.day)),
        words("Lettura contatore: <b>{value}</b>", value=words.number(draft.meter or 0)),
    ]
    if draft.corrector is not None:
        parts.append(
            words("Lettura correttore: <b>{value}</b>", value=words.number(draft.corrector))
        )
    used = verdict.consumption
    if used.meter is not None:
        line = words(
            "Consumo dal {day}: <b>{delta} m³</b>",
            day=words.day(found.baseline.day) if found.baseline is not None else "",
            delta=words.number(used.meter),
        )
        if used.smc is not None:
            line += words(" ({smc} Smc)", smc=words.number(used.smc))
        parts.append(line)
    if used.meter_rolled_over or used.corrector_rolled_over:
        parts.append(words("Con giro contatore: la lettura sarà verificata."))
    parts += [Markup(), words("Non è ancora salvata: se è tutto giusto, tocca <b>Salva</b>.")]
    rows: Rows = (
        (button(words.plain("Salva"), SaveReading(screen_token)),),
        (
            button(words.plain("Correggi"), CorrectReading(screen_token)),
            cancel_button(words, screen_token),
        ),
    )
    return View(Markup("\n").join(parts), rows)


def receipt(
    words: Words,
    point: SupplyPoint,
    reading: Reading,
    *,
    due: datetime,
    now: datetime,
    next_point: SupplyPoint | None,
) -> View:
    """The reading is saved: its state, the next point if there is one, *Cancella* last."""
    view = receipt_view(words, point, reading, due, now=now)
    if next_point is None:
        return view
    label = words.plain("➡️ Prossimo: {address}", address=shorten(next_point.address, 40))
    return View(view.text, ((button(label, ReadPoint(next_point.id)),), *view.rows))
