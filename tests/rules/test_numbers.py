import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.rules.numbers import LONGEST_TEXT, NumberProblem, looks_like_count, read_count

SEPARATORS = [".", " ", "\u00a0", "\u202f", "'", "’"]


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("45000", 45_000),
        ("45.000", 45_000),
        ("45 000", 45_000),
        ("45\u00a0000", 45_000),
        ("45\u202f000", 45_000),
        ("45'000", 45_000),
        ("45’000", 45_000),
        ("1.234.567", 1_234_567),
        ("  45000\n", 45_000),
        ("0", 0),
        ("00000000000", 0),
        ("0000045000", 45_000),
        ("00.045.000", 45_000),
        ("45000 mc", 45_000),
        ("45000mc", 45_000),
        ("45.000 m³", 45_000),
        ("45000 m3", 45_000),
        ("45000 Smc", 45_000),
        ("45000.", 45_000),
        ("\u200e45000\u200f", 45_000),
        ("45000\u200b", 45_000),
        ("\ufeff45.000", 45_000),
        ("45\u00ad000", 45_000),
        ("\u206845000\u2069 mc\u200d", 45_000),
        ("", NumberProblem.EMPTY),
        (" \u00a0\n", NumberProblem.EMPTY),
        ("-1", NumberProblem.SIGN),
        ("−1", NumberProblem.SIGN),
        ("+45000", NumberProblem.SIGN),
        ("45000-", NumberProblem.SIGN),
        ("-45,5", NumberProblem.SIGN),
        ("45,5", NumberProblem.DECIMALS),
        ("45,000", NumberProblem.DECIMALS),
        ("45.000,7", NumberProblem.DECIMALS),
        ("45.5", NumberProblem.DECIMALS),
        ("45000.25", NumberProblem.DECIMALS),
        ("1e5", NumberProblem.LETTERS),
        ("abc", NumberProblem.LETTERS),
        ("mc", NumberProblem.LETTERS),
        ("45000 kWh", NumberProblem.LETTERS),
        ("0x1F", NumberProblem.LETTERS),
        ("٤٥", NumberProblem.FOREIGN_DIGITS),
        ("４５", NumberProblem.FOREIGN_DIGITS),
        ("45²", NumberProblem.FOREIGN_DIGITS),
        ("45.00.0", NumberProblem.GROUPING),
        ("4500.000", NumberProblem.GROUPING),
        ("45.0000", NumberProblem.GROUPING),
        ("45  000", NumberProblem.GROUPING),
        ("1.234 567", NumberProblem.GROUPING),
        (".450", NumberProblem.GROUPING),
        ("45000..", NumberProblem.GROUPING),
        ("100000000", NumberProblem.TOO_MANY_DIGITS),
        ("🔥", NumberProblem.NOT_A_NUMBER),
        ("45🔥", NumberProblem.NOT_A_NUMBER),
        ("4\ufe0f\u20e35\ufe0f\u20e3", NumberProblem.NOT_A_NUMBER),
        ("-", NumberProblem.NOT_A_NUMBER),
        (",", NumberProblem.NOT_A_NUMBER),
        ("12/34", NumberProblem.NOT_A_NUMBER),
        ("45000\n4500", NumberProblem.NOT_A_NUMBER),
        ("45_000", NumberProblem.NOT_A_NUMBER),
        ("9" * 4096, NumberProblem.TOO_LONG),
        ("a" * (LONGEST_TEXT + 1), NumberProblem.TOO_LONG),
    ],
)
def test_a_count_as_people_type_it(typed: str, read: int | NumberProblem) -> None:
    assert read_count(typed, digits=8) == read


def test_each_counter_has_its_own_digits() -> None:
    assert read_count("99999", digits=5) == 99_999
    assert read_count("100000", digits=5) is NumberProblem.TOO_MANY_DIGITS
    assert read_count("100000", digits=6) == 100_000
    assert read_count("00099999", digits=5) == 99_999


def test_a_counter_without_digits_is_a_mistake_of_the_data() -> None:
    with pytest.raises(ValueError, match="at least one digit"):
        read_count("1", digits=0)


@given(st.integers(0, 10**12 - 1), st.sampled_from(SEPARATORS), st.integers(0, 5))
def test_what_is_written_is_read(value: int, separator: str, zeros: int) -> None:
    assert read_count(f"{value:_}".replace("_", separator), digits=12) == value
    assert read_count("0" * zeros + str(value), digits=12) == value


@given(st.integers(1_000_000, 10**12 - 1), st.permutations(SEPARATORS))
def test_two_kinds_of_separator_never_make_a_number(value: int, separators: list[str]) -> None:
    kinds = {" ": "space", "\u00a0": "space", "\u202f": "space", "'": "quote", "’": "quote"}
    first, second = separators[:2]
    groups = f"{value:_}".split("_")
    text = groups[0] + first + groups[1] + second + second.join(groups[2:])
    one_kind = kinds.get(first, first) == kinds.get(second, second)
    assert (read_count(text, digits=12) == value) is one_kind


@given(st.text(), st.integers(1, 9))
def test_any_text_gets_a_number_that_fits_or_a_named_problem(text: str, digits: int) -> None:
    read = read_count(text, digits)
    assert isinstance(read, NumberProblem) or 0 <= read < 10**digits


@pytest.mark.parametrize("text", ["45000", "45.000", "0", "45 000 mc", "45,5", "000028680"])
def test_a_bare_number_starts_a_reading(text: str) -> None:
    assert looks_like_count(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "ciao",
        "ho letto 45000",
        "+39 333 1234567",
        "3331234567",
        "12/03/2025",
        "12.03.2025",
        "00881234567890",
        "-1",
        "🔥",
        "٤٥",
        "9" * 4096,
    ],
)
def test_anything_else_does_not(text: str) -> None:
    assert not looks_like_count(text)
