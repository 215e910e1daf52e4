"""The suite that times are measured on keeps its systems, seeds and steps."""

from pathlib import Path

import pytest
import yaml

from maw.commands.check import check
from maw.settings.read import parse_suite

PATH = Path(__file__).parents[2] / "benchmarks/embedded_3bc6a15.yaml"


def test_it_asks_for_as_much_training_as_at_that_commit() -> None:
    suite = parse_suite(yaml.safe_load(PATH.read_text()), source=str(PATH), files=[PATH])
    # git show 3bc6a15:workflow/config/embedded.yaml
    trained = [name for name in suite.systems if suite.is_trained(name)]
    assert trained == ["non_maw", "maw_supervised", "maw_grpo"]
    assert list(suite.systems) == ["bm25", "non_maw_zeroshot", *trained]
    assert suite.seeds == (42, 43, 44, 45, 46)
    assert sum(len(suite.seeds_of(name)) for name in trained) == 15
    assert (suite.training.steps, suite.training.batch_size) == (32, 24)
    assert (suite.backbone.max_document_tokens, suite.backbone.max_query_tokens) == (64, 32)
    assert suite.selection.learning_rates == (3e-4, 1e-3, 3e-3)
    assert suite.calibration.draws == 1000
    assert len(suite.analysis.contrasts) == 8
    assert suite.device == "cpu"


def test_it_passes_the_check(capsys: pytest.CaptureFixture[str]) -> None:
    check(PATH)
    assert "suite 'embedded', 17 runs" in capsys.readouterr().out
