"""Error rates from sufficient statistics are those of whole tables of normal scores."""

from typing import Any

import numpy as np
import pytest

from maw.significance import crossed_many
from maw.significance.crossed_many import Seeds
from maw.significance.normal_sizes import normal_rejections
from maw.significance.score_model import SEED_LEVELS, ScoreModel, covariance_root, score_model
from tests.significance.simulated import Array, simulated_scores

UNEQUAL = np.repeat(np.arange(12), [1, 1, 1, 2, 2, 3, 3, 4, 4, 6, 6, 7])
LEVEL = 0.1


def model_of(clusters: Any, *, S: tuple[int, int], labels: Any = None) -> ScoreModel:
    generator = np.random.default_rng(3)
    common = simulated_scores(generator, Q=40, S=6, sd=(0.1, 0.02, 0.1))
    tables = {
        name: common[:, :n] + simulated_scores(generator, Q=40, S=n, sd=(0.05, 0.01, 0.05))
        for name, n in zip("ab", S, strict=True)
    }
    return score_model(tables, clusters, labels=labels)


def normal_tables(model: ScoreModel, *, n: int, generator: np.random.Generator) -> list[Array]:
    """Return whole tables [n, Q, S] of normal effects with the model's variances."""
    Q, L = len(model.codes), model.n_labels

    def normal(covariance: Array, *shape: int) -> Array:
        return np.asarray(generator.standard_normal((*shape, 2)) @ covariance_root(covariance))

    queries = normal(model.query_effects.T @ model.query_effects / Q, n, Q)
    if model.cluster_effects is not None:
        C = len(model.cluster_effects)
        effects = normal(model.cluster_effects.T @ model.cluster_effects / C, n, C)
        queries += effects[:, model.codes]
    seeds = normal(model.seed_covariance["upper"], n, L)
    errors = normal(model.error_covariance, n, Q, L)
    tables = []
    for x, columns in enumerate(model.columns):
        table = queries[..., x, None]
        if model.residuals[x] is not None:
            table = table + seeds[:, None, columns, x] + errors[:, :, columns, x]
        tables.append(table)
    return tables


@pytest.mark.parametrize(
    ("seeds", "clusters", "S", "labels"),
    [
        ("shared", None, (4, 4), None),
        ("shared", UNEQUAL, (4, 4), None),
        ("independent", None, (4, 4), None),
        ("independent", UNEQUAL, (3, 4), {"a": (1, 2, 3), "b": (2, 3, 4, 5)}),
        ("shared", np.arange(40) // 4, (4, 1), None),
        ("independent", None, (1, 1), None),
    ],
)
def test_the_rate_is_that_of_whole_tables(
    seeds: Seeds, clusters: Any, S: tuple[int, int], labels: Any
) -> None:
    model = model_of(clusters, S=S, labels=labels)
    generator = np.random.default_rng(5)
    rates = {
        seed_level: float(rejects.mean())
        for seed_level, rejects in normal_rejections(
            model, 0, 1, seeds=seeds, level=LEVEL, n=30_000, generator=generator
        )
    }
    assert set(rates) == set(SEED_LEVELS)
    a, b = normal_tables(model, n=1_500, generator=generator)
    expected = np.mean(crossed_many(a, b, model.codes, seeds=seeds).pvalue < LEVEL)
    error = np.sqrt(LEVEL * (1 - LEVEL) * (1 / 3_000 + 1 / 1_500))
    assert rates["upper"] == pytest.approx(expected, abs=4 * error)


def test_a_shared_contrast_takes_the_labels_that_both_systems_have() -> None:
    partly = model_of(None, S=(5, 4), labels={"a": (1, 2, 3, 4, 5), "b": (2, 3, 4, 9)})
    generator = np.random.default_rng(6)
    a, b = normal_tables(partly, n=1_500, generator=generator)
    test = crossed_many(a[..., 1:4], b[..., :3], partly.codes, seeds="shared")
    expected = float(np.mean(test.pvalue < LEVEL))
    rates = dict(
        normal_rejections(partly, 0, 1, seeds="shared", level=LEVEL, n=6_000, generator=generator)
    )
    assert rates["upper"].mean() == pytest.approx(expected, abs=0.035)
