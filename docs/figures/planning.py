"""Which lead an experiment can detect, by its numbers of seeds and queries.

The variances are those of the differences between a MAW system and its control on the embedded
suite, rounded: what varies with the query, with the seed, and with both.
"""

from collections.abc import Iterator, Sequence

import altair as alt
import numpy as np
import pandas as pd

from docs.figures.picture import Picture, picture
from maw.reporting.figures.look import HIGHLIGHTS, INK, SOFT
from maw.significance import SeedPart, Spread, minimum_detectable_effect

QUERY_SD, SEED_SD, ERROR_SD = 0.011, 0.0047, 0.098
LEVEL, SESOI = 0.05, 0.02
SEEDS, QUERIES = (3, 4, 5, 6, 8, 10, 12, 15, 20), (50, 150, 550)


def spread(*, n_queries: int, n_seeds: int) -> Spread:
    """Return the expected mean squares of the differences of one experiment with shared seeds."""
    error = ERROR_SD**2 / (n_queries * n_seeds)
    part = SeedPart(
        between=np.asarray(SEED_SD**2 / n_seeds + error), error=np.asarray(error), n_seeds=n_seeds
    )
    return Spread(
        query_variance=np.asarray(QUERY_SD**2 / n_queries + error),
        query_df=n_queries - 1,
        seed_parts=(part,),
        tied_units=np.asarray(np.inf),
    )


def detectable(seeds: Sequence[int] = SEEDS, queries: Sequence[int] = QUERIES) -> pd.DataFrame:
    """Return a row for each pair of numbers: seeds, queries and detectable, in the measure's unit.

    detectable: the true lead over one control that "better" is said of with probability 80 %.
    """
    rows = [
        {
            "seeds": S,
            "queries": Q,
            "detectable": minimum_detectable_effect(spread(n_queries=Q, n_seeds=S), alpha=LEVEL),
        }
        for Q in queries
        for S in seeds
    ]
    return pd.DataFrame(rows)


def pictures() -> Iterator[Picture]:
    """Yield the picture of the detectable lead, a line for each number of queries."""
    rows = detectable()
    rows["label"] = [f"{n:,} queries" for n in rows["queries"]]
    order = list(dict.fromkeys(rows["label"]))
    scale = alt.Scale(domain=order, range=list(HIGHLIGHTS[: len(order)]))
    base = alt.Chart(rows).encode(
        x=alt.X("seeds:Q", title="seeds of each system", axis=alt.Axis(values=list(SEEDS))).scale(
            zero=False
        ),
        y=alt.Y("detectable:Q", title="detectable lead, nDCG@10").scale(zero=True),
        color=alt.Color("label:N", sort=order, scale=scale, legend=None),
    )
    line = base.mark_line(point=True)
    last = alt.Chart(rows[rows["seeds"] == max(SEEDS)]).mark_text(align="left", dx=8)
    named = last.encode(x="seeds:Q", y="detectable:Q", text="label:N", color=alt.value(INK))
    margin = alt.Chart(pd.DataFrame({"y": [SESOI]})).mark_rule(color=SOFT, strokeDash=[4, 3])
    chart = alt.layer(line, named, margin.encode(y="y:Q")).properties(width=460, height=300)
    texts = [
        f"{row.label} and {row.seeds} seeds: {row.detectable:.3f}"
        for row in rows[rows["seeds"].isin([3, 5, 10, 20])].itertuples()
    ]
    yield picture(
        chart,
        name="planning",
        title="The lead that an experiment detects with probability 80 %",
        description="; ".join(texts) + f". The dashed line is {SESOI}.",
    )
