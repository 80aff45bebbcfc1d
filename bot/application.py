"""The composition root: builds the service that runs from the settings."""

import asyncio
import signal
import time
from collections.abc import Set as AbstractSet
from types import TracebackType
from typing import Any, Self

import structlog
from telegram import BotCommand, BotCommandScopeAllPrivateChats, BotCommandScopeChat
from telegram.error import InvalidToken, NetworkError, RetryAfter, TelegramError
from telegram.ext import Application, ContextTypes, ConversationHandler, ExtBot

from bot.backoff import growing_pause
from bot.clock import SystemClock
from bot.counter.answers import Answers
from bot.counter.arrivals import Arrivals
from bot.counter.effects import Pictures, Post
from bot.counter.flood import FloodGuard
from bot.counter.meter import Meter
from bot.counter.pace import Pace, seconds_asked
from bot.counter.polling import Poller
from bot.counter.sending import Sender
from bot.counter.states import keep_states_in_turn
from bot.counter.turns import TurnMaker, note_failure
from bot.counter.webhook import Webhook
from bot.drawing import DrawingWorkers
from bot.http import AiohttpRequest
from bot.jobs import schedule
from bot.jobs.acquisition import AcquisitionJob
from bot.jobs.attachments import AttachmentsJob
from bot.jobs.housekeeping import Housekeeping
from bot.jobs.letters import LettersJob
from bot.jobs.outbox import OutboxJob
from bot.jobs.queue import ServingQueue
from bot.jobs.reminders import RemindersJob
from bot.jobs.retention import RetentionJob
from bot.mail import Mailer, MailError
from bot.metrics import MetricsPage
from bot.settings import LinkVerification, Settings
from conversations import first_handlers, handlers
from conversations.kit.context import Context
from conversations.kit.services import Clock, Company, Emergency, Services
from conversations.support.staff import MENU as STAFF_MENU
from conversations.texts import LANGUAGES, SOURCE, Words
from conversations.welcome import ABOUT, COMMANDS, IN_SHORT
from storage import schema
from storage.engine import Store, open_store
from storage.files import FileStore
from storage.lock import serving_lock

log = structlog.get_logger()

_STANDBY_IS_WORTH_A_LINE = 1.0  # seconds

SportelloBot = ExtBot[Any]
SportelloApplication = Application[
    SportelloBot, Context, dict[Any, Any], dict[Any, Any], dict[Any, Any], Any
]


def build_services(settings: Settings, clock: Clock) -> Services:
    """The services that steps may use, from the settings."""
    return Services(
        clock=clock,
        zone=settings.timezone,
        company=Company(
            name=settings.company_name,
            contacts=settings.company_contacts or settings.company_name,
            privacy_url=settings.privacy_url,
        ),
        acquisition_interval=settings.acquisition_interval,
        mails_codes=settings.link_verification is LinkVerification.EMAIL,
        quiet_hours=settings.quiet_hours,
        staff_chat_id=settings.staff_chat_id,
        unusual_factor=settings.unusual_factor,
        email_change_delay=settings.email_change_delay,
        retention=settings.retention,
        emergency=Emergency(gas=settings.emergency_gas, power=settings.emergency_power),
    )


def build_bot(settings: Settings, pace: Pace) -> SportelloBot:
    """The bot, with its connections and its limiter.

    Raises:
        ValueError: no token is set.
    """
    if settings.telegram_token is None:
        raise ValueError("TELEGRAM_TOKEN is not set")
    return ExtBot(
        settings.telegram_token.get_secret_value(),
        base_url=f"{settings.telegram_api_url}/bot",
        base_file_url=f"{settings.telegram_api_url}/file/bot",
        request=AiohttpRequest(settings.telegram_api_url),
        get_updates_request=AiohttpRequest(settings.telegram_api_url, connections=2),
        rate_limiter=pace,
    )


def build_application(bot: SportelloBot, queue: ServingQueue) -> SportelloApplication:
    """python-telegram-bot's application with every conversation in it."""
    application = (
        Application.builder()
        .bot(bot)
        .context_types(ContextTypes(context=Context))
        .updater(None)
        .job_queue(queue)
        .build()
    )
    application.add_handlers(first_handlers(), group=-1)
    for handler in handlers():
        if isinstance(handler, ConversationHandler):
            keep_states_in_turn(handler)
        application.add_handler(handler)
    application.add_error_handler(note_failure)
    return application


class Service:
    """The whole service: bot, scheduler, delivery. ``async with`` starts and stops it.

    Args:
        settings: the operator's settings.
        clock: the clock; tests pass one that they move.
        post: sends e-mails; by default to the server in the settings.
        pictures: makes pictures; by default in worker processes.
        flood: how much one chat may write.
        pace: the limiter; by default with Telegram's limits.
        jobs: whether the scheduler runs; tests that call jobs themselves switch it off.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        clock: Clock | None = None,
        post: Post | None = None,
        pictures: Pictures | None = None,
        flood: FloodGuard | None = None,
        pace: Pace | None = None,
        jobs: bool = True,
    ) -> None:
        self.settings = settings
        self.clock = clock or SystemClock()
        self.services = build_services(settings, self.clock)
        self.store: Store = open_store(settings.database_url, settings.vault())
        self.files = FileStore(settings.files_dir, self.store.vault)
        self._jobs = jobs
        self._drawing = DrawingWorkers()
        self._tasks: list[asyncio.Task[None]] = []
        self._lock = serving_lock(self.store)
        self._webhook: Webhook | None = None
        self._finished: asyncio.Future[None] | None = None
        self.meter = Meter()
        self.pace = pace or Pace()
        bot = build_bot(settings, self.pace)
        self.sender = Sender(
            bot,
            self.store,
            self.clock,
            self.pace,
            post=post or _post(settings),
            pictures=pictures or self._drawing,
            files=self.files,
            zone=self.services.zone,
            protect_files=settings.protect_files,
            mails_failed=self.meter.mails_failed,
        )
        self.answers = Answers(self.sender, self.store, self.services, self.meter)
        self.queue = ServingQueue(self._lock.is_ours)
        self.application = build_application(bot, self.queue)
        self.turns = TurnMaker(
            self.store,
            self.services,
            bot,
            self.application.process_update,
            self.answers,
            self.meter,
        )
        self.arrivals = Arrivals(
            self.store,
            self.clock,
            flood or FloodGuard(time.monotonic),
            settings.staff_chat_id,
            self.turns,
            self.answers,
            self.meter,
        )
        self.acquisition = AcquisitionJob(
            self.store, self.services, settings.exports_dir, settings.company_vat
        )
        self.outbox = OutboxJob(
            self.store,
            self.services,
            self.sender,
            quiet=self.arrivals.settled,
            answering=self.answering,
        )
        self.reminders = RemindersJob(self.store, self.services)
        self.housekeeping = Housekeeping(self.store, self.services, self.files)
        self.metrics = MetricsPage(self.store, self.meter, self.clock)
        self.retention = RetentionJob(
            self.store, self.services, settings.retention, settings.exports_dir
        )
        self.letters = LettersJob(self.store, self.services, self.sender)
        self.attachments = AttachmentsJob(self.store, self.application.bot, self.sender, self.files)

    async def __aenter__(self) -> Self:
        try:
            await self.start()
        except BaseException:
            await self.stop()
            raise
        return self

    async def __aexit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        await self.stop()

    async def start(self) -> None:
        """Migrate, continue what an earlier run left, and begin to serve.

        Raises:
            AlreadyServedError: another process serves this SQLite database.
            DatabaseFileError: the database file is damaged.
            SchemaError: the database does not match its migration.
            SealedDataError: the database was written with another key.
            InvalidToken: Telegram does not know the token.
        """
        self.settings.make_folders()
        await self._take_lock()
        await self.store.check_whole()
        await schema.upgrade(self.store.engine)
        await schema.require(self.store.engine)
        await self.store.check_key()
        await self._end_trials()
        await self.acquisition.complete_earlier()
        await self._reach_telegram()
        await self.application.initialize()
        await self._introduce()
        await self.application.start()
        await self._tell_staff()
        answered = await self.answers.start()
        self.turns.start()
        resumed = await self.arrivals.start()
        if answered or resumed:
            log.info("taken_up", answered=answered, resumed=resumed)
        if self._jobs:
            schedule(
                self.queue,
                self.services,
                acquisition=self.acquisition,
                outbox=self.outbox,
                reminders=self.reminders,
                housekeeping=self.housekeeping,
                letters=self.letters,
                attachments=self.attachments,
                retention=self.retention,
            )
        if self.settings.metrics_listen is not None:
            await self.metrics.start(self.settings.metrics_listen)
        await self._open_delivery()
        log.info("serving", bot=self.application.bot.username)

    async def _tell_staff(self) -> None:
        """Send open tickets to the staff's group that are not there; it may be newly set."""
        async with self.store.unit() as unit:
            group = await unit.tickets.staff_group(self.services.staff_chat_id)
            if group is None:
                return
            await unit.tickets.tell_again(group, now=self.clock.now())
            await unit.commit()
        await self._introduce_to_staff(group)

    async def _end_trials(self) -> None:
        """If codes are required now, limit chats that were linked without one to looking."""
        if not self.services.mails_codes:
            return
        async with self.store.unit() as unit:
            number = await unit.chats.look_only_after_trials(now=self.services.clock.now())
            await unit.commit()
        if number:
            log.info("trial_links_look_only", links=number)

    async def _take_lock(self) -> None:
        acquiring = asyncio.ensure_future(self._lock.acquire())
        done, _ = await asyncio.wait({acquiring}, timeout=_STANDBY_IS_WORTH_A_LINE)
        if not done:
            log.info("standing_by", reason="another process serves this database")
        if await acquiring:
            log.info("taking_over")
        self._tasks += [
            asyncio.create_task(self._lock.hold(), name="serving lock"),
            asyncio.create_task(self.sender.token_refused(), name="token"),
        ]

    async def _reach_telegram(self) -> None:
        tries = 0
        while True:
            try:
                await self.application.bot.initialize()
            except InvalidToken:
                raise
            except (NetworkError, RetryAfter) as error:
                tries += 1
                pause = max(growing_pause(tries), seconds_asked(error))
                log.warning("telegram_unreachable", reason=type(error).__name__, seconds=pause)
                await asyncio.sleep(pause)
            else:
                return

    async def _introduce(self) -> None:
        """Set the command menu and the bot's description in each language."""
        try:
            for language in LANGUAGES:
                words = Words(language, self.services.zone)
                commands = [
                    BotCommand(italian if language == SOURCE else english, words.plain(text))
                    for italian, english, text in COMMANDS
                ]
                # Italian is the default for languages without texts of their own.
                code = None if language == SOURCE else language
                bot = self.application.bot
                await bot.set_my_commands(
                    commands, scope=BotCommandScopeAllPrivateChats(), language_code=code
                )
                await bot.set_my_description(words.plain(ABOUT), language_code=code)
                await bot.set_my_short_description(words.plain(IN_SHORT), language_code=code)
        except TelegramError as error:  # everything works without these
            log.warning("not_introduced", reason=type(error).__name__)

    async def _introduce_to_staff(self, group: int) -> None:
        """Set the command menu of the staff's group."""
        try:
            for language in LANGUAGES:
                words = Words(language, self.services.zone)
                await self.application.bot.set_my_commands(
                    [BotCommand(command, words.plain(text)) for command, text in STAFF_MENU],
                    scope=BotCommandScopeChat(group),
                    language_code=None if language == SOURCE else language,
                )
        except TelegramError as error:  # the bot is not in the group, or not yet
            log.warning("not_introduced_to_staff", reason=type(error).__name__)

    async def _open_delivery(self) -> None:
        bot = self.application.bot
        if self.settings.webhook_url is not None:
            secret = self.settings.webhook_secret
            self._webhook = Webhook(
                bot,
                self.arrivals,
                url=self.settings.webhook_url,
                secret=secret.get_secret_value() if secret else "",
            )
            listen = self.settings.webhook_listen
            await self._webhook.start(listen.host, listen.port)
            return
        self._tasks.append(asyncio.create_task(Poller(bot, self.arrivals).run(), name="poller"))

    async def finished(self) -> None:
        """Wait until a task ends that should run for ever, and raise its error."""
        await asyncio.gather(*self._tasks)

    def answering(self) -> AbstractSet[int]:
        """The chats in which an update is being handled, or an answer is still to be sent."""
        return self.arrivals.under_way | self.answers.owed_to

    async def settled(self) -> None:
        """Wait until all received updates have been handled and answered."""
        await self.arrivals.settled()
        await self.answers.settled()

    async def stop(self) -> None:
        """Stop soon and cleanly: running work is finished or postponed, and nothing is lost."""
        self.arrivals.stop()
        if self._webhook is not None:
            await self._webhook.stop()
        await self.metrics.stop()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks.clear()
        await asyncio.gather(self._wind_up(), self.queue.wind_up())
        if self.application.running:
            await self.application.stop()
        await self.application.shutdown()
        await self.application.bot.shutdown()  # it works before the application does
        await self._drawing.close()
        await self._lock.release()
        await self.store.close()

    async def _wind_up(self) -> None:
        await self.turns.wind_up()
        await self.arrivals.wind_up()
        await self.answers.wind_up()


class _NoPost:
    """Replaces the mail server in trials that link without a code."""

    async def send(self, _to: str, _subject: str, _text: str) -> None:
        raise MailError("no mail server is set", passing=False)


def _post(settings: Settings) -> Post:
    if settings.smtp_url is None or settings.mail_from is None:
        return _NoPost()
    return Mailer(settings.smtp_url, settings.mail_from)


async def serve(settings: Settings) -> None:
    """Run the service until SIGTERM or SIGINT.

    Raises:
        SettingsError: a required setting is missing.
        InvalidToken: Telegram does not know the token.
    """
    settings.check_for_run()
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopping.set)
    service = Service(settings)
    asked = asyncio.create_task(stopping.wait())
    serving = asyncio.create_task(_serve(service))
    try:
        # The start may take long: another process serves the database, or Telegram is unreachable.
        await asyncio.wait({asked, serving}, return_when=asyncio.FIRST_COMPLETED)
        if serving.done():
            await serving
    finally:
        for task in (asked, serving):
            task.cancel()
        await asyncio.gather(asked, serving, return_exceptions=True)
        await service.stop()


async def _serve(service: Service) -> None:
    await service.start()
    await service.finished()
