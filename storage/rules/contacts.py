"""Telephone numbers and e-mail addresses as customers type them.

Readers return the normal form that is stored, or a member of an ``Enum`` that says what is wrong.
They never raise, and no result repeats the text. ``phonenumbers`` (Google's numbering plans) judges
numbers, ``email-validator`` addresses; nothing is looked up over the network.
"""

from enum import Enum, unique

from storage.rules.invisible import bare

REGION = "IT"
"""The country of a number that has no country code."""

_LONGEST_TYPED = 60


@unique
class PhoneProblem(Enum):
    """Why a text is not a telephone number."""

    NOT_A_NUMBER = "not_a_number"
    TOO_SHORT = "too_short"
    TOO_LONG = "too_long"
    UNKNOWN_COUNTRY = "unknown_country"
    NO_SUCH_NUMBER = "no_such_number"


@unique
class EmailProblem(Enum):
    """Why a text is not an e-mail address."""

    NO_AT = "no_at"
    NOT_ALONE = "not_alone"
    NOT_AN_ADDRESS = "not_an_address"


def read_phone(text: str) -> str | PhoneProblem:
    """A telephone or fax number in E.164 form (``+390547123456``).

    Without a country code it is an Italian number. The number must be valid in the country's
    numbering plan; whether it is in use is not checked.
    """
    text = bare(text)
    import phonenumbers  # noqa: PLC0415 - loaded by the first number that is looked at
    from phonenumbers import NumberParseException, PhoneNumberFormat  # noqa: PLC0415

    if len(text) > _LONGEST_TYPED:
        return PhoneProblem.TOO_LONG
    parse_problems = {
        NumberParseException.INVALID_COUNTRY_CODE: PhoneProblem.UNKNOWN_COUNTRY,
        NumberParseException.TOO_SHORT_AFTER_IDD: PhoneProblem.TOO_SHORT,
        NumberParseException.TOO_SHORT_NSN: PhoneProblem.TOO_SHORT,
        NumberParseException.TOO_LONG: PhoneProblem.TOO_LONG,
    }
    length_problems = {
        phonenumbers.ValidationResult.TOO_SHORT: PhoneProblem.TOO_SHORT,
        phonenumbers.ValidationResult.TOO_LONG: PhoneProblem.TOO_LONG,
    }
    try:
        number = phonenumbers.parse(text, REGION)
    except NumberParseException as error:
        return parse_problems.get(error.error_type, PhoneProblem.NOT_A_NUMBER)
    if number.extension or any(c.isalpha() for c in text):
        return PhoneProblem.NOT_A_NUMBER  # «0547 CALL ME» would be read as digits
    problem = length_problems.get(phonenumbers.is_possible_number_with_reason(number))
    if problem is None and not phonenumbers.is_valid_number(number):
        problem = PhoneProblem.NO_SUCH_NUMBER
    return problem or phonenumbers.format_number(number, PhoneNumberFormat.E164)


def show_phone(text: str) -> str:
    """A stored number in readable form, ``+39 0547 123456``; other text is returned unchanged.

    Numbers from the company's files are stored as they came, valid or not.
    """
    import phonenumbers  # noqa: PLC0415
    from phonenumbers import NumberParseException, PhoneNumberFormat  # noqa: PLC0415

    try:
        number = phonenumbers.parse(text, REGION)
    except NumberParseException:
        return text
    if not phonenumbers.is_valid_number(number) or any(c.isalpha() for c in text):
        return text
    return phonenumbers.format_number(number, PhoneNumberFormat.INTERNATIONAL)


def read_email(text: str) -> str | EmailProblem:
    """An address that mail can be sent to, its domain in lower case and, where it must be, ASCII.

    A domain with non-ASCII letters becomes punycode (``xn--…``), as mail servers expect. Non-ASCII
    letters before the «@» stay: whether they work depends on the mail servers (SMTPUTF8).
    """
    from email_validator import EmailNotValidError, validate_email  # noqa: PLC0415

    address = bare(text).strip().removeprefix("mailto:")
    if "@" not in address:
        return EmailProblem.NO_AT
    if len(address.split()) > 1 or "," in address or ";" in address:
        return EmailProblem.NOT_ALONE
    try:
        found = validate_email(address, check_deliverability=False, strict=True)
    except EmailNotValidError:
        return EmailProblem.NOT_AN_ADDRESS
    return f"{found.local_part}@{found.ascii_domain}"
