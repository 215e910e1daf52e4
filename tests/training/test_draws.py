"""A step's digest tells what was drawn up to it, by ids and in order."""

from hashlib import sha256

from maw.training.draws import DIGITS, FIRST, rolled, shared_steps

STEPS = [(("q1", "d1", "d7"), ("q2", "d2", "d8")), (("q3", "d3", "d9"),)]


def test_a_digest_is_the_start_of_the_hash_of_what_is_written_here() -> None:
    first = rolled(FIRST, STEPS[0])
    assert first == sha256(b'["",[["q1","d1","d7"],["q2","d2","d8"]]]').hexdigest()[:DIGITS]
    assert (
        rolled(first, STEPS[1])
        == (sha256(f'["{first}",[["q3","d3","d9"]]]'.encode()).hexdigest()[:DIGITS])
    )


def test_a_digest_depends_on_the_steps_before_and_on_which_query_got_which_document() -> None:
    assert rolled(FIRST, STEPS[1]) != rolled(rolled(FIRST, STEPS[0]), STEPS[1])
    assert rolled(FIRST, (("q1", "d1"), ("q2", "d2"))) != rolled(FIRST, (("q1", "d1", "q2", "d2"),))
    assert rolled(FIRST, (("q1", "d1", "d2"),)) != rolled(FIRST, (("q1", "d2", "d1"),))


def test_the_shared_steps_are_those_before_the_first_that_differs() -> None:
    assert shared_steps(["a", "b", "c"], ["a", "b", "c"]) == 3
    assert shared_steps(["a", "b"], ["a", "b", "c", "d"]) == 2
    assert shared_steps(["a", "b", "c"], ["a", "x", "c"]) == 1
    assert shared_steps(["a"], ["b"]) == shared_steps([], ["a"]) == 0
