"""What customers write is understood: the corpus, and what must hold for whatever is written."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conversations.understanding import Intent, Meaning, understand
from conversations.understanding.meanings import rules
from conversations.understanding.vocabulary import FILLER, LANGUAGES, OFF, vocabulary
from storage.rules.numbers import read_count
from tests.understanding.corpus import Example, examples, measure

CORPUS = examples()
ZERO_WIDTH = "\u200b"


def test_the_corpus_is_understood() -> None:
    share = measure(CORPUS)
    assert share.examples >= 400
    assert sum(example.intent is None for example in CORPUS) >= 100
    assert share.right >= 0.95, [example.text for example, _ in share.missed]
    assert share.wrong <= 0.01, [(example.text, found.intent) for example, found in share.missed]


@pytest.mark.parametrize("intent", [intent for intent in Intent if intent is not Intent.GAS_SMELL])
def test_every_meaning_stands_in_the_corpus(intent: Intent) -> None:
    assert any(example.intent is intent for example in CORPUS)


def test_every_smell_of_gas_is_recognised_and_nothing_else_is_taken_for_one() -> None:
    for example in CORPUS:
        smells = understand(example.text).intent is Intent.GAS_SMELL
        assert smells == (example.intent is Intent.GAS_SMELL), example.text


@pytest.mark.parametrize(
    "text",
    ["bolletta del gas", "odore di bolletta", "ho perso la bolletta del gas", "lettura gas",
     "quando esce la bolletta del gas", "il gas costa troppo", "perdita d'acqua in bagno"],
)  # fmt: skip
def test_gas_without_a_smell_is_no_emergency(text: str) -> None:
    assert understand(text).intent is not Intent.GAS_SMELL


def _meant_the_same(example: Example, text: str) -> bool:
    return example.is_right(understand(text)) or not example.is_right(understand(example.text))


def test_capitals_accents_and_what_cannot_be_seen_change_nothing() -> None:
    words = [example for example in CORPUS if not example.numbers and "http" not in example.text]
    for example in words:
        assert _meant_the_same(example, example.text.upper()), example.text.upper()
        hidden = ZERO_WIDTH.join(example.text) + "\ufeff"
        assert _meant_the_same(example, hidden), example.text
        assert _meant_the_same(example, f"  {example.text}  \n"), example.text


def test_emoji_beside_words_change_nothing() -> None:
    for example in CORPUS:
        if example.intent is not None and example.text[0].isalpha():
            assert _meant_the_same(example, f"😊 {example.text} 🏠"), example.text


@pytest.mark.parametrize("typed", ["bolettta", "autoletura", "atuolettura", "reclmao", "dissdetta"])
def test_typing_errors_are_mended(typed: str) -> None:
    assert understand(typed).intent is not None


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("buongiorno la lettura e 99998", ("99998",)),
        ("m3 45.000", ("45.000",)),
        ("contatore 12449", ("12449",)),
        ("45000.", ("45000",)),
        ("lettura 45000 e correttore 91000", ("45000", "91000")),
        ("la lettura è 45\u00a0000", ("45 000",)),
        ("lettura 45\u2019000", ("45'000",)),
    ],
)
def test_a_reading_is_found_in_a_sentence(text: str, numbers: tuple[str, ...]) -> None:
    meaning = understand(text)
    assert (meaning.intent, meaning.numbers) == (Intent.READING, numbers)
    assert meaning.number == (numbers[0] if len(numbers) == 1 else None)


def test_two_numbers_that_are_named_are_told_apart() -> None:
    first = understand("lettura 45000 e correttore 91000")
    assert (first.meter, first.corrector) == ("45000", "91000")
    turned = understand("correttore 91.000, contatore 45.000")
    assert (turned.meter, turned.corrector) == ("45.000", "91.000")


def test_a_comma_stays_a_decimal() -> None:
    assert understand("lettura 45,000").numbers == ("45,000",)
    assert understand("lettura 45,5").numbers == ("45,5",)


@given(st.integers(0, 10**9 - 1))
def test_any_count_in_a_sentence_is_read_as_by_itself(value: int) -> None:
    for shown in (str(value), f"{value:,}".replace(",", "."), f"{value:,}".replace(",", " ")):
        number = understand(f"la lettura è {shown}").number
        assert number is not None
        assert read_count(number, 9) == value


@pytest.mark.parametrize(
    "text",
    ["+39 333 1234567", "3331234567", "0571 123456", "12/11/2026", "12345678901234", "15 euro",
     "ho 82 anni", "via Roma 12", "ore 15.30", "IT60X0542811101000000123456"],
)  # fmt: skip
def test_other_numbers_are_no_readings(text: str) -> None:
    assert understand(text).intent is not Intent.READING


def test_the_subject_of_the_mail_holds_its_code() -> None:
    assert understand("337420 è il codice di Energia & Luce S.r.l.").code == "337420"
    assert understand("012345 is the code of Energia & Luce S.r.l.").code == "012345"


def test_words_of_an_address_are_given_back() -> None:
    assert "carducci" in understand("via Carducci 12 lettura 5567").words


@given(st.text(max_size=300))
def test_nothing_that_is_written_fails(text: str) -> None:
    assert isinstance(understand(text), Meaning)


@given(st.lists(st.sampled_from([example.text for example in CORPUS]), max_size=4))
def test_no_sentences_together_fail(texts: list[str]) -> None:
    assert isinstance(understand(". ".join(texts)), Meaning)


def test_the_table_of_meanings_names_ideas_that_some_vocabulary_has() -> None:
    named = {FILLER, OFF}
    for language in LANGUAGES:
        words = vocabulary(language)
        named |= {idea for ideas in words.ideas.values() for idea in ideas}
        named |= {name for listed in words.phrases.values() for name, _ in listed}
    for rule in rules():
        assert rule.needed | rule.forbidden | rule.welcome <= named, rule


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_word_stands_both_in_the_vocabulary_and_among_those_that_only_look_like_it(
    language: str,
) -> None:
    words = vocabulary(language)
    assert not words.near & set(words.ideas)
