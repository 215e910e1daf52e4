"""Do E3's summary and k̂ keep what they promise? Each dataset redrawn by itself, then all together.

"E3": datasets differ about a mean of 0, N(0, τ̂²), as much as the user's own are estimated to; of a
handful τ̂² is hardly known, so "E3, datasets alike" counts the same where none has any difference.
There k̂ is counted too: it errs where it finds a dataset on which the system is better.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from math import isnan, sqrt

import numpy as np
import numpy.typing as npt
from scipy import stats

from maw.significance.calibration import block_sizes, canonical
from maw.significance.clean import Array, Labels, cluster_codes
from maw.significance.crossed_many import Contrasts, crossed_many
from maw.significance.random_effects import FEWEST_DATASETS, random_effects
from maw.significance.randomisation import contrast_generator
from maw.significance.replicability import replicability
from maw.significance.score_model import redraw, score_model
from maw.significance.tally import COVERS, Key, Rate, Settings, Tally

SUMMARY, ALIKE, FURTHER = "E3", "E3, datasets alike", "E3, one further dataset"
COUNT, COUNT_INDEPENDENT = "k̂, Bonferroni", "k̂, Fisher"
ACROSS = (SUMMARY, ALIKE, FURTHER, COUNT, COUNT_INDEPENDENT)


@dataclass(frozen=True, slots=True, eq=False)
class OnDataset:
    """Both systems' scores [Q, S] on one dataset, its clusters [Q], whether seeds are linked."""

    a: Array
    b: Array
    clusters: Labels | None = None
    linked: bool = False


def calibrate_across(
    contrasts: Mapping[str, Mapping[str, OnDataset]], *, settings: Settings
) -> tuple[Rate, ...]:
    """contrasts: name -> dataset -> scores. The same seed gives the same rates in any order.

    Tests of ACROSS: rejects, at multiples of SESOI on every dataset; covers the mean, or the
    difference of one further dataset. E3 needs three datasets. k̂ rejects where it counts any.
    """
    tally = Tally()
    for name, datasets in contrasts.items():
        ordered = {dataset: datasets[dataset] for dataset in sorted(datasets)}
        drawn = [
            _experiments(one, name=f"{name} on {dataset}", settings=settings)
            for dataset, one in ordered.items()
        ]
        means, variances, dfs = map(np.stack, zip(*drawn, strict=True))  # [N, n]
        usable = np.isfinite(dfs)  # what is not estimable is left out, as on the page
        for key, passed in _counted(name, means, variances, dfs, settings=settings):
            tally.add(key, passed)
        if len(datasets) >= FEWEST_DATASETS:
            found = [_estimated(one) for one in ordered.values()]
            tau2 = random_effects([f.mean for f in found], [f.variance for f in found]).tau2
            stream = contrast_generator(settings.seed, contrast=f"{name}, across datasets")
            further = stream.standard_normal((len(means) + 1, means.shape[1]))
            for test, spread in ((ALIKE, 0.0), (SUMMARY, 0.0 if isnan(tau2) else sqrt(tau2))):
                true = spread * further
                effects = np.where(usable, means + true[:-1], np.nan)
                _summarise(tally, (name, test), effects, variances, true[-1], settings)
    return tally.rates()


def _estimated(one: OnDataset) -> Contrasts:
    codes = cluster_codes(one.clusters, n_queries=len(one.a))
    return crossed_many(one.a, one.b, codes, linked=one.linked)


def _experiments(one: OnDataset, *, name: str, settings: Settings) -> tuple[Array, Array, Array]:
    """Mean, V and df [n] of each redrawn experiment on one dataset, without any effect."""
    tables, codes = canonical({"a": one.a, "b": one.b}, one.clusters, linked=one.linked)
    model = score_model(list(tables.values()), codes, linked=one.linked)
    found = []
    for block, size in enumerate(block_sizes(settings.draws)):
        stream = contrast_generator(settings.seed, contrast=f"{name}, block {block}")
        drawn = redraw(model, size, generator=stream, seeds="estimate")
        a, b = drawn.tables
        found.append(crossed_many(a, b, codes, linked=one.linked))
    parts = ([getattr(block, part) for block in found] for part in ("mean", "variance", "df"))
    mean, variance, df = map(np.concatenate, parts)
    return mean, variance, df


def _counted(
    name: str, means: Array, variances: Array, dfs: Array, *, settings: Settings
) -> Iterator[tuple[Key, npt.NDArray[np.bool_]]]:
    """Whether k̂ counts any dataset."""
    for multiple, effect in settings.effects.items():
        moved = means + effect
        sure = np.where(moved == 0, 0.0, np.copysign(np.inf, moved))  # where V = 0
        statistic = np.divide(moved, np.sqrt(variances), out=sure, where=variances > 0)
        p = np.asarray(stats.t.sf(statistic, dfs), dtype=np.float64)
        counts = [
            replicability(column[np.isfinite(column)], alpha=settings.alpha)
            for column in p.T
            if np.isfinite(column).any()
        ]
        for test, found in (
            (COUNT, [one.k_bonferroni for one in counts]),
            (COUNT_INDEPENDENT, [one.k_fisher for one in counts]),
        ):
            yield Key(name, test, "rejects", multiple, "estimate"), np.array(found) > 0


def _summarise(
    tally: Tally,
    about: tuple[str, str],
    effects: Array,
    variances: Array,
    further: Array,
    settings: Settings,
) -> None:
    """effects, variances [N, n]: of each experiment, nan where not estimable; further [n]: true on
    one dataset more.

    A difference that all datasets share moves the mean and nothing else.
    """
    name, test = about
    level = 1 - settings.alpha
    for y, v, other in zip(effects.T, variances.T, further, strict=True):
        kept = np.isfinite(y)
        found = random_effects(y[kept], v[kept])
        if isnan(found.mean):
            continue
        for multiple, effect in settings.effects.items():
            p = 2 * stats.t.sf(abs(found.mean + effect) / found.standard_error, found.df)
            key = Key(name, test, "rejects", multiple, "estimate")
            tally.add(key, np.array([p < settings.alpha]))
        low, high = found.confidence_interval(level)
        tally.add(Key(name, test, COVERS, 0.0, "estimate"), np.array([low <= 0 <= high]))
        if test == SUMMARY:
            low, high = found.prediction_interval(level)
            inside = np.array([low <= other <= high])
            tally.add(Key(name, FURTHER, COVERS, 0.0, "estimate"), inside)
