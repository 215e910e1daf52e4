"""Fixtures of many tests: tiny random encoders, a small finished suite, a cache of ir_datasets.

torch runs on one thread in all tests.
"""

import gc
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import hypothesis
import pytest

if TYPE_CHECKING:
    from torch import Tensor

    from maw.models.encoders.bi_encoder import BiEncoder
    from maw.models.encoders.ragged import Ragged
    from tests.workflow.smoke_run import SmokeRun

os.environ.setdefault("OMP_NUM_THREADS", "1")  # read once, by whoever imports torch first

Top = Callable[..., "dict[str, Tensor]"]


gc.disable()  # the import of all tests makes little garbage, and the search for it took 2 s


def pytest_collection_finish() -> None:
    """Keep what was imported until now out of all searches for garbage: each took 0.3 s."""
    gc.freeze()
    gc.enable()


@pytest.fixture(scope="session", autouse=True)
def smoke_run(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator["SmokeRun"]:
    """Return the smoke suite's run, which goes on beside other tests until one asks for it.

    It starts before the first test if any test needs it. Workers share the run of the first one.
    Where the variable SMOKE_IS_MADE is set, as in `.ci/run`, it is the run that `make smoke` made.
    """
    from tests.workflow.smoke_run import SmokeRun

    base, worker = tmp_path_factory.getbasetemp(), os.environ.get("PYTEST_XDIST_WORKER")
    run = SmokeRun((base.parent if worker else base) / "smoke")
    functions = [item for item in request.session.items if isinstance(item, pytest.Function)]
    if worker in (None, "gw0") and any("smoke" in one.fixturenames for one in functions):
        if "SMOKE_IS_MADE" in os.environ:
            run.copy_made(Path(__file__).parents[1])
        else:
            run.start()
    yield run
    run.stop()


@pytest.fixture(scope="session")
def random_top() -> Top:
    """Return a function (E, H, layers, seed) -> pretrained tensors of the layers to train."""
    import torch

    def make(*, E: int = 16, H: int = 2, layers: int = 1, seed: int = 0) -> "dict[str, Tensor]":
        generator = torch.Generator().manual_seed(seed)
        top = {"heads": torch.tensor(H), "eps": torch.tensor(1e-12, dtype=torch.float64)}
        for n in range(layers):
            for name, shape in shapes(E).items():
                weights = torch.randn(shape, generator=generator) / E**0.5
                is_norm = name.endswith("Norm.weight")
                top[f"layer.{n}.{name}"] = 1 + weights if is_norm else weights
        return top

    return make


def shapes(E: int) -> dict[str, tuple[int, ...]]:
    """Return name -> shape of the tensors of one BERT layer, its feed-forward twice as wide."""
    sizes: dict[str, tuple[int, ...]] = {
        **{f"attention.self.{name}": (E, E) for name in ("query", "key", "value")},
        "attention.output.dense": (E, E),
        "intermediate.dense": (2 * E, E),
        "output.dense": (E, 2 * E),
    }
    both = {f"{name}.weight": size for name, size in sizes.items()}
    both |= {f"{name}.bias": size[:1] for name, size in sizes.items()}
    for name in ("attention.output.LayerNorm", "output.LayerNorm"):
        both |= {f"{name}.weight": (E,), f"{name}.bias": (E,)}
    return both


@pytest.fixture(scope="session")
def random_encoder(random_top: Top) -> "Callable[..., BiEncoder]":
    """Return a function (depths, router, noise, seed, E, H, layers) -> BiEncoder.

    depths=1 is standard attention.
    """
    import torch

    from maw.models.encoders.bi_encoder import BiEncoder
    from maw.settings import registry

    def make(
        *,
        depths: int = 4,
        router: str | dict[str, Any] | None = None,
        noise: float = 1.0,
        seed: int = 0,
        **sizes: int,
    ) -> BiEncoder:
        torch.manual_seed(seed)
        maw = {"kind": "maw", "depths": depths, "noise": noise}
        attention = registry.parse("attention", maw if depths > 1 else {"kind": "standard"})
        entry = {"kind": router} if isinstance(router, str) else router
        config: Any = None if router is None else registry.parse("routers", entry)
        return BiEncoder(random_top(seed=seed, **sizes), attention=attention, router=config)

    return make


@pytest.fixture(scope="session")
def random_texts() -> "Callable[..., Ragged]":
    """Return a function (lengths, E, seed) -> texts of random hidden states."""
    import torch

    from maw.models.encoders.ragged import Ragged

    def make(lengths: Sequence[int], *, E: int = 16, seed: int = 0) -> Ragged:
        generator = torch.Generator().manual_seed(seed)
        hidden = torch.randn(sum(lengths), E, generator=generator)
        return Ragged(hidden, torch.tensor([0, *lengths]).cumsum(0))

    return make


@pytest.fixture(scope="session")
def backbone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of a tiny random BERT with MiniLM's tokeniser."""
    from tests.finished_suite import write_backbone

    return write_backbone(tmp_path_factory.mktemp("backbone") / "tiny-bert")


@pytest.fixture(scope="session")
def suite(backbone: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the results folder of a small finished suite; a test that changes it takes a copy."""
    from tests.finished_suite import write_suite

    return write_suite(tmp_path_factory.mktemp("suite") / "results", backbone)


@pytest.fixture
def run_of(suite: Path) -> Callable[[str], Path]:
    """Return a function from a system's name to the folder of its only run."""
    return lambda name: next((suite / "runs" / "own" / name).glob("seed*"))


@pytest.fixture
def small_device(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    """Return a function (n) that makes the layers' device run out of memory beyond n texts."""
    import torch

    from maw.models.encoders.layer import TransformerLayer

    def shrink(n: int) -> None:
        real = TransformerLayer.after

        def after(self: TransformerLayer, x: "Tensor", attended: "Tensor") -> "Tensor":
            if len(x) > n:
                raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 1.00 GiB.")
            return real(self, x, attended)

        monkeypatch.setattr(TransformerLayer, "after", after)

    return shrink


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Return the empty cache folder of ir_datasets, in a test without any network.

    The package reads the folder's place when it is imported; hence it is imported anew.
    """
    monkeypatch.setenv("IR_DATASETS_HOME", str(tmp_path / "irds"))
    monkeypatch.setenv("IR_DATASETS_DL_TRIES", "1")
    # no host name resolves, so that the test is offline on every machine
    monkeypatch.setattr("socket.getaddrinfo", _unresolved)
    for name in [name for name in sys.modules if name.partition(".")[0] == "ir_datasets"]:
        monkeypatch.delitem(sys.modules, name)
    yield tmp_path / "irds"
    for name in [name for name in sys.modules if name.partition(".")[0] == "ir_datasets"]:
        monkeypatch.delitem(sys.modules, name, raising=False)


def _unresolved(*_: Any, **__: Any) -> Any:
    raise OSError("Name or service not known")


# no test asserts a time, and on a busy machine any example may take longer than 200 ms
hypothesis.settings.register_profile("maw", deadline=None)
hypothesis.settings.load_profile("maw")
