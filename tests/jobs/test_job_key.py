"""A job's key names its runs; a control of the study has seeds of its own."""

from maw.jobs.job_key import BUDGET, NEGATIVE, JobKey, seeds_of
from tests.smoke_suite import smoke_content, smoke_suite


def test_a_key_keeps_its_defaults_where_a_stage_uses_no_field() -> None:
    assert JobKey() == JobKey(dataset="", system="", seed=0, learning_rate=0.0, control="")


def test_a_negative_control_has_its_own_seeds_and_every_other_job_those_of_the_suite() -> None:
    analysis = smoke_content()["analysis"]
    negative = {"system": "non_maw", "seeds": [7, 8, 9]}
    suite = smoke_suite(analysis={**analysis, "controls": {"negative": negative}})
    assert seeds_of(suite, JobKey(system="non_maw", control=NEGATIVE)) == (7, 8, 9)
    assert seeds_of(suite, JobKey(system="non_maw", control=BUDGET)) == suite.seeds
    assert seeds_of(suite, JobKey(system="non_maw")) == suite.seeds
    assert seeds_of(suite, JobKey(system="bm25")) == (0,)
