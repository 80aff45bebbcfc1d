"""Every section that ``make bench`` measures has its place on the page of figures."""

from benchmarks.__main__ import SECTIONS
from benchmarks.figures import Figure
from benchmarks.page import PERFORMANCE


def test_every_section_has_its_marks_on_the_page() -> None:
    page = PERFORMANCE.read_text(encoding="utf-8")
    marks = [f"<!-- {each.name}: {end} -->" for each in SECTIONS for end in ("begin", "end")]
    assert [mark for mark in marks if page.count(mark) != 1] == []


def test_a_ratio_is_taken_within_each_round() -> None:
    ours, plain = Figure((20.0, 30.0, 10.0)), Figure((10.0, 10.0, 10.0))
    assert ours.over(plain).rounds == (2.0, 3.0, 1.0)
    assert ours.over(plain).shown(2) == "2.00 (1.00–3.00)"
