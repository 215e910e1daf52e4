"""Straight-through gradients: a router learns although each text uses one depth alone.

In the literal form, the output of a text is O = Σ_d w_d A_d V with one-hot weights w that have the
gradient of a softmax: dL/dw_d is the scalar ⟨dL/dO, A_d V⟩. The weights, called gates here, pass
this gradient to the router. `ExactGates` computes all D of these scalars. `Gates` computes two of
them, for the chosen depth and for another depth that is drawn uniformly among the rest; this
estimate is unbiased. With the scalar of the chosen depth alone it would be biased.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

from maw.models.attention.depthwise import DepthwiseAttention
from maw.models.grouped import runs

Rows = Tensor | slice

FEW = 4  # with more runs of texts than this, copying them costs less than a product for each


@dataclass(frozen=True)
class Gates:
    """Gates that pass the router an unbiased gradient, from two depths for each text.

    gate [B]: softmax weight of the chosen depth. other [B]: number of another depth, drawn
    uniformly among those not chosen. gate_other [B]: softmax weight of `other`, times D - 1, which
    makes the gradient unbiased. Only the gradients of the gates matter, not their values.
    """

    gate: Tensor
    other: Tensor
    gate_other: Tensor

    def select(self, rows: Rows) -> "Gates":
        """Return the gates of the texts `rows`."""
        return Gates(self.gate[rows], self.other[rows], self.gate_other[rows])

    def attend(
        self, attention: DepthwiseAttention, x: Tensor, mask: Tensor, depth: Tensor
    ) -> Tensor:
        """Return the output [B, L, E] of texts x under the chosen depths [B].

        In the backward pass the gates receive the straight-through gradient.
        mask [B, L], True = token.
        """
        texts = attention.begin(x, mask)
        chosen = texts.output(depth)
        with torch.no_grad():
            other = texts.detached().output(self.other)
        return texts.blend(
            straight_through(chosen, other, gate=self.gate, gate_other=self.gate_other)
        )


@dataclass(frozen=True)
class ExactGates:
    """Gates that pass the router the exact gradient, from all depths.

    gates [B, at most D]: softmax weights of the depths; only their gradients matter, not their
    values. The gradient equals that of the literal form, with dropout too, since all depths share
    the dropped values. There are first derivatives only. One depth is in memory at a time.
    """

    gates: Tensor

    def select(self, rows: Rows) -> "ExactGates":
        """Return the gates of the texts `rows`."""
        return ExactGates(self.gates[rows])

    def attend(
        self, attention: DepthwiseAttention, x: Tensor, mask: Tensor, depth: Tensor
    ) -> Tensor:
        """Return the output [B, L, E] of texts x under the chosen depths [B].

        In the backward pass the gates receive the straight-through gradient.
        mask [B, L], True = token.
        """
        texts = attention.begin(x, mask)
        chosen = texts.output(depth)
        frozen = texts.detached()
        device_type = x.device.type
        dtype = torch.get_autocast_dtype(device_type)
        lowered = torch.is_autocast_enabled(device_type)

        def output(rows: Rows, other: int) -> Tensor:
            # autocast is off in a backward pass
            with torch.autocast(device_type, dtype=dtype, enabled=lowered):
                return frozen.select(rows).output(other)

        y = _Exact.apply(chosen, self.gates, depth, output)  # type: ignore[no-untyped-call]
        return texts.blend(y)


class _Exact(torch.autograd.Function):
    """An autograd function that returns the chosen output unchanged.

    Its backward pass gives the gate of each depth d the gradient ⟨dL/dO, A_d V⟩.
    """

    @staticmethod
    def forward(
        ctx: Any,
        chosen: Tensor,
        gates: Tensor,
        depth: Tensor,
        output: Callable[[Rows, int], Tensor],
    ) -> Tensor:
        ctx.save_for_backward(chosen, gates, depth)
        ctx.output = output
        return chosen.view_as(chosen)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor | None, ...]:
        chosen, gates, depth = ctx.saved_tensors
        if not ctx.needs_input_grad[1]:
            return gradient, None, None, None
        flat = gradient.flatten(1)
        gate_gradients = torch.zeros_like(gates)
        of_chosen = torch.linalg.vecdot(flat, chosen.flatten(1)).to(gates)
        gate_gradients.scatter_(1, depth[:, None], of_chosen[:, None])
        depths = depth.tolist()
        for other in range(gates.shape[1]):
            texts = [b for b, d in enumerate(depths) if d != other]
            for rows in _pieces(texts, device=gradient.device):
                y = ctx.output(rows, other).flatten(1).to(flat)
                gate_gradients[rows, other] = torch.linalg.vecdot(flat[rows], y).to(gates)
        return gradient, gate_gradients, None, None


def _pieces(texts: list[int], *, device: torch.device) -> list[Rows]:
    """Return ascending numbers of texts as slices, which need no copies.

    Where more than FEW slices would be needed, return one tensor of the numbers instead.
    """
    intervals = runs(texts)
    if len(intervals) > FEW:
        return [torch.tensor(texts, device=device)]
    return [slice(start, stop) for start, stop in intervals]


def straight_through(chosen: Tensor, other: Tensor, *, gate: Tensor, gate_other: Tensor) -> Tensor:
    """Return the chosen depth's output, whose gradient also reaches the gates of two depths.

    chosen, other [B, L, E]: outputs under the two depths. gate, gate_other [B]: softmax weights of
    the depths, of which only the gradients matter; gate_other is multiplied by D - 1, because the
    other depth is drawn uniformly among those not chosen.
    """
    lift = (gate - gate.detach())[:, None, None] * chosen.detach()
    return chosen + lift + (gate_other - gate_other.detach())[:, None, None] * other.detach()
