"""Rows of the source's claims that other suites, a benchmark and the theory's checks can decide.

Number of depths and gating: the suite `ablations`. Operations: counted by the stage `theory`; the
times beside them: `benchmarks/attention.py`. Theorems: the stage `theory`.
"""

import re
from collections.abc import Iterator, Mapping
from math import nan
from typing import Any

import pandas as pd

from maw.reporting.page_data import PageData
from maw.reporting.source.source_numbers import SourceNumbers
from maw.reporting.source.source_words import (
    Base,
    Relative,
    SourceRow,
    SourceWord,
    percent,
    times,
    word_of_gain,
    word_of_number,
)
from maw.reporting.wording import bare_p, compact, quantity

ABLATIONS = "snakemake --configfile workflow/config/ablations.yaml"
BENCHMARK = "python benchmarks/attention.py"
ONE_DEPTH = "1"
BRIEF = {"Theorem 1": "an upper bound", "Theorem 2": "D-fold capacity"}
HOLDS = {
    True: SourceWord.SUPPORTED,
    False: SourceWord.CONTRADICTED,
    None: SourceWord.NOT_TESTABLE,
}


def ablation_rows(page: PageData, numbers: SourceNumbers) -> Iterator[SourceRow]:
    """Yield rows on the number of depths and on gating: score, and compute of a training step.

    Scores: the gain over one depth, held against the interval at the level of the false coverage
    rate (FCR), which only a contrast has that Benjamini & Hochberg's procedure selects; a contrast
    without one supports nothing. Without the suite there is one row, which says how to run it.
    """
    own = None if page.suite is None else page.suite.ablations
    table = page.elsewhere.get("ablations", own)
    of_one = numbers.depth_scores[ONE_DEPTH]
    if table is None:
        best = max(numbers.depth_scores, key=lambda setting: numbers.depth_scores[setting])
        yield SourceRow(
            group="Depths, gating",
            claim=f"Depths {', '.join(numbers.depth_scores)}; gating",
            says=f"D = {best}: {percent(numbers.depth_scores[best] / of_one - 1)} %",
            word=SourceWord.NOT_TESTABLE,
            reason=f"not run: `{ABLATIONS}`",
            why="not run",
        )
        return
    claimed = table[table["source_score"].notna()]
    several = claimed["dataset"].nunique() > 1
    for (dataset, _), rows in claimed.groupby(["dataset", "factor"], sort=False):
        is_depths = rows["source_compute"].notna().any()
        place = f" on {dataset}" if several else ""
        flops = rows.set_index("setting")["flops_per_step"]
        for row in rows.to_dict("records"):
            gain = row["source_score"] / of_one - 1
            if is_depths and row["setting"] == ONE_DEPTH:
                continue
            name = f"D = {row['setting']}" if is_depths else f"gating {row['setting']}"
            base = _base_of(row, table)
            group = "Depths" if is_depths else "Gating"
            yield _ablated(row, gain=gain, claim=f"{name}{place}", group=group, base=base)
            if is_depths:
                counted = row["flops_per_step"] / flops.get(ONE_DEPTH, nan)
                yield _compute(row, counted=counted, claim=f"{name}{place}, compute")


def complexity_rows(page: PageData, numbers: SourceNumbers) -> Iterator[SourceRow]:
    """Yield rows on the operations of one layer: all depths, the optimised form, own arithmetic."""
    said = numbers.complexity
    counted = {
        cost["kind"]: float(cost["ratio"])
        for cost in page.theory.get("costs", ())
        if cost["length"] == said.length
    }
    measured = page.elsewhere.get("attention_benchmark")
    for name, kind, form, claimed in (
        ("all depths", "maw_naive", "literal", said.ratio),
        ("optimised", "maw_lazy", "lazy", said.optimised),
    ):
        ratio = counted.get(kind, nan)
        word, reason = word_of_number(claimed=claimed, counted=ratio)
        yield SourceRow(
            group="Compute",
            claim=f"Operations at D = {said.depths}, L = {said.length}, {name}",
            says=times(claimed),
            fair="" if pd.isna(ratio) else f"{times(ratio)} FLOPs{_timed(measured, form, numbers)}",
            word=word,
            reason=reason,
        )
    own = said.maw_operations / said.standard_operations
    word, reason = word_of_number(claimed=said.ratio, counted=own)
    yield SourceRow(
        group="",
        claim="The ratio by the source's own operations",
        says=f"{said.standard_operations / 1e6:.1f} M → {said.maw_operations / 1e6:.1f} M, "
        f"{times(said.ratio)}",
        fair=times(own),
        word=word,
        reason=reason,
    )


def theory_rows(page: PageData, numbers: SourceNumbers) -> Iterator[SourceRow]:
    """Yield a row for each statement of the theory but complexity, and one on the router."""
    for statement in page.theory.get("statements", ()):
        name = statement["name"]
        if name == "Complexity":
            continue
        word = HOLDS[statement["holds"]]
        reason, says = str(statement["instead"]), str(statement["says"])
        if name == "Theorem 1":
            reason = _counterexample(page.theory)
            says += f"; {compact(numbers.distance)} against {compact(numbers.bound)}"
        if statement["holds"] is None:
            reason = f"no rate is given; shown instead: {reason}"
        yield SourceRow(
            group="" if statement["holds"] is None else name,
            claim=name,
            says=says,
            word=word,
            reason=reason,
            brief=BRIEF.get(name, ""),
            why=re.split(": (?!\\.)|; ", reason)[0],
        )
    yield SourceRow(
        group="",
        claim="The router learns",
        says="its choice passes through argmax",
        word=SourceWord.NOT_TESTABLE,
        reason="argmax has no gradient, so the source's router never learns; another one runs here",
    )


def _ablated(
    row: Mapping[str, Any], *, gain: float, claim: str, group: str, base: Base
) -> SourceRow:
    """Return the row of one setting's score.

    gain: the claimed one over one depth, as a share. base: the mean of the contrast's baseline.
    """
    says = f"{compact(row['source_score'])} ({percent(gain)} %)"
    told: dict[str, Any] = {"group": group, "claim": claim, "says": says}
    told |= {"brief": f"{percent(gain)} %", "gap": gain}
    if pd.isna(row["difference"]):
        return SourceRow(**told, word=SourceWord.NOT_TESTABLE, reason="no contrast in ablations")
    value = f"{percent(row['difference'] / (row['mean'] - row['difference']))} %"
    relative = Relative.of(row["difference"], low=row["fcr_low"], high=row["fcr_high"], base=base)
    if relative is None:
        return SourceRow(
            **told,
            fair=value,
            word=SourceWord.NOT_SUPPORTED,
            reason=f"no difference from {row['baseline']} shown: BH p {bare_p(row['p_bh'])}",
        )
    word, reason = word_of_gain(low=gain, fair=relative, untrained=None)
    return SourceRow(**told, fair=relative.text(), word=word, reason=reason)


def _base_of(row: Mapping[str, Any], table: pd.DataFrame) -> Base:
    """Return the mean of the baseline of a row's contrast, with its interval over queries.

    Where no factor has the baseline among its settings, its interval is not known and left out.
    """
    found = table[table["dataset"].eq(row["dataset"]) & table["system"].eq(row["baseline"])]
    if found.empty:
        return Base(row["mean"] - row["difference"], 0.0)
    mean, low, high = found[["mean", "ci_low_mean", "ci_high_mean"]].iloc[0]
    return Base(float(mean), float(max(mean - low, high - mean)))


def _compute(row: Mapping[str, Any], *, counted: float, claim: str) -> SourceRow:
    """Return the row of the compute of one number of depths, as a multiple of one depth's."""
    claimed = float(row["source_compute"])
    word, reason = word_of_number(claimed=claimed, counted=counted)
    return SourceRow(
        group="Compute",
        claim=claim,
        says=times(claimed),
        fair="" if pd.isna(counted) else f"{times(counted)} FLOPs a step",
        word=word,
        reason=reason,
    )


def _timed(measured: pd.DataFrame | None, form: str, numbers: SourceNumbers) -> str:
    """Return `, 1.31× time` from the benchmark's smallest hidden size; "" where it has no row."""
    if measured is None:
        return ""
    said = numbers.complexity
    rows = measured[
        measured["L"].eq(said.length)
        & measured["D"].eq(said.depths)
        & measured["mode"].eq("inference")
        & measured["form"].eq(form)
    ].sort_values("hidden")
    return "" if rows.empty else f", {times(rows['ratio_of_minima'].iloc[0])} time"


def _counterexample(theory: Mapping[str, Any]) -> str:
    """Return the reason why Theorem 1 does not hold: one head, and the worst of the trials."""
    example = theory["counterexample"]
    text = f"one head: {compact(example['left'], 2)} > {quantity(example['right'])}"
    worst = max(theory["trials"], key=lambda trial: trial["violations"] / trial["draws"])
    return f"{text}; {worst['violations']} of {worst['draws']} random heads violate it"
