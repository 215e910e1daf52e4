"""What Snakemake prints becomes one line; a failed job's own error is shown."""

import pytest

from maw.jobs.pace import Pace
from workflow.snakemake_output import Story, development

# printed by Snakemake 9.27.1, a suite of two trainings; times are left out
PLAN = """\
Building DAG of jobs...
Job stats:
job         count
--------  -------
prepare         1
make_run        2
compare         1
all             1
total           5

Select jobs to execute...
"""
ERROR = """\
RuleException:
CalledProcessError in file "/maw/workflow/rules/runs.smk", line 13:
[Sun Nov 29 11:33:15 2026]
Error in rule make_run:
    message: None
    jobid: 2
    output: b.txt
    log: logs/make_run/maw.log (check log file(s) for error details)
    shell:
        python -m maw.stages.make_run
        (command exited with non-zero exit code)
Logfile logs/make_run/maw.log:
========================
maw seed 42: step 6/30: loss 1.2, dev 0.51
{last}
========================
Shutting down, this might take some time.
"""


@pytest.fixture
def story() -> Story:
    story = Story(Pace(2, 40.0))
    hear(story, PLAN, 0.0)
    return story


def hear(story: Story, text: str, now: float) -> list[str]:
    """Tell the story the lines; return what is to be shown."""
    return [shown for line in text.splitlines() for shown in story.hear(line, now)]


def test_before_the_jobs_are_counted_it_says_so() -> None:
    assert Story(Pace(2)).line(1.0) == "[0:01] planning"


def test_the_line_counts_models_and_says_the_last_development_score(story: Story) -> None:
    assert story.line(0.0) == "[0:00 of about 1:00] 0 of 2 models trained"
    hear(story, "Job 1: prepare pydocs", 0.0)
    assert story.line(1.0).endswith("0 of 2 models trained · prepare pydocs")
    hear(story, "Finished jobid: 1 (Rule: prepare)\n1 of 5 steps (20%) done", 15.0)
    hear(story, "Job 2: train maw seed 44 on pydocs", 15.0)
    hear(story, "maw make_run: maw seed 44: dev 0.6523 at 0.0006; 550 queries scored", 55.0)
    hear(story, "Finished jobid: 2 (Rule: make_run)\n2 of 5 steps (40%) done", 55.0)
    hear(story, "Job 3: train maw seed 45 on pydocs", 55.0)
    assert story.line(55.0).endswith("1 of 2 models trained · maw seed 44: dev .652")
    assert (story.n_done, story.n_steps) == (2, 5)


def test_after_the_last_training_it_says_what_is_done(story: Story) -> None:
    hear(story, "Job 2: train maw seed 44 on pydocs\nJob 3: train maw seed 45 on pydocs", 0.0)
    hear(story, "maw make_run: maw seed 44: dev 0.6523 at 0.0006", 40.0)
    hear(story, "Finished jobid: 2 (Rule: make_run)\nFinished jobid: 3 (Rule: make_run)", 40.0)
    hear(story, "Job 4: compare the systems", 40.0)
    assert story.line(40.0).endswith("2 of 2 models trained · compare the systems")


def test_without_a_training_it_counts_jobs() -> None:
    story = Story(Pace(2))
    hear(story, "Job stats:\njob  count\n---  ---\nreport  1\nall  1\ntotal  2", 0.0)
    hear(story, "Job 1: write the report\n1 of 2 steps (50%) done", 1.0)
    assert story.line(1.0).endswith("1 of 2 jobs done · write the report")


def test_a_failed_jobs_own_error_is_one_line(story: Story) -> None:
    hear(story, "Job 2: train maw seed 44 on pydocs", 0.0)
    shown = hear(story, ERROR.format(last="maw make_run: qrels.parquet: missing; run again"), 1.0)
    assert shown == [
        "Failed: train maw seed 44 on pydocs (logs/make_run/maw.log)",
        "  maw make_run: qrels.parquet: missing; run again",
    ]
    assert story.n_failures == 1


def test_of_a_traceback_the_last_lines_are_shown(story: Story) -> None:
    trace = "\n".join(f"  File {i}" for i in range(30)) + "\nValueError: no"
    shown = hear(story, ERROR.format(last=trace), 1.0)
    assert shown[0] == "Failed: a job (logs/make_run/maw.log)"
    assert (shown[-1], len(shown)) == ("  ValueError: no", 21)


def test_an_empty_log_is_named(story: Story) -> None:
    assert hear(story, "Logfile logs/a.log: empty file", 1.0) == ["Failed: a job (logs/a.log)"]


def test_after_ctrl_c_the_jobs_that_were_stopped_are_no_failures(story: Story) -> None:
    story.is_stopped = True
    assert hear(story, ERROR.format(last="KeyboardInterrupt"), 1.0) == []
    assert story.n_failures == 0


def test_what_maw_itself_tells_is_shown_at_once(story: Story) -> None:
    line = "maw: results/a.parquet: damaged, set aside"
    assert hear(story, line, 1.0) == [line]


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("maw_grpo seed 44: step 24/30: loss 1.1760, dev 0.5796", "maw_grpo seed 44: dev .580"),
        ("maw trial: maw: best of 3 trials: learning rate 0.0006, dev 0.57", "maw: dev .570"),
        ("maw at learning rate 0.002: dev 0.5643", "maw at learning rate 0.002: dev .564"),
        ("maw seed 1: dev 1.0000 at 0.0006", "maw seed 1: dev 1.000"),
        ("maw evaluate: bm25 seed0: nDCG@10 0.5583", ""),
        ("maw prepare: pydocs: 1279 train, 171 dev, 550 test", ""),
    ],
)
def test_development_scores_alone_are_told(line: str, told: str) -> None:
    assert development(line) == told
