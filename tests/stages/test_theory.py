"""The theory stage: one file with every part that the page shows, the same at each run."""

from collections.abc import Callable
from pathlib import Path

import pytest

from maw.jobs import files
from maw.stages.theory import DEPTHS, SIZES, theory

Call = Callable[..., None]
SPEC = {"draws": 3, "lengths": [16]}


def test_every_part_of_the_theory_is_written_and_the_same_again(
    tmp_path: Path, call: Call, capsys: pytest.CaptureFixture[str]
) -> None:
    first, second = tmp_path / "first.json", tmp_path / "second.json"
    call(theory, SPEC, theory=first)
    assert "0 violations; Theorem 1: 0.7616 > 0" in capsys.readouterr().out
    content = files.read_json(first)
    parts = {"statements", "counterexample", "trials", "bounds", "costs"}
    assert parts <= set(content)
    settings = [(trial["size"], trial["depths"]) for trial in content["trials"]]
    assert settings == [(size, depths) for depths in DEPTHS for size in SIZES]
    assert {cost["length"] for cost in content["costs"]} == {16}
    assert all(bound["draws"] == 3 for bound in content["bounds"])
    call(theory, SPEC, theory=second)
    assert second.read_bytes() == first.read_bytes()
