"""Telephone numbers and addresses, as people type them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.rules.contacts import EmailProblem, PhoneProblem, read_email, read_phone, show_phone


@pytest.mark.parametrize(
    ("typed", "number"),
    [
        ("0547 123456", "+390547123456"),
        ("0547-12.34.56", "+390547123456"),
        ("(0547) 123456", "+390547123456"),
        ("333 1234567", "+393331234567"),
        ("+39 333 1234567", "+393331234567"),
        ("0039 333 1234567", "+393331234567"),
        ("+44 20 7946 0958", "+442079460958"),
        ("800 900 800", "+39800900800"),
    ],
)
def test_numbers_are_read_however_they_are_spaced(typed: str, number: str) -> None:
    assert read_phone(typed) == number


@pytest.mark.parametrize(
    ("typed", "problem"),
    [
        ("", PhoneProblem.NOT_A_NUMBER),
        ("lo stesso di prima", PhoneProblem.NOT_A_NUMBER),
        ("0547 CALLME", PhoneProblem.NOT_A_NUMBER),
        ("0547 123456 int. 3", PhoneProblem.NOT_A_NUMBER),
        ("12", PhoneProblem.TOO_SHORT),
        ("06 1234567890123", PhoneProblem.TOO_LONG),
        ("3" * 4096, PhoneProblem.TOO_LONG),
        ("+999 123456", PhoneProblem.UNKNOWN_COUNTRY),
        ("+39 999 1234567", PhoneProblem.NO_SUCH_NUMBER),
    ],
)
def test_what_is_no_number_is_told_apart(typed: str, problem: PhoneProblem) -> None:
    assert read_phone(typed) is problem


@given(st.text(max_size=80))
def test_whatever_is_typed_gets_a_verdict(text: str) -> None:
    number = read_phone(text)
    if isinstance(number, str):
        assert number.startswith("+")
        assert number.isascii()
        assert read_phone(number) == number
        assert read_phone(show_phone(number)) == number
    address = read_email(text)
    if isinstance(address, str):
        assert read_email(address) == address


def test_stored_numbers_are_shown_internationally_and_anything_else_as_it_is() -> None:
    assert show_phone("+390547123456") == "+39 0547 123456"
    assert show_phone("0547.123456") == "+39 0547 123456"
    assert show_phone("chiedere in portineria") == "chiedere in portineria"


@pytest.mark.parametrize(
    ("typed", "address"),
    [
        ("anna@example.it", "anna@example.it"),
        (" Anna@Example.IT ", "Anna@example.it"),
        ("a.b+luce@posta.example.it", "a.b+luce@posta.example.it"),
        ("anna@città.example.it", "anna@xn--citt-3na.example.it"),
        ("perché@città.example.it", "perché@xn--citt-3na.example.it"),
    ],
)
def test_addresses_are_read(typed: str, address: str) -> None:
    assert read_email(typed) == address


@pytest.mark.parametrize(
    ("typed", "problem"),
    [
        ("anna", EmailProblem.NO_AT),
        ("", EmailProblem.NO_AT),
        ("anna@example.it, mario@example.it", EmailProblem.NOT_ALONE),
        ("la mia è anna@example.it", EmailProblem.NOT_ALONE),
        ("anna@", EmailProblem.NOT_AN_ADDRESS),
        ("@example.it", EmailProblem.NOT_AN_ADDRESS),
        ("anna@localhost", EmailProblem.NOT_AN_ADDRESS),
        ("anna@example..it", EmailProblem.NOT_AN_ADDRESS),
        ("a..b@example.org", EmailProblem.NOT_AN_ADDRESS),
        ("anna.@example.org", EmailProblem.NOT_AN_ADDRESS),
        (f"{'a' * 65}@example.it", EmailProblem.NOT_AN_ADDRESS),
    ],
)
def test_what_is_no_address_is_told_apart(typed: str, problem: EmailProblem) -> None:
    assert read_email(typed) is problem
