"""The FLOPs of a training step are counted: the same number every time, more for more work."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from maw.jobs.files import read_json
from maw.stages.price import price
from maw.stages.shared.training_files import TrainingFiles

Call = Callable[..., None]


def test_a_step_has_a_price_and_depths_raise_it(
    tmp_path: Path,
    call: Call,
    training_files: TrainingFiles,
    training_spec: dict[str, Any],
    capsys: pytest.CaptureFixture[str],
) -> None:
    files = vars(training_files)
    maw = {
        "kind": "bi_encoder",
        "attention": {"kind": "maw", "depths": 3},
        "router": {"kind": "supervised"},
        "objective": {"kind": "supervised"},
    }
    call(price, training_spec, **files, price=tmp_path / "non_maw.json")
    call(price, training_spec, **files, price=tmp_path / "again.json")
    call(price, {**training_spec, "name": "maw", "system": maw}, **files, price=tmp_path / "m.json")
    plain, again, with_depths = (
        read_json(tmp_path / f"{name}.json") for name in ("non_maw", "again", "m")
    )
    assert plain["system"] == "non_maw"
    assert 0 < plain["flops_per_step"] == again["flops_per_step"]
    assert with_depths["flops_per_step"] > plain["flops_per_step"]
    assert "maw price: non_maw: 0.00 GFLOP a step (" in capsys.readouterr().out
