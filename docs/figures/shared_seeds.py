"""Why differences are taken within a seed: two systems whose scores rise and fall together.

Made scores of 150 queries and five seeds. The system is better by .02 in truth; a seed moves both
systems by nearly the same amount, because it gives both the same batches.
"""

from collections.abc import Iterator

import altair as alt
import numpy as np
import numpy.typing as npt
import pandas as pd

from docs.figures.picture import Picture, picture
from maw.reporting.figures.look import CONTROLS, HIGHLIGHTS, INK, SOFT, Chart
from maw.significance import Contrast, crossed

Array = npt.NDArray[np.float64]

N_QUERIES, N_SEEDS, LEAD = 150, 5, 0.02
COMMON_SD, OWN_SD, ERROR_SD = 0.02, 0.004, 0.06
FORMS = ("shared", "independent")


def tables() -> tuple[Array, Array]:
    """Return made scores [Q, S] of a system and of its control."""
    generator = np.random.default_rng(7)
    query = generator.normal(0.5, 0.2, (N_QUERIES, 1))
    common = generator.normal(0, COMMON_SD, (1, N_SEEDS))
    system, control = (
        query
        + lead
        + common
        + generator.normal(0, OWN_SD, (1, N_SEEDS))
        + generator.normal(0, ERROR_SD, (N_QUERIES, N_SEEDS))
        for lead in (LEAD, 0.0)
    )
    return system, control


def contrasts() -> dict[str, Contrast]:
    """Return the deciding test of these scores with seeds taken as shared and as independent."""
    system, control = tables()
    return {
        "shared": crossed(system, control, seeds="shared"),
        "independent": crossed(system, control, seeds="independent"),
    }


def pictures() -> Iterator[Picture]:
    """Yield the mean scores by seed, and below them the two intervals of the difference."""
    system, control = tables()
    means = pd.DataFrame(
        [
            {"seed": str(42 + s), "system": name, "score": float(table[:, s].mean())}
            for name, table in (("S", system), ("C", control))
            for s in range(N_SEEDS)
        ]
    )
    tests = contrasts()
    bars = pd.DataFrame(
        [
            {
                "form": f"seeds {form}",
                "low": test.mean - test.half_width(0.025),
                "high": test.mean + test.half_width(0.025),
                "mean": test.mean,
            }
            for form, test in tests.items()
        ]
    )
    texts = [f"{row.form}: {row.mean:+.3f} from {row.low:+.3f} to {row.high:+.3f}"
             for row in bars.itertuples()]  # fmt: skip
    yield picture(
        alt.hconcat(_by_seed(means), _intervals(bars), spacing=50),
        name="shared_seeds",
        title="Scores by seed, and the interval of the difference in both forms",
        description="; ".join(texts),
    )


def _by_seed(means: pd.DataFrame) -> Chart:
    scale = alt.Scale(domain=["S", "C"], range=[HIGHLIGHTS[0], CONTROLS[0]])
    base = alt.Chart(means).encode(
        x=alt.X("seed:N", title="seed", axis=alt.Axis(labelAngle=0)),
        y=alt.Y("score:Q", title="mean score").scale(zero=False),
        color=alt.Color("system:N", scale=scale, legend=None),
    )
    last = alt.Chart(means[means["seed"] == means["seed"].max()]).mark_text(align="left", dx=8)
    named = last.encode(x="seed:N", y="score:Q", text="system:N", color=alt.value(INK))
    layers = alt.layer(base.mark_line(point=True), named)
    return layers.properties(width=230, height=200)


def _intervals(bars: pd.DataFrame) -> Chart:
    base = alt.Chart(bars).encode(
        y=alt.Y("form:N", sort=None, title=None, axis=alt.Axis(ticks=False))
    )
    x = alt.X("low:Q", title="S − C, 95 % interval", axis=alt.Axis(tickCount=5, grid=False))
    bar = base.mark_rule(strokeWidth=3, color=HIGHLIGHTS[0]).encode(x=x, x2="high:Q")
    point = base.mark_point(filled=True, size=80, color=HIGHLIGHTS[0], opacity=1).encode(x="mean:Q")
    zero = alt.Chart(pd.DataFrame({"x": [0.0]})).mark_rule(color=SOFT).encode(x="x:Q")
    return alt.layer(zero, bar, point).properties(width=230, height=80)
