"""How does a router learn although one depth is chosen? Three gradients, one output.

Literally, the output is Σ_d w_d A_d V with w one-hot and the gradient of a softmax: dL/dw_d is the
scalar ⟨dL/dO, A_d V⟩. `ExactGates` takes all D of them, `Gates` the chosen one and another drawn
uniformly among the rest, which is unbiased. The chosen one alone would be biased: never.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

from maw.models.attention.depthwise import DepthwiseAttention
from maw.models.attention.grouped import runs
from maw.models.attention.layer_pass import Pass

Rows = Tensor | slice

FEW = 4  # with more runs of texts than this, copying them costs less than a product for each


@dataclass(frozen=True)
class Gates:
    """Two depths: the chosen one's gate, another depth and its gate.

    gate, gate_other [B]; other [B] a depth, drawn uniformly among those not chosen, its gate times
    D - 1.
    """

    gate: Tensor
    other: Tensor
    gate_other: Tensor

    def of(self, rows: Rows) -> "Gates":
        """Those of some texts."""
        return Gates(self.gate[rows], self.other[rows], self.gate_other[rows])

    def attend(self, layer: DepthwiseAttention, x: Tensor, mask: Tensor, depth: Tensor) -> Tensor:
        """The layer's output under the chosen depths [B], with this gradient."""
        begun = layer.begin(x, mask)
        chosen = begun.each(depth)
        with torch.no_grad():
            other = begun.detached().each(self.other)
        return begun.blend(
            straight_through(chosen, other, gate=self.gate, gate_other=self.gate_other)
        )


@dataclass(frozen=True)
class ExactGates:
    """All depths: gates [B, at most D], their values do not matter.

    Equal to the literal gradient, dropout included, since all depths share the dropped values.
    First derivatives only. One depth is in memory at a time.
    """

    gates: Tensor

    def of(self, rows: Rows) -> "ExactGates":
        """Those of some texts."""
        return ExactGates(self.gates[rows])

    def attend(self, layer: DepthwiseAttention, x: Tensor, mask: Tensor, depth: Tensor) -> Tensor:
        """The layer's output under the chosen depths [B], with this gradient."""
        begun = layer.begin(x, mask)
        chosen = begun.each(depth)
        frozen = begun.detached()
        kind = x.device.type
        lower, lowered = torch.get_autocast_dtype(kind), torch.is_autocast_enabled(kind)

        def outputs(rows: Rows, other: int) -> Tensor:
            with torch.autocast(kind, dtype=lower, enabled=lowered):  # backwards it is off
                return _of(frozen, rows).each(other)

        lifted = _Exact.apply(chosen, self.gates, depth, outputs)  # type: ignore[no-untyped-call]
        return begun.blend(lifted)


class _Exact(torch.autograd.Function):
    """The chosen output as it is; backwards, each gate's scalar, one depth after the other."""

    @staticmethod
    def forward(
        ctx: Any,
        chosen: Tensor,
        gates: Tensor,
        depth: Tensor,
        outputs: Callable[[Rows, int], Tensor],
    ) -> Tensor:
        ctx.save_for_backward(chosen, gates, depth)
        ctx.outputs = outputs
        return chosen.view_as(chosen)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor | None, ...]:
        chosen, gates, depth = ctx.saved_tensors
        if not ctx.needs_input_grad[1]:
            return gradient, None, None, None
        flat = gradient.flatten(1)
        to_gates = torch.zeros_like(gates)
        mine = torch.linalg.vecdot(flat, chosen.flatten(1)).to(gates)
        to_gates.scatter_(1, depth[:, None], mine[:, None])
        chose = depth.tolist()
        for other in range(gates.shape[1]):
            for rows in _pieces([b for b, d in enumerate(chose) if d != other], gradient):
                theirs = ctx.outputs(rows, other).flatten(1)
                to_gates[rows, other] = torch.linalg.vecdot(flat[rows], theirs.to(flat)).to(gates)
        return gradient, to_gates, None, None


def _pieces(texts: list[int], like: Tensor) -> list[Rows]:
    """Ascending numbers of texts as slices, which need no copies; scattered ones at once."""
    found = runs(texts)
    if len(found) > FEW:
        return [torch.tensor(texts, device=like.device)]
    return [slice(start, stop) for start, stop in found]


def _of(begun: Pass, rows: Rows) -> Pass:
    """Some of the texts of a pass without gradient."""
    x = begun.x[rows]
    shared = tuple(x if tensor is begun.x else tensor[rows] for tensor in begun.shared)
    return replace(begun, x=x, mask=begun.mask[rows], shared=shared, given=begun.v[rows])


def straight_through(chosen: Tensor, other: Tensor, *, gate: Tensor, gate_other: Tensor) -> Tensor:
    """The chosen depth's output, whose gradient also reaches the gates of two depths.

    chosen, other [B, L, E]; gates [B], their values do not matter. `gate_other` carries the factor
    D - 1 of a depth drawn uniformly among those not chosen, which makes the gradient unbiased.
    """
    lift = (gate - gate.detach())[:, None, None] * chosen.detach()
    return chosen + lift + (gate_other - gate_other.detach())[:, None, None] * other.detach()
