import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum import luhn
from stdnum.it import codicefiscale

from storage.rules.identifiers import (
    CodeProblem,
    SupplyPointProblem,
    TaxIdProblem,
    mask_email,
    mask_name,
    mask_tax_id,
    normalise_tax_id,
    read_customer_code,
    read_pdr,
    read_pod,
    read_tax_id,
)

DIGITS = st.text("0123456789", min_size=1, max_size=20)
OMOCODIA = "LMNPQRSTUV"


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("028680", "028680"),
        (" 028680\n", "028680"),
        ("028 680", "028680"),
        ("028\u00a0680", "028680"),
        ("028.680", "028680"),
        ("028-680", "028680"),
        ("", CodeProblem.EMPTY),
        ("  \n", CodeProblem.EMPTY),
        ("-", CodeProblem.EMPTY),
        ("02868", CodeProblem.TOO_SHORT),
        ("0286801", CodeProblem.TOO_LONG),
        ("9" * 4096, CodeProblem.TOO_LONG),
        ("02868O", CodeProblem.NOT_DIGITS),
        ("028,680", CodeProblem.NOT_DIGITS),
        ("٠٢٨٦٨٠", CodeProblem.FOREIGN_DIGITS),
        ("02868²", CodeProblem.NOT_DIGITS),
        ("🙂", CodeProblem.NOT_DIGITS),
    ],
)
def test_a_customer_code_is_six_digits(typed: str, read: str | CodeProblem) -> None:
    assert read_customer_code(typed) == read


@given(st.from_regex(r"[0-9]{6}", fullmatch=True))
def test_every_customer_code_is_read_as_it_stands(code: str) -> None:
    assert read_customer_code(code) == code
    assert read_customer_code(f" {code[:3]} {code[3:]} ") == code


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("RCCMNL83S18D969H", "RCCMNL83S18D969H"),
        ("rccmnl83s18d969h", "RCCMNL83S18D969H"),
        ("RCC MNL 83S18 D969H", "RCCMNL83S18D969H"),
        ("RCC-MNL-83S18-D969H", "RCCMNL83S18D969H"),
        ("00743110157", "00743110157"),
        ("IT00743110157", "00743110157"),
        ("it 00743110157", "00743110157"),
        ("", TaxIdProblem.EMPTY),
        (" - ", TaxIdProblem.EMPTY),
        ("RCCMNL83S18D969A", TaxIdProblem.WRONG_CHECK),
        ("00743110158", TaxIdProblem.WRONG_CHECK),
        ("RCCMNL83S18D969", TaxIdProblem.WRONG_LENGTH),
        ("RCCMNL83S18", TaxIdProblem.WRONG_LENGTH),
        ("0074311015", TaxIdProblem.WRONG_LENGTH),
        ("007431101577", TaxIdProblem.WRONG_LENGTH),
        ("A" * 4096, TaxIdProblem.WRONG_LENGTH),
        ("0074311015A", TaxIdProblem.WRONG_CHARACTERS),
        ("1234567890123456", TaxIdProblem.WRONG_CHARACTERS),
        ("RCCMNL83S18D96.H", TaxIdProblem.WRONG_CHARACTERS),
        ("RCCMNL83S18D969È", TaxIdProblem.WRONG_CHARACTERS),
        ("٠٠٧٤٣١١٠١٥٧", TaxIdProblem.WRONG_CHARACTERS),
    ],
)
def test_a_tax_id_is_a_personal_code_or_eleven_digits(typed: str, read: str | TaxIdProblem) -> None:
    assert read_tax_id(typed) == read


def test_a_day_that_does_not_exist_makes_no_tax_id() -> None:
    stem = "RCCMNL83B30D969"  # 30 February
    assert read_tax_id(stem + codicefiscale.calc_check_digit(stem)) is TaxIdProblem.WRONG_CHECK


def test_a_dotless_i_is_not_an_i() -> None:
    stem = "RCIMNL83S18D969"
    valid = stem + codicefiscale.calc_check_digit(stem)
    assert read_tax_id(valid) == valid
    assert read_tax_id(valid.replace("I", "ı")) is TaxIdProblem.WRONG_CHARACTERS


@given(st.sets(st.sampled_from([6, 7, 9, 10, 12, 13, 14])))
def test_omocodia_in_any_digits_is_valid(replaced: set[int]) -> None:
    stem = "".join(
        OMOCODIA[int(c)] if place in replaced else c for place, c in enumerate("RCCMNL83S18D969")
    )
    code = stem + codicefiscale.calc_check_digit(stem)
    assert read_tax_id(code.lower()) == code


@given(st.from_regex(r"[0-9]{10}", fullmatch=True))
def test_eleven_digits_are_checked_by_luhn_alone(stem: str) -> None:
    code = stem + luhn.calc_check_digit(stem)
    assert read_tax_id(f"IT {code}") == code
    wrong = stem + str((int(code[-1]) + 1) % 10)
    assert read_tax_id(wrong) is TaxIdProblem.WRONG_CHECK


@given(st.text())
def test_normalising_twice_changes_nothing(text: str) -> None:
    once = normalise_tax_id(text)
    assert normalise_tax_id(once) == once


@given(st.text())
def test_what_is_read_is_already_normal(text: str) -> None:
    read = read_tax_id(text)
    assert isinstance(read, TaxIdProblem) or read == normalise_tax_id(text)


def test_a_surname_that_begins_with_it_keeps_it() -> None:
    assert normalise_tax_id("itlmra80a01h501") == "ITLMRA80A01H501"


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("00881234567890", "00881234567890"),
        ("0088 1234 5678 90", "00881234567890"),
        ("", SupplyPointProblem.EMPTY),
        ("0088123456789", SupplyPointProblem.WRONG_LENGTH),
        ("008812345678901", SupplyPointProblem.WRONG_LENGTH),
        ("0088123456789A", SupplyPointProblem.WRONG_CHARACTERS),
    ],
)
def test_a_pdr_is_fourteen_digits(typed: str, read: str | SupplyPointProblem) -> None:
    assert read_pdr(typed) == read


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("IT001E12345678", "IT001E12345678"),
        ("it001e12345678", "IT001E12345678"),
        ("IT 001 E 12345678", "IT001E12345678"),
        ("IT001E123456789", "IT001E12345678"),
        ("IT001E12345678A", "IT001E12345678"),
        ("", SupplyPointProblem.EMPTY),
        ("IT001E1234567", SupplyPointProblem.WRONG_LENGTH),
        ("IT001E1234567890", SupplyPointProblem.WRONG_LENGTH),
        ("FR001E12345678", SupplyPointProblem.WRONG_CHARACTERS),
        ("IT001F12345678", SupplyPointProblem.WRONG_CHARACTERS),
        ("IT001E1234567٨", SupplyPointProblem.WRONG_CHARACTERS),
    ],
)
def test_a_pod_is_compared_by_its_first_fourteen_characters(
    typed: str, read: str | SupplyPointProblem
) -> None:
    assert read_pod(typed) == read


@given(DIGITS)
def test_no_digits_alone_are_a_pod(text: str) -> None:
    assert isinstance(read_pod(text), SupplyPointProblem)


def test_masks_show_enough_to_recognise_and_no_more() -> None:
    assert mask_name("Anna Rossi") == "A*** R***"
    assert mask_name("  Condominio   Via Roma 12 ") == "C*** V*** R*** 1***"
    assert mask_name("") == ""
    assert mask_email("anna@example.it") == "a***@example.it"
    assert mask_email("@example.it") == "***@example.it"
    assert mask_email("nothing") == "***"
    assert mask_tax_id("RCCMNL83S18D969H") == "RC************9H"
    assert mask_tax_id("IT00743110157") == "00*******57"
    assert mask_tax_id("ABC") == "***"


@given(st.emails())
def test_a_masked_email_keeps_its_domain_and_one_letter(email: str) -> None:
    mailbox, _, domain = email.rpartition("@")
    assert mask_email(email) == f"{mailbox[0]}***@{domain}"
