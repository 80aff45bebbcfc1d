"""A page of metrics for Prometheus, at ``METRICS_LISTEN``: counts, no personal data."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4, generate_latest
from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from tornado.httpserver import HTTPServer
from tornado.web import Application as WebApplication
from tornado.web import RequestHandler

from bot.counter.meter import Meter, Turns
from bot.counter.webhook import bound
from bot.settings import Listen
from conversations.kit.services import Clock
from storage.engine import Store, reason_of

log = structlog.get_logger()


async def gather(store: Store, meter: Meter, now: datetime) -> list[Metric]:
    """Count what is waiting in the database, through its partial indexes, and add the meter."""
    async with store.reading() as unit:
        found = await unit.figures.waiting()
        _, last = await unit.figures.acquisitions()
        tried = await unit.figures.linking(since=now - timedelta(hours=1))
    updates = CounterMetricFamily(
        "sportello_updates",
        "Updates from Telegram since the start, by what became of them.",
        labels=["outcome"],
    )
    for each in Turns:
        updates.add_metric([each.value], meter.turns[each])
    mails = CounterMetricFamily(
        "sportello_mails_failed",
        "Mails to customers that were not taken, by whose fault it is: the server's, for now, or"
        " the address's, for good.",
        labels=["of"],
    )
    for fault in ("server", "address"):
        mails.add_metric([fault], meter.mails_failed[fault])
    messages = GaugeMetricFamily(
        "sportello_outbox_messages",
        "Messages and letters that nobody asked for, on their way or waiting for their hour.",
        labels=["state"],
    )
    for state, number in found.messages.items():
        messages.add_metric([state], number)
    linking = GaugeMetricFamily(
        "sportello_linking_last_hour",
        "Attempts at linking in the last hour, by what became of them; many wrong ones: a guesser.",
        labels=["outcome"],
    )
    for outcome, number in tried.items():
        linking.add_metric([outcome], number)
    figures: list[Metric] = [
        updates,
        mails,
        messages,
        linking,
        GaugeMetricFamily(
            "sportello_inbox_waiting",
            "Updates that are stored and not answered yet.",
            value=found.updates,
        ),
        GaugeMetricFamily(
            "sportello_readings_pending",
            "Readings that wait for the next acquisition.",
            value=found.readings,
        ),
        GaugeMetricFamily(
            "sportello_tickets_waiting",
            "Open tickets in which the customer has had the last word.",
            value=found.tickets,
        ),
        GaugeMetricFamily(
            "sportello_acquisitions_unfinished",
            "Acquisitions that were begun and not completed; above nought for long: a full disk?",
            value=found.acquisitions,
        ),
    ]
    if last is not None:
        figures.append(
            GaugeMetricFamily(
                "sportello_last_acquisition_timestamp_seconds",
                "When the last acquisition that found anything was completed.",
                value=last.timestamp(),
            )
        )
    return figures


@dataclass(frozen=True, slots=True)
class _Gathered(Collector):
    """Metrics that were counted before, because the library cannot await a collector."""

    figures: list[Metric]

    def collect(self) -> Iterable[Metric]:
        return self.figures


class MetricsPage:
    """Serves the metrics at ``/metrics``, from ``start`` to ``stop``."""

    def __init__(self, store: Store, meter: Meter, clock: Clock) -> None:
        self._store = store
        self._meter = meter
        self._clock = clock
        self._server: HTTPServer | None = None

    async def start(self, listen: Listen) -> None:
        """Begin to listen.

        Raises:
            OSError: another program uses the address, or it does not belong to this machine.
        """
        handler = ("/metrics", _Page, {"page": self})
        self._server = HTTPServer(WebApplication([handler], log_function=lambda _: None))
        self._server.add_sockets(await bound(listen.host, listen.port, setting="METRICS_LISTEN"))

    async def gather(self) -> list[Metric]:
        """The current metrics."""
        return await gather(self._store, self._meter, self._clock.now())

    async def stop(self) -> None:
        """Stop listening."""
        if self._server is not None:
            self._server.stop()
            await self._server.close_all_connections()
            self._server = None


class _Page(RequestHandler):
    def initialize(self, page: MetricsPage) -> None:
        self._page = page

    async def get(self) -> None:
        try:
            figures = await self._page.gather()
        except Exception as error:  # noqa: BLE001  # whoever watches sees that the database is away
            log.warning("metrics_not_counted", reason=reason_of(error))
            self.set_status(503)
            return
        self.set_header("Content-Type", CONTENT_TYPE_PLAIN_0_0_4)
        self.finish(generate_latest(_Gathered(figures)))
