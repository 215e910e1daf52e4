"""`maw.compare` on a largest loss, on several runs of one system, and on a model as the judge."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import maw
from maw.errors import InputError
from tests.small_rankings import MEASURES, SEEDED, STRONG, WEAK, small_qrels


def test_a_largest_loss_asks_whether_a_system_is_not_worse() -> None:
    runs = {"weak": WEAK, "strong": STRONG}
    comparison = maw.compare(runs, small_qrels(), measures=MEASURES, max_loss=0.01)
    (contrast,) = comparison.other_contrasts
    assert (contrast.role, contrast.word) == ("non-inferiority", "non-inferior")
    assert comparison.verdicts == ()
    reverse = maw.compare(runs, small_qrels(), measures=MEASURES, max_loss=0.01, baseline="strong")
    assert reverse.other_contrasts[0].word == "non-inferiority not shown"
    # the whole report is made of such a plan, too
    assert "strong is not worse than weak by 0.01 or more" in comparison.to_html()
    assert comparison.to_latex()


def test_runs_of_one_system_are_seeds_unless_they_are_told_to_be_repeats() -> None:
    runs = {"weak": WEAK, "sampled": SEEDED}
    seeds = maw.compare(runs, small_qrels(), measures=MEASURES, sesoi=0.01)
    repeats = maw.compare(runs, small_qrels(), measures=MEASURES, sesoi=0.01, replicates="repeats")
    assert seeds.to_frame()["estimand"].unique().tolist() == ["E2"]
    assert repeats.to_frame()["estimand"].unique().tolist() == ["E1"]
    assert repeats.trained == {"weak": False, "sampled": False}
    # the same mean difference, for the mean of topics and repeats is one number
    known = seeds.to_frame()["difference"].to_numpy()
    assert repeats.to_frame()["difference"].to_numpy() == pytest.approx(known)
    assert repeats.warnings[0].code == "repeats-averaged"
    told = maw.compare(runs, small_qrels(), measures=MEASURES, sesoi=0.01, replicates="seeds")
    pd.testing.assert_frame_equal(told.to_frame(), seeds.to_frame())


def test_score_files_of_one_system_are_asked_about(tmp_path: Path) -> None:
    generator = np.random.default_rng(0)
    paths = []
    for name in ("monday", "tuesday"):
        scores = generator.uniform(size=(12, 2))
        table = pd.DataFrame(scores, columns=["a", "b"]).rename_axis("topic")
        paths.append(tmp_path / f"{name}.csv")
        table.to_csv(paths[-1])
    with pytest.raises(InputError, match=r"tuesday\.csv: the scores of 'a' are in .*monday"):
        maw.compare(paths)
    repeats = maw.compare(paths, replicates="repeats")
    assert repeats.scores["seed"].unique().tolist() == [0]
    assert maw.compare(paths, replicates="seeds").trained == {"a": True, "b": True}


def test_a_model_as_judge_is_the_first_warning() -> None:
    runs = {"weak": WEAK, "strong": STRONG}
    scores = maw.compare(runs, small_qrels(), measures=MEASURES).scores
    for subject, comparison in (
        ("qrels", maw.compare(runs, small_qrels(), measures=MEASURES, judge="llm")),
        ("scores", maw.compare(scores, judge="llm")),
    ):
        first = comparison.warnings[0]
        assert (first.code, first.subject) == ("judged-by-model", subject)
        assert "by a model’s judgements" in comparison.to_html()


def test_repeats_of_a_binary_measure_are_shares_and_no_hits() -> None:
    runs = {"one": [WEAK, STRONG], "other": [STRONG, WEAK]}
    found = maw.compare(runs, small_qrels(), measures=["Success@1"], replicates="repeats")
    assert not found.scores["value"].isin([0, 1]).all()
    assert found.to_frame()["difference"].tolist() == pytest.approx([0.0])


def test_texts_of_topics_are_an_input_that_has_to_fit(tmp_path: Path) -> None:
    path = tmp_path / "topics.tsv"
    path.write_text("1\tthe first topic\n")
    runs = {"weak": WEAK, "strong": STRONG}
    comparison = maw.compare(runs, small_qrels(), measures=MEASURES, topics=path)
    assert comparison.texts == {"1": "the first topic"}
    assert comparison.inputs[-1].origin == str(path)
    path.write_text("other\ttext\n")
    with pytest.raises(InputError, match="topics.tsv: none of its 1 topics .first: 'other'. is am"):
        maw.compare(runs, small_qrels(), measures=MEASURES, topics=path)
