"""The last layers are cut off a backbone, and their tensors keep their values."""

from pathlib import Path
from typing import Any

import pytest
import torch

from maw.errors import InputError
from maw.models.encoders.cutting import open_model


def test_more_trained_layers_than_there_are_is_an_error(tiny_folder: Path) -> None:
    with pytest.raises(InputError, match=r"trained_layers: 4, but the backbone has 3 layers"):
        open_model(tiny_folder, trained_layers=4)


@pytest.mark.parametrize("n", [1, 3])
def test_the_layers_to_train_are_the_top_ones(n: int, tiny_folder: Path, tiny_bert: Any) -> None:
    model, top = open_model(tiny_folder, trained_layers=n)
    assert len(model.encoder.layer) == 3 - n
    assert (int(top["heads"]), float(top["eps"])) == (3, 0.01)
    for place in range(n):
        for name, tensor in tiny_bert.encoder.layer[3 - n + place].state_dict().items():
            assert torch.equal(top[f"layer.{place}.{name}"], tensor)
