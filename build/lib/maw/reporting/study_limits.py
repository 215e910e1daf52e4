"""What a study cannot show beyond its claims: each sentence that says too much, with its reason.

The reasons come from the data: the control gains as much, one number of steps was tried, scores
were looked at too often, one seed stands alone, nothing was measured elsewhere.
"""

from collections.abc import Iterator, Sequence
from typing import Any

import pandas as pd

from maw.reporting.answer import AT_THIS_BUDGET
from maw.reporting.claim_sentences import Refusal
from maw.reporting.page_data import PageData
from maw.reporting.wording import compact, digits_apart, pvalue, short_interval
from maw.reporting.words import Claim, listed
from maw.significance import Word
from maw.verdicts.claims import NOT_SHOWN
from maw.verdicts.study_controls import BUDGET

BETTER = (Word.BETTER, Word.BETTER_BY_SESOI, Word.SLIGHTLY_BETTER)
WITHOUT_A_WORD = (Word.NOT_ESTIMABLE, Word.NOT_CONTROLLED)
SURE = 0.05  # p-value below which one might have reported a single seed


def looks(page: PageData) -> Iterator[Refusal]:
    """Yield that the plan's level does not hold, where scores were seen with undeclared seeds."""
    n_looks = int(page.history.get("undeclared_looks", 0))
    if n_looks:
        sets = "another set" if n_looks == 1 else f"{n_looks} other sets"
        yield Refusal(
            f"A false word has a chance of at most {100 * page.plan.alpha:g} %",
            f"scores were seen with {sets} of seeds, which the plan does not declare",
        )


def only_at_this_budget(page: PageData) -> Iterator[Refusal]:
    """Yield each verdict that the control of the training budget limits to the plan's budget."""
    for row in budget_controls(page):
        if row["outcome"] == AT_THIS_BUDGET:
            numbers = (row["estimate"], row["low"], row["high"])
            digits = digits_apart(numbers, page.plan.sesoi)
            reach = short_interval(row["low"], row["high"], digits, sign=True)
            yield Refusal(
                f"The verdict on {row['system']} holds with more training",
                f"at {row['control']} its difference to {row['baseline']} changes by "
                f"{compact(row['estimate'], digits, sign=True)} {reach}",
            )


def one_budget(page: PageData) -> Iterator[Refusal]:
    """Yield that one budget was tried, or that the control of the budget does not settle it."""
    if page.suite is None or not page.suite.runs["trained"].any():
        return
    rows = budget_controls(page)
    if not rows:
        yield Refusal("It holds with more training", "one number of steps was tried")
    elif any(pd.isna(row["passed"]) for row in rows):
        yield Refusal("It holds with more training", f"{rows[0]['control']} do not settle it")


def gains_of_the_control(page: PageData, claims: Sequence[Claim]) -> Iterator[Refusal]:
    """Yield that a gain over another baseline is no improvement, since the control has it as well.

    Of the baselines of reference contrasts that both the system and its control have, the first is
    told over which the system gains. Claims with the same control and baseline share a line.
    """
    rows = page.frames.comparisons
    rows = rows[rows["role"].eq("reference") & rows["measure"].eq(page.plan.primary)]
    keys = ["dataset", "system", "baseline"]
    gains: dict[tuple[str, str, str], float] = rows.set_index(keys)["difference"].to_dict()
    lines: dict[tuple[str, str, str, float], dict[str, float]] = {}
    for claim in claims:
        dataset, system, control = claim.key[0], claim.system, claim.closest
        if claim.word in BETTER:
            continue
        for baseline in dict.fromkeys(rows["baseline"]):
            own, of_control = (gains.get((dataset, name, baseline)) for name in (system, control))
            if own is not None and of_control is not None and own > 0 and of_control > 0:
                line = lines.setdefault((dataset, control, baseline, of_control), {})
                line.setdefault(system, own)
                break
    for (_, control, baseline, of_control), systems in lines.items():
        several = len(systems) > 1
        shown = listed([compact(gain, sign=True) for gain in systems.values()])
        yield Refusal(
            f"{listed(list(systems))} {'improve' if several else 'improves'} ranking",
            f"{'gains' if several else 'a gain'} of {shown} over {baseline} "
            f"{'are' if several else 'is'} not shown to exceed {control}'s "
            f"{compact(of_control, sign=True)}",
        )


def elsewhere(page: PageData) -> Iterator[Refusal]:
    """Yield that nothing was measured on other collections."""
    datasets = list(dict.fromkeys(page.frames.comparisons["dataset"]))
    only = f"only {listed(datasets)} {'was' if len(datasets) == 1 else 'were'} measured"
    yield Refusal("It holds on other collections", only)


def single_seeds(page: PageData, claims: Sequence[Claim]) -> Iterator[Refusal]:
    """Yield what one might have reported from one seed, where all seeds together do not say it."""
    seeds = page.frames.seeds
    worst: tuple[float, Refusal] | None = None
    for claim in claims:
        if claim.word in WITHOUT_A_WORD:
            continue
        rows = seeds[
            seeds["dataset"].eq(claim.key[0])
            & seeds["system"].eq(claim.system)
            & seeds["baseline"].eq(claim.closest)
        ]
        sure = rows[rows["p"] < SURE]
        if claim.word in BETTER:
            sure = sure[sure["difference"] < 0]
        elif claim.word == Word.REFUTED:
            sure = sure[sure["difference"] > 0]
        if len(rows) < 2 or sure.empty:
            continue
        row = sure.loc[sure["p"].idxmin()]
        direction = "better" if row["difference"] > 0 else "worse"
        against = "" if row["seed"] == row["seed_baseline"] else f" against {row['seed_baseline']}"
        word = "undecided" if claim.is_withheld else f"“{claim.word}”"
        refusal = Refusal(
            f"{claim.system} ranks {direction} than {claim.closest}, {pvalue(row['p'])}",
            f"this is seed {row['seed']}{against} alone; all seeds together say {word}",
        )
        if worst is None or row["p"] < worst[0]:
            worst = (float(row["p"]), refusal)
    if worst is not None:
        yield worst[1]


def single_runs(page: PageData, claims: Sequence[Claim]) -> Iterator[Refusal]:
    """Yield that nothing is known about another training, where single runs were compared."""
    for claim in claims:
        if claim.controls["estimand"].eq("E1").all() and claim.word not in WITHOUT_A_WORD:
            yield Refusal(
                "Another run would give the same",
                "single runs were compared; nothing is known about training them again",
            )
            return


def budget_controls(page: PageData) -> list[dict[str, Any]]:
    """Return the rows of the control of the training budget."""
    controls = None if page.suite is None else page.suite.controls
    if controls is None:
        return []
    rows: list[dict[str, Any]] = controls[controls["kind"] == BUDGET].to_dict("records")
    return rows


def not_shown_non_inferior(page: PageData) -> Iterator[Refusal]:
    """Yield each planned contrast of non-inferiority that does not hold, with its lower limit."""
    for row in margin_rows(page, word=NOT_SHOWN):
        low = compact(row["bar_low"], digits_apart((row["bar_low"],), row["margin"]), sign=True)
        yield Refusal(
            f"{row['system']} is not worse than {row['baseline']}",
            f"a loss of {row['margin']:g} fits the data, down to {low}",
        )


def margin_rows(page: PageData, *, word: str) -> list[dict[str, Any]]:
    """Return the rows of the contrasts of non-inferiority with this word, and their `margin`."""
    margins = {
        (pair.system, pair.baseline): pair.margin
        for pair in page.plan.contrasts
        if pair.margin is not None
    }
    if not margins:
        return []
    rows = page.frames.comparisons
    rows = rows[rows["word"].eq(word) & rows["measure"].eq(page.plan.primary)]
    records: list[dict[str, Any]] = rows.to_dict("records")
    return [row | {"margin": margins[row["system"], row["baseline"]]} for row in records]
