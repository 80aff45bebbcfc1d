"""What nobody sees makes no code, number or address another one."""

import pytest

from storage.rules.contacts import read_email, read_phone
from storage.rules.identifiers import (
    CodeProblem,
    read_customer_code,
    read_mailed_code,
    read_pdr,
    read_pod,
    read_tax_id,
)
from storage.rules.invisible import bare, visible

MARKS = [
    "\u200e",
    "\u200f",
    "\u202a",
    "\u202c",
    "\u2066",
    "\u2068",
    "\u2069",
    "\u061c",
    "\u200b",
    "\u200c",
    "\u200d",
    "\u2060",
    "\ufeff",
    "\u00ad",
    "\ufe0f",
]


@pytest.mark.parametrize("mark", MARKS, ids=lambda mark: f"{ord(mark):04x}")
def test_codes_numbers_and_addresses_are_read_without_it(mark: str) -> None:
    def within(text: str) -> str:
        return mark + text[:3] + mark + text[3:] + mark

    assert read_customer_code(within("028680")) == "028680"
    assert read_tax_id(within("RSSMRA85T10A562S")) == "RSSMRA85T10A562S"
    assert read_pdr(within("00881234567890")) == "00881234567890"
    assert read_pod(within("IT001E12345678")) == "IT001E12345678"
    assert read_phone(within("0547 123456")) == "+390547123456"
    assert read_email(within("anna@example.org")) == "anna@example.org"
    assert read_mailed_code(within("123456"), 6) == "123456"


def test_emoji_and_scripts_that_join_their_letters_stay_whole() -> None:
    family = "\U0001f468\u200d\U0001f469\u200d\U0001f467 \u2764\ufe0f"
    assert visible(f"\u200e{family}\u200b") == family
    assert "\u200d" not in bare(family)


@pytest.mark.parametrize("code", ["\u0660\u0662\u0668\u0666\u0668\u0660", "０２８６８０"])
def test_digits_of_another_script_are_named(code: str) -> None:
    assert read_customer_code(code) is CodeProblem.FOREIGN_DIGITS


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("123456", "123456"),
        (" 123 456 ", "123456"),
        ("123456 è il codice di Gas & Luce", "123456"),
        ("il codice è 123456.", "123456"),
        ("12345", None),
        ("1234567", None),
        ("1234567 è il codice", None),
        ("123456 o 654321", None),
        ("\u0661\u0662\u0663\u0664\u0665\u0666", None),
        ("", None),
    ],
)
def test_a_mailed_code_is_found_in_the_sentence_that_it_came_in(
    typed: str, read: str | None
) -> None:
    assert read_mailed_code(typed, 6) == read
