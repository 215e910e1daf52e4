"""The methods of a study as sentences for a paper, with the sources of what was actually used.

Every figure comes from the results and the plan. The text marks its sources as
`maw.reporting.paper.citations` reads them. A comparison of foreign runs has no sentence on
training.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pandas as pd

from maw.reporting import answer, protocol, searches
from maw.reporting.frames import SuiteFrames
from maw.reporting.page_data import PageData
from maw.reporting.paper import system_kinds
from maw.reporting.paper.system_kinds import model_name
from maw.reporting.wording import quantity
from maw.reporting.words import Claim, listed
from maw.settings.plan import BETTER, Analysis
from maw.settings.planned import DECIDING_ROLES
from maw.significance import Word


def methods(page: PageData) -> str:
    """Return the paragraph on systems, data, training, measure, test, level and plan."""
    return " ".join(
        [
            *hypotheses(page.plan),
            *system_kinds.systems(page.spec.get("systems", {})),
            *_data(page),
            *_training(page),
            *_measures(page),
            *_test(page),
            *_level(page),
            *_record(page),
        ]
    )


def hypotheses(plan: Analysis) -> Iterator[str]:
    """Yield a sentence for each claim of the plan; claims with the same controls share one."""
    groups: dict[tuple[str, tuple[str, ...]], list[str]] = {}
    for (system, claim), controls in plan.controls_of.items():
        groups.setdefault((claim, controls), []).append(system)
    for (claim, controls), systems in groups.items():
        name = "" if claim == BETTER else f" (“{claim}”)"
        verb = "each rank" if len(systems) > 1 else "ranks"
        all_of = "" if len(controls) == 1 else "each of "
        yield (
            f"The claim{name} was that {listed(systems)} {verb} better than "
            f"{all_of}{listed(controls)}."
        )
    for pair in plan.contrasts:
        if pair.margin is not None:
            yield (
                f"A further claim was that {pair.system} ranks worse than {pair.baseline} by no "
                f"more than {pair.margin:g}."
            )


def n_tests(page: PageData) -> int:
    """Return the number of tests that share α: each claim of the plan on each dataset."""
    return len(page.plan.tests) * len(names_of_datasets(page))


def names_of_datasets(page: PageData) -> list[str]:
    """Return the names of all datasets with scores, in the order of the leaderboard."""
    return [str(name) for name in page.frames.leaderboard["dataset"].unique()]


def sizes(row: Mapping[str, Any], *, queries: str) -> str:
    """Return the number of queries and of their clusters: `550 queries in 187 clusters`.

    row: a row with the columns n_queries and n_clusters, the latter nan without clusters.
    """
    text = f"{quantity(row['n_queries'])} {queries}"
    clusters = row["n_clusters"]
    is_grouped = pd.notna(clusters) and clusters < row["n_queries"]
    return f"{text} in {quantity(clusters)} clusters" if is_grouped else text


def deciding_columns(claim: Claim) -> tuple[str, str]:
    """Return the columns of a claim's row with the limits that decided its word."""
    match claim.word:
        case Word.EQUIVALENT if claim.n_controls == 1:
            return "equivalence_low", "equivalence_high"
        case Word.SLIGHTLY_BETTER | Word.NO_RELEVANT_GAIN:
            return "lower", "upper_gain"
        case _:
            return "lower", "upper"


def deciding_rows(page: PageData) -> pd.DataFrame:
    """Return the rows of the contrasts that decide claims, by the primary measure."""
    rows = page.frames.comparisons
    return rows[rows["measure"].eq(page.plan.primary) & rows["role"].isin(DECIDING_ROLES)]


def _data(page: PageData) -> Iterator[str]:
    """Yield sentences on each dataset, its split and its numbers of queries."""
    counted = page.frames.components.drop_duplicates("dataset").set_index("dataset")
    described = {str(dataset["name"]): dataset for dataset in page.datasets}
    for name in names_of_datasets(page):
        tested = sizes(counted.loc[name], queries=page.queries) if name in counted.index else ""
        if name not in described:
            yield f"All systems were scored on the same {tested or page.queries} of {name}."
            continue
        dataset = described[name]
        counts = dataset["counts"]
        kind = str(dataset["split"].get("kind", "holdout"))
        others = [
            f"{quantity(counts[f'{part}_judged'])} for {use}"
            for part, use in (("train", "training"), ("dev", "development"))
            if counts.get(f"{part}_judged")
        ]
        text = f"{name} ({dataset['source']}) has {quantity(counts['documents'])} documents"
        if dataset.get("ids"):
            text += ", read by ir_datasets [@macavaney2021]"
        split = f"{protocol.SPLITS[kind][0].lower()}{protocol.SPLITS[kind][1:]}"
        parts = listed([*others, f"{tested} for the test"])
        yield f"{text}; its judged {page.queries} were {split}: {parts}."
        if dataset.get("citation"):
            yield f"The dataset is that of {str(dataset['citation']).rstrip('.')}."


def _training(page: PageData) -> Iterator[str]:
    """Yield sentences on what was trained, for how long, with which seeds and settings."""
    suite = page.suite
    if suite is None or not suite.runs["trained"].any():
        return
    trained = suite.runs[suite.runs["trained"].eq(True)]
    backbone = page.spec.get("backbone")
    systems = page.spec.get("systems")
    # systems that train themselves, as programs do, train no layer of the backbone
    if backbone and (not systems or any(entry.get("objective") for entry in systems.values())):
        yield _backbone(backbone)
    seeds = sorted(int(seed) for seed in trained["seed"].unique())
    text = f"Each trained system had {len(seeds)} seed{'s' * (len(seeds) > 1)} ({_range(seeds)})"
    if "steps" in trained and trained["steps"].notna().any():
        text += f" and {_steps(trained)}"
    yield f"{text}."
    yield from _search(page, suite)


def _backbone(backbone: Mapping[str, Any]) -> str:
    name = str(backbone["name"])
    n_layers = backbone.get("trained_layers", 1)
    layers = {1: "the last layer", "all": "all layers"}.get(n_layers, f"the last {n_layers} layers")
    text = f"Training changed {layers} of {model_name(name)}"
    if "max_query_tokens" not in backbone:
        return f"{text}, which read documents up to {backbone['max_document_tokens']} tokens."
    return (
        f"{text}, which read documents up to {backbone['max_document_tokens']} tokens and queries "
        f"up to {backbone['max_query_tokens']}."
    )


def _steps(trained: pd.DataFrame) -> str:
    """Return the number of steps: `30 training steps`, and that of each system with others."""
    runs = trained.dropna(subset=["steps"])
    usual = runs["steps"].mode().iloc[0]
    others = runs[runs["steps"].ne(usual)].groupby("system", sort=False)["steps"].agg(set)
    texts = [f"{name} {' or '.join(map(quantity, sorted(each)))}" for name, each in others.items()]
    text = f"{quantity(usual)} training steps"
    return f"{text} ({listed(texts)})" if texts else text


def _range(seeds: Sequence[int]) -> str:
    if len(seeds) > 2 and seeds == list(range(seeds[0], seeds[-1] + 1)):
        return f"{seeds[0]} to {seeds[-1]}"
    return listed([str(seed) for seed in seeds])


def _search(page: PageData, suite: SuiteFrames) -> Iterator[str]:
    """Yield a sentence on what was searched for each system, on the development queries."""
    selection, tried = suite.selection, searches.table(suite.search)
    if tried.empty:
        yield "No setting was searched."
        return
    n_dev = selection.loc[selection["n_dev"] > 0, "n_dev"].unique()
    ranges = [f"{value} ({n} trials)" for value, n in _distinct(tried)]
    yield (
        f"Settings were chosen for each system by {page.plan.primary} on "
        f"{' or '.join(map(quantity, sorted(n_dev)))} development {page.queries}: "
        f"{listed(ranges, last='or')}."
    )


def _distinct(tried: pd.DataFrame) -> list[tuple[str, int]]:
    columns = ["Hyper-parameters searched", "Trials"]
    return list(tried[columns].drop_duplicates().itertuples(index=False, name=None))


def _measures(page: PageData) -> Iterator[str]:
    source = " [@jarvelin2002]" if page.plan.primary.startswith("nDCG") else ""
    yield (
        f"The primary measure was {page.plan.primary}{source}, computed by ir-measures "
        f"[@macavaney2022]. {exclusions(page.queries)}"
    )


def exclusions(queries: str) -> str:
    """Return the sentences on queries that are left out or count as 0."""
    return (
        f"{queries.capitalize()} without a judgement were left out; judged {queries} without a "
        "relevant document, or missing from a run, scored 0."
    )


def _test(page: PageData) -> Iterator[str]:
    """Yield sentences on the test that decided, and on its unit."""
    rows = deciding_rows(page)
    if rows.empty:
        return
    yield test_of(rows, queries=page.queries)
    both = rows[(rows["n_seeds"] > 1) & (rows["n_seeds_baseline"] > 1)]
    if both["seeds"].eq("shared").any():
        yield "Differences were taken within a seed, because systems share a seed's draws."
    if both["seeds"].eq("independent").any():
        yield "Where seeds are independent, each system's seeds have a variance of their own."
    if rows["n_clusters"].notna().any():
        yield (
            f"{page.queries.capitalize()} of one cluster are not independent, so that the variance "
            "is that of leaving out one cluster at a time."
        )


def test_of(rows: pd.DataFrame, *, queries: str) -> str:
    """Return the sentence that names the deciding test and what it is about.

    rows: the contrasts that decide claims, columns of `maw.verdicts.decide.COLUMNS`.
    """
    kinds = set(rows["estimand"].dropna())
    texts = []
    if "E2" in kinds:
        texts.append(
            f"{queries} and training seeds were crossed random effects [@baayen2008], tested by "
            "generalised p-values [@tsui1989]: the verdicts are about the training procedure"
        )
    if "E1" in kinds:
        where = "single runs were" if "E2" in kinds else "systems were"
        texts.append(
            f"{where} compared by the paired t-test over {queries} [@smucker2007], which says "
            "nothing about training again"
        )
    text = "; ".join(texts)
    return f"{text[:1].upper()}{text[1:]}."


def _level(page: PageData) -> Iterator[str]:
    """Yield sentences on α, its correction, and the smallest effect size of interest."""
    plan, n = page.plan, n_tests(page)
    if n:
        limits = answer.level(page.frames, plan=plan)
        shared = (
            f" is shared by {n} claims by Bonferroni's correction [@carterette2012]"
            if n > 1
            else " for the one claim"
        )
        of_limits = f"; limits hold at {limits}" if limits else ""
        yield f"The level α = {plan.alpha:g}{shared}{of_limits}."
        yield "Verdicts were read from limits, not from p-values alone [@sakai2014]."
    if plan.sesoi is None:
        yield "The plan named no smallest effect size of interest."
    else:
        reason = plan.sesoi_reason.strip().rstrip(".")
        yield (
            f"The smallest effect size of interest was {plan.sesoi:g} {plan.primary}"
            f"{f'. The plan says why: “{reason}.”' if reason else '; the plan gives no reason.'}"
        )
        if n:
            yield ("Equivalence was decided by two one-sided tests [@schuirmann1987; @lakens2018].")
    if page.frames.comparisons["role"].eq("exploratory").any():
        yield (
            "All other measures were exploratory, without a verdict and with the "
            "Benjamini–Hochberg correction [@benjamini1995]."
        )


def _record(page: PageData) -> Iterator[str]:
    told = str(page.history.get("told", ""))
    digest = page.plan.digest()
    yield f"The plan (SHA-256 {digest[:12]}…) is on record{f': {told}' if told else ''}."
    if page.plan.registered:
        yield f"It was registered at {page.plan.registered}."
