"""The type of a figure, and the functions that draw, describe and render any of them."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import altair as alt
import pandas as pd

from maw.reporting.figures.look import WIDTH, Chart
from maw.reporting.frames import VerdictFrames
from maw.settings.plan import Analysis

LONGEST_LINE = 110  # characters of a subtitle; a longer one would make the picture wider


@dataclass(frozen=True, slots=True)
class Rendered:
    """A rendered figure: the contents of an SVG file, of a PNG file and of a CSV file."""

    svg: bytes
    png: bytes
    csv: bytes

    def contents(self, suffix: str) -> bytes:
        """Return the contents of the file that ends in `.svg`, `.png` or `.csv`; else KeyError."""
        return {".svg": self.svg, ".png": self.png, ".csv": self.csv}[suffix]


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One figure; each function of it takes (frames, plan).

    draw: the chart without its title, or None where there is no data. data: the numbers that are
    drawn, one row per mark, for the CSV beside the figure; no rows where there is no data. title:
    what is shown, a phrase. caption: sentences on how to read it. describe: its content in words
    for readers who do not see it. absent: the sentence shown without data. detail: what the
    subtitle says beside dataset, queries and seeds, such as the level. key: lines below it that say
    what the marks mean, for a picture that stands alone; key_of_claims: those about marks that only
    claims have. hint: a sentence after the caption on
    marks that only some data have; "" where there are none. of_test: False where the numbers are
    not of test queries, so that the subtitle does not count these.
    """

    draw: Callable[[Any, Analysis], Chart | None]
    data: Callable[[Any, Analysis], pd.DataFrame]
    title: str
    caption: str
    describe: Callable[[Any, Analysis], str]
    absent: str
    detail: Callable[[Any, Analysis], str] = lambda frames, plan: ""
    key: tuple[str, ...] = ()
    key_of_claims: tuple[str, ...] = ()
    hint: Callable[[Any, Analysis], str] = lambda frames, plan: ""
    of_test: bool = True


def titled(
    chart: Chart, figure: Figure, frames: VerdictFrames, *, plan: Analysis, queries: str
) -> Chart:
    """Return the chart with its title, and below it the data that it is of.

    queries: what a ranking is made for, `queries` or `topics`.
    """
    of_test = queries if figure.of_test else ""
    parts = list(filter(None, [sample(frames, queries=of_test), figure.detail(frames, plan)]))
    in_one = " · ".join(parts)
    keys = [*figure.key, *(figure.key_of_claims if plan.tests else ())]
    lines = [*([in_one] if len(in_one) <= LONGEST_LINE else parts), *keys]
    title = alt.Title(title_of(figure, queries=queries), subtitle=list(filter(None, lines)))
    return chart.properties(title=title)


def title_of(figure: Figure, *, queries: str) -> str:
    """Return the figure's title with the word for what a ranking is made for."""
    return figure.title.replace("queries", queries)


def sample(frames: VerdictFrames, *, queries: str = "queries") -> str:
    """Return `pydocs · 550 queries in 187 clusters · 5 seeds`; up to two datasets are named.

    queries: what a ranking is made for; "" leaves out their number.
    """
    of_datasets = [
        (str(dataset), _queries(rows, queries), _seeds(rows))
        for dataset, rows in frames.comparisons.groupby("dataset", sort=False)
    ]
    if len(of_datasets) <= 2:
        return "; ".join(" · ".join(filter(None, parts)) for parts in of_datasets)
    seeds = dict.fromkeys(seeds for *_, seeds in of_datasets)
    n_queries = frames.comparisons.groupby("dataset")["n_queries"].max()
    sizes = dict.fromkeys(f"{n:,.0f}" for n in (n_queries.min(), n_queries.max()))
    of_each = f"{' to '.join(sizes)} {queries} each" if queries else ""
    parts = [f"{len(of_datasets)} datasets", of_each, " or ".join(seeds)]
    return " · ".join(filter(None, parts))


def _queries(rows: pd.DataFrame, queries: str) -> str:
    if not queries:
        return ""
    n_queries, n_clusters = rows["n_queries"].max(), rows["n_clusters"].max()
    clusters = "" if pd.isna(n_clusters) else f" in {n_clusters:,.0f} clusters"
    return f"{n_queries:,.0f} {queries}{clusters}"


def _seeds(rows: pd.DataFrame) -> str:
    n_seeds = int(rows[["n_seeds", "n_seeds_baseline"]].max(axis=None))
    return f"{n_seeds} seeds" if n_seeds > 1 else "single runs"


def sentence(text: str) -> Chart:
    """Return a chart that shows only one line of text, for a figure without data."""
    return (
        alt.Chart(pd.DataFrame({"text": [text]}))
        .mark_text(align="left", fontSize=13)
        .encode(text="text:N", x=alt.value(0), y=alt.value(20))
        .properties(width=WIDTH, height=40)
    )
