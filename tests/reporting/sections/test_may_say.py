"""You may say, you may not say: the claims first, then what the other data allow or forbid."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

from maw.reporting.page_data import PageData
from maw.reporting.sections.may_say import content
from maw.reporting.templates import environment
from maw.settings.plan import Analysis
from tests.reporting.small_suite import comparison_frames, suite_frames
from tests.scored import plan_of

GENERATOR = np.random.default_rng(3)
ZERO = GENERATOR.uniform(0.2, 0.5, size=(40, 1))
OLD = ZERO + 0.06 + GENERATOR.normal(0, 0.004, size=(40, 4))
NOISE = GENERATOR.normal(0, 0.004, size=(40, 4))
TABLES = {
    "new": OLD + NOISE - NOISE.mean() + 0.0001,  # equivalent to old
    "old": OLD,
    "zero": ZERO,
}
PLAN = plan_of(("new", "old"), ("new", "zero", "reference"), ("old", "zero", "reference"))
TRAINED = {"new": True, "old": True, "zero": False}
COMPARED = comparison_frames(TABLES, PLAN, trained=TRAINED)
RUNS = pd.DataFrame({"dataset": "toy", "system": list(TRAINED), "seed": 0,
                     "trained": list(TRAINED.values()), "versions": "{}"})  # fmt: skip
GAIN = COMPARED.comparisons.set_index(["system", "baseline"])["difference"]


def page_of(**given: Any) -> PageData:
    """Return the page of a suite; `given` replaces frames, or the history."""
    history = given.pop("history", {})
    suite = suite_frames(COMPARED, runs=RUNS, **given)
    return PageData(frames=suite, plan=PLAN, history=history)


def may(page: PageData) -> list[str]:
    shown = content(page)
    assert shown is not None
    return [*shown["may"], *shown["may_folded"]]


def may_not(page: PageData) -> dict[str, str]:
    shown = content(page)
    assert shown is not None
    return {line.sentence: line.reason for line in [*shown["may_not"], *shown["may_not_folded"]]}


def with_word(word: str, **columns: Any) -> PageData:
    claims = COMPARED.claims.assign(word=word, **columns)
    return page_of(claims=claims)


def test_the_claims_come_first_and_then_their_scale() -> None:
    assert COMPARED.claims["word"].tolist() == ["equivalent"]
    first, *rest = may(page_of())
    assert first.startswith("On toy, new (+.0001 [")
    (scale,) = (line for line in rest if "zero" in line)
    assert scale.startswith(f"On toy, new (+{GAIN['new', 'zero']:.3f} [".replace("+0.", "+."))
    assert "each rank better than zero (difference in nDCG@10, 95 % limits, not adj" in scale


def test_what_two_claims_give_alike_stands_once() -> None:
    pair = {"system": "new", "baseline": "old", "claims": ["better", "routing helps"]}
    plan = Analysis.model_validate({"sesoi": PLAN.sesoi, "contrasts": [pair]})
    compared = comparison_frames(TABLES, plan, trained=TRAINED)
    assert len(compared.claims) == 2
    page = PageData(frames=suite_frames(compared, runs=RUNS), plan=plan, history={})
    lines = may(page)
    assert len(lines) == len(set(lines))
    shown = content(page)
    assert shown is not None
    refusals = [*shown["may_not"], *shown["may_not_folded"]]
    assert len(refusals) == len(set(refusals))
    assert sum("differences from" in line.reason for line in refusals) == 1


def test_a_collapsed_router_did_not_learn_to_route() -> None:
    key = {"dataset": "toy", "system": "new", "seed": 42}
    depths = pd.DataFrame([{**key, "query_id": f"q{i}", "side": "query", "depth": 1} for i in "ab"])
    trained = {**key, "side": "training", "quantity": "router_gradient", "value": 0.1}
    page = page_of(depths=depths, routing=pd.DataFrame([trained]))
    assert may_not(page)["The router learned to route"] == (
        "new sent over 99 % of texts to one depth in 1 of 1 seeds"
    )


@pytest.mark.parametrize(
    ("mde", "start"),
    [
        ({"5 more seeds": 0.008, "twice the queries": 0.013}, "More seeds rather than queries"),
        ({"5 more seeds": 0.013, "twice the queries": 0.008}, "More queries rather than seeds"),
        ({"5 more seeds": 0.008, "twice the queries": 0.0149}, "More seeds, not queries,"),
        ({"twice the queries": 0.008}, "More queries would sharpen this"),
    ],
)
def test_what_would_sharpen_the_verdict(mde: dict[str, float], start: str) -> None:
    key = {"dataset": "toy", "system": "new", "claim": "better", "baseline": "old"}
    plans = {"as it is": 0.015, **mde}
    prospects = pd.DataFrame([{**key, "plan": plan, "mde": value} for plan, value in plans.items()])
    (line,) = (text for text in may(page_of(prospects=prospects)) if "sharpen" in text)
    assert line.startswith(start)
    assert "would lower the detectable difference from 0.0150 to 0.0080" in line


def test_without_a_better_forecast_nothing_is_advised() -> None:
    none = COMPARED.prospects[:0]
    assert not any("sharpen" in line for line in may(page_of(prospects=none)))
    flat = COMPARED.prospects.assign(mde=0.01)
    assert not any("sharpen" in line for line in may(page_of(prospects=flat)))


@pytest.mark.parametrize("margin", [0.02, 0.0002])
def test_non_inferiority_holds_or_is_denied(margin: float) -> None:
    contrasts = [
        {"system": "new", "baseline": "old"},
        {"system": "new", "baseline": "zero", "role": "non-inferiority", "margin": margin},
    ]
    tables = TABLES | {"zero": OLD - NOISE}
    plan = Analysis.model_validate({"sesoi": 0.02, "contrasts": contrasts})
    compared = comparison_frames(tables, plan)
    page = PageData(frames=compared, plan=plan)
    shown = [line for line in may(page) if "is not worse than zero by" in line]
    denied = "new is not worse than zero" in may_not(page)
    assert (len(shown), denied) == ((1, False) if margin == 0.02 else (0, True))
    if shown:
        assert shown[0].endswith("by 0.02 or more (nDCG@10, 97.5 % limits).")


def test_a_withheld_word_has_both_lists() -> None:
    page = with_word("equivalent", withheld="planted loss")
    assert "nothing is claimed about new" in may(page)[0]
    assert "new is equal to old" in may_not(page)


def test_a_plan_without_claims_has_no_section() -> None:
    plan = plan_of(("new", "zero", "reference"))
    compared = comparison_frames(TABLES, plan, trained=TRAINED)
    assert content(PageData(frames=compared, plan=plan)) is None


def test_the_section_is_short_and_escapes_names() -> None:
    shown = content(page_of())
    assert shown is not None
    words = [*shown["may"], *(f"{line.sentence} {line.reason}" for line in shown["may_not"])]
    assert sum(len(text.split()) for text in words) <= 130
    assert len(shown["may"]) <= 4
    assert len(shown["may_not"]) <= 5
    shown["may"][0] = "<b>new</b>"
    html = environment().get_template("sections/may_say.html.j2").render(
        may_say=shown, files="../tables/", remake="", root=""
    )  # fmt: skip
    assert "<li>“&lt;b&gt;new&lt;/b&gt;”</li>" in html
    assert "<h3>You may not say</h3>" in html
