"""Do the runs of two systems share their draws? The rule for runs that come without a plan.

Runs of a suite draw the same batches at the same seed, and then their errors (query × seed)
correlate; where such seeds were taken as independent, false alarms were measured in 10 to 14 %
instead of 5 %.
"""

from math import nan, sqrt
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from maw.significance.clean import Array, Labels, cluster_codes, score_table
from maw.significance.crossed_many import Seeds
from maw.significance.layouts import snapped, table_rounding

STANDARD_ERRORS = 3  # of a correlation of 0; the rule was measured never to err more than "shared"


class SeedsForm(NamedTuple):
    """Whether the seeds of two systems are taken as shared, and what decided it.

    correlation: of the two systems' errors (query × seed) at equal seeds, nan where there is none.
    threshold: the correlation above which seeds are taken as shared.
    """

    form: Seeds
    correlation: float
    threshold: float


def seeds_form(a: npt.ArrayLike, b: npt.ArrayLike, clusters: Labels | None = None) -> SeedsForm:
    """Return the form of seeds for runs whose draws are unknown (`seeds: auto`).

    a [Q, S_A], b [Q, S_B]: scores; column s of both has the same seed label, which the caller
    checks. Seeds are shared where the correlation of the doubly centred scores is above
    3/√((C−1)(S−1)), three standard errors of a correlation of 0; C is the number of clusters
    [Q] (labels), or of queries without them. They are independent where the numbers of columns
    differ, where there is one column, and where one system has no error. ValueError as in
    `crossed`.
    """
    a, b = score_table(a, name="a"), score_table(b, name="b")
    if len(a) != len(b):
        raise ValueError(f"a has {len(a)} queries and b has {len(b)}; compare the same queries")
    n_clusters = int(cluster_codes(clusters, n_queries=len(a)).max()) + 1
    if a.shape != b.shape or a.shape[1] == 1:
        return SeedsForm("independent", correlation=nan, threshold=nan)
    errors = [_doubly_centred(table) for table in (a, b)]
    threshold = STANDARD_ERRORS / sqrt((n_clusters - 1) * (a.shape[1] - 1))
    size = sqrt(float(np.sum(errors[0] ** 2) * np.sum(errors[1] ** 2)))
    if size == 0:
        return SeedsForm("independent", correlation=nan, threshold=threshold)
    correlation = float(np.sum(errors[0] * errors[1])) / size
    is_shared = correlation > threshold
    return SeedsForm("shared" if is_shared else "independent", correlation, threshold)


def _doubly_centred(table: Array) -> Array:
    error = table - table.mean(axis=1, keepdims=True) - table.mean(axis=0) + table.mean()
    return snapped(error, rounding=table_rounding(table))
