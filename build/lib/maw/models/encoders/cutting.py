"""Opening of a pretrained encoder, whose last layers are cut off because they are to be trained."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any

import torch
from torch import Tensor

from maw.errors import InputError
from maw.models.encoders.backbone_files import architecture_of
from maw.models.encoders.form import Form
from maw.models.encoders.layer import FINAL, LINEAR, POSITION
from maw.settings.sections import TrainedLayers


def open_model(folder: Path, *, trained_layers: TrainedLayers) -> tuple[Any, dict[str, Tensor]]:
    """Return the frozen layers as transformers' own module, and the tensors of the layers to train.

    folder: the files of the model. The tensors are those that `cut_top` returns.
    """
    import transformers

    transformers.logging.set_verbosity_error()  # it warns about the pooler, which is not used
    architecture = architecture_of(folder)
    model = getattr(transformers, architecture.MODEL).from_pretrained(
        folder,
        local_files_only=True,
        use_safetensors=True,
        dtype=torch.float32,
        **architecture.OPTIONS,
    )
    model.eval()
    return model, cut_top(model, architecture, trained_layers=trained_layers)


def cut_top(
    model: Any, architecture: ModuleType, *, trained_layers: TrainedLayers
) -> dict[str, Tensor]:
    """Cut the last layers off the model and return their tensors.

    A name is `layer.<n>.` and BERT's name of the tensor, n = 0 for the lowest layer cut off.
    `heads` and `eps` are numbers, and `about` describes differences from BERT, as in
    `maw.models.encoders.form`. InputError where the model has fewer layers than trained_layers, or
    where the number of heads times their size is not the hidden size.
    """
    n_layers = len(model.get_submodule(architecture.LAYERS))
    n_trained = n_layers if trained_layers == "all" else trained_layers
    n_frozen = n_layers - n_trained
    if n_frozen < 0:
        raise InputError(
            f"backbone.trained_layers: {n_trained}, but the backbone has {n_layers} layers; "
            f"give at most {n_layers}"
        )
    top: dict[str, Tensor] = {}
    schemes: list[dict[str, Any] | None] = []
    for n in range(n_trained):
        tensors, scheme = _layer_tensors(model, architecture, n_frozen + n)
        top |= {f"layer.{n}.{name}": t.contiguous().clone() for name, t in tensors.items()}
        schemes.append(scheme)
    config = model.config
    E = config.hidden_size
    if top[f"layer.0.{LINEAR['value']}.weight"].shape != (E, E):
        raise InputError(
            "backbone: the size of a head is not the hidden size divided by the number of heads; "
            "use another backbone"
        )
    top["heads"] = torch.tensor(config.num_attention_heads)
    top["eps"] = torch.tensor(getattr(config, architecture.EPS), dtype=torch.float64)
    form = Form(
        activation=getattr(config, architecture.ACTIVATION),
        positions=tuple(schemes) if any(schemes) else (),
        **architecture.FORM,
    )
    architecture.cut(model, n_frozen)
    return top | form.tensors()


def _layer_tensors(
    model: Any, architecture: ModuleType, number: int
) -> tuple[dict[str, Tensor], dict[str, Any] | None]:
    """Return one layer's tensors by BERT's names, and the settings of its position scheme."""
    layers = model.get_submodule(architecture.LAYERS)
    tensors: dict[str, Tensor] = architecture.canonical(layers[number].state_dict())
    scheme, of_positions = architecture.positions(model, number)
    tensors |= {f"{POSITION}{name}": tensor for name, tensor in of_positions.items()}
    if number == len(layers) - 1 and hasattr(model, "final_norm"):
        norm = model.final_norm.state_dict()
        tensors |= {f"{FINAL}.{name}": tensor for name, tensor in norm.items()}
    return tensors, scheme


@contextmanager
def quiet() -> Iterator[None]:
    """Silence, in a `with` block, transformers' progress bar and its table of unused weights."""
    from transformers.utils import logging

    level, bar = logging.get_verbosity(), logging.is_progress_bar_enabled()
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    try:
        yield
    finally:
        logging.set_verbosity(level)
        if bar:
            logging.enable_progress_bar()
