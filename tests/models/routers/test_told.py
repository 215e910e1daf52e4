"""The router that is told: the mode word of a query decides, and a text without one has depth 0."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

from maw.datasets.loaders.routing_control import Config, load
from maw.errors import InputError
from maw.models.encoders.bi_encoder import BiEncoder
from maw.models.encoders.frozen import Frozen
from maw.models.encoders.ragged import Ragged
from maw.settings import registry
from maw.settings.sections import Backbone

COLLECTION = load(Config())


@pytest.fixture(scope="module")
def frozen(tmp_path_factory: pytest.TempPathFactory) -> Frozen:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))
        return Frozen.opened(Backbone(name="routing_control"))


def depths_of(frozen: Frozen, texts: Ragged, *, depths: int = 4, **options: Any) -> list[int]:
    """The depth that the router gives each text, all in one padded batch."""
    model = BiEncoder(
        frozen.top,
        attention=registry.parse("attention", {"kind": "maw", "depths": depths}),
        router=registry.parse("routers", {"kind": "told", **options}),
    ).eval()
    x, mask = texts.padded(torch.arange(len(texts.offsets) - 1))
    decided: Tensor = model.decide(model.route(x, mask))
    assert (model.route(x, mask).softmax(-1).amax(-1) == 1).all()
    chosen: list[int] = decided.tolist()
    return chosen


def test_every_query_of_the_collection_gets_its_mode_and_every_document_depth_0(
    frozen: Frozen,
) -> None:
    queries = frozen.hidden(COLLECTION.queries["text"].tolist(), side="query")
    assert depths_of(frozen, queries) == COLLECTION.queries["mode"].tolist()
    (documents,) = COLLECTION.blocks()
    hidden = frozen.hidden(documents["text"].tolist(), side="document")
    assert set(depths_of(frozen, hidden)) == {0}


def test_a_mode_beyond_the_last_depth_gets_the_last_and_the_words_can_be_given(
    frozen: Frozen,
) -> None:
    texts = frozen.hidden(["qax", "hoh qay", "jun qaz", "qaw qaw", "hoh", "jun jun"], side="query")
    assert depths_of(frozen, texts) == [0, 1, 2, 3, 0, 0]
    assert depths_of(frozen, texts, depths=2) == [0, 1, 1, 1, 0, 0]
    assert depths_of(frozen, texts, words=["hoh", "jun"]) == [0, 0, 1, 0, 0, 1]


def test_padding_is_no_word(frozen: Frozen) -> None:
    x, mask = frozen.hidden(["hoh", "hoh qax qay"], side="query").padded(torch.arange(2))
    soiled = x.clone()
    soiled[0, 1:] = x[1, 1:]  # what the padding of the first text happens to hold
    model = BiEncoder(
        frozen.top,
        attention=registry.parse("attention", {"kind": "maw", "depths": 4}),
        router=registry.parse("routers", {"kind": "told", "words": ["qaz", "qay"]}),
    )
    assert model.decide(model.route(soiled, mask)).tolist() == [0, 1]


def test_another_backbone_is_an_error(random_encoder: Callable[..., Any]) -> None:
    with pytest.raises(
        InputError, match="router told: the hidden size is 16, but 'routing_control"
    ):
        random_encoder(router="told")
    with pytest.raises(InputError, match="backbone 'minilm': its words are not known"):
        registry.parse("routers", {"kind": "told", "backbone": "minilm"})


def test_its_file_imports_no_torch(tmp_path: Path) -> None:
    source = Path(registry.load("routers", "told").__file__ or "").read_text(encoding="utf-8")
    assert "\nimport torch" not in source
    assert "\nfrom torch" not in source
