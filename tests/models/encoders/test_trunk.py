"""A trunk keeps its tensors by name in a file, and a level for each number of trained layers."""

from dataclasses import replace

import pytest
import torch

from maw.models.encoders.ragged import Ragged
from maw.models.encoders.trunk import Trunk, prefix_of

TENSORS = {
    "top.heads": torch.tensor(2),
    "top.layer.0.bias": torch.zeros(4),
    "query.hidden": torch.zeros(3, 4),
    "query.offsets": torch.tensor([0, 1, 3]),
    "document.hidden": torch.ones(2, 4),
    "document.offsets": torch.tensor([0, 2]),
    "document.rows": torch.tensor([7]),
    "frozen_parameters": torch.tensor(12),
    "commit": torch.arange(20, dtype=torch.uint8),
}
FURTHER = {
    f"last2.{name}": tensor + 1
    for name, tensor in TENSORS.items()
    if name.startswith(("top.", "query."))
}
TRUNK = Trunk.from_tensors({**TENSORS, **FURTHER})


def test_the_names_in_a_file_are_read_and_written() -> None:
    written = TRUNK.tensors()
    assert written.keys() == {*TENSORS, *FURTHER}
    for name, tensor in {**TENSORS, **FURTHER}.items():
        assert torch.equal(written[name], tensor)
        assert written[name].dtype == tensor.dtype


def test_a_trunk_of_pairs_is_read_and_written() -> None:
    pairs = Ragged(torch.ones(2, 4), torch.tensor([0, 1, 2]))
    written = Trunk(top={}, pairs=pairs).tensors()
    assert sorted(written) == ["pair.hidden", "pair.offsets"]
    assert torch.equal(Trunk.from_tensors(written).texts("pair").hidden, pairs.hidden)


def test_unless_it_says_so_a_system_trains_what_the_backbone_says() -> None:
    assert TRUNK.level(None) is TRUNK
    assert TRUNK.top["heads"] == 2
    assert len(TRUNK.texts("query")) == 2
    assert (TRUNK.frozen_parameters, TRUNK.commit) == (12, bytes(range(20)).hex())


def test_another_number_of_layers_has_tensors_of_its_own() -> None:
    level = TRUNK.level(2)
    assert torch.equal(level.texts("query").hidden, torch.ones(3, 4))
    assert level.top["heads"] == 3
    assert prefix_of(12) == "last12."
    assert prefix_of(None) == ""


def test_the_systems_that_train_all_layers_have_a_level() -> None:
    added = TRUNK.with_level("all", TRUNK.level(2))
    assert prefix_of("all") == "lastall."
    read = Trunk.from_tensors(added.tensors())
    assert read.levels.keys() == {2, "all"}
    assert torch.equal(read.level("all").texts("query").hidden, torch.ones(3, 4))


def test_a_level_is_added() -> None:
    added = replace(TRUNK, levels={}).with_level(2, TRUNK.level(2))
    assert added.tensors().keys() == TRUNK.tensors().keys()


def test_what_a_trunk_lacks_is_an_error() -> None:
    with pytest.raises(ValueError, match="no hidden states for 3 trained layers"):
        TRUNK.level(3)
    with pytest.raises(ValueError, match="no hidden states of the kind 'pair'"):
        TRUNK.texts("pair")


@pytest.mark.parametrize("trained_layers", [None, 2])
def test_queries_are_replaced_on_the_level_of_a_system(trained_layers: int | None) -> None:
    queries = Ragged(torch.full((1, 4), 9.0), torch.tensor([0, 1]))
    changed = TRUNK.with_queries(queries, trained_layers)
    assert changed.level(trained_layers).texts("query") is queries
    assert changed.level(trained_layers).top is TRUNK.level(trained_layers).top
