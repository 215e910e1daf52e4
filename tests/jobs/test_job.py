"""A stage runs as a command: whole outputs, one line, no traceback for a user's mistake."""

import json
import os
import signal
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import pytest

from maw.errors import InputError
from maw.jobs import files
from maw.jobs.job import Job, Output, run


def half_a_file(target: Path) -> Iterator[bytes]:
    """The disk is full when the second half is made."""
    yield b"one half"
    raise OSError(28, "No space left on device", str(target))


def copy(job: Job, *, source: Path, others: list[Path], extra: Path | None, target: Output) -> str:
    """A stage for these tests."""
    frame = job.read_parquet(source, ("x",))
    if job.spec.get("fail") == "input":
        raise InputError(f"{source}:3: x is 'seven';\n write a number")
    if job.spec.get("fail") == "memory":
        raise MemoryError
    if job.spec.get("fail") == "disk":
        raise OSError(28, "No space left on device", str(target))
    if job.spec.get("fail") == "stopped":
        os.kill(os.getpid(), signal.SIGTERM)
    if job.spec.get("fail") == "half-way":
        job.write_bytes(target, half_a_file(target))
    job.write_parquet(target, frame)
    return f"{len(frame)} rows, {len(others)} others, extra {extra}"


@pytest.fixture(autouse=True)
def own_signals() -> Iterator[None]:
    before = signal.getsignal(signal.SIGTERM)
    yield
    signal.signal(signal.SIGTERM, before)


def call(folder: Path, **spec: str) -> Path:
    source, target = folder / "source.parquet", folder / "out" / "target.parquet"
    files.Claim(source).write(files.parquet_bytes(pd.DataFrame({"x": [1]}), {"digest": "d0"}))
    run(
        copy,
        [
            "--spec",
            json.dumps(spec),
            "--code",
            "c0",
            "--source",
            str(source),
            "--others",
            "a",
            "b",
            "--target",
            str(target),
        ],
    )
    return target


def test_outputs_carry_the_stamp_of_what_was_read(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    stamp = files.read_stamp(call(tmp_path, a="b"))
    assert stamp["stage"] == "copy"
    assert (stamp["spec"], stamp["code"], stamp["reads"]) == ({"a": "b"}, "c0", ["d0"])
    assert capsys.readouterr().out.startswith("maw copy: 1 rows, 2 others, extra None (")


@pytest.mark.parametrize(
    ("fail", "message"),
    [
        ("input", "source.parquet:3: x is 'seven'; write a number"),
        ("memory", "out of memory; run fewer jobs at once"),
        ("disk", "No space left on device; free it and rerun"),
        ("half-way", "No space left on device; free it and rerun"),
    ],
)
def test_a_mistake_is_one_line_and_exit_2_and_nothing_is_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], fail: str, message: str
) -> None:
    with pytest.raises(SystemExit) as left:
        call(tmp_path, fail=fail)
    told = capsys.readouterr().err
    assert left.value.code == 2
    assert message in told
    assert told.count("\n") == 1
    assert list((tmp_path / "out").iterdir()) == []


def test_a_job_whose_output_another_job_holds_says_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    held = files.Claim(tmp_path / "out" / "target.parquet")
    with pytest.raises(SystemExit):
        call(tmp_path)
    held.release()
    assert "target.parquet: another run is writing this file" in capsys.readouterr().err


def test_a_job_that_is_asked_to_end_gives_back_what_it_holds(tmp_path: Path) -> None:
    with pytest.raises(SystemExit) as stopped:
        call(tmp_path, fail="stopped")
    assert stopped.value.code == 143
    target = tmp_path / "out" / "target.parquet"
    assert not target.exists()
    files.Claim(target).release()  # nobody else's any more


@dataclass(frozen=True)
class Sides:
    """Files that stages read together."""

    left: Path
    right: Path | None = None


def both(job: Job, *, sides: Sides, target: Output) -> str:
    """A stage for these tests."""
    job.write_parquet(target, job.read_parquet(sides.left))
    return f"right {sides.right}"


@pytest.mark.parametrize("right", [None, "right.parquet"])
def test_a_dataclass_of_paths_is_an_option_for_each_of_its_fields(
    right: str | None, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    left, target = tmp_path / "left.parquet", tmp_path / "target.parquet"
    files.Claim(left).write(files.parquet_bytes(pd.DataFrame({"x": [1]}), {"digest": "d0"}))
    given = ["--spec", "{}", "--code", "c0", "--left", str(left), "--target", str(target)]
    run(both, given + (["--right", right] if right else []))
    assert files.read_stamp(target)["reads"] == ["d0"]
    assert capsys.readouterr().out.startswith(f"maw both: right {right} (")
    with pytest.raises(SystemExit):
        run(both, given[:4] + given[6:])  # left is asked for
    assert "--left" in capsys.readouterr().err
