"""Mutual information against a textbook's value, and what chance alone shows, by hand."""

import numpy as np
import pytest

from maw.verdicts.information import Information, information, mutual_information, quarters

# Cover & Thomas 2006, example 2.2.1: a joint distribution in 32nds; I(X; Y) is 3/8 bit
JOINT = np.array([[4, 2, 1, 1], [2, 4, 1, 1], [2, 2, 2, 2], [8, 0, 0, 0]])


def test_mutual_information_is_that_of_the_textbook() -> None:
    first, second = (np.repeat(codes.ravel(), JOINT.ravel()) for codes in np.indices(JOINT.shape))
    assert mutual_information(first, [second]) == pytest.approx([3 / 8])
    assert mutual_information(second, [first]) == pytest.approx([3 / 8])


def test_two_of_four_texts_have_a_third_of_a_bit_by_chance() -> None:
    # by hand: of the six ways to give two texts one value, two agree with the choice, 1 bit, and
    # the other four show 0 bits
    bits = information(np.array([0, 0, 1, 1]), ["a", "a", "b", "b"], permutations=2000)
    assert bits.value == pytest.approx(1)
    assert bits.by_chance == pytest.approx(1 / 3, abs=0.04)  # its standard error is .011


def test_the_choices_of_a_text_stay_together_when_texts_are_shuffled() -> None:
    # by hand: two texts with two pairs each; swapped or not, the text tells the choice
    bits = information(np.array([0, 0, 1, 1]), ["a", "b"], owner=np.array([0, 0, 1, 1]))
    assert (bits.value, bits.by_chance) == pytest.approx((1, 1))


def test_a_router_that_chooses_one_depth_says_nothing() -> None:
    assert information(np.array([2, 2, 2]), [1, 2, 3]) == Information(0, 0)


def test_the_same_seed_shuffles_alike() -> None:
    chosen, values = np.arange(20) % 3, np.arange(20) % 4
    assert information(chosen, values, seed=5) == information(chosen, values, seed=5)
    assert information(chosen, values, seed=5) != information(chosen, values, seed=6)


def test_quarters_hold_equal_numbers_together() -> None:
    # by hand: the quartiles of 1 to 8 are 2.75, 4.5 and 6.25
    assert quarters([8, 1, 2, 3, 4, 5, 6, 7]).tolist() == [3, 0, 0, 1, 1, 2, 2, 3]
    assert quarters([5, 5, 5]).tolist() == [0, 0, 0]
