"""Does the deciding test keep its level on the measures that decide nothing, and their family?

Under no effect, seeds as variable as estimated. All measures meet the same drawn queries, signs and
seeds, so that what they have in common stays, and the family that BH corrects is redrawn as one.
"""

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

from maw.significance.calibration import block_sizes, canonical
from maw.significance.clean import Array, Labels
from maw.significance.crossed_many import crossed_many
from maw.significance.family_tests import bh_rows
from maw.significance.randomisation import contrast_generator
from maw.significance.score_model import Redrawn, ScoreModel, redraw, score_model
from maw.significance.tally import COVERS, Key, Planned, Rate, Settings, Tally

BY_OTHER = "E2 by "  # and the measure
BH = "E2, BH over other measures"


def calibrate_measures(
    tables: Mapping[str, Mapping[str, npt.ArrayLike]],
    contrasts: Mapping[str, Sequence[Planned]],
    clusters: Labels | None = None,
    *,
    settings: Settings,
    linked: bool = False,
) -> tuple[Rate, ...]:
    """tables: measure -> system -> scores [Q, S]; contrasts: measure -> those tested by it.

    Test "E2 by <measure>": rejects, and covers; of each family BH: share of experiments in which it
    grants anything, which without any effect is the false discovery rate. ValueError as `crossed`.
    """
    flat = {f"{m}\n{s}": table for m, systems in tables.items() for s, table in systems.items()}
    ordered, codes = canonical(flat, clusters, linked=linked)
    names = {m: sorted(systems) for m, systems in tables.items()}
    models = {
        m: score_model([ordered[f"{m}\n{s}"] for s in systems], codes, linked=linked)
        for m, systems in names.items()
    }
    tally = Tally()
    for block, size in enumerate(block_sizes(settings.draws)):
        families: dict[str, list[Array]] = {}
        for measure in sorted(models):
            stream = contrast_generator(settings.seed, contrast=f"other measures, block {block}")
            drawn = redraw(models[measure], size, generator=stream, seeds="estimate")
            for planned in sorted(contrasts[measure], key=lambda one: one.name):
                sides = [names[measure].index(side) for side in (planned.a, planned.b)]
                p = _count(tally, drawn, models[measure], sides, measure, planned, settings)
                families.setdefault(planned.family, []).append(p)
        for family, pvalues in families.items():
            granted = bh_rows(np.stack(pvalues, axis=1)) < settings.alpha
            key = Key(family, BH, "rejects", 0.0, "estimate")
            tally.add(key, np.asarray(granted.any(axis=1)))
    return tally.rates()


def _count(
    tally: Tally,
    drawn: Redrawn,
    model: ScoreModel,
    sides: list[int],
    measure: str,
    planned: Planned,
    settings: Settings,
) -> Array:
    """Adds one contrast by one measure; its p [n]."""
    a, b = (drawn.tables[side] for side in sides)
    found = crossed_many(a, b, model.codes, linked=model.linked)
    test = BY_OTHER + measure
    inside = np.abs(found.mean) <= found.half_width(1 - settings.alpha)
    tally.add(Key(planned.name, test, COVERS, 0.0, "estimate"), np.asarray(inside))
    rejects = np.asarray(found.pvalue < settings.alpha)
    tally.add(Key(planned.name, test, "rejects", 0.0, "estimate"), rejects)
    return found.pvalue
