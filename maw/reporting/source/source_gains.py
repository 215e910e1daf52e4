"""Rows of the source's claims that the suite's own contrasts can decide.

They are the relative gains of each kind of router, by Success@1 (which equals RR@1) and nDCG@1, and
the source's table of results on four collections, with its own p held against its own level.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from maw.reporting.page_data import PageData
from maw.reporting.source.source_numbers import ClaimedGain, ClaimedScores, SourceNumbers
from maw.reporting.source.source_words import (
    Base,
    Relative,
    SourceRow,
    SourceWord,
    percent,
    word_of_gain,
)
from maw.reporting.wording import compact

# RR@1 is Success@1: both are 1 where the first document is relevant, else 0
EQUAL = {"Success@1": ("Success@1", "RR@1"), "nDCG@1": ("nDCG@1",)}
SHORT = {"supervised": "supervised router", "grpo": "GRPO router"}

Entry = Mapping[str, Any]


def systems_of(page: PageData, router: str) -> list[str]:
    """Return the systems whose router and objective are of this kind; of these, those with claims.

    Where none of them has a claim, all are returned.
    """
    systems: Mapping[str, Entry] = page.spec.get("systems", {})
    all_of_kind = [
        name
        for name, entry in systems.items()
        if _kind(entry, "router") == router and _kind(entry, "objective") == router
    ]
    claimed = set(page.frames.claims["system"])
    return [name for name in all_of_kind if name in claimed] or all_of_kind


def gain_rows(page: PageData, numbers: SourceNumbers) -> Iterator[SourceRow]:
    """Yield a row for each system, dataset and claimed gain, RR@1 together with Success@1.

    Those of one system are a group, on whichever dataset.
    """
    several = len(datasets_of(page)) > 1
    for claim in numbers.gains:
        if claim.measure == "RR@1":
            continue
        for system in systems_of(page, claim.router):
            for dataset in datasets_of(page):
                name = f"{system} on {dataset}" if several else system
                yield _gain_row(page, claim, system=system, dataset=dataset, name=name)


def missing_rows(page: PageData, numbers: SourceNumbers) -> Iterator[SourceRow]:
    """Yield a row for each kind of router of which the suite has no system."""
    for router in dict.fromkeys(claim.router for claim in numbers.gains):
        if not systems_of(page, router):
            says = "; ".join(
                f"{claim.measure} {_range(claim)}"
                for claim in numbers.gains
                if claim.router == router
            )
            yield SourceRow(
                group=SHORT[router],
                claim=SHORT[router],
                says=says,
                word=SourceWord.NOT_TESTABLE,
                reason="no such system here",
            )


def score_rows(page: PageData, numbers: SourceNumbers) -> Iterator[SourceRow]:
    """Yield a row for each collection of the source's results table.

    Where the suite has the collection, the row shows its relative differences by the primary
    measure; they decide nothing, because the source does not name its measure.
    """
    for scores in numbers.scores:
        dataset = _dataset_of(page, scores)
        yield SourceRow(
            group=f"{len(numbers.scores)} collections",
            claim=scores.collection,
            says=(
                f"{compact(scores.baseline)} ± {compact(scores.baseline_sd)} → "
                f"{compact(scores.maw)} ± {compact(scores.maw_sd)}, p = {compact(scores.p)}, "
                f"effect {compact(scores.effect, 2)}"
            ),
            word=SourceWord.NOT_TESTABLE,
            reason="no run on it here" if dataset is None else "its measure is not named",
            fair="" if dataset is None else _by_primary(page, numbers, dataset),
            brief=f"{compact(scores.baseline)} → {compact(scores.maw)} …",
        )


def significance_rows(numbers: SourceNumbers) -> Iterator[SourceRow]:
    """Yield a row for each result that the source calls significant after Bonferroni."""
    for scores in numbers.scores:
        if scores.collection not in numbers.ticked:
            continue
        above = scores.p > numbers.level
        adjusted = compact(min(1.0, scores.p * numbers.n_tests))
        yield SourceRow(
            group=f"{scores.collection} significant",
            claim=f"{scores.collection} significant after Bonferroni",
            says=f"p = {compact(scores.p)}; ticked at α = {compact(numbers.level, 4)}",
            brief=f"p = {compact(scores.p)}",
            why=f"above its α = {compact(numbers.level, 4)}" if above else "",
            word=SourceWord.NOT_SUPPORTED if above else SourceWord.NOT_TESTABLE,
            reason=(
                f"its p is above its α: ×{numbers.n_tests} = {adjusted}"
                if above
                else "its p is below its α; its scores are not at hand"
            ),
        )


def datasets_of(page: PageData) -> list[str]:
    """Return the datasets with scores, in their order."""
    return list(dict.fromkeys(page.frames.leaderboard["dataset"]))


def fair_control(page: PageData, *, system: str, dataset: str) -> str | None:
    """Return the trained system without a router over which a system's gain is the method's.

    It is the deciding control of the system's claim, if that has no router; else the system's first
    such baseline, confirmatory contrasts first. None where no contrast has one.
    """
    systems: Mapping[str, Entry] = page.spec.get("systems", {})
    claims, rows = page.frames.claims, page.frames.comparisons
    claims = claims[(claims["system"] == system) & (claims["dataset"] == dataset)]
    rows = rows[(rows["system"] == system) & (rows["dataset"] == dataset)]
    first = rows[rows["role"] == "confirmatory"]["baseline"]
    candidates = [*claims["decided_by"], *first, *rows["baseline"]]
    return next(
        (
            name
            for name in candidates
            if name in systems
            and _kind(systems[name], "objective")
            and not _kind(systems[name], "router")
        ),
        None,
    )


def untrained_model(page: PageData, *, system: str) -> str | None:
    """Return the system of the same kind that is not trained, or None."""
    systems: Mapping[str, Entry] = page.spec.get("systems", {})
    return next(
        (
            name
            for name, entry in systems.items()
            if entry["kind"] == systems[system]["kind"] and not _kind(entry, "objective")
        ),
        None,
    )


def contrast_of(
    page: PageData, *, dataset: str, system: str, baseline: str | None, measures: Sequence[str]
) -> tuple[int, dict[str, Any]] | None:
    """Return the first contrast by one of the measures: its row, counted from 1, and its columns.

    The row is that of comparisons.csv. None where there is no such contrast.
    """
    rows = page.frames.comparisons
    chosen = rows["dataset"].eq(dataset) & rows["system"].eq(system) & rows["baseline"].eq(baseline)
    for measure in measures:
        found = (chosen & rows["measure"].eq(measure)).to_numpy().nonzero()[0]
        if len(found):
            return int(found[0]) + 1, rows.iloc[found[0]].to_dict()
    return None


def relative_of(page: PageData, row: Mapping[str, Any]) -> Relative | None:
    """Return the relative difference of a contrast with its 95 % interval; None without one."""
    board = page.frames.leaderboard
    of_baseline = board[
        board["dataset"].eq(row["dataset"])
        & board["system"].eq(row["baseline"])
        & board["measure"].eq(row["measure"])
    ]
    if of_baseline.empty:
        return None
    return Relative.of(
        row["difference"],
        low=row["ci_low"],
        high=row["ci_high"],
        base=Base.of(of_baseline.iloc[0].to_dict()),
    )


def _gain_row(
    page: PageData, claim: ClaimedGain, *, system: str, dataset: str, name: str
) -> SourceRow:
    measures = EQUAL[claim.measure]
    key: dict[str, Any] = {"dataset": dataset, "system": system, "measures": measures}
    control = fair_control(page, system=system, dataset=dataset)
    fair = contrast_of(page, baseline=control, **key)
    over_untrained = contrast_of(page, baseline=untrained_model(page, system=system), **key)
    relative = None if fair is None else relative_of(page, fair[1])
    unfair = None if over_untrained is None else relative_of(page, over_untrained[1])
    word, reason = word_of_gain(low=claim.low, fair=relative, untrained=unfair)
    if fair is None and over_untrained is None:
        reason = f"no contrast by {' or '.join(measures)}"
    upper = relative or unfair
    return SourceRow(
        group=system,
        claim=f"{name}, {' = '.join(measures)}",
        says=_range(claim),
        untrained="" if unfair is None else unfair.text(),
        fair="" if relative is None else relative.text(),
        word=word,
        reason=reason,
        gap=float("-inf") if upper is None else upper.high - claim.low,
        csv_row=0 if fair is None else fair[0],
        is_interval=upper is not None,
    )


def _by_primary(page: PageData, numbers: SourceNumbers, dataset: str) -> str:
    """Return the relative differences of the source's systems by the primary measure."""
    texts = []
    for system in dict.fromkeys(
        name for claim in numbers.gains for name in systems_of(page, claim.router)
    ):
        control = fair_control(page, system=system, dataset=dataset)
        key: dict[str, Any] = {"dataset": dataset, "system": system}
        key["measures"] = [page.plan.primary]
        found = contrast_of(page, baseline=control, **key)
        relative = None if found is None else relative_of(page, found[1])
        if relative is not None:
            texts.append(f"{system} {relative.text()}")
    return "; ".join(texts)


def _dataset_of(page: PageData, scores: ClaimedScores) -> str | None:
    """Return the suite's dataset that is a collection of the source's table, or None."""
    for dataset in page.datasets:
        loader = dataset.get("stamp", {}).get("spec", {}).get("loader", {})
        names = [loader.get("id", ""), *dataset.get("ids", ())]
        if any(str(name).startswith(scores.id) for name in names):
            return str(dataset["name"])
    return None


def _range(claim: ClaimedGain) -> str:
    return f"{percent(claim.low)} to {percent(claim.high)} %"


def _kind(entry: Entry, part: str) -> str:
    """Return the kind of a system's router or objective, or "" where it has none."""
    return str((entry.get(part) or {}).get("kind", ""))
