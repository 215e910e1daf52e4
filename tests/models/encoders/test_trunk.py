"""A system that trains another number of layers starts from its own level of the trunk."""

import torch

from maw.models.encoders.trunk import level, prefix_of, texts_of, top_of

PLAIN = {
    "top.heads": torch.tensor(2),
    "query.hidden": torch.zeros(3, 4),
    "query.offsets": torch.tensor([0, 1, 3]),
}
TRUNK = {**PLAIN, **{f"last2.{name}": tensor + 1 for name, tensor in PLAIN.items()}}


def test_unless_it_says_so_a_system_trains_what_the_backbone_says() -> None:
    assert level(TRUNK, None) is TRUNK
    assert top_of(TRUNK)["heads"] == 2
    assert len(texts_of(TRUNK, "query")) == 2


def test_another_number_of_layers_has_tensors_of_its_own() -> None:
    own = level(TRUNK, 2)
    assert sorted(own) == sorted(PLAIN)
    assert torch.equal(texts_of(own, "query").hidden, torch.ones(3, 4))
    assert top_of(own)["heads"] == 3
    assert prefix_of(12) == "last12."
