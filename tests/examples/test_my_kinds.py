"""The example of each contract does what its page says, in the smallest case that shows it."""

import json
from collections.abc import Callable, Iterator
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import torch
from ir_measures import measures
from torch import Tensor

from maw.errors import InputError
from maw.measures import own, scoring
from maw.models.encoders.bi_encoder import BiEncoder
from maw.ranking.inputs import RankInputs
from maw.runs import file_formats
from maw.settings import registry
from maw.training.objectives.batch import Batch, scores_decided
from tests.training.objectives.conftest import random_batch

__all__ = ["random_batch"]  # a fixture
EXAMPLES = Path(__file__).parents[2] / "examples"
Top = Callable[..., dict[str, Tensor]]


def example(name: str) -> str:
    return str(EXAMPLES / f"{name}.py")


def encoder(
    top: dict[str, Tensor], attention: dict[str, Any], router: dict[str, Any] | None = None
) -> BiEncoder:
    torch.manual_seed(0)
    return BiEncoder(
        top,
        attention=registry.parse("attention", attention),
        router=None if router is None else registry.parse("routers", router),
    )


def texts() -> tuple[Tensor, Tensor, Tensor]:
    """Three texts of 5, 3 and 1 tokens; everything at depth 0."""
    x = torch.randn(3, 5, 16, generator=torch.Generator().manual_seed(1))
    return x, torch.arange(5) < torch.tensor([[5], [3], [1]]), torch.zeros(3, dtype=torch.long)


def test_a_wide_window_is_the_backbones_attention_and_a_narrow_one_looks_no_further(
    random_top: Top,
) -> None:
    top = random_top(layers=2)
    wide = encoder(top, {"kind": example("my_window"), "radius": 9})
    torch.testing.assert_close(wide(*texts()), encoder(top, {"kind": "standard"})(*texts()))
    x, mask, depth = texts()
    first: Any = encoder(top, {"kind": example("my_window"), "radius": 1}).first
    before = first(x, mask, depth)
    x[0, 4] += 1
    assert torch.equal(first(x, mask, depth)[0, :3], before[0, :3])
    assert not torch.equal(first(x, mask, depth)[0, 3], before[0, 3])


@pytest.mark.parametrize("objective", ["grpo", "mixture", "supervised"])
def test_every_objective_that_trains_a_choice_trains_the_linear_router(
    objective: str, random_top: Top, random_batch: Batch
) -> None:
    maw = {"kind": "maw", "depths": 3, "noise": 1.0}
    router = {"kind": example("my_router")}
    entry = {"kind": "bi_encoder", "attention": maw, "router": router}
    registry.parse("systems", {**entry, "objective": {"kind": objective}})
    model = encoder(random_top(), maw, router).train()
    config = registry.parse("objectives", {"kind": objective})
    begun = registry.module_of(config).begin(config, model)
    loss, _ = next(iter(begun(random_batch, torch.Generator().manual_seed(0))))
    loss.backward()
    assert isinstance(model.router, torch.nn.Linear)
    assert model.router.weight.grad is not None
    assert model.router.weight.grad.any()


def test_each_depth_shifts_the_queries_and_depth_0_is_the_backbone(random_top: Top) -> None:
    top = random_top()
    projection = {"kind": example("my_projection")}
    for strength in (1.0, 0.4):
        maw = {"kind": "maw", "depths": 2, "projection": projection, "strength": strength}
        mine = encoder(top, maw, {"kind": "fixed", "depth": 0})
        x, mask, depth = texts()
        plain = encoder(top, {"kind": "standard"})
        torch.testing.assert_close(mine(x, mask, depth), plain(x, mask, depth))
        assert not torch.allclose(mine(x, mask, depth + 1), plain(x, mask, depth), atol=1e-3)
        both = mine(x, mask, torch.tensor([1, 0, 1]))
        torch.testing.assert_close(both[1], mine(x, mask, depth)[1])
        torch.testing.assert_close(both[0], mine(x, mask, depth + 1)[0])


def test_the_margin_loss_is_the_mean_of_what_a_lead_lacks(
    random_top: Top, random_batch: Batch
) -> None:
    model = encoder(random_top(), {"kind": "standard"})
    config = registry.parse("objectives", {"kind": example("my_objective"), "margin": 0.5})
    ((loss, metrics),) = registry.module_of(config).begin(config, model)(random_batch, None)
    scores = scores_decided(model, random_batch).detach()
    lacks = [
        max(0.0, 0.5 - float(scores[q, p] - scores[q, n]))
        for q in range(len(scores))
        for p in random_batch.positive[q].nonzero()
        for n in random_batch.negative[q].nonzero()
    ]
    assert loss.item() == pytest.approx(sum(lacks) / len(lacks), rel=1e-5)
    assert metrics["violated"] == pytest.approx(sum(lack > 0 for lack in lacks) / len(lacks))


def test_the_loader_reads_questions_and_answers(tmp_path: Path) -> None:
    path = tmp_path / "answers.tsv"
    entry = registry.parse("loaders", {"kind": example("my_loader"), "path": str(path)})
    module = registry.module_of(entry)
    with pytest.raises(InputError, match=r"answers\.tsv: no such file"):
        module.check(entry)
    path.write_text("how long\ta day\n\nhow far\ta mile\n")
    module.check(entry)
    collection = module.load(entry)
    assert module.sources(entry) == [path]
    assert collection.documents["text"].tolist() == ["a day", "a mile"]
    assert collection.queries["text"].tolist() == ["how long", "how far"]
    assert collection.qrels["doc_id"].tolist() == ["d0", "d1"]


def test_the_system_counts_words_in_common() -> None:
    entry = registry.parse("systems", {"kind": example("my_system")})
    documents = pd.DataFrame({"doc_id": ["a", "b"], "text": ["sort the list", "sort the array"]})
    queries = pd.DataFrame({"query_id": ["q"], "text": ["Sort an array of it"]})
    inputs = RankInputs(documents=documents, queries=queries, seed=0)
    ranking = registry.module_of(entry).rank(entry, inputs).ranking
    assert ranking.values.tolist() == [["q", "b", 2.0], ["q", "a", 1.0]]


def test_the_format_is_read_where_it_is_named(tmp_path: Path) -> None:
    path = tmp_path / "run.jsonl"
    path.write_text(json.dumps({"topic": "q", "documents": ["d7", "d2"]}) + "\n")
    content = file_formats.read(path, example("my_format"))
    assert content.frame.values.tolist() == [["q", "d7", -1.0], ["q", "d2", -2.0]]
    path.write_text('{"topic": "q"}\n')
    with pytest.raises(InputError, match=r"run\.jsonl:1: no topic with its documents; mend"):
        file_formats.read(path, example("my_format"))


def test_a_format_that_lacks_something_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text("PRECEDENCE = 1\nENDINGS = ()\n")
    with pytest.raises(InputError, match=r"^format: .*mine\.py: has no function `matches`; add"):
        file_formats.format_called(str(tmp_path / "mine.py"))
    with pytest.raises(InputError, match=r"^format: .*nowhere\.py: no such file"):
        file_formats.format_called(str(tmp_path / "nowhere.py"))


@pytest.fixture
def installed(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], None]]:
    """Return a function that installs a module's measures; they are forgotten afterwards."""
    monkeypatch.syspath_prepend(str(EXAMPLES))

    def install(module: str) -> None:
        points = [EntryPoint("mine", module, own.GROUP)]
        monkeypatch.setattr(own, "entry_points", lambda group: points)
        own.register_installed.cache_clear()

    yield install
    own.register_installed.cache_clear()
    measures.registry.pop("Halved", None)


def test_the_measure_of_an_installed_package_is_one_like_any_other(
    installed: Callable[[str], None],
) -> None:
    installed("my_measure")
    run = pd.DataFrame([("q", "a", 3.0), ("q", "b", 2.0), ("p", "a", 1.0)])
    run.columns = pd.Index(["query_id", "doc_id", "score"])
    qrels = pd.DataFrame([("q", "b", 1), ("p", "z", 1)])
    qrels.columns = pd.Index(["query_id", "doc_id", "relevance"])
    scored = scoring.score_run(run, qrels, ["Halved@5", "Halved@1"], ["q", "p"])
    assert scored.frame["value"].tolist() == [0.5, 0.0, 0.0, 0.0]


@pytest.mark.parametrize(
    ("module", "message"),
    [
        ("nowhere", r"maw\.measures: nowhere: ModuleNotFoundError: .*; mend or remove"),
        ("my_router", r"maw\.measures: my_router: has no tuple MEASURES; list its measures there"),
    ],
)
def test_a_package_without_measures_is_one_line(
    module: str, message: str, installed: Callable[[str], None]
) -> None:
    installed(module)
    with pytest.raises(InputError, match=message):
        scoring.parse_measures(["Halved@5"])


def test_the_example_files_fit_on_a_page() -> None:
    lengths = {path.name: len(path.read_text().splitlines()) for path in EXAMPLES.glob("my_*.py")}
    assert len(lengths) == 9
    assert max(lengths.values()) <= 65
