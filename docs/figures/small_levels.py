"""How much more often than it says a test errs, with few seeds at the small level of one claim.

The numbers are the largest sizes of docs/error_rates.md, "Shared seeds", which
`python -m tests.significance.size_study` computes.
"""

import re
from collections.abc import Iterator
from pathlib import Path

import altair as alt
import pandas as pd

from docs.figures.picture import Picture, picture
from maw.reporting.figures.look import HIGHLIGHTS, INK, SOFT, UNTRAINED

PAGE = Path(__file__).parents[1] / "error_rates.md"
LEVELS = (".05", ".00625", ".0029")
TESTS = ("generalised p-value (decides)", "Satterthwaite's t-test")


def largest_sizes() -> pd.DataFrame:
    """Return a row for each number of seeds, test and level: the largest size over the level.

    Columns: seeds, test, level (text), size. ValueError where the page has no such table.
    """
    text = PAGE.read_text(encoding="utf-8")
    section = re.search(r"^## Shared seeds\n(.*?)^## ", text, re.DOTALL | re.MULTILINE)
    lines = re.findall(r"^\| (\d+) \| (.+?) \| (.+?) \|$", section[1] if section else "", re.M)
    if not lines:
        raise ValueError(f"{PAGE}: no table of sizes under the heading 'Shared seeds'")
    return pd.DataFrame(
        [
            {"seeds": int(seeds), "test": test, "level": level, "size": float(cell.split("-")[1])}
            for seeds, *cells in lines
            for test, joined in zip(TESTS, cells, strict=True)
            for level, cell in zip(LEVELS, joined.split(" / "), strict=True)
        ]
    )


def pictures() -> Iterator[Picture]:
    """Yield the largest sizes, a panel for each level and a line for each test."""
    rows = largest_sizes()
    scale = alt.Scale(domain=list(TESTS), range=[HIGHLIGHTS[0], UNTRAINED[1]])
    base = alt.Chart(rows).encode(
        x=alt.X("seeds:O", title="seeds", axis=alt.Axis(labelAngle=0)),
        y=alt.Y("size:Q", title="errors, in multiples of the level"),
    )
    line = base.mark_line(point=True).encode(
        color=alt.Color(
            "test:N", scale=scale, title=None, legend=alt.Legend(orient="top", labelLimit=300)
        )
    )
    number = base.mark_text(align="left", dx=5, dy=-7, color=INK).encode(
        text=alt.Text("size:Q", format=".1f")
    )
    number = number.transform_filter("datum.size > 1.15")
    one = base.mark_rule(color=SOFT, strokeDash=[4, 3]).encode(x=alt.X(), y=alt.datum(1.0))
    chart = alt.layer(one, line, number).properties(width=150, height=200)
    faceted = chart.facet(column=alt.Column("level:N", title="stated level", sort=list(LEVELS)))
    texts = [f"{r.test}, {r.seeds} seeds at {r.level}: {r.size:.2f}" for r in rows.itertuples()]
    yield picture(
        faceted,
        name="small_levels",
        title="The largest size of two tests, in multiples of the stated level",
        description="; ".join(texts),
    )
