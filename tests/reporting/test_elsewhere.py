"""The page says what is not known of runs that were made elsewhere, and what is odd about them."""

from dataclasses import replace

import pandas as pd

from maw.reporting.elsewhere import elsewhere_checks
from maw.reporting.first_screen import scales
from maw.reporting.page_data import PageData
from maw.reporting.sections.trust import checks
from tests.reporting.small_suite import comparison_frames, random_tables, suite_frames
from tests.scored import plan_of

RUNS = pd.DataFrame(
    {
        "dataset": "tiny",
        "system": ["bm25", "mine", "mine"],
        "seed": [0, 42, 43],
        "trained": False,
        "made": [None, "elsewhere", "elsewhere"],
        "n_missing": [None, 0, 2],
        "oddities": [None, "", "does not answer 2 test queries, which score 0 ('q1', 'q2')"],
    }
)


def test_a_suite_without_such_runs_has_no_check() -> None:
    assert list(elsewhere_checks(RUNS[["dataset", "system", "seed"]])) == []
    assert list(elsewhere_checks(RUNS[:1])) == []


def test_what_is_not_known_is_told_once_and_missing_answers_push_against_the_system() -> None:
    unknown, missing = elsewhere_checks(RUNS)
    assert (unknown.state, missing.state) == ("unknown", "failed")
    assert unknown.sentence.startswith("The runs of mine were made elsewhere: whether the test ")
    assert missing.sentence == f"mine seed 43: {RUNS['oddities'][2]}."
    assert missing.pushes == "If anything, mine looks worse than it is."


def test_what_changes_no_score_is_told_without_a_direction() -> None:
    tied = RUNS.assign(n_missing=0)
    other = tied.assign(dataset="other")
    _, *odd = elsewhere_checks(pd.concat([tied, other]))
    assert [(check.state, check.pushes) for check in odd] == [("unknown", "")] * 2
    assert odd[1].sentence.startswith("mine seed 43 on other: does not answer")


def test_the_page_has_the_check_and_calls_no_such_run_an_untrained_model() -> None:
    plan = plan_of(("new", "old"), ("new", "random", "reference"))
    frames = suite_frames(comparison_frames(random_tables(), plan))
    encoder, given = {"kind": "bi_encoder"}, {"kind": "run", "path": "random.run"}
    for entry, n_sentences in ((encoder, 1), (given, 0)):
        systems = {"new": given, "old": given, "random": entry}
        assert len(scales(frames, plan=plan, systems=systems).shown) == n_sentences
    runs = frames.runs.assign(made="elsewhere", n_missing=0, oddities="")
    suite = replace(frames, runs=runs)
    named = [check.name for check in checks(PageData(frames=suite, plan=plan, spec={}))]
    assert named.count("runs made elsewhere") == 1
