"""The section on costs: what a system costs beside its control, absolute and as a ratio.

All costs are of the kind "less is better". Times are processor seconds, or GPU seconds where a GPU
did the work; a time on a GPU that other jobs could use meanwhile is not known. FLOPs are counted by
the stage `price`, and so are the same on every machine. A ratio is the mean over the system's seeds
divided by that of its deciding control.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from math import isnan, nan
from typing import Any

import pandas as pd

from maw.reporting.figures.forest_rows import MARGIN
from maw.reporting.frames import SuiteFrames
from maw.reporting.page_data import PageData
from maw.reporting.tables import rows_of
from maw.reporting.wording import compact, short_interval
from maw.verdicts import costs

MS_PER_SECOND, GIBIBYTE, MILLION, GIGA, TERA = 1e3, 2**30, 1e6, 1e9, 1e12
OF_CPU, OF_GPU = costs.ENCODING


@dataclass(frozen=True, slots=True)
class Cost:
    """A column of the table: its heading with the unit, and the column of the priced runs.

    term: key of the term in the glossary that explains the column. brief: its heading in the short
    table, which has to fit the page; "" where only the full table shows it.
    """

    head: str
    column: str
    term: str
    brief: str = ""


COSTS = (
    Cost("Training, CPU s", "train_cpu_seconds", "training_time", brief="Training, CPU s"),
    Cost("Training, GPU s", "train_gpu_seconds_alone", "training_time", brief="Training, GPU s"),
    Cost("Training step, GFLOP", "step_gflop", "flops", brief="Step, GFLOP"),
    Cost("Whole training, TFLOP", "training_tflop", "flops"),
    Cost("Peak memory of training, GiB", "train_peak_gib", "peak_memory", brief="Memory, GiB"),
    Cost("Trained layers, CPU ms a text", "layer_cpu_ms", "trained_layers", brief="Layers, CPU ms"),
    Cost("Trained layers, GPU ms a text", "layer_gpu_ms", "trained_layers", brief="Layers, GPU ms"),
    Cost("Whole encoder, CPU ms a text", "encoder_cpu_ms", "encoder", brief="Encoder, CPU ms"),
    Cost("Whole encoder, GPU ms a text", "encoder_gpu_ms", "encoder", brief="Encoder, GPU ms"),
    Cost("Ranking all test queries, CPU s", "rank_cpu_seconds", "encoding_time"),
    Cost("Trained weights, M", "trained_millions", "weights", brief="Weights, M"),
    Cost("Weights at inference, M", "inference_millions", "weights"),
)

MOST = 8  # systems in the short table of a suite without claims


def content(page: PageData) -> dict[str, Any] | None:
    """Return the section as its template reads it; None for a comparison, which has no costs.

    datasets: for each dataset its name, the short table and the full one, as `rows_of` returns
    them, and a sentence on the ratios. Where nothing is decided, the short table has at most the
    systems with the MOST highest means, and `of_all` says so. explained: heading of a column -> its
    term in the glossary. missing: names of the costs that nothing recorded.
    """
    if page.suite is None:
        return None
    runs = priced(page.suite.runs)
    tables = [
        _of_dataset(page, page.suite, runs[runs["dataset"] == dataset], dataset=dataset)
        for dataset in dict.fromkeys(page.frames.leaderboard["dataset"])
    ]
    shown = [table for table in tables if table is not None]
    if not shown:
        return None
    explained = {head: cost.term for cost in COSTS for head in (cost.head, cost.brief) if head}
    return {"datasets": shown, "explained": explained, "missing": missing(runs)}


def priced(runs: pd.DataFrame) -> pd.DataFrame:
    """Return dataset, system and the columns of COSTS of each run, in the units of their headings.

    runs: a row for each run. The whole encoder's time is that of the trained layers plus
    `frozen_cpu_ms_per_text` or `frozen_gpu_ms_per_text`, the time of the frozen layers below them.
    A cost that was not recorded is nan.
    """
    known = costs.by_clock(runs)

    def column(name: str) -> pd.Series:
        return known[name].astype(float) if name in known else pd.Series(nan, index=known.index)

    flops = column("flops_per_step")
    layer = {"cpu": MS_PER_SECOND / column(OF_CPU), "gpu": MS_PER_SECOND / column(OF_GPU)}
    return known[["dataset", "system"]].assign(
        train_cpu_seconds=column("train_cpu_seconds"),
        train_gpu_seconds_alone=column("train_gpu_seconds_alone"),
        layer_cpu_ms=layer["cpu"],
        layer_gpu_ms=layer["gpu"],
        encoder_cpu_ms=layer["cpu"] + column("frozen_cpu_ms_per_text"),
        encoder_gpu_ms=layer["gpu"] + column("frozen_gpu_ms_per_text"),
        rank_cpu_seconds=column("rank_cpu_seconds"),
        train_peak_gib=column("train_peak_bytes") / GIBIBYTE,
        step_gflop=flops / GIGA,
        training_tflop=flops * column("steps") / TERA,
        trained_millions=column("trained_parameters") / MILLION,
        inference_millions=column("inference_parameters") / MILLION,
    )


def shown_systems(page: PageData, *, dataset: str) -> dict[str, str]:
    """Return system -> the control that its costs are divided by, in the table's order.

    The systems with claims come first, then their deciding controls, the untrained models and BM25.
    A control, and a system without a claim, is divided by the first control. Without claims, all
    systems are shown and divided by nothing ("").
    """
    claims = page.frames.claims
    claims = claims[claims["dataset"] == dataset]
    board = page.frames.leaderboard
    ranked = list(dict.fromkeys(board.loc[board["dataset"] == dataset, "system"]))
    control_of = {str(row["system"]): _control(page, row) for row in claims.to_dict("records")}
    controls = [name for name in dict.fromkeys(control_of.values()) if name]
    if not controls:
        return dict.fromkeys(ranked, "")
    untrained = [
        name
        for name, entry in page.spec.get("systems", {}).items()
        if _is_untrained(entry) and name in ranked
    ]
    names = dict.fromkeys([*control_of, *controls, *untrained])
    return {
        name: name if name in controls else control_of.get(name) or controls[0] for name in names
    }


def _is_untrained(entry: Mapping[str, Any]) -> bool:
    """Return whether a system is known to be untrained, by its entry in the configuration.

    Kinds that train themselves have no objective, and say in `train` how they are trained.
    """
    trains = bool(entry.get("objective")) or entry.get("train") not in (None, "none")
    return not trains and entry.get("kind") != "run"


def missing(runs: pd.DataFrame) -> list[str]:
    """Return the names of costs that the table would show, and that no run recorded.

    runs: as `priced` returns them. The costs of training are missing only where a run has trained,
    and the time of the frozen layers only where a run has layers above them.
    """
    of_name: dict[str, tuple[str, ...]] = {}
    if runs[["layer_cpu_ms", "layer_gpu_ms", "trained_millions"]].notna().any(axis=None):
        of_name |= {"time of the frozen layers": ("encoder_cpu_ms", "encoder_gpu_ms")}
    if runs["trained_millions"].notna().any():
        of_name |= {
            "number of FLOPs of a training step": ("step_gflop",),
            "memory of training": ("train_peak_gib",),
        }
    return [name for name, columns in of_name.items() if runs[list(columns)].isna().all(axis=None)]


def _control(page: PageData, claim: Mapping[str, Any]) -> str:
    """Return a claim's deciding control, or its first control where none decides, or ""."""
    if claim["decided_by"] and pd.notna(claim["decided_by"]):
        return str(claim["decided_by"])
    contrasts = page.plan.contrasts
    return next(
        (
            one.baseline
            for one in contrasts
            if one.system == claim["system"] and claim["claim"] in one.carried
        ),
        "",
    )


def _of_dataset(
    page: PageData, frames: SuiteFrames, runs: pd.DataFrame, *, dataset: str
) -> dict[str, Any] | None:
    """Return the tables of one dataset; None where none of its systems has a cost."""
    control_of = shown_systems(page, dataset=dataset)
    runs = runs[runs["system"].isin(list(control_of))]
    recorded = _recorded(runs)
    if not recorded:
        return None
    board = frames.leaderboard
    board = board[(board["dataset"] == dataset) & (board["measure"] == page.plan.primary)]
    scores = board.set_index("system")
    brief, full = _rows(runs, scores=scores, control_of=control_of, primary=page.plan.primary)
    has_brief = any(cost.brief for cost in recorded)
    of_all = ""
    decides = any(control_of.values()) or frames.comparisons["role"].eq(MARGIN).any()
    if has_brief and len(brief) > MOST and not decides:
        of_all = f"The {MOST} highest means of {len(brief)}"
        best = scores["mean"].nlargest(MOST).index
        brief = [row for row in brief if row["System"] in best]
    return {
        "name": dataset,
        "of_all": of_all,
        # where the short table would show no cost, the full one has few columns
        "table": rows_of(pd.DataFrame(brief if has_brief else full)),
        "full": rows_of(pd.DataFrame(full)),
        "base": "; ".join(_bases(control_of)),
    }


def _recorded(runs: pd.DataFrame) -> list[Cost]:
    """Return the costs that any of these runs has."""
    return [cost for cost in COSTS if runs[cost.column].notna().any()]


def _rows(
    runs: pd.DataFrame, *, scores: pd.DataFrame, control_of: Mapping[str, str], primary: str
) -> tuple[list[dict[str, str]], list[dict[str, str]]]:
    """Return the rows of the short table and of the full one, a row for each system.

    runs: those of one dataset, as `priced` returns them. scores: its leaderboard by the primary
    measure, by system.
    """
    recorded = _recorded(runs)
    by_system = runs.groupby("system")[[cost.column for cost in recorded]]
    means, least, most = by_system.mean(), by_system.min(), by_system.max()
    brief: list[dict[str, str]] = []
    full: list[dict[str, str]] = []
    for name, control in control_of.items():
        score = scores.loc[name]
        row = means.reindex([name]).iloc[0]
        base = means.reindex([control]).iloc[0]
        head = {"System": name}
        brief.append(
            {**head, primary: compact(score["mean"])}
            | {cost.brief: _amount(row, base, cost) for cost in recorded if cost.brief}
        )
        limits = short_interval(score["ci_low"], score["ci_high"])
        full.append(
            {**head, primary: f"{compact(score['mean'])} {limits}"}
            | {
                cost.head: _amount(row, base, cost) + _range(least, most, name, cost.column)
                for cost in recorded
            }
        )
    return brief, full


def _bases(control_of: Mapping[str, str]) -> Iterator[str]:
    """Yield the control that each ratio divides by: one name, or one for each system."""
    controls = {control for control in control_of.values() if control}
    if len(controls) == 1:
        yield from controls
        return
    for name, control in control_of.items():
        if control and name != control:
            yield f"{name} / {control}"


def _amount(row: pd.Series, base: pd.Series, cost: Cost) -> str:
    """Return a mean with its ratio to the control's: `17.8 (1.73×)`."""
    value, of_base = float(row[cost.column]), float(base[cost.column])
    if isnan(value):
        return "–"
    if isnan(of_base) or of_base == 0:
        return _short(value)
    return f"{_short(value)} ({compact_ratio(value / of_base)}×)"


def _range(least: pd.DataFrame, most: pd.DataFrame, name: str, column: str) -> str:
    """Return the smallest and the largest value over seeds as ` [16.9, 19.0]`; "" if equal."""
    if name not in least.index:
        return ""
    low, high = float(least.at[name, column]), float(most.at[name, column])
    return "" if isnan(low) or low == high else f" [{_short(low)}, {_short(high)}]"


def compact_ratio(ratio: float) -> str:
    """Return a ratio as `1` where it is exactly one, else with two decimals or three digits."""
    if ratio == 1:
        return "1"
    return f"{ratio:.2f}" if ratio >= 0.1 else f"{ratio:.2g}"


def _short(value: float) -> str:
    """Return a quantity with three significant digits and without an exponent: `1,234`, `0.031`."""
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"
