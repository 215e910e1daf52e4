"""McNemar's test against Agresti and R."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from maw.significance import mcnemar, sign_test


def test_it_is_agrestis_example(reference: dict[str, Any]) -> None:
    # Agresti, Categorical Data Analysis: 86 and 150 of 1600 changed sides
    # R: mcnemar.test(matrix(c(794, 86, 150, 570), 2)); binom.test(86, 236)
    #    chi-squared 16.8177966102, p 4.11456228135e-05; p 3.71593613957e-05
    example = reference["agresti_mcnemar"]
    a = np.repeat([1, 1, 0, 0], [794, example["b"], example["c"], 570])
    b = np.repeat([1, 0, 1, 0], [794, example["b"], example["c"], 570])
    test = mcnemar(a, b)
    assert (test.both, test.only_a, test.only_b, test.neither) == (794, 86, 150, 570)
    assert test.pvalue == pytest.approx(3.71593613957e-05, rel=1e-11)
    assert test.chi2_corrected == pytest.approx(16.8177966102, abs=5e-11)
    assert test.pvalue_corrected == pytest.approx(4.11456228135e-05, rel=1e-11)
    assert test.pvalue == pytest.approx(example["exact_p"], abs=5e-12)


@given(st.lists(st.tuples(st.integers(0, 1), st.integers(0, 1)), min_size=2, max_size=40))
def test_it_is_the_sign_test_and_swapping_keeps_it(pairs: list[tuple[int, int]]) -> None:
    a, b = np.array(pairs).T
    original, swapped = mcnemar(a, b), mcnemar(b, a)
    assert original.pvalue == pytest.approx(sign_test(a - b).pvalue)
    assert (original.pvalue, original.pvalue_corrected) == (
        swapped.pvalue,
        swapped.pvalue_corrected,
    )
    assert (original.only_a, original.only_b) == (swapped.only_b, swapped.only_a)


def test_systems_that_never_disagree_have_p_one() -> None:
    test = mcnemar([1, 0, 1], [1, 0, 1])
    assert (test.pvalue, test.pvalue_corrected, test.chi2_corrected) == (1, 1, 0)


def test_a_score_is_no_hit() -> None:
    with pytest.raises(ValueError, match=r"b\[1\] is 0.5; give 1 for a hit, else 0"):
        mcnemar([1, 0], [1, 0.5])
    with pytest.raises(ValueError, match="a has 2 queries and b has 3"):
        mcnemar([1, 0], [1, 0, 1])
