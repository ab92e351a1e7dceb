"""How far an answer has come, whatever is typed meanwhile."""

from candidate_client.attempt import Attempt, valid
from candidate_client.view import Saved
from shared import crypto, ledger
from shared import records as r
from shared.ledger import Chain, Parsed, Point

CHAIN = Chain("attempt/m1/1001", crypto.new_key(), Point(1, 0, ledger.GENESIS))


def record(number: int, *letters: str) -> Parsed:
    """A durable answer."""
    return ledger.parse(r.append(CHAIN, r.Answered(letters), 1, number))


def written(attempt: Attempt) -> list[Parsed]:
    """Takes what has gathered and writes it."""
    made = []
    for number, letters, boot in attempt.take_unwritten():
        made.append(record(number, *letters))
        attempt.wrote(made[-1], letters, boot)
    return made


def test_an_answer_goes_from_typed_to_here_to_the_room() -> None:
    attempt = Attempt()
    attempt.type(1, ("A",), 10)
    assert (attempt.answers, attempt.saved, attempt.unsent) == ({1: ("A",)}, {}, 1)
    (one,) = written(attempt)
    assert attempt.saved == {1: Saved.HERE}
    assert attempt.settle(one, True) == (("A",), 10)
    assert (attempt.saved, attempt.unsent) == ({1: Saved.ROOM}, 0)


def test_only_the_newest_of_an_item_is_written() -> None:
    attempt = Attempt()
    for letter in "ABC":
        attempt.type(1, (letter,), 10)
    attempt.type(2, ("D",), 11)
    assert attempt.take_unwritten() == [(1, ("C",), 10), (2, ("D",), 11)]
    assert attempt.take_unwritten() == []


def test_an_old_acknowledgement_never_calls_a_newer_answer_saved() -> None:
    attempt = Attempt()
    attempt.type(1, ("A",), 10)
    (old,) = written(attempt)
    attempt.type(1, ("B",), 20)
    attempt.settle(old, True)
    assert attempt.saved == {}
    (new,) = written(attempt)
    assert attempt.settle(old, True) is None
    assert attempt.saved == {1: Saved.HERE}
    attempt.settle(new, True)
    assert attempt.saved == {1: Saved.ROOM}


def test_an_acknowledgement_says_nothing_of_an_answer_that_is_just_being_written() -> None:
    attempt = Attempt()
    attempt.type(1, ("A",), 10)
    (old,) = written(attempt)
    attempt.type(1, ("B",), 20)
    attempt.take_unwritten()  # its commit is under way
    attempt.settle(old, True)
    assert (attempt.answers, attempt.saved, attempt.unsent) == ({1: ("B",)}, {}, 1)


def test_held_is_shown_as_held() -> None:
    attempt = Attempt()
    attempt.type(1, ("A",), 10)
    (one,) = written(attempt)
    attempt.settle(one, False)
    assert (attempt.saved, attempt.unsent) == ({1: Saved.HELD}, 0)


def test_after_an_admission_what_the_room_lacks_is_here_and_typing_stays_on_top() -> None:
    attempt = Attempt()
    attempt.type(3, ("C",), 30)
    answers = {
        1: (("A",), Point(1, 9, b"1")),
        2: (("B",), Point(2, 3, b"2")),
        3: (("A",), Point(2, 2, b"3")),
        4: (("D",), Point(2, 4, b"4")),
    }
    attempt.restore(answers, Point(2, 3, b"2"), (), 40)
    assert attempt.answers == {1: ("A",), 2: ("B",), 3: ("C",), 4: ("D",)}
    assert attempt.saved == {1: Saved.ROOM, 2: Saved.ROOM, 4: Saved.HERE}


def test_what_the_room_holds_is_held_though_this_pc_forgot_it() -> None:
    attempt = Attempt()
    answers = {1: (("A",), Point(1, 2, b"1")), 2: (("B",), Point(2, 2, b"2")), 3: (("C",), Point(2, 4, b"3"))}
    attempt.restore(answers, Point(2, 5, b"5"), ((2, 3),), 40)
    assert attempt.saved == {1: Saved.ROOM, 2: Saved.HELD, 3: Saved.ROOM}


def test_what_is_held_of_an_earlier_epoch_is_still_held_in_the_next_one() -> None:
    attempt = Attempt()
    answers = {1: (("A",), Point(1, 2, b"1")), 2: (("B",), Point(1, 4, b"2"))}
    attempt.restore(answers, Point(1, 5, b"5"), ((2, 3),), 40)
    attempt.restore(answers, Point(2, 1, b"6"), (), 50)
    assert attempt.saved == {1: Saved.HELD, 2: Saved.ROOM}


def test_letters_are_sorted_and_must_belong_to_the_item() -> None:
    assert valid(("C", "A", "C"), "ABCD", many=True) == ("A", "C")
    assert valid((), "ABCD", many=False) == ()
    assert valid(("A", "B"), "ABCD", many=False) is None
    assert valid(("E",), "ABCD", many=True) is None
