"""What people write and tap: the plain, the odd and the malicious."""

from hypothesis import strategies as st

from conversations.kit.taps import Tap
from conversations.welcome import COMMANDS
from tests.fuzz.cast import CLIENTS
from tests.fuzz.counter import TYPED_MARK

COMMAND_TEXTS = tuple(
    dict.fromkeys(
        f"/{name}"
        for names in (*(row[:2] for row in COMMANDS), ("start", "annulla"), ("pippo", "chiudi"))
        for name in names
    )
)
LABELS = (
    *("📟 Autolettura", "📋 Le mie letture", "🧾 Fatture", "📊 Prelievi", "☰ Altro"),
    *("📟 Reading", "📋 My readings", "🧾 Invoices", "📊 Usage", "☰ More"),
)
_ODD_NUMBERS = (
    *("45.000", "45 000", "45\u00a0000", "45'000", "0045000", "45.00", "45,5", "45,000", "4.5.0"),
    *("-1", "+45000", "1e5", "٤٥٠٠٠", "²", "123456789012", "0", "00000", "99999", "9999", "10"),
    *("4" * 40, "4" * 41, "4" * 4096, "45000 m3", "Ⅷ", "45.000.000", "1_000", "0x10", "NaN"),
)
_ODD_TEXTS = (
    *("annulla", "menu", "aiuto", "Help", "sì", "no", "ok", "Salva", "grazie!", "😀", "👍🏽", "."),
    *("<b>ciao", "</b>", "<a href='x'>", "&amp;", "&", "<", "{number}", "%s", "{0}", "\\", "`*_["),
    *("'; DROP TABLE readings; --", "a" * 4096, "😀" * 1000, "\u202eotla", "a\u0301" * 99),
    *("01/02/2026", "31/02/2026", "1/1/26 - 5/1/26", "01/01/2025 31/12/2025", "ieri"),
    *("anna@example.it", "anna@", "@", "a b@c.it", "+39 333 1234567", "0547", "118", "02-1234"),
    *("/start c110011", "/start c11001", "/start iAAAAAAAAAAAAAAAAAAAAAA", "/start x", "/", "//"),
    *("/annulla@sportello_bot", "/ANNULLA", "/annulla ora", f"{TYPED_MARK} {TYPED_MARK}"),
    *("IT01234567897", "rssmra85t10a562s", "RSSMRA85T10A562X", "01234567890", "12345678901"),
)
_CODES = tuple(text for client in CLIENTS for text in (client.code, client.tax_id))
_FREE = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=200)

numbers = st.integers(0, 19_999).map(lambda number: str(number * 5))
texts = st.one_of(
    st.sampled_from(COMMAND_TEXTS),
    st.sampled_from(LABELS),
    numbers,
    st.sampled_from(_ODD_NUMBERS),
    st.sampled_from(_ODD_TEXTS),
    st.sampled_from(_CODES),
    _FREE,
)
captions = st.one_of(
    st.just(""), numbers, st.sampled_from([text for text in _ODD_TEXTS if len(text) < 1_000])
)

_small = st.integers(-1, 60)
_values = st.one_of(
    _small.map(str),
    st.sampled_from(["", "0", "1", "2147483647", "2147483648", "9" * 30, "full", "view", "x", "m"]),
    st.dates().map(lambda day: day.strftime("%Y%m%d")),
)
_well_formed = st.builds(
    lambda code, values: ":".join([f"1{code}", *values]),
    st.sampled_from(sorted(Tap.registry)),
    st.lists(_values, max_size=3),
)
forged_data = st.one_of(
    _well_formed,
    st.text(st.characters(exclude_categories=["Cs"]), max_size=16),
    st.sampled_from(["1", "1:", ":", "2r:1", "1rs", "1r:1:1:1:1", "1r:1e3", "1r:١", "0r:1"]),
).filter(lambda data: len(data.encode()) <= 64)


def altered(data: str, place: int, value: str) -> str:
    """Somebody's button with one of its values changed."""
    head, *values = data.split(":")
    if not values:
        return data
    values[place % len(values)] = value
    return ":".join([head, *values])[:64]


THINGS = ("sticker", "voice", "document", "location", "contact")
changes = _values
