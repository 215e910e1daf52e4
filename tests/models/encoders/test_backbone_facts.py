"""What a backbone's config.json forbids is one line that names the key."""

import json
from pathlib import Path
from typing import Any

import pytest

from maw.errors import InputError
from maw.models.encoders import hub
from maw.models.encoders.backbone_facts import BackboneFacts, facts_of, require_fit
from maw.settings.suite import Suite
from tests.smoke_suite import smoke_suite

SPLIT = {"kind": "maw", "depths": 3, "projection": {"kind": "split"}}


def facts(**change: Any) -> BackboneFacts:
    sizes: dict[str, Any] = {"n_layers": 6, "hidden_size": 384, "n_heads": 12, "n_positions": 512}
    sizes |= {"folder": Path("nowhere"), "architecture": "bert", **change}
    return BackboneFacts(**sizes)


def suite(system: dict[str, Any], **change: Any) -> Suite:
    analysis = {"contrasts": [{"system": "mine", "baseline": "bm25", "role": "reference"}]}
    systems = {"bm25": {"kind": "bm25"}, "mine": system}
    return smoke_suite(systems=systems, analysis=analysis, **change)


@pytest.mark.parametrize(
    ("system", "change", "backbone", "message"),
    [
        ({}, {"n_layers": 0}, {}, r"^backbone\.trained_layers: 1, but the backbone has 0 layers"),
        ({"trained_layers": 7}, {}, {}, r"^systems\.mine\.trained_layers: 7, but the backbone has"),
        ({"attention": SPLIT, "router": {"kind": "uniform"}}, {}, {},
         r"^systems\.mine\.attention\.depths: 3 depths do not divide .*heads, 32, which the proj"),
        ({"attention": {**SPLIT, "depths": "head_size"}, "router": {"kind": "uniform"}},
         {"architecture": "modernbert"}, {}, r"projection: the backbone modernbert has rotary pos"),
        ({"attention": {"kind": "maw", "depths": 4}, "router": {"kind": "told"}}, {}, {},
         r"^systems\.mine\.router\.backbone: 'routing_control' knows other words than the suite's"),
        ({}, {"n_positions": 64}, {"max_document_tokens": 65},
         r"^backbone\.max_document_tokens: up to 65 tokens, but the backbone has 64 positions"),
        ({"kind": "cross_encoder", "objective": {"kind": "ranking"}},
         {"n_positions": 64}, {"max_document_tokens": 60},
         r"^backbone\.max_document_tokens \+ max_query_tokens: up to 108 tokens, but the backbone"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_one_line(
    system: dict[str, Any], change: dict[str, Any], backbone: dict[str, Any], message: str
) -> None:
    with pytest.raises(InputError, match=message):
        require_fit(suite({"kind": "bi_encoder", **system}, backbone=backbone), facts(**change))


def test_what_fits_passes() -> None:
    require_fit(smoke_suite(), facts())
    require_fit(suite({"kind": "bm25"}), facts(n_positions=1))
    require_fit(suite({"kind": "bi_encoder", "trained_layers": "all"}), facts())
    split = {**SPLIT, "depths": 4}
    system = {"kind": "bi_encoder", "attention": split, "router": {"kind": "uniform"}}
    require_fit(suite(system), facts(n_positions=None))


def written(folder: Path, **config: Any) -> Path:
    """Write a model's folder whose weights nobody reads."""
    for name in ("model.safetensors", "tokenizer.json"):
        (folder / name).write_text("")
    (folder / "config.json").write_text(json.dumps(config))
    return folder


SIZES = {"num_hidden_layers": 3, "hidden_size": 24, "num_attention_heads": 3}


@pytest.mark.parametrize(
    ("config", "n_positions"),
    [
        ({"model_type": "bert", "max_position_embeddings": 64}, 64),
        # RoBERTa's positions begin behind the padding's
        ({"model_type": "roberta", "max_position_embeddings": 514, "pad_token_id": 1}, 512),
        ({"model_type": "modernbert", "max_position_embeddings": 8192}, None),
        ({"model_type": "deberta-v2", "max_position_embeddings": 512}, None),
    ],
)
def test_the_sizes_are_read(
    config: dict[str, Any], n_positions: int | None, tmp_path: Path
) -> None:
    found = facts_of(str(written(tmp_path, **SIZES, **config)))
    assert found is not None
    assert (found.n_layers, found.head_size, found.n_positions) == (3, 8, n_positions)


def test_a_config_without_a_size_or_of_another_architecture_is_one_line(tmp_path: Path) -> None:
    folder = written(tmp_path, model_type="bert", hidden_size=24, num_hidden_layers=3)
    with pytest.raises(InputError, match=r"config\.json has no 'num_attention_heads'; use a fold"):
        facts_of(str(folder))
    with pytest.raises(InputError, match=r"architecture 'gpt2' is not supported; use one of bert"):
        facts_of(str(written(tmp_path, model_type="gpt2")))


def test_a_model_of_the_hub_is_looked_for_in_the_cache_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = str(written(tmp_path, model_type="bert", **SIZES) / "config.json")
    asked: list[tuple[Any, ...]] = []

    def look(repository: str, name: str, *, revision: str | None) -> str | None:
        asked.append((repository, name, revision))
        return path if revision else None

    monkeypatch.setattr("huggingface_hub.try_to_load_from_cache", look)
    assert facts_of("hf:lab/model") is None
    found = facts_of("hf:lab/model@v1")
    assert found is not None
    assert found.folder == tmp_path
    assert asked == [("lab/model", "config.json", None), ("lab/model", "config.json", "v1")]


def test_what_is_no_name_of_the_hub_is_one_line() -> None:
    with pytest.raises(InputError, match=r"backbone 'hf:a/b/c': not the name of a model; write"):
        hub.cached("hf:a/b/c")
