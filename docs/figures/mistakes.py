"""How often usual ways to compare two systems find a difference where there is none: simulated.

Two training procedures of the same quality are compared on 150 queries with five seeds each. The
differences are D[q, s] = query + seed + error, normal; seeds add as much variance to their mean as
queries and errors do (1.2 and 1.5 times as much for the two claims of the embedded suite). A
mistake is a p-value below .05 for either system.
"""

from collections.abc import Callable, Iterator

import altair as alt
import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import special

from docs.figures.picture import Picture, picture
from maw.reporting.figures.look import HIGHLIGHTS, INK, SOFT, UNTRAINED
from maw.significance import crossed_many

Array = npt.NDArray[np.float64]
Analyse = Callable[[Array], Array]  # differences [n, Q, 10 seeds] -> p-values [n]

LEVEL, N_QUERIES, N_SEEDS, MOST_SEEDS, FEWEST_SEEDS = 0.05, 150, 5, 10, 3
ERROR_SD, QUERY_SD = 1.0, 1.0
SEED_SD = float(np.sqrt(N_SEEDS * (QUERY_SD**2 + ERROR_SD**2 / N_SEEDS) / N_QUERIES))
CLUSTER_SIZE, INTRA = 5, 0.3  # queries of a cluster, and their correlation
N_CLAIMS = 17
DRAWS, BLOCK = 10_000, 500
RIGHT = "the deciding test of maw"


def t_test(values: Array) -> Array:
    """Return the p-values [n] of the t-test that the mean of values [n, k] is 0."""
    k = values.shape[-1]
    statistic = values.mean(axis=-1) / (values.std(axis=-1, ddof=1) / np.sqrt(k))
    return np.asarray(2 * special.stdtr(k - 1, -np.abs(statistic)))


def deciding(differences: Array, codes: npt.NDArray[np.intp] | None = None) -> Array:
    """Return the generalised p-values [n] of differences [n, Q, S]. codes [Q]: clusters."""
    own = np.arange(differences.shape[1])
    nothing = np.zeros_like(differences)
    test = crossed_many(differences, nothing, own if codes is None else codes, seeds="shared")
    return np.asarray(test.pvalue)


def best_seed(differences: Array) -> Array:
    """Return the p-values of the seed in which the system looks best."""
    best = differences.mean(axis=1).argmax(axis=-1)
    return t_test(differences[np.arange(len(best)), :, best])


def until_significant(differences: Array) -> Array:
    """Return the smallest p-value that somebody sees who adds seeds one by one, up to ten."""
    numbers = range(FEWEST_SEEDS, MOST_SEEDS + 1)
    return np.asarray(np.min([deciding(differences[..., :S]) for S in numbers], axis=0))


MISTAKES: dict[str, Analyse] = {
    "one run each, t-test over queries": lambda d: t_test(d[..., 0]),
    "the best of five seeds, t-test over queries": lambda d: best_seed(d[..., :N_SEEDS]),
    "means over five seeds, t-test over queries": lambda d: t_test(d[..., :N_SEEDS].mean(axis=-1)),
    "t-test over the means of five seeds": lambda d: t_test(d[..., :N_SEEDS].mean(axis=1)),
    "one more seed until p < .05, three to ten": until_significant,
}
CLUSTERS = "related queries taken as unrelated"
CLAIMS = f"{N_CLAIMS} claims, each at .05: at least one"
CLUSTERED = "related queries as clusters, deciding test of maw"


def rates(draws: int = DRAWS) -> pd.DataFrame:
    """Return the share of experiments that find a difference where there is none.

    Columns: analysis, rate, error (the Monte-Carlo standard error of the rate), right (bool).
    """
    found: dict[str, list[npt.NDArray[np.bool_]]] = {}
    for analysis, pvalues in _pvalues(draws):
        found.setdefault(analysis, []).append(pvalues < LEVEL)
    shares = {name: float(np.concatenate(parts).mean()) for name, parts in found.items()}
    # of independent claims, each judged by the deciding test
    shares[CLAIMS] = 1 - (1 - shares[RIGHT]) ** N_CLAIMS
    order = [*MISTAKES, CLUSTERS, CLAIMS, CLUSTERED, RIGHT]
    rows = [
        {
            "analysis": name,
            "rate": shares[name],
            "error": float(np.sqrt(shares[name] * (1 - shares[name]) / draws)),
            "right": name in (RIGHT, CLUSTERED),
        }
        for name in order
    ]
    return pd.DataFrame(rows)


def _pvalues(draws: int) -> Iterator[tuple[str, Array]]:
    """Yield the name of an analysis and its p-values, block by block."""
    codes = np.arange(N_QUERIES) // CLUSTER_SIZE
    for start in range(0, draws, BLOCK):
        generator = np.random.default_rng([20261129, start])
        n = min(BLOCK, draws - start)
        seed = SEED_SD * generator.standard_normal((n, 1, MOST_SEEDS))
        error = ERROR_SD * generator.standard_normal((n, N_QUERIES, MOST_SEEDS))
        own = generator.standard_normal((n, N_QUERIES))
        common = generator.standard_normal((n, codes.max() + 1))[:, codes]
        differences = QUERY_SD * own[:, :, None] + seed + error
        for name, analyse in MISTAKES.items():
            yield name, analyse(differences)
        yield RIGHT, deciding(differences[..., :N_SEEDS])
        alike = np.sqrt(INTRA) * common + np.sqrt(1 - INTRA) * own
        # seeds add nothing here, so that the clusters alone make the difference
        fixed = QUERY_SD * alike[:, :, None] + error
        yield CLUSTERS, deciding(fixed[..., :N_SEEDS])
        yield CLUSTERED, deciding(fixed[..., :N_SEEDS], codes)


def picture_of(found: pd.DataFrame) -> Picture:
    """Return the rates as bars, with a line at the level that all analyses state."""
    shown = found.assign(label=[f"{100 * rate:.0f} %" for rate in found["rate"]])
    base = alt.Chart(shown).encode(
        y=alt.Y("analysis:N", sort=None, title=None, axis=alt.Axis(labelLimit=330, ticks=False))
    )
    colour = alt.condition("datum.right", alt.value(HIGHLIGHTS[0]), alt.value(UNTRAINED[1]))
    x = alt.X(
        "rate:Q",
        title="share of experiments that find a difference where there is none",
        axis=alt.Axis(format="%", tickCount=6, grid=False),
    )
    bars = base.mark_bar(height=16).encode(x=x, color=colour)
    numbers = base.mark_text(align="left", dx=5, color=INK).encode(x="rate:Q", text="label:N")
    level = alt.Chart(pd.DataFrame({"rate": [LEVEL]})).mark_rule(color=SOFT, strokeDash=[4, 3])
    chart = alt.layer(bars, level.encode(x="rate:Q"), numbers)
    texts = [f"{row.analysis}: {row.label}" for row in shown.itertuples()]
    return picture(
        chart.properties(width=380, height=26 * len(shown)),
        name="mistakes",
        title="How often an analysis finds a difference where there is none",
        description="; ".join(texts) + f". The stated level is {LEVEL:.0%}.",
    )
