"""LoRA starts from the model itself, trains narrow matrices alone, and leaves a usual model."""

from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from maw.models.encoders.bi_encoder import BiEncoder
from maw.models.encoders.cross_encoder import CrossEncoder
from maw.settings import registry
from maw.settings.lora import Lora
from maw.training import lora
from maw.training.loop import n_learning
from maw.training.texts import TextData
from tests.training.small_training import SYSTEMS, have_equal_weights, parsed_system, train_small

Top = Callable[..., dict[str, Tensor]]
RANK = {"rank": 2, "alpha": 4}


def model_of(top: dict[str, Tensor], *, kind: str = "grpo", **attention: Any) -> BiEncoder:
    """Build the untrained bi-encoder of this name with these options of its attention."""
    system = SYSTEMS[kind]
    given = {**system.get("attention", {"kind": "standard"}), **attention}
    router = system.get("router")
    torch.manual_seed(0)
    return BiEncoder(
        top,
        attention=registry.parse("attention", given),
        router=None if router is None else registry.parse("routers", router),
    )


def outputs(model: BiEncoder, depth: int = 0) -> Tensor:
    """Return what the layers compute for random texts under one depth."""
    E = len(model.blocks[0].attention.value)
    x = torch.randn(3, 5, E, generator=torch.Generator().manual_seed(1))
    mask = torch.arange(5) < torch.tensor([5, 3, 4])[:, None]
    with torch.no_grad():
        vectors: Tensor = model(x, mask, torch.full((3,), depth))
    return vectors


@pytest.mark.parametrize("kind", SYSTEMS)
def test_training_starts_from_the_model_without_lora(kind: str, random_top: Top) -> None:
    plain, adapted = model_of(random_top(), kind=kind), model_of(random_top(), kind=kind)
    lora.add(adapted, Lora(**RANK))
    for depth in range(plain.n_depths):
        assert torch.equal(outputs(adapted, depth), outputs(plain, depth))


def test_a_weight_is_updated_by_alpha_over_rank_times_the_product() -> None:
    weight = torch.randn(6, 5)
    update = lora.LowRankUpdate(weight, Lora(rank=2, alpha=3))
    with torch.no_grad():
        update.up.normal_()
    torch.testing.assert_close(update(weight), weight + 1.5 * update.up @ update.down)


def test_only_narrow_matrices_the_router_and_small_parts_learn(random_top: Top) -> None:
    model = model_of(random_top())
    whole = sum(map(n_learning, model.blocks))
    lora.add(model, Lora(**RANK))
    learning = {name for name, p in model.named_parameters() if p.requires_grad}
    assert all("parametrizations" in name or name.startswith("router.") for name in learning)
    assert any(name.endswith(".up") for name in learning)
    assert 0 < sum(map(n_learning, model.blocks)) < whole / 2
    first = model.blocks[0].attention
    # each depth has matrices of its own; so have values, output and feed-forward network
    n_matrices = sum(name.endswith(".up") for name in learning)
    assert n_matrices == len(model.blocks) * (model.n_depths + 4)
    assert not first.value_bias.requires_grad


@pytest.mark.parametrize(
    "projection", [{"kind": "diagonal"}, {"kind": "low_rank", "rank": 2}], ids=lambda p: p["kind"]
)
def test_what_is_narrow_already_is_trained_itself(
    projection: dict[str, Any], random_top: Top
) -> None:
    model = model_of(random_top(), projection=projection)
    attention = model.blocks[0].attention
    narrow = [
        tensor
        for name, tensors in attention.learned.items()
        for tensor in tensors
        if not name.startswith("base") and not name.endswith("_bias")
    ]
    assert narrow
    lora.add(model, Lora(**RANK))
    assert all(tensor.requires_grad for tensor in narrow)
    assert not attention.learned["base_bias"][0].requires_grad


def test_merging_gives_the_same_outputs_and_the_usual_names(random_top: Top) -> None:
    model, plain = model_of(random_top()), model_of(random_top())
    lora.add(model, Lora(**RANK))
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if name.endswith(".up"):
                parameter.normal_(generator=torch.Generator().manual_seed(2))
    before = [outputs(model, depth) for depth in range(model.n_depths)]
    lora.merge(model)
    assert model.state_dict().keys() == plain.state_dict().keys()
    for depth, known in enumerate(before):
        assert torch.equal(outputs(model, depth), known)
        assert not torch.allclose(known, outputs(plain, depth))
    assert isinstance(model.blocks[0].attention.learned["query_key"], nn.ParameterList)
    lora.merge(plain)  # nothing to merge, nothing happens
    assert plain.state_dict().keys() == model.state_dict().keys()


@pytest.mark.parametrize("kind", SYSTEMS)
def test_training_changes_what_it_may_and_is_repeatable(
    kind: str, data: TextData, random_top: Top
) -> None:
    system = {**SYSTEMS[kind], "lora": RANK}
    first, again = (train_small(data, random_top(), system=system) for _ in range(2))
    full = train_small(data, random_top(), system=SYSTEMS[kind])
    assert have_equal_weights(first, again)
    assert first.draws == full.draws  # the batches are the same as without LoRA
    assert 0 < first.n_trained < full.n_trained
    assert full.n_trained == n_learning(full.model)
    untrained = BiEncoder(
        random_top(),
        attention=parsed_system(system).attention,
        router=parsed_system(system).router,
    )
    biases = [
        (name, tensor)
        for name, tensor in first.model.state_dict().items()
        if name.startswith("layers.0.widen.bias")
    ]
    for name, tensor in biases:
        assert torch.equal(tensor, untrained.state_dict()[name])
    assert biases
    changed = first.model.state_dict()["layers.0.widen.weight"]
    difference = changed - untrained.state_dict()["layers.0.widen.weight"]
    assert 0 < torch.linalg.matrix_rank(difference.double(), tol=1e-6) <= 2


def test_a_cross_encoders_head_is_trained_whole(random_top: Top) -> None:
    system = parsed_system(SYSTEMS["grpo"])
    model = CrossEncoder(random_top(), attention=system.attention, router=system.router)
    lora.add(model, Lora(**RANK))
    assert all(parameter.requires_grad for parameter in model.head.parameters())
    assert model.router is not None
    assert all(parameter.requires_grad for parameter in model.router.parameters())


def test_lora_needs_training() -> None:
    with pytest.raises(Exception, match="lora is given, but the system is not trained"):
        parsed_system({"lora": RANK})
    assert parsed_system({**SYSTEMS["ranking"], "lora": {}}).lora == Lora(rank=8, alpha=16)
