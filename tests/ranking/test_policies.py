"""How many depths a router uses, and how often it follows a rule, against values by hand."""

import numpy as np
import pytest

from maw.ranking.policies import effective_depths, policy_quantities, rule_quantities


def test_effective_depths_are_the_exponential_of_the_entropy() -> None:
    # by hand: shares 1/2, 1/4, 1/4 have an entropy of 1.5 bits, and 2^1.5 is 2.828
    assert effective_depths([2, 1, 1]) == pytest.approx(2**1.5)
    assert effective_depths([0, 7, 0]) == pytest.approx(1)
    assert effective_depths([3, 3, 3, 3]) == pytest.approx(4)


def test_certain_policies_of_different_texts_use_two_depths_without_entropy() -> None:
    certain = policy_quantities(np.array([[1.0, 0.0], [0.0, 1.0]]))
    assert certain == pytest.approx({"effective_depths": 2, "policy_entropy": 0})
    # by hand: two texts that are both undecided have ln 2 nats each
    undecided = policy_quantities(np.full((2, 2), 0.5))
    assert undecided == pytest.approx({"effective_depths": 2, "policy_entropy": np.log(2)})


def test_a_router_at_the_majority_of_the_rule_says_nothing_of_a_text() -> None:
    # by hand: the rule has depth 0 three times of four
    assert rule_quantities([0, 0, 0, 0], [0, 0, 0, 2]) == {
        "rule_accuracy": 0.75,
        "rule_majority": 0.75,
        "rule_accuracy_minus_majority": 0.0,
    }
    assert rule_quantities([0, 0, 0, 2], [0, 0, 0, 2])["rule_accuracy_minus_majority"] == 0.25
