"""The steps of a self-reading: guard, decide, show."""

from datetime import timedelta

from telegram import Message
from telegram.ext import filters

from conversations.kit.context import Context, current_turn
from conversations.kit.flow import END
from conversations.kit.guards import linked, not_yours
from conversations.kit.leaving import cancel_typed, use_buttons
from conversations.kit.points import POINTS_ON_A_PAGE, found_view, matching, points_view
from conversations.kit.privacy import hide_tax_id, tax_id_hidden
from conversations.kit.views import View
from conversations.readings.submit import screens
from conversations.readings.submit.numbers import Typed, holds_reading, numbers_in
from conversations.readings.submit.screens import (
    ConfirmUnusual,
    DeclareRollover,
    ReadingPoints,
    ReadPoint,
    RemindWhenOpen,
    SaveReading,
)
from conversations.readings.submit.situation import (
    NotReadable,
    NotSupplied,
    Obstacle,
    ReadToday,
    Ready,
    WindowClosed,
    corrector_digits,
    dials_of,
    judge,
    look,
    meter_digits,
    to_read,
    unread,
)
from conversations.readings.submit.states import NAME, Draft, State
from conversations.support.tickets.steps import take_as_answer
from conversations.understanding import Intent
from storage.models import SupplyPoint
from storage.notices import WindowOpensAsAsked
from storage.repositories.readings import NewReading
from storage.repositories.supply_points import is_supplied_on
from storage.rules.identifiers import read_customer_code
from storage.rules.numbers import NumberProblem, looks_like_count, read_count
from storage.rules.plausibility import Accepted, Blocked, Dial, Question, QuestionKind
from storage.rules.windows import Open, state_at


class _BareNumber(filters.MessageFilter):
    """Passes for a number on its own, or in a sentence about a reading."""

    def filter(self, message: Message) -> bool:
        return bool(message.text) and holds_reading(message.text or "", current_turn().meaning)


BARE_NUMBER = _BareNumber(name="bare number")
_AGREED = frozenset({Intent.YES, Intent.OK, Intent.SAVE, Intent.SEND})
ANSWERED_WITHIN = timedelta(hours=24)
"""How long after a reminder a bare number is taken for its answer."""


class _NumberBelow(filters.MessageFilter):
    """Passes for a number in the caption of a picture."""

    def filter(self, message: Message) -> bool:
        return holds_reading(message.caption or "", current_turn().meaning)


PICTURE = filters.PHOTO | filters.Document.IMAGE
PICTURE_WITH_NUMBER = PICTURE & _NumberBelow(name="number below")


# -- which point --


@linked
async def start(context: Context) -> State | int:
    """Begin with the chosen or only point, or ask for one; the text may contain the number."""
    number = " ".join(context.args or ())
    if looks_like_count(number):
        context.keep(Draft(bare=number))
        return await _find_point(context, by_number=True)
    context.keep(Draft())
    return await _find_point(context)


@linked
async def start_with_point(context: Context, tap: ReadPoint) -> State | int | None:
    """Begin with a point in the list, or in a button of a receipt, a list or a notice."""
    point = await _visible_point(context, tap.supply_point_id)
    if point is None:
        await not_yours(context)
        return None  # the open conversation goes on
    picked = context.turn.state_in(NAME) == State.POINT.value
    kept = context.draft(Draft) if picked else Draft()
    _leave_others(context)
    context.keep(Draft(bare=kept.bare, bare_corrector=kept.bare_corrector))
    await context.unit.chats.choose_supply_point(context.chat, point.id)
    # A receipt must stay in place: it will show «Acquisita» later.
    return await _ask_for(context, point, in_place=picked)


async def start_with_number(context: Context) -> State | int:
    """Begin with a bare number, which may also be the customer code of a chat not linked yet."""
    if not await context.unit.chats.links(context.chat.id):
        code = read_customer_code(context.meaning.number or context.typed)
        context.say(
            screens.not_linked_number(context.words, code if isinstance(code, str) else None)
        )
        return END
    return await _find_point_for(context, numbers_in(context.typed, context.meaning))


async def start_with_photo(context: Context) -> State | int | None:
    """Begin with a photo of the meter; one with a tax code in its caption is deleted."""
    if hide_tax_id(context):
        context.say(tax_id_hidden(context))
        return None
    found: State | int | None = await _start_with_photo(context)
    return found


@linked
async def _start_with_photo(context: Context) -> State | int | None:
    """Take the number in the caption; otherwise ask for it, as pictures are not read here.

    If the staff have asked something, a photo without a number is offered to them first.
    """
    if holds_reading(context.written, context.meaning):
        return await _find_point_for(context, numbers_in(context.written, context.meaning))
    if await take_as_answer(context):
        return None
    context.say(screens.photos_are_not_read(context.words))
    context.keep(Draft())
    return await _find_point(context, by_number=True)


@linked
async def choose_point(context: Context, tap: ReadingPoints) -> State | int:
    """*Cambia punto*, and the other pages of the list."""
    picking = context.turn.state_in(NAME) == State.POINT.value
    bare = context.draft(Draft).bare if picking else None
    _leave_others(context)
    return await _list_points(context, bare, page=tap.page)


async def search_points(context: Context) -> State | int | None:
    """Search a long list of points for the typed words; a short list needs no search."""
    points = await _points(context)
    if len(points) <= POINTS_ON_A_PAGE or hide_tax_id(context):
        await use_buttons(context)
        return None
    draft = context.draft(Draft)
    found = matching(points, context.typed)
    if not found:
        context.say(screens.no_point_found(context.words))
        return await _list_points(context, draft.bare, page=0)
    context.keep(draft)
    context.say(
        found_view(
            context.words,
            found,
            chosen=context.chat.supply_point_id,
            pick=lambda point: ReadPoint(point.id),
            to_page=ReadingPoints,
        )
    )
    return State.POINT


async def _find_point(context: Context, *, by_number: bool = False) -> State | int:
    """Continue with the point if it is clear, or ask; *by_number*: a number or photo was sent."""
    points = await _points(context)
    if not points:
        context.show(await _why_nothing(context))
        return END
    if len(points) == 1:
        return await _ask(context, points[0], several=False)
    bare = context.draft(Draft).bare
    chosen = next((p for p in points if p.id == context.chat.supply_point_id), None)
    if by_number:
        chosen = await _meant_by_number(context, points, chosen)
    if chosen is not None:
        return await _ask(context, chosen, several=True)
    return await _list_points(context, bare, page=0)


async def _find_point_for(context: Context, typed: Typed) -> State | int:
    """The same after a number; two that cannot be told apart are asked for again, one by one."""
    if typed.unclear:
        context.say(screens.two_numbers(context.words))
    context.keep(Draft(bare=typed.meter, bare_corrector=typed.corrector))
    return await _find_point(context, by_number=True)


async def _meant_by_number(
    context: Context, points: list[SupplyPoint], chosen: SupplyPoint | None
) -> SupplyPoint | None:
    """The point of a bare number or a photo: the chosen one, or the only one still to read.

    After a reminder, the first point that it names, and then the next.
    """
    if await _was_reminded(context):
        missing = await to_read(context.unit, context.services, context.chat.id, context.now)
        if missing:
            return missing[0].point
    waiting = await unread(context.unit, context.services, points, context.now)
    if chosen is not None and any(point.id == chosen.id for point in waiting):
        return chosen
    if len(waiting) == 1:
        return waiting[0]
    return None if waiting else chosen


async def _why_nothing(context: Context) -> View:
    """Why the chat has no point to read."""
    points = await context.unit.supply_points.of_chat(context.chat.id, self_reading_only=True)
    if not points:
        return screens.nothing_to_read(context.words)
    return screens.view_only(context.words)


async def _list_points(context: Context, bare: str | None, *, page: int) -> State | int:
    points = await _points(context)
    if not points:
        context.show(await _why_nothing(context))
        return END
    kept = context.draft(Draft).bare_corrector if bare is not None else None
    context.keep(Draft(bare=bare, bare_corrector=kept))
    context.show(
        points_view(
            context.words,
            screens.which_point(context.words, bare),
            points,
            page=page,
            chosen=context.chat.supply_point_id,
            pick=lambda point: ReadPoint(point.id),
            to_page=ReadingPoints,
            searched=True,
        )
    )
    return State.POINT


async def _ask_for(context: Context, point: SupplyPoint, *, in_place: bool = True) -> State | int:
    """Ask the first question about a point, or show why it cannot be read.

    Args:
        context: the context of the step.
        point: one that the chat may see.
        in_place: whether the question may replace the tapped message.
    """
    if await _point(context, point.id) is None:
        show = context.show if in_place else context.say
        show(screens.view_only(context.words))
        return END
    return await _ask(context, point, several=await _has_several(context), in_place=in_place)


async def _ask(
    context: Context, point: SupplyPoint, *, several: bool, in_place: bool = True
) -> State | int:
    """The same for a point that the chat may read; *several*: whether it has others."""
    show = context.show if in_place else context.say
    situation = await look(context.unit, context.services, point, context.now)
    if not isinstance(situation, Ready):
        show(await _obstacle(context, situation, just_now=False))
        return END
    draft = context.draft(Draft)
    typed = Typed(meter=draft.bare, corrector=draft.bare_corrector)
    draft.bare, draft.bare_corrector, draft.supply_point_id = None, None, point.id
    draft.dials = dials_of(point)
    context.keep(draft)
    if typed.meter is not None:
        return await _take_numbers(context, situation, draft, typed)
    show(screens.ask_meter(context.words, context.screen_token, situation, several=several))
    return State.METER


# -- the numbers --


async def take_meter(context: Context) -> State | int:
    """Take the number on the meter."""
    found = await _situation(context)
    if not isinstance(found, Ready):
        return found
    typed = numbers_in(context.written, context.meaning)
    if typed.unclear:
        context.say(screens.two_numbers(context.words))
        return State.METER
    if context.meaning.intent is Intent.HELP:
        context.say(screens.how_to_read(context.words, context.screen_token, Dial.METER))
        return State.METER
    return await _take_numbers(context, found, context.draft(Draft), typed)


async def _take_numbers(context: Context, found: Ready, draft: Draft, typed: Typed) -> State:
    """Take the meter's number, and the corrector's if both were sent."""
    if typed.corrector is None or not found.point.has_corrector:
        return await _take_meter(context, found, draft, typed.meter or context.written)
    if typed.meter is None:
        context.say(screens.meter_first(context.words, context.screen_token))
        return State.METER
    digits = meter_digits(found.point)
    meter = read_count(typed.meter, digits)
    if isinstance(meter, NumberProblem):
        return await _take_meter(context, found, draft, typed.meter)
    draft.forget_numbers()
    draft.meter = meter
    context.keep(draft)
    return await _take_corrector(context, found, typed.corrector)


async def _take_meter(context: Context, found: Ready, draft: Draft, typed: str) -> State:
    digits = meter_digits(found.point)
    value = read_count(typed, digits)
    if isinstance(value, NumberProblem):
        context.say(
            screens.number_problem(context.words, context.screen_token, value, digits, Dial.METER)
        )
        return State.METER
    draft.forget_numbers()
    draft.meter = value
    context.keep(draft)
    if found.point.has_corrector:
        context.say(screens.ask_corrector(context.words, context.screen_token, found, value))
        return State.CORRECTOR
    return await _judge(context, found, draft)


async def take_corrector(context: Context) -> State | int:
    """Take the number on the corrector."""
    found = await _situation(context)
    if not isinstance(found, Ready):
        return found
    typed = numbers_in(context.written, context.meaning)
    if typed.unclear:
        context.say(screens.two_numbers(context.words))
        return State.CORRECTOR
    if context.meaning.intent is Intent.HELP:
        context.say(screens.how_to_read(context.words, context.screen_token, Dial.CORRECTOR))
        return State.CORRECTOR
    if typed.meter and typed.corrector:
        return await _take_numbers(context, found, context.draft(Draft), typed)
    return await _take_corrector(context, found, typed.corrector or typed.meter or "")


async def _take_corrector(context: Context, found: Ready, typed: str) -> State:
    digits = corrector_digits(found.point)
    value = read_count(typed, digits)
    if isinstance(value, NumberProblem):
        context.say(
            screens.number_problem(
                context.words, context.screen_token, value, digits, Dial.CORRECTOR
            )
        )
        return State.CORRECTOR
    draft = context.draft(Draft)
    draft.corrector = value
    context.keep(draft)
    return await _judge(context, found, draft)


async def _judge(context: Context, found: Ready, draft: Draft) -> State:
    """Ask the next question, or show the summary."""
    words, screen_token = context.words, context.screen_token
    verdict = judge(found, draft, factor=context.services.unusual_factor)
    match verdict:
        case Question():
            several = await _has_several(context)
            context.show(
                screens.question(words, screen_token, found, draft, verdict, several=several)
            )
            return State.QUESTION
        case Blocked():
            several = await _has_several(context)
            context.show(
                screens.blocked(words, screen_token, found, draft, verdict, several=several)
            )
            return State.QUESTION
        case Accepted():
            # After the window has closed, the ten minutes count from the summary before that.
            if draft.shown_at is None or isinstance(state_at(found.windows, context.now), Open):
                draft.shown_at = context.now
            context.keep(draft)
            context.show(screens.summary(words, screen_token, found, draft, verdict))
            return State.SUMMARY


# -- the answers --


async def confirm_unusual(context: Context, tap: ConfirmUnusual) -> State | int:
    """*Confermo*: the numbers are right although they are unusual."""
    found = await _situation(context)
    if not isinstance(found, Ready):
        return found
    return await _confirm(context, found, tap.kind)


async def _confirm(context: Context, found: Ready, kind: QuestionKind) -> State:
    draft = context.draft(Draft)
    if kind is not QuestionKind.LOWER_THAN_LAST:
        draft.confirmed = sorted({*draft.confirmed, kind.value})
    context.keep(draft)
    return await _judge(context, found, draft)


async def declare_rollover(context: Context, tap: DeclareRollover) -> State | int:
    """*Giro contatore*: the counter has passed its highest number and started again."""
    found = await _situation(context)
    if not isinstance(found, Ready):
        return found
    draft = context.draft(Draft)
    if tap.dial is Dial.METER:
        draft.meter_rolled_over = True
    else:
        draft.corrector_rolled_over = True
    context.keep(draft)
    return await _judge(context, found, draft)


async def swap(context: Context) -> State | int:
    """*Scambia*: swap the numbers of meter and corrector."""
    found = await _situation(context)
    if not isinstance(found, Ready):
        return found
    draft = context.draft(Draft)
    draft.swap_numbers()
    context.keep(draft)
    return await _judge(context, found, draft)


async def correct(context: Context) -> State | int:
    """*Correggi*: ask again, from the meter on."""
    draft = context.draft(Draft)
    draft.forget_numbers()
    context.keep(draft)
    found = await _situation(context)
    if not isinstance(found, Ready):
        return found
    several = await _has_several(context)
    context.show(screens.ask_meter(context.words, context.screen_token, found, several=several))
    return State.METER


async def save(context: Context) -> State | int:
    """*Salva*: check everything again, and save the reading.

    If anything has changed since, show a new question or summary instead.
    """
    found = await _situation(context, hold=True)
    if not isinstance(found, Ready):
        return found
    draft, point, day = context.draft(Draft), found.point, found.day
    verdict = judge(found, draft, factor=context.services.unusual_factor)
    shown_day = context.services.today(draft.shown_at) if draft.shown_at is not None else None
    if not isinstance(verdict, Accepted) or day != shown_day:
        return await _judge(context, found, draft)
    saved = await context.unit.readings.submit(
        point,
        NewReading(
            day=day,
            meter=draft.meter or 0,
            corrector=draft.corrector,
            flags=verdict.flags,
        ),
        chat_id=context.chat.id,
        # After a text the receipt is a new message, whose id is known only when it is sent.
        receipt_message_id=context.message_id if context.turn.update.callback_query else None,
        now=context.now,
    )
    if saved is None:  # another chat has just saved one
        there = await context.unit.readings.live_on(point, day)
        obstacle = ReadToday(point, there.reading) if there else NotReadable(point)
        context.show(await _obstacle(context, obstacle))
        return END
    due = context.services.next_acquisition(context.now)
    next_point = await next_unread(context, point)
    context.toast(context.words.plain("Lettura salvata"))
    context.show(
        screens.receipt(
            context.words, point, saved, due=due, now=context.now, next_point=next_point
        ),
        receipt_of=saved.id,
    )
    return END


# -- answers as text --


async def answer_in_words(context: Context) -> State | int | None:
    """Take text at a question or the summary: another number corrects, *sì* and *no* answer.

    They answer if exactly one button has that meaning; other texts leave the question open.
    """
    meaning = context.meaning
    if meaning.numbers:
        return await _correct_by(context, numbers_in(context.written, meaning))
    if meaning.intent in {Intent.NO, Intent.CORRECT}:
        return await correct(context)
    if meaning.intent is Intent.CANCEL:
        return await cancel_typed(context)
    if meaning.intent in _AGREED:
        return await _agree(context)
    if meaning.intent is Intent.HELP:
        context.say(screens.how_to_answer(context.words))
        return None
    await use_buttons(context)
    return None


async def _agree(context: Context) -> State | int | None:
    """*Sì*: save the summary, or confirm a question that has *Confermo*."""
    if context.turn.state_in(NAME) == State.SUMMARY.value:
        return await save(context)
    found = await _situation(context)
    if not isinstance(found, Ready):
        return found
    verdict = judge(found, context.draft(Draft), factor=context.services.unusual_factor)
    if isinstance(verdict, Question) and verdict.kind is not QuestionKind.LOWER_THAN_LAST:
        return await _confirm(context, found, verdict.kind)
    await use_buttons(context)
    return None


async def _correct_by(context: Context, typed: Typed) -> State | int:
    """Take another number at the summary or a question; if unclear, ask for both numbers."""
    found = await _situation(context)
    if not isinstance(found, Ready):
        return found
    draft = context.draft(Draft)
    if typed.unclear:
        context.say(screens.two_numbers(context.words))
        return await correct(context)
    if not found.point.has_corrector or (typed.meter and typed.corrector):
        return await _take_numbers(context, found, draft, typed)
    if typed.corrector and draft.meter is not None:
        draft.confirmed, draft.shown_at, draft.corrector_rolled_over = [], None, False
        context.keep(draft)
        return await _take_corrector(context, found, typed.corrector)
    return await correct(context)


async def remind_when_open(context: Context, tap: RemindWhenOpen) -> None:
    """*Avvisami*: one message when the window opens, if it still makes sense then."""
    point = await _point(context, tap.supply_point_id)
    if point is None:
        await not_yours(context)
        return
    found = await look(context.unit, context.services, point, context.now)
    if isinstance(found, Ready):
        context.toast(context.words.plain("Adesso si può già leggere: /autolettura"), alert=True)
        return
    if not isinstance(found, WindowClosed) or found.next is None:
        context.show(await _obstacle(context, found, just_now=False))
        return
    window = found.next
    preferences = await context.unit.preferences.of(context.chat.id)
    quiet = preferences.quiet_hours(context.services.quiet_hours)
    await context.unit.outbox.queue(
        f"opens:{context.chat.id}:{point.id}:{window.start:%Y%m%d%H%M}",
        WindowOpensAsAsked(point.id),
        context.chat.id,
        now=context.now,
        not_before=quiet.next_allowed(window.start, context.services.zone),
        not_after=window.end,
    )
    context.toast(context.words.plain("Va bene, ti avviso."))
    context.show(screens.will_remind(context.words, point, window))


async def already_saved(context: Context, _tap: SaveReading) -> bool:
    """Answer the second tap of a double tap on *Salva*."""
    message_id = context.message_id
    if message_id is None:
        return False
    if await context.unit.readings.by_receipt(context.chat.id, message_id) is None:
        return False
    context.toast(context.words.plain("Fatto: la lettura è già salvata."))
    return True


# -- guards --


def _leave_others(context: Context) -> None:
    """End another conversation that the tap left."""
    if context.turn.flow != NAME:
        context.turn.leave()


async def _points(context: Context) -> list[SupplyPoint]:
    """The points that this chat may read; those whose supply has ended only if there are no others.

    In that case the customer is told why they cannot be read.
    """
    points = await context.unit.supply_points.of_chat(
        context.chat.id, self_reading_only=True, to_write=True
    )
    today = context.services.today(context.now)
    return [point for point in points if is_supplied_on(point, today)] or points


async def _point(
    context: Context, supply_point_id: int | None, *, hold: bool = False
) -> SupplyPoint | None:
    """The point, if this chat may submit readings for it now."""
    return await context.unit.supply_points.one_of_chat(
        context.chat.id, supply_point_id or 0, to_write=True, hold=hold
    )


async def _visible_point(context: Context, supply_point_id: int) -> SupplyPoint | None:
    """The point, if this chat may at least see it."""
    return await context.unit.supply_points.one_of_chat(context.chat.id, supply_point_id)


async def _situation(context: Context, *, hold: bool = False) -> Ready | State | int:
    """The situation of the draft's point; shows the obstacle if there is one.

    Numbers from another meter than the current one are asked for again.
    """
    draft = context.draft(Draft)
    point = await _point(context, draft.supply_point_id, hold=hold)
    if point is None:
        context.show(screens.no_longer_yours(context.words))
        return END
    has_changed = draft.dials != dials_of(point)
    if has_changed:
        draft.forget_numbers()
    found = await look(context.unit, context.services, point, context.now, shown_at=draft.shown_at)
    if not isinstance(found, Ready):
        context.show(await _obstacle(context, found))
        return END
    if not has_changed:
        return found
    draft.dials = dials_of(point)
    context.keep(draft)
    several = await _has_several(context)
    context.show(screens.meter_changed(context.words, context.screen_token, found, several=several))
    return State.METER


async def _obstacle(context: Context, found: Obstacle, *, just_now: bool = True) -> View:
    """Why no reading can be submitted; ``just_now`` if the customer was in the middle of one."""
    words, several = context.words, await _has_several(context)
    match found:
        case WindowClosed():
            return screens.window_closed(words, found, just_now=just_now, several=several)
        case ReadToday():
            due = context.services.next_acquisition(context.now)
            return screens.read_today(words, found, due, now=context.now, several=several)
        case NotSupplied():
            today = context.services.today(context.now)
            return screens.not_supplied(words, found.point, today, several=several)
        case NotReadable():
            return screens.not_readable(words, found.point, several=several)


async def _has_several(context: Context) -> bool:
    today = context.services.today(context.now)
    return await context.unit.supply_points.count_readable(context.chat.id, today) > 1


async def _was_reminded(context: Context) -> bool:
    """Whether the chat was reminded recently, so that a number is the answer."""
    last = await context.unit.reminders.last_sent(context.chat.id)
    return (
        last is not None
        and last.sent_at is not None
        and context.now - last.sent_at < ANSWERED_WITHIN
        and (last.not_after is None or context.now < last.not_after)
    )


async def next_unread(context: Context, after: SupplyPoint) -> SupplyPoint | None:
    """The next of the chat's points, in the order of its list, that still needs a reading."""
    points = await _points(context)
    if len(points) == 1:
        return None
    missing = await to_read(context.unit, context.services, context.chat.id, context.now)
    lacking = {each.point.id for each in missing}
    place = next((i for i, point in enumerate(points) if point.id == after.id), -1)
    ahead = [*points[place + 1 :], *points[: max(place, 0)]]
    return next((point for point in ahead if point.id in lacking), None)
