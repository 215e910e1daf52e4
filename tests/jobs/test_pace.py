"""The time left: at first the estimate's, then that of the jobs that have ended."""

from pathlib import Path

import pytest

from maw.jobs.pace import Pace, about, clock, heavy_seconds
from maw.settings.read import read_suite

EMBEDDED = Path(__file__).parents[2] / "workflow/config/embedded.yaml"


def planned(heavy: float | None = 40.0, *, n_cores: int = 2) -> Pace:
    pace = Pace(n_cores, heavy)
    pace.plan({"make_run": 10, "report": 2})
    return pace


def test_at_the_start_the_estimate_is_shared_by_the_cores() -> None:
    # ten trainings of 40 s and two small jobs of 1.5 s, two at once
    assert planned().total_seconds(0.0) == pytest.approx((10 * 40 + 2 * 1.5) / 2)


def test_jobs_that_ended_stand_for_those_that_wait() -> None:
    pace = planned(n_cores=1)
    for job, started in enumerate((0.0, 80.0, 160.0)):
        pace.start(str(job), started)
        pace.finish(str(job), "make_run", started + 80)
    # seven more of 80 s each; the small jobs are taken to be slower than estimated, too:
    # (240 + 30) / (120 + 30) = 1.8 times
    total = pace.total_seconds(240.0)
    assert total == pytest.approx(240 + 7 * 80 + 2 * 1.5 * 1.8)
    assert (pace.n_ended(["make_run"]), pace.n_planned(["make_run"])) == (3, 10)


def test_a_running_jobs_age_counts_but_no_job_counts_twice() -> None:
    pace = planned(n_cores=1)
    pace.start("1", 0.0)
    assert pace.total_seconds(30.0) == pytest.approx(30 + (403 - 30))
    # a job that takes longer than the longest expected one shortens nothing else
    assert pace.total_seconds(400.0) == pytest.approx(400 + (403 - 40))


def test_the_number_of_jobs_at_once_is_measured() -> None:
    pace = planned(n_cores=8)
    for job in range(2):  # a GPU for one job: the eight cores do not help
        pace.start(str(job), 300.0 * job)
        pace.finish(str(job), "make_run", 300.0 * (job + 1))
    total = pace.total_seconds(600.0)
    assert total is not None
    at_once = (8 * 60 + 600) / (60 + 600)
    assert total == pytest.approx(600 + (8 * 300 + 3 * 630 / 110) / at_once)


def test_nothing_is_said_before_anything_is_known() -> None:
    assert Pace(2).total_seconds(1.0) is None  # nothing is planned yet
    pace = planned(None)
    assert pace.total_seconds(1.0) is None  # nobody knows how long a training takes
    pace.start("1", 0.0)
    pace.finish("1", "make_run", 50.0)
    assert pace.total_seconds(50.0) == pytest.approx(50 + (9 * 50 + 3) / ((120 + 50) / 110))


def test_the_controls_runs_are_expected_to_take_as_long_as_the_suites() -> None:
    pace = Pace(1, 40.0)
    pace.plan({"make_control_run": 3})
    assert pace.total_seconds(0.0) == pytest.approx(120)


def test_the_estimate_is_shared_by_the_jobs_that_train_encode_or_rank() -> None:
    suite = read_suite(EMBEDDED)
    # 1 encoding, 3 searches, 3 systems of 5 seeds, BM25 and the untrained encoder
    assert heavy_seconds(suite, 0.21) == pytest.approx(0.21 * 3600 / (1 + 3 + 15 + 2))
    assert heavy_seconds(suite, 0.0) is None


@pytest.mark.parametrize(
    ("seconds", "exact", "rounded"),
    [
        (0, "0:00", "0:00"),
        (249.6, "4:10", "4:10"),
        (531, "8:51", "9:00"),
        (601, "10:01", "11:00"),
        (3850, "1:04:10", "1:05:00"),
        (7201, "2:00:01", "2:10:00"),
    ],
)
def test_durations_as_text(seconds: float, exact: str, rounded: str) -> None:
    assert (clock(seconds), about(seconds)) == (exact, rounded)
