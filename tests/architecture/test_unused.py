"""Nothing is kept that nobody calls, nor anything that only tests call."""

from collections.abc import Iterable
from pathlib import Path

from vulture import Vulture

ROOT = Path(__file__).parents[2]

# What a library calls or reads by its decorator.
DECORATORS = ["@method", "@*.command", "@*.group", "@event.listens_for"]

# What is called or read by its name, and who does it.
NAMES = [
    *("impl", "cache_ok", "process_*", "column_expression", "compare_values"),  # SQLAlchemy's types
    "isolation_level",  # its connections
    *("_cursor", "_soft_closed_memoized", "_async_soft_close"),  # its cursors
    *("import_dbapi", "supports_statement_cache", "dialect"),  # its dialects
    *("model_config", "settings_customise_sources", "settings_cls", "file_secret_settings"),
    *("do_process_update", "do_request", "_conversations"),  # python-telegram-bot
    *("set_default_headers", "check_origin", "on_*", "write_error", "data_received"),  # tornado
    *("handle_*", "core_fonts_encoding", "exit_code"),  # html.parser, aiosmtpd, fpdf2, click
    *("format_ticks", "locator"),  # matplotlib
    *("invoice_guide", "measures_csv", "measures_excel"),  # bot.drawing.worker
    # Columns that nothing but people reads, or a query of somebody's own.
    *("received_at", "seen_at", "told_at", "done_at", "started_at", "former_id"),
    *("listed_at", "cancelled_at", "moved_at"),
    "outdated",  # counted by the name of the state
    *("__call__", "__init_subclass__"),  # Python
    *("intra_op_num_threads", "inter_op_num_threads", "enable_cpu_mem_arena"),  # onnxruntime
    "log_severity_level",  # the same
    "icon_color",  # of a topic, in the Bot API
]

# What tests use of the product, and it itself does not, and why it stays.
FOR_TESTS = [
    *("ERASED", "KEPT"),  # what becomes of each table when a chat is erased: a test holds them full
    "uncertain",  # the digits of a photo's number that a person should look at
]


def unused(paths: Iterable[str], names: list[str]) -> set[str]:
    """What nothing in these folders calls, of the product."""
    vulture = Vulture(ignore_names=names, ignore_decorators=DECORATORS)
    vulture.scavenge(
        [str(ROOT / path) for path in paths], exclude=[str(ROOT / "storage/migrations/versions/*")]
    )
    product = tuple(str(ROOT / package) for package in ("bot", "conversations", "storage"))
    return {
        f"{found.filename.relative_to(ROOT)}:{found.first_lineno}: {found.name}"
        for found in vulture.get_unused_code(min_confidence=60)
        if str(found.filename).startswith(product)
        and "migrations/versions" not in str(found.filename)
        and not is_member(found.filename, found.first_lineno, found.name)
    }


def is_member(path: Path, line: int, name: str) -> bool:
    """Whether it is a value of an enumeration: the database holds it, or somebody names it."""
    code = path.read_text(encoding="utf-8").splitlines()[line - 1]
    return name.isupper() and code.startswith(f"    {name} = ")


def test_everything_is_used() -> None:
    everything = ("bot", "conversations", "storage", "tests", "benchmarks")
    assert unused(everything, NAMES) == set()


def test_nothing_is_kept_for_tests_alone() -> None:
    found = unused(("bot", "conversations", "storage"), [*NAMES, *FOR_TESTS])
    # The local Telegram is for tests, and for bots that are not this one.
    assert {each for each in found if not each.startswith("bot/local_telegram/")} == set()
