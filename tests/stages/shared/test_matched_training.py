"""A system trains as many steps as all others, or as many as match the compute of named systems."""

from collections.abc import Callable
from pathlib import Path

import pytest

from maw.jobs import files
from maw.jobs.job import Job
from maw.stages.shared.matched_training import matched_steps, matched_training
from maw.stages.shared.training_files import TrainingFiles

Write = Callable[..., Path]
SPEC = {"name": "plain", "training": {"steps": 30}}


def files_with(prices: list[Path] | None) -> TrainingFiles:
    """Return training files of which only the prices exist."""
    missing = Path("missing")
    return TrainingFiles(
        documents=missing,
        queries=missing,
        qrels=missing,
        split=missing,
        training=missing,
        negatives=missing,
        forbidden=missing,
        development=missing,
        trunk=missing,
        prices=prices,
    )


def test_steps_are_raised_to_the_dearest_and_never_lowered() -> None:
    # 30 steps at 2 against 3 and 5: 75; a part of a step is a whole one
    assert matched_steps(30, 2.0, [3.0, 5.0]) == 75
    assert matched_steps(30, 7.0, [8.0]) == 35
    assert matched_steps(30, 5.0, [1.0, 2.0]) == 30


def test_without_prices_the_training_is_everybodys() -> None:
    no_prices: tuple[list[Path] | None, ...] = (None, [])
    for prices in no_prices:
        assert matched_training(Job("trial", SPEC, "c"), files_with(prices)).steps == 30


def test_what_prices_say_is_followed_and_stamped(tmp_path: Path, write: Write) -> None:
    prices = [
        write(tmp_path / f"{name}.json", {"system": name, "flops_per_step": flops}, name)
        for name, flops in (("plain", 2e9), ("maw", 3e9), ("other", 1e9))
    ]
    job = Job("train", SPEC, "c")
    assert matched_training(job, files_with(prices)).steps == 45
    assert job.reads == {files.read_stamp(path)["digest"] for path in prices}
    assert len(job.reads) == 3


def test_a_system_without_its_own_price_is_an_error(tmp_path: Path, write: Write) -> None:
    other = write(tmp_path / "maw.json", {"system": "maw", "flops_per_step": 1.0})
    with pytest.raises(KeyError, match="plain"):
        matched_training(Job("train", SPEC, "c"), files_with([other]))


def test_a_factor_multiplies_the_steps_after_they_were_matched(
    tmp_path: Path, write: Write
) -> None:
    prices = [
        write(tmp_path / f"{name}.json", {"system": name, "flops_per_step": flops}, name)
        for name, flops in (("plain", 3e9), ("maw", 4e9))
    ]
    spec = {**SPEC, "training": {"steps": 10}, "factor": 2}
    # 10 · 4/3 = 13.3: 14 steps, and twice as many
    assert matched_training(Job("train", spec, "c"), files_with(prices)).steps == 28
    assert matched_training(Job("train", spec, "c"), files_with(None)).steps == 20
