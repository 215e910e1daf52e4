"""Straight-through gradients: a router learns although each text uses one depth alone.

Literally, the output is Σ_d w_d A_d V with one-hot weights w that have the gradient of a softmax:
dL/dw_d is the scalar ⟨dL/dO, A_d V⟩. `ExactGates` computes all D of these scalars. `Gates` computes
that of the chosen depth and of another one, drawn uniformly among the rest, which is unbiased. The
chosen depth alone would be biased.
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
    """Gates of two depths for each text: the chosen one and another.

    gate, gate_other [B]; other [B], a depth drawn uniformly among those not chosen. gate_other
    carries the factor D - 1, which makes the gradient unbiased.
    """

    gate: Tensor
    other: Tensor
    gate_other: Tensor

    def select(self, rows: Rows) -> "Gates":
        """Return the gates of some texts."""
        return Gates(self.gate[rows], self.other[rows], self.gate_other[rows])

    def attend(
        self, attention: DepthwiseAttention, x: Tensor, mask: Tensor, depth: Tensor
    ) -> Tensor:
        """Attend under the chosen depths [B], with this gradient for the gates: [B, L, E]."""
        texts = attention.begin(x, mask)
        chosen = texts.output(depth)
        with torch.no_grad():
            other = texts.detached().output(self.other)
        return texts.blend(
            straight_through(chosen, other, gate=self.gate, gate_other=self.gate_other)
        )


@dataclass(frozen=True)
class ExactGates:
    """Gates [B, at most D] of all depths; their values do not matter, only their gradient.

    Equal to the literal gradient, dropout included, since all depths share the dropped values.
    First derivatives only. One depth is in memory at a time.
    """

    gates: Tensor

    def select(self, rows: Rows) -> "ExactGates":
        """Return the gates of some texts."""
        return ExactGates(self.gates[rows])

    def attend(
        self, attention: DepthwiseAttention, x: Tensor, mask: Tensor, depth: Tensor
    ) -> Tensor:
        """Attend under the chosen depths [B], with this gradient for the gates: [B, L, E]."""
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
    """The identity on the chosen output; its backward pass gives each gate its scalar."""

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
    """Ascending numbers of texts as slices, which need no copies, or as one index if scattered."""
    intervals = runs(texts)
    if len(intervals) > FEW:
        return [torch.tensor(texts, device=device)]
    return [slice(start, stop) for start, stop in intervals]


def straight_through(chosen: Tensor, other: Tensor, *, gate: Tensor, gate_other: Tensor) -> Tensor:
    """Return the chosen depth's output, whose gradient also reaches the gates of two depths.

    chosen, other [B, L, E]: outputs under the two depths. gate, gate_other [B]: their values do not
    matter; gate_other carries the factor D - 1 of a depth drawn uniformly among those not chosen.
    """
    lift = (gate - gate.detach())[:, None, None] * chosen.detach()
    return chosen + lift + (gate_other - gate_other.detach())[:, None, None] * other.detach()
