"""Whoever sees only the drawn limits of random plans comes to the words that were given."""

from itertools import permutations

from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import special

from maw.significance import ClaimVerdict, bonferroni, claim_pvalue, holm, judge_claims
from tests.significance.leads import Lead

Claims = list[list[Lead]]

leads = st.builds(
    Lead,
    mean=st.one_of(st.floats(-3, 3), st.sampled_from([-1.0, 0.0, 1.0, 8.0])),
    error=st.floats(0.02, 2),
    df=st.sampled_from([2, 4, 49, 549]),
    fewest_seeds=st.sampled_from([None, 5, 5, 5, 3, 3, 2, 1]),
    estimable=st.sampled_from([True, True, True, True, False]),
)
levels = st.sampled_from([0.05, 0.025, 0.00625, 0.0001])


@st.composite
def plans(draw: st.DrawFn) -> tuple[Claims, list[float], list[list[int]]]:
    """Draw claims about one system against some of its controls, their levels and their nesting."""
    controls = draw(st.lists(leads, min_size=1, max_size=4))
    places = st.lists(st.integers(0, len(controls) - 1), min_size=1, unique=True)
    chosen = draw(st.lists(places, min_size=1, max_size=4))
    includes: list[list[int]] = [[] for _ in chosen]
    for i, j in permutations(range(len(chosen)), 2):
        if set(chosen[j]) < set(chosen[i]):
            includes[i].append(j)
    claims = [[controls[k] for k in claim] for claim in chosen]
    return claims, [draw(levels) for _ in claims], includes


def word_in_picture(drawn: ClaimVerdict, controls: list[Lead], sesoi: float) -> tuple[str, str]:
    """Return word and suffix, by the table of the protocol, from what is drawn and nothing else."""
    low = min(bar.low for bar in drawn.bars)
    if low >= sesoi:
        return "better, by at least SESOI", ""
    if low > 0:
        word = "better, but by less than SESOI" if drawn.upper_gain < sesoi else "better"
        return word, ""
    if drawn.upper < 0:
        if all(bar.low > -sesoi for bar in drawn.bars):
            return "refuted", "by less than SESOI"
        return "refuted", "by at least SESOI" if drawn.upper < -sesoi else ""
    if -sesoi < drawn.equivalence.low and drawn.equivalence.high < sesoi:
        return "equivalent", ""
    if drawn.upper_gain < sesoi:
        return "no relevant gain", ""
    if not all(control.has_number for control in controls):
        return "not estimable", ""
    if any(control.fewest_seeds == 2 for control in controls):
        return "not controlled", ""
    return "inconclusive", ""


@settings(max_examples=400, deadline=None)
@given(plan=plans())
def test_the_words_follow_from_the_drawn_limits(
    plan: tuple[Claims, list[float], list[list[int]]],
) -> None:
    claims, alphas, includes = plan
    verdicts = judge_claims(claims, levels=alphas, sesoi=1.0, includes=includes)
    for verdict, controls in zip(verdicts, claims, strict=True):
        assert (verdict.word, verdict.suffix) == word_in_picture(verdict, controls, 1.0)


@settings(max_examples=200, deadline=None)
@given(plan=plans())
def test_without_a_sesoi_the_words_follow_from_the_bars(
    plan: tuple[Claims, list[float], list[list[int]]],
) -> None:
    claims, alphas, includes = plan
    verdicts = judge_claims(claims, levels=alphas, sesoi=None, includes=includes)
    for verdict, controls in zip(verdicts, claims, strict=True):
        word, _ = word_in_picture(verdict, controls, float("inf"))
        # without a bound everything would be equivalent, or no relevant gain
        expected = word.removesuffix(", but by less than SESOI")
        if expected in ("better", "refuted"):
            assert verdict.word == expected
        else:
            assert verdict.word in ("inconclusive", "not estimable", "not controlled")
        assert verdict.suffix == ""


@settings(max_examples=200, deadline=None)
@given(plan=plans())
def test_the_limits_are_those_of_the_protocol(
    plan: tuple[Claims, list[float], list[list[int]]],
) -> None:
    claims, alphas, includes = plan
    verdicts = judge_claims(claims, levels=alphas, sesoi=1.0, includes=includes)
    gains: list[float] = []
    equivalences: list[tuple[float, float]] = []
    for verdict, controls, alpha in zip(verdicts, claims, alphas, strict=True):
        K, inf = len(controls), float("inf")
        gains.append(inf)
        equivalences.append((verdict.lower, max(bar.high for bar in verdict.bars)))
        for control, bar in zip(controls, verdict.bars, strict=True):
            if control.has_number and control.fewest_seeds != 2:
                below, above, gain = (
                    float(-special.stdtrit(control.df, tail) * control.error)
                    for tail in (alpha / 2, alpha / (2 * K), alpha / K)
                )
                assert bar == (control.mean - below, control.mean + above)
                gains[-1] = min(gains[-1], control.mean + gain)
                if K == 1:
                    equivalences[-1] = (control.mean - gain, control.mean + gain)
            else:
                assert bar == (-inf, inf)
        assert verdict.lower == min(bar.low for bar in verdict.bars)
    for i, (verdict, included, gain) in enumerate(zip(verdicts, includes, gains, strict=True)):
        group = [verdict, *(verdicts[j] for j in included)]
        assert verdict.upper == min(bar.high for claim in group for bar in claim.bars)
        assert verdict.upper_gain == min([gain, *(gains[j] for j in included)])
        wider = [equivalences[j] for j, inside in enumerate(includes) if i in inside]
        passing = [limits for limits in wider if limits[0] > -1 and limits[1] < 1]
        low, high = equivalences[i]
        keeps = (low > -1 and high < 1) or not passing
        assert verdict.equivalence == ((low, high) if keeps else passing[0])


@settings(max_examples=200, deadline=None)
@given(plan=plans())
def test_a_claim_does_not_contradict_one_that_it_includes(
    plan: tuple[Claims, list[float], list[list[int]]],
) -> None:
    claims, alphas, includes = plan
    verdicts = judge_claims(claims, levels=alphas, sesoi=1.0, includes=includes)
    for wide, included in zip(verdicts, includes, strict=True):
        for narrow in (verdicts[j] for j in included):
            if narrow.word == "refuted":
                assert wide.word == "refuted"
                assert len(wide.loses_to) >= 1
            if wide.word == "equivalent":
                assert narrow.word not in ("no relevant gain", "inconclusive")


@settings(max_examples=200, deadline=None)
@given(controls=st.lists(leads, min_size=1, max_size=5), level=levels)
def test_names_and_p_values_agree_with_the_bars(controls: list[Lead], level: float) -> None:
    (verdict,) = judge_claims([controls], levels=level, sesoi=1.0)
    decides = [control.has_number and control.fewest_seeds != 2 for control in controls]
    below = [
        float(special.stdtr(control.df, control.mean / control.error)) if usable else 1.0
        for control, usable in zip(controls, decides, strict=True)
    ]
    winners = [k for k, p in enumerate(holm(below)) if p < level / 2]
    assert list(verdict.loses_to) == winners
    assert bool(winners) == (verdict.upper < 0) == (min(bonferroni(below)) < level / 2)
    p = claim_pvalue(controls)
    assert (p < level) == (verdict.lower > 0 or verdict.upper < 0)
