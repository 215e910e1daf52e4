"""Which queries move: the difference of each query over the deciding control, sorted."""

from collections.abc import Iterator
from dataclasses import dataclass

import altair as alt
import numpy as np
import pandas as pd

from maw.reporting.figures.figure import Figure
from maw.reporting.figures.look import SOFT, WIDTH, Chart, looks_of
from maw.reporting.frames import ComparisonFrames, VerdictFrames
from maw.reporting.wording import compact
from maw.settings.plan import Analysis
from maw.verdicts.moved import DIFFERENCES, KEY, LARGE, moves

MOST = 8  # claims that have a panel
HEIGHT = 120  # pixels of a panel
N_LEVELS = 2 * HEIGHT  # heights from 0 to the largest: a quarter of a pixel apart
TICK = "datum.value == 0 ? '0' : format(datum.value, '+~g')"


@dataclass(frozen=True, slots=True, eq=False)
class ClaimRows:
    """The rows of `DIFFERENCES` that belong to one claim on one dataset, largest first."""

    dataset: str
    system: str
    claim: str
    baseline: str
    rows: pd.DataFrame

    @property
    def key(self) -> tuple[str, str, str, str]:
        """Dataset, system, claim and deciding control."""
        return self.dataset, self.system, self.claim, self.baseline


def claims_of(differences: pd.DataFrame) -> Iterator[ClaimRows]:
    """Yield the rows of each claim on each dataset, in the order of the table."""
    for key, rows in differences.groupby(KEY, sort=False):
        dataset, system, claim, baseline = map(str, key)
        ordered = rows.sort_values("difference", ascending=False, kind="stable")
        yield ClaimRows(dataset, system, claim, baseline, ordered)


def name_of(claim: ClaimRows, differences: pd.DataFrame) -> str:
    """Return `maw_grpo − non_maw`, with the claim and the dataset where there are several."""
    name = f"{claim.system} − {claim.baseline}"
    if differences["claim"].nunique() > 1:
        name = f"{name}, “{claim.claim}”"
    return f"{name} on {claim.dataset}" if differences["dataset"].nunique() > 1 else name


def moved(frames: VerdictFrames, plan: Analysis) -> Chart | None:
    """Return a chart of each query's difference, the largest gain at the left, a panel per claim.

    Only the first MOST claims have a panel. None without claims.
    """
    shown = moved_data(frames, plan)
    if shown.empty:
        return None
    looks = looks_of(frames, plan)
    claims = list(claims_of(shown))
    panels = [
        _panel(
            claim,
            plan=plan,
            name=name_of(claim, shown),
            colours=(looks.of(claim.system).colour, looks.of(claim.baseline).colour),
            is_last=claim is claims[-1],
        )
        for claim in claims
    ]
    return alt.vconcat(*panels, spacing=22)


def moved_data(frames: VerdictFrames, plan: Analysis) -> pd.DataFrame:
    """Return the differences of the drawn claims, with the columns DIFFERENCES."""
    found = frames.differences if isinstance(frames, ComparisonFrames) else None
    if found is None:
        return pd.DataFrame(columns=DIFFERENCES)
    drawn = [claim.rows for claim in claims_of(found)][:MOST]
    return pd.concat(drawn, ignore_index=True) if drawn else found


def described(frames: VerdictFrames, plan: Analysis) -> str:
    """Return a sentence for each claim on how many queries move, and which way."""
    shown = moved_data(frames, plan)
    sentences = []
    for claim in claims_of(shown):
        n = moves(claim.rows["difference"])
        sentences.append(
            f"{name_of(claim, shown)}: {n.up} of {n.n} rank better with {claim.system}, {n.tied} "
            f"equally well, {n.down} worse; {n.gain} gain and {n.lose} lose more than {LARGE:g}."
        )
    return " ".join(sentences)


def steps(differences: pd.DataFrame, *, sign: int) -> pd.DataFrame:
    """Return the corners of the steps of the queries that gain, or that lose: place and height.

    differences: the rows of one claim, sorted. sign: 1 for gains, −1 for losses. Query n reaches
    from place n − 1 to n, and the last corner ends the last query's step. Steps that differ by less
    than the figure can show are joined.
    """
    heights = differences["difference"].to_numpy(np.float64)
    shown = np.flatnonzero(np.sign(heights) == sign)
    if not len(shown):
        return pd.DataFrame({"place": [], "height": []}, dtype="float64")
    level = np.rint(heights[shown] / np.abs(heights).max() * N_LEVELS)
    is_first = np.append(True, np.diff(level) != 0)
    is_first[-1] = True  # the largest loss keeps its height
    places = np.append(shown[is_first], shown[-1] + 1)
    corners = np.append(heights[shown][is_first], heights[shown[-1]])
    return pd.DataFrame({"place": places, "height": corners})


def _panel(
    claim: ClaimRows, *, plan: Analysis, name: str, colours: tuple[str, str], is_last: bool
) -> Chart:
    """Return the panel of one claim. colours: of the system and of its control.

    is_last: whether the axis below it has its title, which holds for all panels.
    """
    n = moves(claim.rows["difference"])
    largest = max(float(claim.rows["difference"].abs().max()), LARGE)
    x = alt.X(
        "place:Q",
        title="sorted by their difference" if is_last else None,
        scale=alt.Scale(domain=[0, n.n], nice=False),
        axis=alt.Axis(grid=False, tickCount=6, format=",d"),
    )
    y = alt.Y(
        "height:Q",
        title=None,
        scale=alt.Scale(domain=[-largest, largest], nice=False),
        axis=alt.Axis(tickCount=5, labelExpr=TICK),
    )
    areas = [
        alt.Chart(steps(claim.rows, sign=sign))
        .mark_area(interpolate="step-after", color=colour)
        .encode(x=x, y=y)
        for sign, colour in zip((1, -1), colours, strict=True)
    ]
    zero = alt.Chart(pd.DataFrame({"height": [0.0]})).mark_rule(color=SOFT).encode(y=y)
    mean = compact(claim.rows["difference"].mean(), sign=True)
    heading = alt.Title(
        f"{name}: {plan.primary}, mean {mean}",
        subtitle=f"{n.up} up, {n.tied} tied, {n.down} down; {n.gain} gain and {n.lose} lose more "
        f"than {LARGE:g}",
        fontSize=14,
        offset=8,
    )
    return alt.layer(*areas, zero).properties(width=WIDTH, height=HEIGHT, title=heading)


FIGURE = Figure(
    draw=moved,
    data=moved_data,
    title="Which queries move",
    caption="Each test query's difference, system − deciding control, sorted. The coloured side "
    "ranks better with the system, the blue-grey one with the control.",
    describe=described,
    absent="No query is drawn: the plan has no claim.",
)
