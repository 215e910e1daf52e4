"""Calibration of the deciding test on all measures but the primary one, and of BH over them.

BH is Benjamini & Hochberg's correction. Experiments are redrawn without any effect, with the seed
variance as estimated. All measures share the redrawn queries, and those with the same systems also
the random signs and seed effects, so that the tests of a family (those that BH corrects together)
keep their dependence.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from maw.significance.calibration import block_sizes, canonical
from maw.significance.clean import Array, Labels
from maw.significance.counting import deciding_tests
from maw.significance.family_tests import bh_rows
from maw.significance.randomisation import contrast_generator
from maw.significance.score_model import RedrawnScores, ScoreModel, redraw, score_model
from maw.significance.seed_labels import SeedLabels
from maw.significance.tally import (
    COVERS,
    REJECTS,
    CalibratedContrast,
    CalibrationSettings,
    Outcome,
    OutcomeCounts,
    OutcomeRate,
)

BY_MEASURE = "E2 by "  # prefix of a test's name, before the name of the measure
BH = "E2, BH over other measures"


@dataclass(frozen=True, slots=True, eq=False)
class _Measure:
    """One measure, the model from which its scores are redrawn, and its contrasts."""

    name: str
    model: ScoreModel
    contrasts: list[CalibratedContrast]


def calibrate_measures(
    tables: Mapping[str, Mapping[str, npt.ArrayLike]],
    contrasts: Mapping[str, Sequence[CalibratedContrast]],
    clusters: Labels | None = None,
    *,
    settings: CalibrationSettings,
    labels: SeedLabels | None = None,
) -> tuple[OutcomeRate, ...]:
    """Return the rates of the deciding test by each measure, and of BH over all these measures.

    tables: measure -> system -> scores [Q, S]; contrasts: measure -> contrasts to test by it;
    labels: system -> seed label of each column. The outcomes of the test "E2 by <measure>" are
    REJECTS and COVERS. For each family, the outcome of the test `BH` is that it rejects anything:
    without any effect, its rate is the false discovery rate. ValueError as in `score_model`.
    """
    measures = _measures(tables, contrasts, clusters, labels=labels)
    counts = OutcomeCounts()
    for block, size in enumerate(block_sizes(settings.draws)):
        families: dict[str, list[Array]] = {}  # p [n] of each test
        for measure in measures:
            # each measure starts the same stream again, and so redraws the same queries
            stream = contrast_generator(settings.seed, contrast=f"other measures, block {block}")
            scores = redraw(measure.model, size, generator=stream, seed_level="estimate")
            for contrast in measure.contrasts:
                p = _count(counts, scores, measure=measure, contrast=contrast, settings=settings)
                families.setdefault(contrast.family, []).append(p)
        for family, pvalues in families.items():
            rejects = bh_rows(np.stack(pvalues, axis=1)) < settings.alpha
            outcome = Outcome(family, BH, REJECTS, 0.0, "estimate")
            counts.add(outcome, np.asarray(rejects.any(axis=1)))
    return counts.rates()


def _measures(
    tables: Mapping[str, Mapping[str, npt.ArrayLike]],
    contrasts: Mapping[str, Sequence[CalibratedContrast]],
    clusters: Labels | None,
    *,
    labels: SeedLabels | None,
) -> list[_Measure]:
    """Return the measures sorted by name; all have the same order of queries."""
    flat = {f"{m}\n{s}": table for m, systems in tables.items() for s, table in systems.items()}
    of_flat = None if labels is None else {name: labels[name.partition("\n")[2]] for name in flat}
    ordered, codes, columns = canonical(flat, clusters, labels=of_flat)
    measures = []
    for name in sorted(tables):
        flat_names = {system: f"{name}\n{system}" for system in sorted(tables[name])}
        model = score_model(
            {system: ordered[flat_name] for system, flat_name in flat_names.items()},
            codes,
            labels={system: columns[flat_name] for system, flat_name in flat_names.items()},
        )
        in_order = sorted(contrasts[name], key=lambda contrast: contrast.name)
        measures.append(_Measure(name, model, in_order))
    return measures


def _count(
    counts: OutcomeCounts,
    scores: RedrawnScores,
    *,
    measure: _Measure,
    contrast: CalibratedContrast,
    settings: CalibrationSettings,
) -> Array:
    """Count the outcomes of one contrast by one measure, and return its p [n]."""
    test = deciding_tests(measure.model, scores, contrast, measure_range=settings.measure_range)
    name = BY_MEASURE + measure.name
    rejects = np.asarray(test.pvalue < settings.alpha)
    counts.add(Outcome(contrast.name, name, REJECTS, 0.0, "estimate"), rejects)
    counts.add(Outcome(contrast.name, name, COVERS, 0.0, "estimate"), ~rejects)
    return test.pvalue
