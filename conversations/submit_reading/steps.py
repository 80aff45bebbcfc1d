"""The steps of a self-reading: guard, decide, show."""

from datetime import date

from telegram import Message, Update
from telegram.ext import filters

from conversations.kit.context import Context
from conversations.kit.flow import END
from conversations.kit.guards import linked
from conversations.submit_reading import screens
from conversations.submit_reading.screens import (
    ConfirmUnusual,
    DeclareRollover,
    ReadingPoints,
    ReadPoint,
    RemindWhenOpen,
)
from conversations.submit_reading.situation import (
    NotReadable,
    ReadToday,
    Ready,
    WindowClosed,
    corrector_digits,
    is_open,
    judge,
    look,
    meter_digits,
    ready,
)
from conversations.submit_reading.states import Draft, State
from conversations.supply_point import not_yours, points_view
from storage.models import SupplyPoint
from storage.repositories.readings import NewReading
from storage.repositories.supply_points import is_supplied_on
from storage.rules.identifiers import read_customer_code
from storage.rules.numbers import NumberProblem, looks_like_count, read_count
from storage.rules.plausibility import Accepted, Blocked, Dial, Question, QuestionKind
from storage.rules.windows import Saving, may_save


class _BareNumber(filters.MessageFilter):
    """Passes for a number on its own."""

    def filter(self, message: Message) -> bool:
        return bool(message.text) and looks_like_count(message.text or "")


BARE_NUMBER = _BareNumber(name="bare number")
PICTURE = filters.PHOTO | filters.Document.IMAGE


# -- which point --


@linked
async def start(_update: Update, context: Context) -> State | int:
    """The chosen point, the only one, or the question which."""
    context.keep(Draft())
    return await _find_point(context)


@linked
async def start_with_point(_update: Update, context: Context) -> State | int:
    """*Leggi questo punto*, in a list or under a notice."""
    point = await _point(context, context.tap(ReadPoint).supply_point_id)
    if point is None:
        await not_yours(context)
        return END
    bare = context.draft(Draft).bare if context.turn.state == State.POINT.value else None
    context.keep(Draft(bare=bare))
    await context.unit.chats.choose_supply_point(context.chat, point.id)
    return await _ask_for(context, point)


async def start_with_number(_update: Update, context: Context) -> State | int:
    """A bare number: the reading itself, or the code of somebody not linked yet."""
    if not await context.unit.chats.links(context.chat.id):
        code = read_customer_code(context.typed)
        context.say(
            screens.not_linked_number(context.words, code if isinstance(code, str) else None)
        )
        return END
    context.keep(Draft(bare=context.typed))
    return await _find_point(context)


@linked
async def start_with_photo(_update: Update, context: Context) -> State | int:
    """A photo of the meter: the number is asked for, since pictures are not read here."""
    context.say(screens.photos_are_not_read(context.words))
    context.keep(Draft())
    return await _find_point(context)


@linked
async def choose_point(_update: Update, context: Context) -> State | int:
    """*Cambia punto*, and the pages of the list."""
    return await _list_points(context, page=context.tap(ReadingPoints).page)


async def _find_point(context: Context) -> State | int:
    points = await context.unit.supply_points.of_chat(context.chat.id, self_reading_only=True)
    if not points:
        context.show(screens.nothing_to_read(context.words))
        return END
    if len(points) == 1:
        return await _ask_for(context, points[0])
    chosen = next((p for p in points if p.id == context.chat.supply_point_id), None)
    if chosen is not None:
        return await _ask_for(context, chosen)
    if context.draft(Draft).bare is not None:
        unread = [
            p
            for p in points
            if isinstance(await look(context.unit, context.desk, p, context.now), Ready)
        ]
        if len(unread) == 1:
            return await _ask_for(context, unread[0])
    return await _list_points(context, page=0)


async def _list_points(context: Context, *, page: int) -> State:
    points = await context.unit.supply_points.of_chat(context.chat.id, self_reading_only=True)
    draft = context.draft(Draft)
    context.keep(Draft(bare=draft.bare))
    context.show(
        points_view(
            context.words,
            screens.which_point(context.words, draft.bare),
            points,
            page=page,
            chosen=context.chat.supply_point_id,
            pick=lambda point: ReadPoint(point.id),
            turn=ReadingPoints,
        )
    )
    return State.POINT


async def _ask_for(context: Context, point: SupplyPoint) -> State | int:
    """The first question about a point, unless something stands in its way."""
    if await _point(context, point.id) is None:
        context.show(screens.view_only(context.words))
        return END
    situation = await look(context.unit, context.desk, point, context.now)
    if not isinstance(situation, Ready):
        _show_obstacle(context, situation, just_now=False)
        return END
    draft = context.draft(Draft)
    bare, draft.bare, draft.supply_point_id = draft.bare, None, point.id
    context.keep(draft)
    if bare is not None:
        return await _take_meter(context, situation, draft, bare)
    several = await _has_several(context)
    context.show(screens.ask_meter(context.words, context.live, situation, several=several))
    return State.METER


# -- the numbers --


async def take_meter(_update: Update, context: Context) -> State | int:
    """The number on the meter."""
    found = await _situation(context)
    if not isinstance(found, Ready):
        return found
    return await _take_meter(context, found, context.draft(Draft), context.typed)


async def _take_meter(context: Context, found: Ready, draft: Draft, typed: str) -> State:
    digits = meter_digits(found.point)
    value = read_count(typed, digits)
    if isinstance(value, NumberProblem):
        context.say(screens.number_problem(context.words, context.live, value, digits, Dial.METER))
        return State.METER
    draft.forget_numbers()
    draft.meter = value
    context.keep(draft)
    if found.point.has_corrector:
        context.say(screens.ask_corrector(context.words, context.live, found, value))
        return State.CORRECTOR
    return _judge(context, found, draft)


async def take_corrector(_update: Update, context: Context) -> State | int:
    """The number on the corrector."""
    found = await _situation(context)
    if not isinstance(found, Ready):
        return found
    digits = corrector_digits(found.point)
    value = read_count(context.typed, digits)
    if isinstance(value, NumberProblem):
        context.say(
            screens.number_problem(context.words, context.live, value, digits, Dial.CORRECTOR)
        )
        return State.CORRECTOR
    draft = context.draft(Draft)
    draft.corrector = value
    context.keep(draft)
    return _judge(context, found, draft)


def _judge(context: Context, found: Ready, draft: Draft, day: date | None = None) -> State:
    """The next doubt, or the summary, of a reading of *day*: today, unless it is named."""
    words, live = context.words, context.live
    day = day or context.desk.today(context.now)
    verdict = judge(found, draft, day)
    match verdict:
        case Question():
            context.show(screens.question(words, live, found, draft, verdict))
            return State.QUESTION
        case Blocked():
            context.show(screens.blocked(words, live, found, draft, verdict))
            return State.QUESTION
        case Accepted():
            draft.shown_at = context.now
            context.keep(draft)
            context.show(screens.summary(words, live, found, draft, verdict, day=day))
            return State.SUMMARY


# -- the answers --


async def confirm_unusual(_update: Update, context: Context) -> State | int:
    """*Confermo*: the numbers are right although they look odd."""
    found = await _situation(context)
    if not isinstance(found, Ready):
        return found
    draft = context.draft(Draft)
    kind = context.tap(ConfirmUnusual).kind
    if kind is not QuestionKind.LOWER_THAN_LAST:
        draft.confirmed = sorted({*draft.confirmed, kind.value})
    context.keep(draft)
    return _judge(context, found, draft)


async def declare_rollover(_update: Update, context: Context) -> State | int:
    """*Giro contatore*: the counter went past its last number and began again."""
    found = await _situation(context)
    if not isinstance(found, Ready):
        return found
    draft = context.draft(Draft)
    if context.tap(DeclareRollover).dial is Dial.METER:
        draft.meter_rolled_over = True
    else:
        draft.corrector_rolled_over = True
    context.keep(draft)
    return _judge(context, found, draft)


async def correct(_update: Update, context: Context) -> State | int:
    """*Correggi*: the same question again, from the meter on."""
    found = await _situation(context)
    if not isinstance(found, Ready):
        return found
    draft = context.draft(Draft)
    draft.forget_numbers()
    context.keep(draft)
    several = await _has_several(context)
    context.show(screens.ask_meter(context.words, context.live, found, several=several))
    return State.METER


async def save(_update: Update, context: Context) -> State | int:
    """*Salva*: everything is checked once more, and the reading is kept."""
    draft = context.draft(Draft)
    point = await _point(context, draft.supply_point_id)
    if point is None or draft.shown_at is None:
        context.show(screens.no_longer_yours(context.words))
        return END
    windows = await context.unit.supply_points.windows_of(point)
    match may_save(windows, draft.shown_at, context.now, context.desk.zone):
        case Saving.CLOSED:
            found = await look(context.unit, context.desk, point, context.now)
            if isinstance(found, Ready):
                return _judge(context, found, draft)
            _show_obstacle(context, found)
            return END
        case Saving.SHOW_AGAIN:
            day = context.desk.today(context.now)
        case Saving.AS_SHOWN:
            day = context.desk.today(draft.shown_at)
    if not is_supplied_on(point, day):
        _show_obstacle(context, NotReadable(point))
        return END
    there = await context.unit.readings.live_on(point.id, day)
    if there is not None:
        _show_obstacle(context, ReadToday(point, there))
        return END
    return await _save(context, await ready(context.unit, point, windows, day), draft, day)


async def _save(context: Context, found: Ready, draft: Draft, day: date) -> State | int:
    """Keeps the reading, unless the summary that was confirmed is no longer the one to keep."""
    point, verdict = found.point, judge(found, draft, day)
    shown_day = context.desk.today(draft.shown_at or context.now)
    if not isinstance(verdict, Accepted) or day != shown_day:
        return _judge(context, found, draft, day)
    saved = await context.unit.readings.submit(
        point,
        NewReading(
            day=day,
            meter=draft.meter or 0,
            corrector=draft.corrector,
            meter_rolled_over=verdict.consumption.meter_rolled_over,
            corrector_rolled_over=verdict.consumption.corrector_rolled_over,
            confirmed_unusual=bool(draft.confirmed),
        ),
        chat_id=context.chat.id,
        receipt_message_id=context.message_id,
        now=context.now,
    )
    if saved is None:  # another chat was first, a moment ago
        there = await context.unit.readings.live_on(point.id, day)
        _show_obstacle(context, ReadToday(point, there) if there else NotReadable(point))
        return END
    due = context.desk.next_acquisition(context.now)
    next_point = await _next_unread(context, point)
    context.toast(context.words.plain("Lettura salvata"))
    context.show(
        screens.receipt(context.words, point, saved, due=due, next_point=next_point),
        receipt_of=saved.id,
    )
    return END


async def remind_when_open(_update: Update, context: Context) -> None:
    """*Avvisami*: one message when the window opens, if it still makes sense then."""
    tapped = context.tap(RemindWhenOpen)
    point = await _point(context, tapped.supply_point_id)
    if point is None:
        await not_yours(context)
        return
    found = await look(context.unit, context.desk, point, context.now)
    if not isinstance(found, WindowClosed) or found.next is None:
        context.toast(context.words.plain("Adesso si può già leggere: /autolettura"), alert=True)
        return
    window = found.next
    await context.unit.outbox.queue(
        f"opens:{context.chat.id}:{point.id}:{window.start:%Y%m%d%H%M}",
        "window_opens",
        context.chat.id,
        now=context.now,
        content={"supply_point_id": point.id},
        not_before=context.desk.quiet_hours.next_allowed(window.start, context.desk.zone),
        not_after=window.end,
    )
    context.toast(context.words.plain("Va bene, ti avviso."))
    context.show(screens.will_remind(context.words, point, window))


# -- guards --


async def _point(context: Context, supply_point_id: int | None) -> SupplyPoint | None:
    """The point, if this chat may submit readings for it at this moment."""
    return await context.unit.supply_points.one_of_chat(
        context.chat.id, supply_point_id or 0, to_write=True
    )


async def _situation(context: Context) -> Ready | int:
    """What the draft's point looks like now; shows what stands in the way, if anything."""
    point = await _point(context, context.draft(Draft).supply_point_id)
    if point is None:
        context.show(screens.no_longer_yours(context.words))
        return END
    found = await look(context.unit, context.desk, point, context.now)
    if isinstance(found, Ready):
        return found
    _show_obstacle(context, found)
    return END


def _show_obstacle(
    context: Context, found: NotReadable | WindowClosed | ReadToday, *, just_now: bool = True
) -> None:
    """Why no reading can be taken; ``just_now`` where the customer was in the middle of one."""
    words = context.words
    match found:
        case WindowClosed():
            context.show(screens.window_closed(words, found, just_now=just_now))
        case ReadToday():
            due = context.desk.next_acquisition(context.now)
            context.show(screens.read_today(words, found, due))
        case NotReadable():
            context.show(screens.not_readable(words, found.point))


async def _has_several(context: Context) -> bool:
    points = await context.unit.supply_points.of_chat(context.chat.id, self_reading_only=True)
    return len(points) > 1


async def _next_unread(context: Context, after: SupplyPoint) -> SupplyPoint | None:
    """The next of the chat's points, in the order of its list, that can be read and is not."""
    points = await context.unit.supply_points.of_chat(context.chat.id, self_reading_only=True)
    today = context.desk.today(context.now)
    read = await context.unit.readings.points_read_since([p.id for p in points], today)
    windows = await context.unit.supply_points.windows_of_all(points)
    place = next((i for i, p in enumerate(points) if p.id == after.id), -1)
    for point in [*points[place + 1 :], *points[: max(place, 0)]]:
        if (
            point.id not in read
            and is_supplied_on(point, today)
            and is_open(windows[point.id], context.now)
        ):
            return point
    return None
