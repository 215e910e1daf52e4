"""What is wrong with a user's code is one line with its place, before anything runs."""

from pathlib import Path
from typing import Any

import pytest
import torch

from maw.errors import InputError
from maw.ranking.rehearsal import random_texts, random_top, rehearse
from maw.settings import registry

EXAMPLES = Path(__file__).parents[2] / "examples"
RANKING = {"kind": "ranking"}
MAW = {"kind": "maw", "depths": 3}
ATTENTION, ROUTER, OBJECTIVE, SYSTEM = "my_window", "my_router", "my_objective", "my_system"


def entry(name: str, path: Path, kind: str = "bi_encoder") -> Any:
    """Return a system with one kind from a file, in the place of the example of this name."""
    mine = {"kind": str(path)}
    entries: dict[str, dict[str, Any]] = {
        ATTENTION: {"kind": kind, "attention": mine, "objective": RANKING},
        ROUTER: {"kind": kind, "attention": MAW, "router": mine, "objective": {"kind": "grpo"}},
        OBJECTIVE: {"kind": kind, "objective": mine},
        SYSTEM: mine,
    }
    return registry.parse("systems", entries[name])


@pytest.mark.parametrize("kind", ["bi_encoder", "cross_encoder"])
@pytest.mark.parametrize("name", [ATTENTION, ROUTER, OBJECTIVE])
def test_the_examples_pass(name: str, kind: str) -> None:
    before = torch.random.get_rng_state()
    rehearse("mine", entry(name, EXAMPLES / f"{name}.py", kind))
    assert torch.equal(torch.random.get_rng_state(), before)


def test_an_untrained_system_and_one_of_our_own_kinds_pass() -> None:
    rehearse("mine", entry(SYSTEM, EXAMPLES / "my_system.py"))
    rehearse("bm25", registry.parse("systems", {"kind": "bm25"}))


@pytest.mark.parametrize(
    ("name", "old", "new", "message"),
    [
        (ATTENTION, "return y.transpose(1, 2).flatten(2)", "return y[0, 0]",
         r"attention .*mine\.py: `forward` returns \[5, 16\] for x \[4, 5, 32\]; return a tensor"),
        (ATTENTION, "near |= distance", "near |= distant",
         r".*mine\.py:\d+: NameError: name 'distant' is not defined \(docs/contracts\.md\)"),
        (ROUTER, "nn.Linear(n_features, n_depths)", "nn.Linear(n_features, n_depths + 1)",
         r"router .*mine\.py: gives logits of shape \[4, 4\] for 4 texts and 3 depths; return \[B"),
        (ROUTER, "return router", "raise SystemExit(3)",
         r".*mine\.py:\d+: SystemExit: 3; the code of a kind must not end the program"),
        (OBJECTIVE, "yield loss, {", "yield loss.item(), {",
         r"objective .*mine\.py: yields a loss that is no single number with a gradient; yield a"),
        (OBJECTIVE, '{"loss": loss.item(), ', "{", r"objective .*: its metrics have no `loss`"),
        (OBJECTIVE, "yield loss,", "return\n        yield loss,",
         r"objective .*mine\.py: yields no loss for a batch; yield one"),
        (SYSTEM, "return Ranked(pd", "return (pd",
         r".*mine\.py: `rank` returns DataFrame; return a maw\.ranking\.inputs\.Ranked"),
        (SYSTEM, '"doc_id", "score"]', '"doc_id", "points"]',
         r".*mine\.py: its ranking has no column 'score'; add it"),
    ],
)  # fmt: skip
def test_a_mistake_is_one_line(name: str, old: str, new: str, message: str, tmp_path: Path) -> None:
    code = (EXAMPLES / f"{name}.py").read_text()
    assert old in code
    (tmp_path / "mine.py").write_text(code.replace(old, new))
    with pytest.raises(InputError, match=f"^systems.mine: {message}") as error:
        rehearse("mine", entry(name, tmp_path / "mine.py"))
    assert "\n" not in str(error.value)


def test_the_layers_have_the_backbones_shape() -> None:
    top = random_top(24, 3)
    assert top["layer.0.attention.self.query.weight"].shape == (24, 24)
    assert int(top["heads"]) == 3
    assert random_texts(24).hidden.shape == (13, 24)
