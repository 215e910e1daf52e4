"""The deciding test alone is the one that a contrast's row shows."""

import numpy as np
import pytest

from maw.settings.plan import PlannedContrast
from maw.verdicts.contrasts import measure_contrast
from maw.verdicts.deciding import deciding_contrast, range_of
from maw.verdicts.score_table import ScoredSystem, ScoreTable
from maw.verdicts.seed_forms import pair_seeds


def system(name: str, *, n_seeds: int, trained: bool, constant: bool = False) -> ScoredSystem:
    values = np.random.default_rng(len(name)).uniform(size=(12, n_seeds))
    values = np.ones_like(values) if constant else values
    queries = tuple(f"q{n:02}" for n in range(12))
    return ScoredSystem(name, trained, ScoreTable(values, queries, tuple(range(n_seeds))))


@pytest.mark.parametrize(
    ("n_seeds", "trained", "has_number", "decides"),
    [
        (1, False, True, True),
        (1, True, False, False),
        (2, True, True, False),
        (4, True, True, True),
    ],
)
def test_it_is_that_of_the_row(
    n_seeds: int, trained: bool, has_number: bool, decides: bool
) -> None:
    a = system("new", n_seeds=n_seeds, trained=trained)
    b = system("older", n_seeds=1, trained=False)
    planned = PlannedContrast(system="new", baseline="older", seeds="independent")
    alone = deciding_contrast(pair_seeds(planned, a, b, labels=None), labels=None)
    row = measure_contrast(planned, a, b, dataset="toy", measure="nDCG@10", labels=None)
    assert (alone.mean, alone.pvalue) == (row.columns["difference"], row.columns["p"])
    assert (alone.has_number, alone.decides) == (has_number, decides)
    assert row.contrast.decides == decides


def test_a_constant_measure_has_no_number() -> None:
    a, b = (system(name, n_seeds=1, trained=False, constant=True) for name in ("new", "older"))
    planned = PlannedContrast(system="new", baseline="older", seeds="independent")
    assert not deciding_contrast(pair_seeds(planned, a, b, labels=None), labels=None).has_number


def test_the_range_is_that_of_the_measure_or_of_wider_scores() -> None:
    assert range_of([np.array([0.2, 0.4])]) == 1
    assert range_of([np.array([0.0, 40.0]), np.array([-1.0, 2.0])]) == 41
