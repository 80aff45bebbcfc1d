"""The architecture page shows the code as it is."""

from tests.architecture.picture import (
    PAGE,
    _without_what_follows,
    about,
    drawn,
    page_with,
    rooms_and_arrows,
)


def test_the_picture_is_of_this_code() -> None:
    assert PAGE.read_text(encoding="utf-8") == page_with(drawn()), "run `make picture`"


def test_an_arrow_that_follows_from_others_is_left_out() -> None:
    arrows = {"a": {"b", "c"}, "b": {"c"}, "c": set[str]()}
    assert _without_what_follows(arrows) == {"a": {"b"}, "b": {"c"}, "c": set()}


def test_two_that_import_each_other_keep_their_arrows() -> None:
    arrows = {"a": {"b"}, "b": {"a"}}
    assert _without_what_follows(arrows) == arrows


def test_every_room_says_what_it_is() -> None:
    rooms, _ = rooms_and_arrows()
    assert [room for names in rooms.values() for room in names if not about(room)] == []
