"""Development scores over training steps: what is trained, what a stopped run goes on with."""

import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import curves
import pandas as pd
import pytest
from curves import Point

Trained = list[Point]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Trained]:
    """Return a function that runs the script on two numbers of steps, and returns what it trained.

    A training's score is its number of steps over 1000. stop_after: trainings after which the run
    is stopped.
    """
    (tmp_path / "results/data/pydocs").mkdir(parents=True)

    def call(stop_after: int = 100) -> Trained:
        trained: Trained = []

        def rows(wanted: Sequence[Point], folder: Path, rate: float) -> Iterator[dict[str, object]]:
            for point in wanted[:stop_after]:
                trained.append(point)
                yield {**vars(point), "learning_rate": rate, "dev": point.steps / 1000}
            if len(wanted) > stop_after:
                raise KeyboardInterrupt

        monkeypatch.setattr(curves, "rows", rows)
        options = ["--results", str(tmp_path / "results"), "--out", str(tmp_path / "out")]
        chosen = ["--steps", "64", "32", "--seeds", "141", "--systems", "non_maw", "maw_grpo"]
        monkeypatch.setattr(sys, "argv", ["curves.py", *options, *chosen])
        curves.main()
        return trained

    return call


def test_the_shortest_trainings_come_first(run: Callable[..., Trained], tmp_path: Path) -> None:
    assert run() == [
        Point(32, "maw_grpo", 141),
        Point(32, "non_maw", 141),
        Point(64, "maw_grpo", 141),
        Point(64, "non_maw", 141),
    ]
    table = pd.read_csv(tmp_path / "out/curves.csv")
    assert table["dev"].tolist() == [0.032, 0.032, 0.064, 0.064]
    picture = (tmp_path / "out/curves.svg").read_text()
    assert picture.startswith("<svg")
    for text in ("maw_grpo: .064", "non_maw: .032 at 32, .064 at 64", "What more training steps"):
        assert text in picture
    assert (tmp_path / "out/curves.png").read_bytes().startswith(b"\x89PNG")


def test_a_stopped_run_goes_on_where_it_was(run: Callable[..., Trained]) -> None:
    with pytest.raises(KeyboardInterrupt):
        run(stop_after=3)
    assert run() == [Point(64, "non_maw", 141)]


def test_the_data_must_have_been_prepared(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["curves.py", "--results", str(tmp_path)])
    with pytest.raises(SystemExit, match="no such folder; run `make reproduce` first"):
        curves.main()
