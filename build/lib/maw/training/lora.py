"""LoRA for the trained layers: narrow matrices learn beside their weights, which stay fixed.

The weight W [F, E] of a linear layer becomes W + (alpha / rank) · B A, with A [rank, E] random and
B [F, rank] zero, so that training starts from the model without LoRA (Hu et al. 2022,
arXiv:2106.09685). Each depth of an attention has its own weights, and so its own matrices. When
training ends, the products are added to the weights: what is saved and ranked with is a usual
model.
"""

from collections.abc import Iterator
from math import sqrt

import torch
from torch import Tensor, nn
from torch.nn.utils import parametrize

from maw.models.encoders.routed_layers import RoutedLayers
from maw.settings.lora import Lora


class LowRankUpdate(nn.Module):
    """A parametrisation of a weight [F, E]: the weight plus (alpha / rank) · B A.

    A is drawn from torch's generator as PyTorch draws a linear layer's weight; B is zero.
    """

    def __init__(self, weight: Tensor, config: Lora) -> None:
        super().__init__()
        n_out, n_in = weight.shape
        down = torch.empty(config.rank, n_in)
        nn.init.kaiming_uniform_(down, a=sqrt(5))
        self.down = nn.Parameter(down.to(weight.device))
        self.up = nn.Parameter(torch.zeros(n_out, config.rank, device=weight.device))
        self.scale = config.alpha / config.rank

    def forward(self, weight: Tensor) -> Tensor:
        """Return the updated weight [F, E]."""
        updated: Tensor = weight + self.scale * (self.up @ self.down)
        return updated


def add(model: RoutedLayers, config: Lora) -> None:
    """Freeze the trained layers of a model and put LoRA's matrices beside their weights.

    Still trained as they are: the router, the head of a cross-encoder, and those parameters of an
    attention that are smaller than E × E, such as the scales of the projection `diagonal` and the
    factors of `low_rank`, which start from nothing. Biases and norms are frozen.
    """
    hidden_size = len(model.first.value)
    for layer in model.blocks:
        inside_attention = {id(module) for module in layer.attention.modules()}
        for module in list(layer.modules()):
            keeps = id(module) in inside_attention and not isinstance(module, nn.LayerNorm)
            for name, parameter in list(module.named_parameters(recurse=False)):
                is_bias = name.endswith("bias") or _is_list_of_biases(module, layer.attention)
                parameter.requires_grad_(parameter.requires_grad and keeps and not is_bias)
                is_whole = parameter.ndim == 2 and min(parameter.shape) >= hidden_size
                if is_whole and not is_bias:
                    parameter.requires_grad_(False)
                    update = LowRankUpdate(parameter, config)
                    parametrize.register_parametrization(module, name, update)


def merge(model: RoutedLayers) -> None:
    """Add the products of LoRA's matrices to the weights, and remove the matrices.

    The names of the model's tensors are those without LoRA. Nothing changes in a model without it.
    """
    for module, name in list(_updated(model)):
        parametrize.remove_parametrizations(module, name, leave_parametrized=True)


def _updated(model: nn.Module) -> Iterator[tuple[nn.Module, str]]:
    """Yield each module that has a weight with LoRA's matrices, and the weight's name."""
    for module in model.modules():
        if parametrize.is_parametrized(module):
            for name in module.parametrizations:  # type: ignore[union-attr]
                yield module, name


def _is_list_of_biases(module: nn.Module, attention: nn.Module) -> bool:
    """Return whether a module is the list of the depths' biases, whose parameters have numbers."""
    lists = {id(part): name for name, part in attention.named_children()}
    return lists.get(id(module), "").endswith("_bias")
