"""A stage runs as a command: outputs are whole, and a user's mistake is one line."""

import json
import os
import signal
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from maw.errors import InputError
from maw.jobs import files, manifest
from maw.jobs.job import Job, Output, run
from maw.jobs.pending import PendingFile


def half_a_file(target: Path) -> Iterator[bytes]:
    """Yield one block, and fail on the second as a full disk does."""
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
        job.outputs[target].fill(half_a_file(target))
    job.write_parquet(target, frame)
    return f"{len(frame)} rows, {len(others)} others, extra {extra}"


@pytest.fixture(autouse=True)
def own_signals() -> Iterator[None]:
    before = signal.getsignal(signal.SIGTERM)
    yield
    signal.signal(signal.SIGTERM, before)


def call(folder: Path, **spec: str) -> Path:
    source, target = folder / "source.parquet", folder / "out" / "target.parquet"
    PendingFile(source).write(files.parquet_bytes(pd.DataFrame({"x": [1]}), {"digest": "d0"}))
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
        ("disk", "No space left on device; free space or allow writing, and run again"),
        ("half-way", "No space left on device; free space or allow writing, and run again"),
    ],
)
def test_a_mistake_is_one_line_and_exit_2_and_nothing_is_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], fail: str, message: str
) -> None:
    with pytest.raises(SystemExit) as left:
        call(tmp_path, fail=fail)
    line = capsys.readouterr().err
    assert left.value.code == 2
    assert message in line
    assert line.count("\n") == 1
    assert list((tmp_path / "out").iterdir()) == []


def test_a_job_whose_output_another_job_holds_says_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    held = PendingFile(tmp_path / "out" / "target.parquet")
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
    PendingFile(target).release()  # nobody else's any more


def two(job: Job, *, first: Output, second: Output) -> None:
    """A stage for these tests."""
    job.write_json(first, {})
    job.write_json(second, {})


def test_an_output_that_is_locked_leaves_nothing_of_the_others(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    locked = PendingFile(tmp_path / "second.json")
    paths = ["--first", str(tmp_path / "first.json"), "--second", str(tmp_path / "second.json")]
    with pytest.raises(SystemExit):
        run(two, ["--spec", "{}", "--code", "c0", *paths])
    assert "second.json: another run is writing this file" in capsys.readouterr().err
    locked.release()
    assert list(tmp_path.iterdir()) == []


def test_a_state_is_kept_for_the_same_job_and_for_no_other(tmp_path: Path) -> None:
    path = tmp_path / "state.safetensors"
    job = Job("long", {"a": 1}, "c0")
    assert job.kept(path) is None
    job.keep(path, [{"done": np.array([3])}])
    kept = Job("long", {"a": 1}, "c0").kept(path)
    assert kept is not None
    assert kept[0]["done"].tolist() == [3]
    assert Job("long", {"a": 2}, "c0").kept(path) is None
    assert Job("long", {"a": 1}, "c1").kept(path) is None


def test_a_damaged_state_is_named_and_not_gone_on_with(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "state.safetensors"
    job = Job("long", {"a": 1}, "c0")
    job.keep(path, [{"done": np.array([3])}])
    path.write_bytes(path.read_bytes()[:-8] + b"12345678")
    assert job.kept(path) is None
    mismatch = "damaged: its content does not match its hash"
    assert capsys.readouterr().out == f"{path}: {mismatch}; this job starts from the beginning\n"


def test_a_specification_is_json_or_the_file_that_holds_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    first, second, spec = (tmp_path / f"{name}.json" for name in ("first", "second", "spec"))
    paths = ["--first", str(first), "--second", str(second)]
    spec.write_bytes(files.json_bytes({"spec": {"a": 1}}))
    run(two, ["--spec", str(spec), "--code", "c0", *paths])
    assert files.read_stamp(first)["spec"] == {"a": 1}
    spec.write_bytes(files.json_bytes({}))
    with pytest.raises(SystemExit):
        run(two, ["--spec", str(spec), "--code", "c0", *paths])
    assert "spec.json: holds no specification; run snakemake" in capsys.readouterr().err


@dataclass(frozen=True)
class Pair:
    """Files that stages read together."""

    left: Path
    right: Path | None = None


def both(job: Job, *, pair: Pair, target: Output) -> str:
    """A stage for these tests."""
    job.write_parquet(target, job.read_parquet(pair.left))
    return f"right {pair.right}"


@pytest.mark.parametrize("right", [None, "right.parquet"])
def test_a_dataclass_of_paths_is_an_option_for_each_of_its_fields(
    right: str | None, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    left, target = tmp_path / "left.parquet", tmp_path / "target.parquet"
    PendingFile(left).write(files.parquet_bytes(pd.DataFrame({"x": [1]}), {"digest": "d0"}))
    arguments = ["--spec", "{}", "--code", "c0", "--left", str(left), "--target", str(target)]
    run(both, arguments + (["--right", right] if right else []))
    assert files.read_stamp(target)["reads"] == ["d0"]
    assert capsys.readouterr().out.startswith(f"maw both: right {right} (")
    with pytest.raises(SystemExit):
        run(both, arguments[:4] + arguments[6:])  # without the required --left
    assert "--left" in capsys.readouterr().err


def plain(job: Job, *, figure: Path, target: Output) -> None:
    """A stage for these tests."""
    job.write_bytes(target, job.read_plain(figure).encode())


def test_a_file_without_a_stamp_is_compared_with_its_folders_manifest(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    figure, target = tmp_path / "a.svg", tmp_path / "b/b.svg"
    figure.write_text("<svg></svg>")
    manifest.enter(tmp_path, {"a.svg": manifest.digest_of(b"<svg></svg>")})
    arguments = ["--spec", "{}", "--code", "c0", "--figure", str(figure), "--target", str(target)]
    run(plain, arguments)
    assert manifest.read_listed(target) == b"<svg></svg>"
    figure.write_text("<svg>?</svg>")
    with pytest.raises(SystemExit):
        run(plain, arguments)
    assert (
        "a.svg: damaged: its content does not match its hash; the next" in capsys.readouterr().err
    )
