"""`make reproduce` shows one line, passes the exit code on, and stops Snakemake at Ctrl-C.

A program that prints what Snakemake prints stands for it, so that nothing is computed.
"""

import io
import os
import re
import signal
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
from rich.console import Console

from maw.jobs.pace import Pace
from tests.workflow.checkout import ROOT, Checkout
from tests.workflow.smoke_run import SmokeRun
from workflow import live
from workflow.snakemake_output import Story

CONFIGURATION = ROOT / "workflow/config/smoke.yaml"
LOGS = Path("results/suites/smoke/logs")
PLAN = "Job stats:\njob  count\n---  ---\nmake_run  1\nall  1\ntotal  2\n"
FAILURE = (
    "Job 1: train maw seed 1\n    jobid: 1\nLogfile logs/a.log:\n====\n"
    "maw make_run: qrels.parquet: missing; run again\n====\n"
)


Show = Callable[..., tuple[int, str]]


@pytest.fixture
def shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Show:
    """Return a function that shows the progress of a shell script in a folder of its own."""

    def show(script: str, *options: str) -> tuple[int, str]:
        program = tmp_path / "snakemake"
        program.write_text(f"#!/bin/sh\n{script}\n")
        program.chmod(0o755)
        monkeypatch.chdir(tmp_path)
        configuration = options or ("--configfile", str(CONFIGURATION))
        status = live.main([str(program), "--cores", "2", *configuration])
        return status, capsys.readouterr().err

    return show


def printed(text: str, *, then: str = "exit 0") -> str:
    return f"cat <<'END'\n{text}END\n{then}"


def test_a_good_run_shows_few_lines_and_keeps_all_in_a_file(shown: Show, tmp_path: Path) -> None:
    text = PLAN + "Job 1: train maw seed 1\nFinished jobid: 1 (Rule: make_run)\n2 of 2 steps ("
    status, output = shown(printed(f"{text}\n"))
    assert status == 0
    *lines, last = output.splitlines()
    assert len(lines) <= 1
    path = Path(last.partition("Full log: ")[2])
    assert last == f"2 jobs done in 0:00. Full log: {path}"
    assert path.parent == LOGS
    assert (tmp_path / path).read_text() == f"{text}\n"
    assert shown("exit 0")[1].startswith("Nothing to be done. Full log: ")


def test_a_failure_passes_error_and_exit_code_on(shown: Show) -> None:
    status, output = shown(printed(PLAN + FAILURE, then="exit 3"))
    assert status == 3
    assert "Failed: train maw seed 1 (logs/a.log)\n" in output
    assert "\n  maw make_run: qrels.parquet: missing; run again\n" in output
    assert "Snakemake ended with exit code 3 after " in output
    assert "Job stats" not in output
    assert shown("kill -KILL $$")[0] == 128 + signal.SIGKILL


@pytest.mark.parametrize("name", ["INT", "TERM", "HUP"])
def test_ctrl_c_reaches_snakemake_and_its_jobs_once(name: str, shown: Show, tmp_path: Path) -> None:
    number = signal.Signals[f"SIG{name}"]
    waits = "for i in $(seq 250); do [ -e ended ] || sleep 0.02; done"
    # the shell waits for its job, and then does what its own trap says
    job = f'(trap "echo job >> stopped; touch ended" {name}; touch ready; {waits})'
    script = f'trap "echo snakemake >> stopped" {name}\n{job}\nexit 1'

    def stop() -> None:
        while not (tmp_path / "ready").exists():
            time.sleep(0.02)
        os.kill(os.getpid(), number)

    before = signal.signal(number, signal.default_int_handler)  # a shell may have it ignored
    try:
        threading.Thread(target=stop, daemon=True).start()
        status, output = shown(script)
        assert signal.getsignal(number) is signal.default_int_handler
    finally:
        signal.signal(number, before)
    assert status == 1
    assert sorted((tmp_path / "stopped").read_text().split()) == ["job", "snakemake"]
    assert output.startswith("Stopped after 0:0")


def test_a_signal_that_is_ignored_stays_ignored() -> None:
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)  # as `nohup make reproduce` does
    try:
        with live.forwarding(Story(Pace(1))):
            assert signal.getsignal(signal.SIGHUP) == signal.SIG_IGN
    finally:
        signal.signal(signal.SIGHUP, before)


def test_verbose_is_snakemake_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[tuple[str, list[str]]] = []
    monkeypatch.setattr(os, "execvp", lambda *call: calls.append(call))
    monkeypatch.setattr(live, "run", lambda _: 0)
    live.main(["--verbose", "sh", "-c", "exit 0"])
    assert calls == [("sh", ["sh", "-c", "exit 0"])]


def test_mistakes_are_one_line(
    shown: Show, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert live.main([]) == 2
    assert "usage: python -m workflow.live" in capsys.readouterr().err
    assert live.main([str(tmp_path / "snakemake")]) == 127
    assert "no such program; run `make .venv/installed`" in capsys.readouterr().err
    status, output = shown("exit 0", "--configfile", "none.yaml")
    assert status == 1
    assert output.startswith("maw: none.yaml: no such configuration file")


def test_the_last_lines_are_shown_where_snakemake_fails_and_no_job_did(shown: Show) -> None:
    _, output = shown(printed("one\nerror: two\n", then="exit 2"))
    assert output.startswith("one\nerror: two\nSnakemake ended with exit code 2")
    _, output = shown(printed("one\nmaw: two\n", then="exit 1"))
    assert output.startswith("maw: two\nSnakemake ended with exit code 1")


@pytest.fixture
def plain() -> tuple[live.Screen, io.StringIO]:
    file = io.StringIO()
    return live.Screen(file), file


def test_a_file_gets_a_line_at_each_tenth_and_never_two_in_half_a_minute(
    plain: tuple[live.Screen, io.StringIO],
) -> None:
    screen, file = plain
    for second in range(1000):
        screen.show(f"{second}", now=float(second), share=second / 1000)
    assert file.getvalue().split() == [str(tenth) for tenth in range(0, 1000, 100)]


def test_a_file_gets_a_line_every_ten_minutes_where_nothing_ends(
    plain: tuple[live.Screen, io.StringIO],
) -> None:
    screen, file = plain
    for second in range(0, 1300, 10):
        screen.show(f"{second}", now=float(second), share=0.0)
    assert file.getvalue().split() == ["0", "600", "1200"]


def test_a_terminal_gets_one_line_that_is_cut_and_goes_away() -> None:
    file = io.StringIO()
    screen = live.Screen(file, console=Console(file=file, force_terminal=True, width=20))
    screen.show("[0:01 of about 9:00] 9 of 15 models trained", now=0.0, share=0.0)
    screen.say("[red]stays")
    screen.close()
    assert "[0:01 of about 9:00…" in file.getvalue()
    assert "[red]stays" in file.getvalue()
    assert "15 models" not in file.getvalue()


def test_the_latest_development_score_is_that_of_the_log_written_last(tmp_path: Path) -> None:
    for age, (name, text) in enumerate(
        {
            "evaluate/a.log": "maw evaluate: test 0.9, dev 0.9",  # no log of a training
            "make_run/a.log": "a seed 1: step 1/2: dev 0.4\na seed 1: dev 0.5 at 0.1\nranked",
            "trial/b.log": "b at learning rate 0.1: dev 0.3",
        }.items()
    ):
        path = tmp_path / name
        path.parent.mkdir()
        path.write_text(text)
        os.utime(path, (1000 - age, 1000 - age))
    assert live.latest(tmp_path, since=0.0) == "a seed 1: dev .500"
    assert live.latest(tmp_path, since=1001.0) == ""
    assert live.latest(tmp_path / "none", since=0.0) == ""


def test_no_test_score_is_printed_before_the_report(smoke: Checkout, smoke_run: SmokeRun) -> None:
    scores = pd.read_parquet(smoke.results / "summary/scores.parquet")
    means = [
        mean
        for keys in (["dataset", "system", "measure"], ["dataset", "system", "seed", "measure"])
        for mean in scores.groupby(keys)["value"].mean()
    ]
    secret = {f"{mean:.{digits}f}" for mean in means for digits in (3, 4)} - {"0.000", "1.000"}
    texts = [smoke_run.log.read_text().partition(": write the report")[0]]
    for stage in ("make_run", "evaluate"):
        texts += [path.read_text() for path in (smoke.results / "logs" / stage).rglob("*.log")]
    assert len(texts) > 6
    for text in texts:
        told = re.sub(r"\b(dev|loss|Theorem 1:) [\d.]+", "", text)
        assert not secret & set(re.findall(r"\b\d+\.\d+\b", told))
