"""Simulations of the deciding test on scores that are not normal. Slow: 10,000 experiments each.

`test_size` has normal scores at three levels; here are the shapes that measures have, at .05.

`pytest -m slow -s tests/significance/test_error_rates.py` prints every figure.
"""

import warnings

import numpy as np
import pytest

from maw.significance import crossed_many
from tests.significance.simulated import (
    DRAWS,
    StandardDeviations,
    TableMaker,
    Tables,
    blocks,
    monte_carlo_error,
    normal_tables,
    rejection_and_coverage,
)

pytestmark = pytest.mark.slow


LAYOUTS = [(Q, S) for Q in (43, 150, 400) for S in (4, 5, 10)]


# standard deviations of query, seed and error
MIXES = [
    (0.2, 0.0, 0.1),
    (0.2, 0.01, 0.1),
    (0.2, 0.03, 0.1),
    (0.1, 0.05, 0.2),
    (0.3, 0.005, 0.05),
    (0.0, 0.0, 0.2),
]


def skewed_tables(both: bool) -> TableMaker:
    """Return a maker of log-normal scores; against a fixed system the differences are skewed."""

    def make(generator: np.random.Generator, n: int, Q: int, S: int) -> Tables:
        difficulty = generator.normal(0, 0.5, (n, Q, 1))
        a, b = (
            np.exp(
                difficulty
                + generator.normal(0, 0.6, (n, Q, 1))
                + generator.normal(0, 0.05, (n, 1, S))
                + generator.normal(0, 0.3, (n, Q, S))
            )
            for _ in "ab"
        )
        if both:
            return a, b
        return a, np.exp(difficulty + (0.6**2 + 0.05**2 + 0.3**2) / 2)

    return make


def zero_inflated_tables(generator: np.random.Generator, n: int, Q: int, S: int) -> Tables:
    """Return scores that are 0 for seven of ten queries under every system, as MRR does."""
    answered = (generator.random((n, Q, 1)) < 0.3).astype(np.float64)
    a, b = (
        answered
        * np.clip(
            0.5
            + generator.normal(0, 0.2, (n, Q, 1))
            + generator.normal(0, 0.03, (n, 1, S))
            + generator.normal(0, 0.1, (n, Q, S)),
            0,
            1,
        )
        for _ in "ab"
    )
    return a, b


def binary_tables(generator: np.random.Generator, n: int, Q: int, S: int) -> Tables:
    """Return scores that are 0 or 1, as Success@K."""
    difficulty = generator.normal(0, 1, (n, Q, 1))
    a, b = (
        (
            difficulty
            + generator.normal(0, 0.5, (n, Q, 1))
            + generator.normal(0, 0.05, (n, 1, S))
            + generator.normal(0, 0.5, (n, Q, S))
            > 0
        ).astype(np.float64)
        for _ in "ab"
    )
    return a, b


@pytest.mark.parametrize(
    ("name", "make"),
    [
        ("skewed, both", skewed_tables(True)),
        ("skewed, one", skewed_tables(False)),
        ("zero-inflated", zero_inflated_tables),
        ("binary", binary_tables),
    ],
    ids=["skewed-both", "skewed-one", "zero-inflated", "binary"],
)
def test_scores_that_are_not_normal_are_reported(name: str, make: TableMaker) -> None:
    for Q, S in LAYOUTS:
        errs, covers = rejection_and_coverage(make, Q=Q, S=S, codes=np.arange(Q), seeds="shared")
        print(f"{name} {Q} {S}: {errs:.4f} {covers:.4f}")
        if errs > 0.065:
            text = f"{name} scores, Q {Q}, S {S}: false alarms in {errs:.2%} instead of 5 %"
            warnings.warn(text, stacklevel=1)
        assert errs < 0.10  # beyond, STATISTICS.md would have to say another thing


@pytest.mark.parametrize("sd", MIXES)
@pytest.mark.parametrize("Q", [43, 150, 400])
def test_two_halves_of_ten_seeds_differ_at_most_at_the_level(
    sd: StandardDeviations, Q: int
) -> None:
    codes, n_rejected = np.arange(Q), 0
    make = normal_tables(sd, both=False, codes=codes)
    for generator, n in blocks():
        table = make(generator, n, Q, 10)[0]
        pvalues = crossed_many(table[..., :5], table[..., 5:], codes).pvalue
        n_rejected += int(np.sum(pvalues < 0.05))
    print(f"halves {sd} {Q}: {n_rejected / DRAWS:.4f}")
    assert n_rejected / DRAWS <= 0.05 + 3 * monte_carlo_error(0.05)


def test_ignored_clusters_would_err_twice_as_often() -> None:
    # 40 clusters of 8 with correlation .3
    codes = np.arange(320) // 8
    make = normal_tables((0.2, 0.01, 0.1), both=True, codes=codes)
    kept = rejection_and_coverage(make, Q=320, S=5, codes=codes, seeds="shared")[0]
    ignored = rejection_and_coverage(make, Q=320, S=5, codes=np.arange(320), seeds="shared")[0]
    print(f"clusters kept {kept:.4f} ignored {ignored:.4f}")
    assert kept < 0.065
    assert ignored > 2 * kept
