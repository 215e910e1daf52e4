"""Sentences on topics that turn and on tiers: their numbers, and what is cut in one line."""

from collections.abc import Mapping, Sequence

import pandas as pd

import maw
from maw.comparison import Comparison
from maw.reporting import turned
from maw.verdicts.flips import GAINED, LOST

TOPICS = [f"q{n}" for n in range(1, 9)]
HITS = {
    "old": (1, 1, 1, 1, 0, 0, 0, 1),
    "new": (0, 0, 0, 0, 1, 1, 0, 1),
    "same": (1, 1, 1, 1, 0, 0, 0, 1),
}


def compared(
    scores: Mapping[str, Sequence[float]] = HITS, *, measure: str = "Success@10"
) -> Comparison:
    frame = pd.DataFrame(scores, index=pd.Index(TOPICS, name="topic"))
    texts = {"q1": "who <b>asks</b>"}
    return maw.compare(frame, baseline="old", measures=measure, dataset="toy", topics=texts)


def test_a_contrast_says_how_many_turn_and_what_a_hit_is() -> None:
    frames = compared().verdict_frames
    new, same = turned.hits_of(frames)
    assert turned.sentence(new) == (
        "Of 8 topics, 4 turn from a hit with old into a miss with new, and 2 from a miss into a "
        "hit."
    )
    assert turned.sentence(same) == (
        "None of 8 topics turns from a hit into a miss, or back, between same and old."
    )
    one = turned.definition([new], several_seeds=False)
    assert one == "A hit: a relevant document in the first 10."
    several = turned.definition([new], several_seeds=True)
    assert several.endswith("first 10, with more than half of the system’s seeds.")
    assert [row["query_id"] for row in turned.turned_of(frames, new, GAINED)] == ["q5", "q6"]
    assert turned.turned_of(frames, same, LOST) == []


def test_the_test_of_shares_says_that_the_plans_test_decides() -> None:
    new, _ = turned.hits_of(compared().verdict_frames)
    # R: binom.test(2, 6)$p.value = 0.6875
    assert turned.on_shares(new) == (
        "new has 3 hits and old 5 of 8, a difference of −.250 [−.658, +.297] (Newcombe’s 95 % "
        "interval of paired proportions); McNemar’s exact test: p = 0.688. The plan’s test "
        "decides, and not these."
    )


def test_graded_scores_turn_and_have_no_test_of_shares() -> None:
    graded = {name: [value * 0.3 for value in values] for name, values in HITS.items()}
    new, _ = turned.hits_of(compared(graded, measure="nDCG@10").verdict_frames)
    assert (new["n_lost"], turned.on_shares(new)) == (4, "")


def test_a_terminal_has_one_line_on_all_contrasts_of_a_dataset() -> None:
    first, *tests = turned.lines(compared().verdict_frames, "toy")
    assert first == (
        "Hits (a relevant document in the first 10): new against old: 4 (q1, q2, q3 …) lost, 2 (q5 "
        "and q6) gained; same against old: 0 lost, 0 gained."
    )
    assert [line.partition(" has ")[0] for line in tests] == ["new", "same"]
    many = {"old": HITS["old"], **{f"s{n}": HITS["new"] for n in range(5)}}
    first, *tests = turned.lines(compared(many).verdict_frames, "toy")
    assert first.endswith("gained; and 2 more contrasts.")
    assert len(tests) == 3


def test_tiers_say_that_a_shared_letter_is_no_evidence_of_equality() -> None:
    line = turned.tier_line(compared().verdict_frames, "toy")
    assert line == (
        "Tiers, the highest mean first: old a, same a, new a. Systems that share a letter are not "
        "shown to differ; that is no evidence that they are equal. Of all 3 pairs, 0 differ by "
        "Holm’s procedure at 5 % together, apart from the claims."
    )


def test_scores_without_hits_and_a_users_plan_say_nothing() -> None:
    wide = {name: [value * 70.0 for value in values] for name, values in HITS.items()}
    frames = compared(wide, measure="score").verdict_frames
    assert list(turned.lines(frames, "toy")) == []
    plan = {"primary": "Success@10", "contrasts": [{"system": "new", "baseline": "old"}]}
    frame = pd.DataFrame(HITS, index=pd.Index(TOPICS, name="topic"))
    planned = maw.compare(frame, plan=plan, measures="Success@10").verdict_frames
    assert (planned.tiers, turned.tier_line(planned, "topics")) == (None, "")
    assert turned.tiers_of(planned) == []
