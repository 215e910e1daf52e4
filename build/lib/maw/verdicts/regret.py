"""What a router's choices miss, against the best fixed depth and the best depth of each query.

All differences are means over queries in the unit of the primary measure, one for each seed. They
are for diagnosis only: a best depth is known from the judgements of the queries that are scored.
"""

from collections.abc import Iterable
from hashlib import sha256

import numpy as np
import numpy.typing as npt

from maw.ranking.oracle import cross_fitted, headroom, headroom_by_seed

Array = npt.NDArray[np.float64]
Codes = npt.NDArray[np.int64]
Quantities = dict[str, float]


def halves(clusters: Iterable[object]) -> npt.NDArray[np.bool_]:
    """Return for each query [Q] whether it is in the first half, by a hash of its cluster.

    Queries of a cluster are in the same half. The halves do not depend on the order of the queries.
    """
    return np.array([sha256(f"half {name}".encode()).digest()[0] % 2 == 0 for name in clusters])


def router_regrets(
    scores: Array, chosen: Codes, in_first: npt.NDArray[np.bool_]
) -> list[Quantities]:
    """Return for each seed quantity -> value of a router that chooses one depth for a query.

    scores [S, Q, D]: of each query under each depth. chosen [S, Q]: the router's depths. in_first
    [Q]: the half of each query. A quantity that cannot be had is left out.

    regret_best_fixed: the best depth for all queries of one half, scored on the other half, both
    ways, less the router's score; absent where a half is empty. regret_oracle: the best depth of
    each query on another seed's model, scored on this one, less the router's score; absent with one
    seed. oracle_headroom_within, _across: as in `maw.ranking.oracle.Headroom`.
    """
    own = np.take_along_axis(scores, chosen[..., None], axis=-1)[..., 0]  # [S, Q]
    oracle = cross_fitted(scores) - own
    rows = []
    for seed, of_seed in enumerate(headroom_by_seed(scores)):
        quantities = {
            "regret_best_fixed": (_best_fixed(scores[seed], in_first) - own[seed]).mean(),
            "regret_oracle": oracle[seed].mean(),
            "oracle_headroom_within": of_seed.within,
            "oracle_headroom_across": of_seed.across,
        }
        rows.append({name: float(x) for name, x in quantities.items() if not np.isnan(x)})
    return rows


def control_headroom(scores: Array, n_depths: int) -> Quantities:
    """Return quantity -> value of the headroom of a control, whose options are its seeds.

    scores [S, Q]: of each query with each seed of the control. control_options: the number K of
    seeds to choose the best of, as many as there are depths, or all S where there are fewer.
    control_headroom_within: the gain of the best of K seeds, chosen and scored on the same ones, a
    mean over groups of K seeds where there are several. control_headroom_across: the same, scored
    on another group; absent with fewer than 2·D seeds. {} for a control with one seed.
    """
    n_seeds, n_queries = scores.shape
    n_options = min(n_depths, n_seeds)
    if n_options < 2:
        return {}
    n_groups = n_seeds // n_options
    groups = scores[: n_groups * n_options].reshape(n_groups, n_options, n_queries)
    options = groups.transpose(0, 2, 1)  # [groups, Q, K]
    quantities = {"control_options": float(n_options)}
    if n_groups < 2:
        return quantities | {"control_headroom_within": headroom_by_seed(options)[0].within}
    gain = headroom(options)
    return quantities | {
        "control_headroom_within": gain.within,
        "control_headroom_across": gain.across,
    }


def _best_fixed(scores: Array, in_first: npt.NDArray[np.bool_]) -> Array:
    """Return the score [Q] of each query under the depth that is best for the other half.

    scores [Q, D]. All are nan where a half is empty.
    """
    fixed = np.full(len(scores), np.nan)
    if in_first.any() and not in_first.all():
        for half in (in_first, ~in_first):
            fixed[half] = scores[half, scores[~half].mean(0).argmax()]
    return fixed
