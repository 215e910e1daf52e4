"""You may say, you may not say: sentences that a researcher may copy, and those that say too much.

Each sentence that may not be said has its reason from the data: the control gains as much, the
limits leave more open than the word suggests, the router sends all texts to one depth, nothing was
measured elsewhere. The most important lines come first; a page folds those beyond a few.
"""

from collections.abc import Iterator, Sequence
from typing import Any

import pandas as pd

from maw.reporting.answer import judged_claims
from maw.reporting.claim_sentences import Refusal, alike, may_not_say, may_say
from maw.reporting.page_data import PageData
from maw.reporting.routers.routed import unrouted
from maw.reporting.study_limits import (
    budget_controls,
    elsewhere,
    gains_of_the_control,
    looks,
    margin_rows,
    not_shown_non_inferior,
    one_budget,
    only_at_this_budget,
    single_runs,
    single_seeds,
)
from maw.reporting.wording import compact, detectable, digits_apart, short_interval
from maw.reporting.words import Claim, listed
from maw.verdicts.claims import NON_INFERIOR
from maw.verdicts.prospects import AS_IT_IS

MOST_MAY, MOST_MAY_NOT = 4, 5  # lines that are not folded
WORDS_MAY, WORDS_MAY_NOT = 45, 35  # words in them; the first line always stands
# The same of a comparison: it has no prices, so that this section begins on the first screen, which
# holds at most 150 words.
MOST_OF_RUNS, WORDS_OF_RUNS = 2, 25
WORTH_TELLING = 0.95  # × the detectable difference: a forecast that lowers it by less is not told
SEEDS, QUERIES = "5 more seeds", "twice the queries"  # plans of `maw.significance.prospects`


def content(page: PageData) -> dict[str, Any] | None:
    """Return the template's data: the lines of both lists, unfolded and folded.

    None: the plan has neither a claim nor a non-inferiority contrast.
    """
    claims = judged_claims(page.frames, plan=page.plan, queries=page.queries)
    if not claims and not any([*_non_inferior(page), *not_shown_non_inferior(page)]):
        return None
    may, may_not = allowed(page, claims), refused(page, claims)
    texts = [f"{line.sentence} {line.reason}" for line in may_not]
    if page.suite is None:
        n_may, n_may_not = (
            _unfolded(lines, most=MOST_OF_RUNS, words=WORDS_OF_RUNS) for lines in (may, texts)
        )
    else:
        n_may = _unfolded(may, most=MOST_MAY, words=WORDS_MAY)
        n_may_not = _unfolded(texts, most=MOST_MAY_NOT, words=WORDS_MAY_NOT)
    return {
        "may": may[:n_may],
        "may_folded": may[n_may:],
        "may_not": may_not[:n_may_not],
        "may_not_folded": may_not[n_may_not:],
    }


def allowed(page: PageData, claims: Sequence[Claim]) -> list[str]:
    """Return the sentences that may be said, the claims first; claims: those of the page.

    Two claims about one system may give the same sentence, which then stands once.
    """
    n_claims = len(page.plan.tests) * page.frames.claims["dataset"].nunique()
    sentences = [
        *(may_say(group, n_claims=n_claims) for group in alike(claims)),
        *_what_would_sharpen(page, claims),
        *_reference_gains(page),
        *_non_inferior(page),
        *_at_more_steps(page),
    ]
    return list(dict.fromkeys(sentences))


def refused(page: PageData, claims: Sequence[Claim]) -> list[Refusal]:
    """Return the sentences that may not be said, each once, with reasons.

    claims: those of the page.
    """
    groups = alike(claims)
    routing = _routing(page, claims)
    beyond = [list(may_not_say(group)) for group in groups]
    refusals = [
        *looks(page),
        *only_at_this_budget(page),
        *gains_of_the_control(page, claims),
        *(of_group[0] for of_group in beyond if of_group),
        *([Refusal("The router learned to route", "; ".join(routing))] if routing else []),
        *not_shown_non_inferior(page),
        *elsewhere(page),
        *single_seeds(page, claims),
        *one_budget(page),
        *single_runs(page, claims),
        *(refusal for of_group in beyond for refusal in of_group[1:]),
    ]
    return list(dict.fromkeys(refusals))


def _unfolded(lines: Sequence[str], *, most: int, words: int) -> int:
    """Return how many lines a page shows unfolded: at most so many, and at most so many words."""
    n_words, n_lines = 0, 0
    for line in lines[:most]:
        n_words += len(line.split())
        if n_lines and n_words > words:
            break
        n_lines += 1
    return n_lines


def _routing(page: PageData, claims: Sequence[Claim]) -> list[str]:
    """Return why the trained routers of the claims' systems did not route, those that did not."""
    if page.suite is None:
        return []
    claimed = {claim.system for claim in claims}
    return unrouted(page.suite, claimed=claimed, systems=page.spec.get("systems", {}))


def _what_would_sharpen(page: PageData, claims: Sequence[Claim]) -> Iterator[str]:
    """Yield whether more seeds or more queries would lower the detectable difference, or neither.

    It is told for the claim that can detect least, by its deciding control.
    """
    prospects = page.frames.prospects.dropna(subset=["mde"])
    worst: dict[str, float] = {}
    for claim in claims if len(prospects) else ():
        dataset, system, name = claim.key
        rows = prospects[
            prospects["dataset"].eq(dataset)
            & prospects["system"].eq(system)
            & prospects["claim"].eq(name)
            & prospects["baseline"].eq(claim.closest)
        ]
        mde = {str(row.plan): float(row.mde) for row in rows.itertuples() if row.mde <= 1}
        if mde.get(AS_IT_IS, 0) > worst.get(AS_IT_IS, 0):
            worst = mde
    if AS_IT_IS not in worst:
        return
    now = worst.pop(AS_IT_IS)
    offers = {plan: mde for plan, mde in worst.items() if plan in (SEEDS, QUERIES)}
    offers = {plan: mde for plan, mde in offers.items() if mde <= WORTH_TELLING * now}
    if not offers:
        return
    best = min(offers, key=lambda plan: offers[plan])
    more, other = ("seeds", page.queries) if best == SEEDS else (page.queries, "seeds")
    rather = ""
    if len(offers) == 2:
        rather = f" rather than {other}"
    elif SEEDS in worst and QUERIES in worst:
        rather = f", not {other},"
    (first, lowest), *others = sorted(offers.items(), key=lambda offer: offer[1])
    text = f"{first} would lower the detectable difference from {detectable(now, 4)} to "
    text += detectable(lowest, 4)
    text += "".join(f", {plan} to {detectable(mde, 4)}" for plan, mde in others)
    text = text.replace("queries", page.queries)
    yield f"More {more}{rather} would sharpen this: {text}."


def _reference_gains(page: PageData) -> Iterator[str]:
    """Yield, for each baseline of reference contrasts, which systems rank better, and which worse.

    The contrasts count whose 95 % interval excludes 0.
    """
    rows = page.frames.comparisons
    rows = rows[rows["role"].eq("reference") & rows["measure"].eq(page.plan.primary)]
    for (dataset, baseline), group in rows.groupby(["dataset", "baseline"], sort=False):
        for direction, side in (
            ("better", group[group["ci_low"] > 0]),
            ("worse", group[group["ci_high"] < 0]),
        ):
            if side.empty:
                continue
            names = [
                f"{row['system']} ({_difference(row, page.plan.sesoi)})"
                for row in side.to_dict("records")
            ]
            verb = "ranks" if len(names) == 1 else "each rank"
            yield (
                f"On {dataset}, {listed(names)} {verb} {direction} than {baseline} (difference in "
                f"{page.plan.primary}, 95 % limits, not adjusted)."
            )


def _difference(row: dict[str, Any], sesoi: float | None) -> str:
    numbers = (row["difference"], row["ci_low"], row["ci_high"])
    digits = digits_apart(numbers, sesoi)
    reach = short_interval(row["ci_low"], row["ci_high"], digits, sign=True)
    return f"{compact(row['difference'], digits, sign=True)} {reach}"


def _at_more_steps(page: PageData) -> Iterator[str]:
    for row in budget_controls(page):
        if pd.notna(row["passed"]) and row["passed"]:
            yield (
                f"On {row['dataset']}, the verdict on {row['system']} against {row['baseline']} "
                f"holds at {row['control']}."
            )


def _non_inferior(page: PageData) -> Iterator[str]:
    """Yield each planned contrast of non-inferiority that holds, with its limits."""
    for row in margin_rows(page, word=NON_INFERIOR):
        ends = (row["bar_low"], row["bar_high"])
        digits = digits_apart((row["difference"], *ends), row["margin"])
        yield (
            f"On {row['dataset']}, {row['system']} "
            f"({compact(row['difference'], digits, sign=True)} "
            f"{short_interval(*ends, digits, sign=True)}) is not worse than {row['baseline']} by "
            f"{row['margin']:g} or more ({page.plan.primary}, "
            f"{100 * (1 - row['level']):.4g} % limits)."
        )
