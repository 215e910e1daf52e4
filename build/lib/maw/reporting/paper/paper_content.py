"""What the tables of a paper say: the verdicts on the plan's contrasts, and the mean scores."""

from collections.abc import Iterator, Mapping
from typing import Any

import pandas as pd

from maw.reporting import answer
from maw.reporting.frames import VerdictFrames
from maw.reporting.paper.citations import plain
from maw.reporting.paper.methods import deciding_columns, sizes, test_of
from maw.reporting.paper.paper_tables import COLUMN, PAGE, Block, Cell, PaperTable, blocks_of
from maw.reporting.tables import deciding_limits, spelled
from maw.reporting.wording import bare_p, compact, digits_apart, quantity, short_interval
from maw.reporting.words import Claim
from maw.settings.plan import Analysis
from maw.settings.planned import DECIDING_ROLES
from maw.significance import Word

HEADS = (
    "System",
    "Against",
    "Difference",
    "Limits",
    "p",
    "Bonferroni",
    "BH",
    "Detectable",
    "Verdict",
)
TEXTS = frozenset({0, 1, 8})
OTHERS = {
    "reference": "Reference contrasts: 95 % intervals, no verdict",
    "exploratory": "Exploratory contrasts: intervals at the level of the false coverage rate",
}
BETTER, WORSE = "†", "‡"
Row = tuple[Cell, ...]


def verdict_table(frames: VerdictFrames, *, plan: Analysis, queries: str = "queries") -> PaperTable:
    """Return the table of all claims with their controls, then of the contrasts without a verdict.

    queries: what a ranking is made for, `queries` or `topics`.
    """
    rows: list[Row] = []
    compared = frames.comparisons[frames.comparisons["measure"] == plan.primary]
    claims = answer.judged_claims(frames, plan=plan, queries=queries)
    datasets = list(dict.fromkeys(compared["dataset"].astype(str)))
    for dataset in datasets:
        if len(datasets) > 1:
            rows.append((Cell(dataset),))
        for claim in claims:
            if claim.key[0] == dataset:
                rows += _claim_rows(claim, named=frames.has_named_claims)
        of_dataset = compared[compared["dataset"] == dataset]
        rows += [_row(row) for row in _records(of_dataset, "non-inferiority")]
        for role, heading in OTHERS.items():
            if others := [_row(row) for row in _records(of_dataset, role)]:
                rows += [(Cell(heading),), *others]
    return PaperTable(
        name="verdicts",
        caption=_verdicts_caption(frames, compared, plan=plan, queries=queries),
        blocks=(Block(HEADS, TEXTS, tuple(rows)),),
    )


def mean_tables(
    frames: VerdictFrames, *, plan: Analysis, queries: str = "queries"
) -> list[PaperTable]:
    """Return a table of mean scores for each dataset: systems in rows, measures in columns."""
    board = frames.leaderboard
    return [
        _means(board[board["dataset"] == dataset], str(dataset), frames, plan=plan, queries=queries)
        for dataset in dict.fromkeys(board["dataset"])
    ]


def _claim_rows(claim: Claim, *, named: bool) -> Iterator[Row]:
    """Yield the row of a claim, and below it one for each control where there are several."""
    row, margin = claim.row, claim.terms.sesoi
    low, high = deciding_columns(claim)
    system = f"{claim.system} (“{claim.key[2]}”)" if named else claim.system
    is_judged = claim.word not in (Word.NOT_CONTROLLED, Word.NOT_ESTIMABLE)
    yield _cells(
        system,
        claim.all_controls,
        _difference(row["estimate"], row[low], row[high], margin=margin, is_judged=is_judged),
        [*(bare_p(row[name]) for name in ("p", "p_bonferroni", "p_bh")), compact(row["mde"])],
        spelled(row),
    )
    if claim.n_controls > 1:
        for control in claim.controls.to_dict("records"):
            bar = claim.bar_of(str(control["baseline"]))
            ends = (float("nan"), float("nan")) if bar is None else bar
            yield _cells(
                "",
                str(control["baseline"]),
                _difference(control["difference"], *ends, margin=margin, is_judged=bar is not None),
                [bare_p(control["p"]), "", "", compact(control["mde"])],
                "",
            )


def _row(row: Mapping[str, Any]) -> Row:
    """Return the row of a contrast that decides no claim with controls."""
    verdict = spelled(row) if row["role"] in DECIDING_ROLES else "–"
    limits = deciding_limits(row, show=lambda low, high: short_interval(low, high, sign=True))
    return _cells(
        str(row["system"]),
        str(row["baseline"]),
        (
            compact(row["difference"], sign=True),
            limits.removesuffix(" at 95 %").removesuffix(" FCR"),
        ),
        [*(bare_p(row[name]) for name in ("p", "p_bonferroni", "p_bh")), compact(row["mde"])],
        verdict,
    )


def _cells(
    system: str, against: str, difference: tuple[str, str], numbers: list[str], verdict: str
) -> Row:
    return tuple(map(Cell, (system, against, *difference, *numbers, verdict)))


def _difference(
    estimate: float, low: float, high: float, *, margin: float | None, is_judged: bool
) -> tuple[str, str]:
    """Return a difference and its limits, neither rounded across 0 or the margin."""
    if not is_judged:
        return compact(estimate, sign=True), "–"
    digits = digits_apart((estimate, low, high), margin)
    return compact(estimate, digits, sign=True), short_interval(low, high, digits, sign=True)


def _records(rows: pd.DataFrame, role: str) -> list[dict[str, Any]]:
    records: list[dict[str, Any]] = rows[rows["role"] == role].to_dict("records")
    return records


def _verdicts_caption(
    frames: VerdictFrames, compared: pd.DataFrame, *, plan: Analysis, queries: str
) -> str:
    n_claims = len(plan.tests) * frames.claims["dataset"].nunique()
    level = answer.level(frames, plan=plan)
    texts = [
        f"Verdicts by {plan.primary}: {_data(compared, queries=queries)}.",
        "Difference: mean score of the system minus that of the other, with the limits that decide"
        + (f" ({level})." if level else "."),
    ]
    decisive = compared[compared["role"].isin(DECIDING_ROLES)]
    if len(decisive):
        texts.append(plain(test_of(decisive, queries=queries)))
    if n_claims:
        texts.append(
            f"p: not adjusted; Bonferroni: adjusted over {n_claims} claims, which decides as the "
            "limits do; BH: that of Benjamini and Hochberg."
        )
    texts.append("Detectable: the smallest difference that is found with a probability of 80 %.")
    if plan.sesoi is not None:
        texts.append(f"SESOI: {plan.sesoi:g}, the smallest effect size of interest.")
    return " ".join(texts)


def _data(rows: pd.DataFrame, *, queries: str) -> str:
    """Return the queries and seeds of each dataset: `pydocs, 550 queries in 187 clusters, …`."""
    texts = []
    for dataset, of_dataset in rows.groupby("dataset", sort=False):
        row = of_dataset.iloc[0]
        seeds = of_dataset[["n_seeds", "n_seeds_baseline"]].max(axis=None)
        runs = "single runs" if seeds == 1 else f"{quantity(seeds)} seeds of each trained system"
        texts.append(f"{dataset}, {sizes(row, queries=queries)}, {runs}")
    return "; ".join(texts)


def _means(
    board: pd.DataFrame, dataset: str, frames: VerdictFrames, *, plan: Analysis, queries: str
) -> PaperTable:
    measures = list(dict.fromkeys(board["measure"]))
    wide = board.pivot(index="system", columns="measure", values="mean")
    first = plan.primary if plan.primary in measures else measures[0]
    wide = wide.sort_values(first, ascending=False)[measures]
    marks = _marks(frames.claims[frames.claims["dataset"] == dataset])
    shown = wide.map(compact)
    best = {name: compact(wide[name].max()) for name in measures if not name.startswith("Judged")}
    rows = [
        [
            Cell(str(system)),
            *(
                Cell(
                    shown.loc[system, name],
                    is_bold=shown.loc[system, name] == best.get(name),
                    mark=marks.get(str(system), "") if name == plan.primary else "",
                )
                for name in measures
            ),
        ]
        for system in wide.index
    ]
    heads = ["System", *measures]
    narrow = blocks_of(heads, rows, width=COLUMN)
    return PaperTable(
        name=f"leaderboard-{dataset}",
        caption=_means_caption(frames, dataset, set(marks.values()), plan=plan, queries=queries),
        blocks=narrow if len(narrow) == 1 else blocks_of(heads, rows, width=PAGE),
    )


def _marks(claims: pd.DataFrame) -> dict[str, str]:
    """Return system -> † where each of its claims says better, ‡ where each says refuted."""
    marks = {}
    for system, rows in claims.groupby("system", sort=False):
        words = [row["word"] for row in rows.to_dict("records") if not row["withheld"]]
        if len(words) == len(rows) and all(word.startswith("better") for word in words):
            marks[str(system)] = BETTER
        elif len(words) == len(rows) and all(word == Word.REFUTED for word in words):
            marks[str(system)] = WORSE
    return marks


def _means_caption(
    frames: VerdictFrames, dataset: str, marks: set[str], *, plan: Analysis, queries: str
) -> str:
    compared = frames.comparisons
    rows = compared[compared["dataset"].eq(dataset) & compared["measure"].eq(plan.primary)]
    data = _data(rows, queries=queries) if len(rows) else dataset
    decisive = rows[rows["role"].isin(DECIDING_ROLES)]
    test = plain(test_of(decisive, queries=queries)) if len(decisive) and marks else ""
    n_claims = len(plan.tests) * frames.claims["dataset"].nunique()
    said = {
        BETTER: f"{BETTER}: ranks better than each of its controls by {plan.primary}.",
        WORSE: f"{WORSE}: ranks worse than at least one of its controls by {plan.primary}.",
    }
    texts = [
        f"Mean scores: {data}.",
        "Bold: the largest mean of a measure, which is no test.",
        *(text for mark, text in said.items() if mark in marks),
        *([test, f"α = {plan.alpha:g} over {n_claims} claims by Bonferroni."] if test else []),
    ]
    return " ".join(texts)
