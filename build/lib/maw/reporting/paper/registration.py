"""The text of a pre-registration: what the plan fixes before there are scores.

It contains no result, so that it may be deposited before a study and compared with the report
after it.
"""

from collections.abc import Iterator

from maw.reporting.page_data import PageData
from maw.reporting.paper.methods import exclusions, names_of_datasets
from maw.reporting.words import listed
from maw.settings.plan import Analysis

WORDS = """\
Verdicts, with the limits L (lower) and U (upper) of the smallest difference to a control, and the
upper limit U₂ of its gain:
- better: L > 0; by at least {margin}: L ≥ {margin}; by less: L > 0 and U₂ < {margin}
- refuted: U < 0
- equivalent: all limits lie within ±{margin}
- no relevant gain: U₂ < {margin}
- inconclusive: none of these; with fewer than three seeds, or without a number: not judged"""
WORDS_WITHOUT_MARGIN = """\
Verdicts, with the limits L (lower) and U (upper) of the smallest difference to a control:
- better: L > 0
- refuted: U < 0
- inconclusive: neither; with fewer than three seeds, or without a number: not judged"""


def registration(page: PageData) -> str:
    """Return the pre-registration of the plan as plain text; no word of it depends on scores."""
    plan = page.plan
    title = f"Pre-registration of {page.spec.get('suite') or 'a comparison of runs'}"
    parts = [
        title,
        "\n".join(["Hypotheses", *_hypotheses(page)]),
        "\n".join(["Data and training", *_design(page)]),
        "\n".join(["Measure and margin", *_measure(page)]),
        "\n".join(["Level", *_level(page)]),
        WORDS.format(margin=f"{plan.sesoi:g}") if plan.sesoi is not None else WORDS_WITHOUT_MARGIN,
        "\n".join(["Contrasts without a verdict", *_others(plan)]),
        "\n".join(["Controls of the study", *_controls(plan)]),
        "\n".join(["Record", *_record(plan)]),
    ]
    return "\n\n".join(parts)


def _hypotheses(page: PageData) -> Iterator[str]:
    """Yield a numbered hypothesis for each claim; each is judged on every dataset."""
    plan = page.plan
    where = listed(names_of_datasets(page))
    number = 0
    for number, ((system, claim), controls) in enumerate(plan.controls_of.items(), start=1):
        against = listed(controls)
        if len(controls) > 1:
            against = f"each of {len(controls)} controls, {against}"
        named = "" if claim == "better" else f" (“{claim}”)"
        yield f"H{number}{named}: {system} ranks better than {against}, on {where}."
    non_inferior = [pair for pair in plan.contrasts if pair.margin is not None]
    for further, pair in enumerate(non_inferior, start=number + 1):
        yield (
            f"H{further}: {pair.system} ranks worse than {pair.baseline} by no more than "
            f"{pair.margin:g}, on {where}."
        )
    if not plan.tests:
        yield "None: the plan names no claim."


def _design(page: PageData) -> Iterator[str]:
    for dataset in page.datasets:
        split = dataset["split"]
        options = ", ".join(f"{name} {value}" for name, value in split.items() if name != "kind")
        kind = split.get("kind", "holdout")
        yield f"- {dataset['name']}: {dataset['source']}; split {kind} ({options})"
    seeds = page.spec.get("seeds", ())
    if seeds:
        yield f"- Seeds of every trained system: {', '.join(map(str, seeds))}"
    forms = {pair.seeds for pair in page.plan.contrasts}
    if forms:
        yield f"- Seeds of two trained systems are treated as: {listed(sorted(forms))}"
    yield f"- Exclusions: {exclusions(page.queries)} No other exclusion."


def _measure(page: PageData) -> Iterator[str]:
    plan = page.plan
    yield f"- Primary measure: {plan.primary}"
    if plan.sesoi is None:
        yield "- Smallest effect size of interest: none, so that no absence of a gain is claimed"
    else:
        yield f"- Smallest effect size of interest: {plan.sesoi:g} {plan.primary}"
        yield f"- Reason: {plan.sesoi_reason.strip() or 'none given'}"


def _level(page: PageData) -> Iterator[str]:
    plan, n_datasets = page.plan, max(len(names_of_datasets(page)), 1)
    n = len(plan.tests) * n_datasets
    yield f"- α = {plan.alpha:g} for all {n} claims together, by Bonferroni's correction"
    if plan.weights:
        yield "- Shares of α: " + ", ".join(f"{name} {w:g}" for name, w in plan.weights.items())
    elif n:
        yield f"- Each claim is decided at {plan.alpha / n:.4g}"
    if plan.looks:
        looks = [f"with {look.seeds} seeds at {look.alpha:g}" for look in plan.looks]
        yield f"- Looks at the scores: {listed(looks)}"
    else:
        yield "- Looks at the scores: one, after the last seed"


def _others(plan: Analysis) -> Iterator[str]:
    for role in ("reference", "exploratory"):
        pairs = [f"{c.system} against {c.baseline}" for c in plan.contrasts if c.role == role]
        if pairs:
            yield f"- {role.capitalize()}: {listed(pairs)}"
    yield "- Exploratory: every measure but the primary one"


def _controls(plan: Analysis) -> Iterator[str]:
    """Yield a line for each kind of control, also for those that the plan does not have."""
    controls = plan.controls
    positive, negative = controls.positive, controls.negative
    yield "- Planted loss that must be found: " + ("yes" if controls.planted else "none")
    known = "none" if positive is None else f"{positive.system} against {positive.baseline}"
    yield f"- Difference that is known: {known}"
    floor = (
        "none"
        if negative is None
        else f"{negative.system} with seeds {', '.join(map(str, negative.seeds))}"
    )
    yield f"- Noise floor: {floor}"
    budget = "none" if controls.budget is None else f"{controls.budget.factor} times the steps"
    yield f"- Training with more steps: {budget}"


def _record(plan: Analysis) -> Iterator[str]:
    yield f"- SHA-256 of the plan as canonical JSON: {plan.digest()}"
    yield f"- Registered at: {plan.registered or 'nowhere but in the local record plan.json'}"
