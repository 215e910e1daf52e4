"""Calibration of the tests across datasets: E3's summary and the count k̂.

E3 asks whether a difference holds for new datasets; its summary is `random_effects`. k̂ is the
number of datasets on which a system is shown to be better (`replicability`). New experiments are
redrawn for each dataset by itself, and then all datasets are summarised together. For "E3" the true
differences of the datasets are N(0, τ̂²), so that datasets differ as much as estimated. A handful
of datasets says little about τ², so "E3, datasets alike" is counted, too: there the true difference
is 0 on every dataset. k̂ is counted only for such alike datasets: where no effect is added, it errs
if it finds a dataset on which the system is better.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import isnan, sqrt

import numpy as np
import numpy.typing as npt

from maw.significance.calibration import block_sizes, canonical
from maw.significance.clean import Array, Labels
from maw.significance.counting import deciding_tests
from maw.significance.crossed_many import Contrasts, Seeds
from maw.significance.distributions import t_sf
from maw.significance.random_effects import FEWEST_DATASETS, random_effects
from maw.significance.randomisation import contrast_generator
from maw.significance.replicability import replicability
from maw.significance.score_model import RedrawnScores, ScoreModel, redraw, score_model
from maw.significance.tally import (
    COVERS,
    REJECTS,
    CalibratedContrast,
    CalibrationSettings,
    Outcome,
    OutcomeCounts,
    OutcomeRate,
)

E3, E3_ALIKE, E3_FURTHER = "E3", "E3, datasets alike", "E3, one further dataset"
K_BONFERRONI, K_FISHER = "k̂, Bonferroni", "k̂, Fisher"
TESTS_ACROSS_DATASETS = (E3, E3_ALIKE, E3_FURTHER, K_BONFERRONI, K_FISHER)


@dataclass(frozen=True, slots=True, eq=False)
class DatasetScores:
    """The scores of system a and baseline b on one dataset, [Q, S] each.

    clusters [Q]: labels of the queries, or None. seeds: the form of the deciding test. labels: the
    seed label of each column of a and of b; None where column s of both is the same seed if both
    have equally many.
    """

    a: Array
    b: Array
    clusters: Labels | None = None
    seeds: Seeds = "shared"
    labels: tuple[Sequence[int], Sequence[int]] | None = None


@dataclass(frozen=True, slots=True, eq=False)
class _Estimates:
    """The estimates of one contrast in n redrawn experiments, on one dataset or on N datasets.

    mean: the mean difference; variance: its squared standard error; both are [n], or [N, n] for N
    datasets. pvalues [..., M, n]: one-sided p of "better" with each of M effects added. All are nan
    where the contrast is not estimable.
    """

    mean: Array
    variance: Array
    pvalues: Array


@dataclass(frozen=True, slots=True, eq=False)
class _TrueEffects:
    """The true differences of N datasets in n experiments, added to the redrawn differences.

    test: name of the test that is counted with them. further: true differences on a new dataset,
    which the prediction interval should contain.
    """

    test: str
    datasets: Array  # [N, n]
    further: Array  # [n]


def calibrate_across(
    contrasts: Mapping[str, Mapping[str, DatasetScores]], *, settings: CalibrationSettings
) -> tuple[OutcomeRate, ...]:
    """Return how often the outcomes of E3's summary and of k̂ occur in redrawn experiments.

    contrasts: name of the contrast -> dataset -> scores. The tests are TESTS_ACROSS_DATASETS.
    REJECTS is counted with each multiple of SESOI added on every dataset; k̂ rejects if it is above
    0. COVERS is counted without such an effect: for the interval of the mean difference and, as the
    test `E3_FURTHER`, for the prediction interval of a new dataset. E3 is counted with three
    datasets or more. The same seed gives the same rates, whatever the order of the datasets.
    """
    counts = OutcomeCounts()
    for name, datasets in contrasts.items():
        ordered = {dataset: datasets[dataset] for dataset in sorted(datasets)}
        estimates = _redrawn_estimates(ordered, name=name, settings=settings)
        for outcome, occurred in _k_outcomes(name, estimates, settings=settings):
            counts.add(outcome, occurred)
        if len(datasets) >= FEWEST_DATASETS:
            for effects in _true_effects(name, ordered, settings=settings):
                _count_e3(counts, name, estimates, effects=effects, settings=settings)
    return counts.rates()


def _modelled(scores: DatasetScores) -> tuple[ScoreModel, RedrawnScores]:
    """Return the score model of one dataset, and the user's scores as one experiment."""
    labels = None if scores.labels is None else dict(zip("ab", scores.labels, strict=True))
    tables, codes, columns = canonical(
        {"a": scores.a, "b": scores.b}, scores.clusters, labels=labels
    )
    model = score_model(tables, codes, labels=columns)
    return model, RedrawnScores((tables["a"][None], tables["b"][None]), np.zeros((1, 2)))


def _tested(model: ScoreModel, redrawn: RedrawnScores, *, seeds: Seeds) -> Contrasts:
    return deciding_tests(model, redrawn, CalibratedContrast("a", "b", seeds))


def _true_effects(
    name: str, datasets: Mapping[str, DatasetScores], *, settings: CalibrationSettings
) -> Iterator[_TrueEffects]:
    """Yield the true differences of alike datasets (all 0), then those that are N(0, τ̂²).

    τ̂² is estimated from the user's scores; where it is not estimable, it counts as 0.
    """
    observed = [_tested(*_modelled(scores), seeds=scores.seeds) for scores in datasets.values()]
    tau2 = random_effects(
        [float(test.mean[0]) for test in observed], [float(test.variance[0]) for test in observed]
    ).tau2
    stream = contrast_generator(settings.seed, contrast=f"{name}, across datasets")
    standard = stream.standard_normal((len(datasets) + 1, settings.draws))
    for test, spread in ((E3_ALIKE, 0.0), (E3, 0.0 if isnan(tau2) else sqrt(tau2))):
        effects = spread * standard
        yield _TrueEffects(test, datasets=effects[:-1], further=effects[-1])


def _redrawn_estimates(
    datasets: Mapping[str, DatasetScores], *, name: str, settings: CalibrationSettings
) -> _Estimates:
    """Return the estimates [N, n] of a contrast on each dataset, redrawn without any effect.

    name: of the contrast; each dataset has random numbers of its own.
    """
    rows = [
        _redrawn_contrasts(scores, name=f"{name} on {dataset}", settings=settings)
        for dataset, scores in datasets.items()
    ]
    fields = ("mean", "variance", "pvalues")
    return _Estimates(*(np.stack([getattr(row, field) for row in rows]) for field in fields))


def _redrawn_contrasts(
    scores: DatasetScores, *, name: str, settings: CalibrationSettings
) -> _Estimates:
    """Return the estimates [n] of a contrast in n redrawn experiments of one dataset."""
    model, _ = _modelled(scores)
    means, variances, pvalues = [], [], []
    for block, size in enumerate(block_sizes(settings.draws)):
        stream = contrast_generator(settings.seed, contrast=f"{name}, block {block}")
        redrawn = redraw(model, size, generator=stream, seed_level="estimate")
        test = _tested(model, redrawn, seeds=scores.seeds)
        means.append(np.where(test.estimable, test.mean, np.nan))
        variances.append(test.variance)
        halves = [test.pvalue_at(-effect) / 2 for effect in settings.effects.values()]
        above = [test.mean + effect > 0 for effect in settings.effects.values()]
        pvalues.append(np.where(above, halves, 1 - np.stack(halves)))
    return _Estimates(
        np.concatenate(means), np.concatenate(variances), np.concatenate(pvalues, axis=-1)
    )


def _k_outcomes(
    name: str, estimates: _Estimates, *, settings: CalibrationSettings
) -> Iterator[tuple[Outcome, npt.NDArray[np.bool_]]]:
    """Yield in which experiments the system counts as better on at least one dataset (k̂ > 0).

    An item is an outcome and whether it occurred, [at most n]. There is one for each added effect
    (a multiple of SESOI) and each method (Bonferroni, Fisher). Experiments without a dataset on
    which the contrast is estimable are left out.
    """
    for i, multiple in enumerate(settings.effects):
        p = estimates.pvalues[:, i]
        counts = [
            replicability(column[np.isfinite(column)], alpha=settings.alpha)
            for column in p.T
            if np.isfinite(column).any()
        ]
        for test, k in (
            (K_BONFERRONI, [count.k_bonferroni for count in counts]),
            (K_FISHER, [count.k_fisher for count in counts]),
        ):
            yield Outcome(name, test, REJECTS, multiple, "estimate"), np.array(k) > 0


def _count_e3(
    counts: OutcomeCounts,
    name: str,
    estimates: _Estimates,
    *,
    effects: _TrueEffects,
    settings: CalibrationSettings,
) -> None:
    """Count the outcomes of the random-effects summary in each experiment.

    Datasets on which the contrast is not estimable are left out, as in the report; an experiment
    whose summary is not estimable, e.g. with fewer than three datasets left, is not counted. An
    effect that all datasets share moves only the mean, so one summary serves every multiple of
    SESOI.
    """
    level, test = 1 - settings.alpha, effects.test
    differences = estimates.mean + effects.datasets
    rows = zip(differences.T, estimates.variance.T, effects.further, strict=True)
    for y, v, further in rows:
        estimable = np.isfinite(y)
        summary = random_effects(y[estimable], v[estimable])
        if isnan(summary.mean):
            continue
        for multiple, effect in settings.effects.items():
            p = 2 * t_sf(abs(summary.mean + effect) / summary.standard_error, summary.df)
            outcome = Outcome(name, test, REJECTS, multiple, "estimate")
            counts.add(outcome, np.array([p < settings.alpha]))
        low, high = summary.confidence_interval(level)
        counts.add(Outcome(name, test, COVERS, 0.0, "estimate"), np.array([low <= 0 <= high]))
        if test == E3:
            low, high = summary.prediction_interval(level)
            outcome = Outcome(name, E3_FURTHER, COVERS, 0.0, "estimate")
            counts.add(outcome, np.array([low <= further <= high]))
