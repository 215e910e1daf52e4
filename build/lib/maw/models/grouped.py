"""Linear maps of texts that each have the weights of their own depth.

Each run, which is neighbouring texts with the same depth, is one matrix product, written straight
into the result: inputs are not sorted and weights are not gathered. Only texts of fewer than 16
tokens are copied, all those of a depth together. A depth that no text uses is not touched and gets
no gradient at all.
"""

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

from maw.models.products import is_sent, sent

SHORT = 16  # with fewer rows a product per text wastes the kernel: group equal depths by copying


def grouped_linear(
    x: Tensor, depth: Tensor, weights: Sequence[Tensor], biases: Sequence[Tensor] = ()
) -> Tensor:
    """Return each text mapped by the weights of its own depth; there are first derivatives only.

    x [B, L, E]; depth [B], 0 to D-1; D weights [F, E]; D biases [F] or none. Returns [B, L, F].
    IndexError for a depth beyond D-1.
    """
    depths = depth.tolist()
    present = sorted(set(depths))
    groups = [[b for b, d in enumerate(depths) if d == group] for group in present]
    parameters = [weights[d] for d in present] + [biases[d] for d in present if biases]
    device_type = x.device.type
    if torch.is_autocast_enabled(device_type):  # it does not reach into a custom function
        dtype = torch.get_autocast_dtype(device_type)
        x, parameters = x.to(dtype), [tensor.to(dtype) for tensor in parameters]
    result: Tensor = _Grouped.apply(x, groups, *parameters)  # type: ignore[no-untyped-call]
    return result


def select_by_depth(depth: Tensor, values: Sequence[Tensor]) -> Tensor:
    """Return values[depth[b]] of each text b, stacked [B, ...]; other depths get no gradient."""
    depths = depth.tolist()
    present = sorted(set(depths))
    position = {d: p for p, d in enumerate(present)}
    stacked = torch.stack([values[d] for d in present])
    return stacked[torch.tensor([position[d] for d in depths], device=depth.device)]


def runs(numbers: Sequence[int]) -> list[tuple[int, int]]:
    """Return the runs (start, stop) of ascending numbers: [0, 1, 4] -> [(0, 2), (4, 5)]."""
    intervals: list[tuple[int, int]] = []
    for number in numbers:
        if intervals and intervals[-1][1] == number:
            intervals[-1] = (intervals[-1][0], number + 1)
        else:
            intervals.append((number, number + 1))
    return intervals


def _rows(x: Tensor, group: list[int]) -> Tensor:
    """Return the texts numbered in `group`, [n·L, E]; a view of x where they are neighbours."""
    (start, stop), *more = runs(group)
    texts = x[torch.tensor(group, device=x.device)] if more else x[start:stop]
    return texts.reshape(-1, x.shape[-1])


def _pieces(x: Tensor, group: list[int]) -> list[list[int]]:
    """Return the group's texts in pieces, one for each product: runs, or all if texts are short."""
    if x.shape[1] < SHORT:
        return [group]
    return [list(range(start, stop)) for start, stop in runs(group)]


def _view_of(out: Tensor, group: list[int]) -> Tensor | None:
    """Return the group's rows of `out` as a view [n·L, F]; None where they are not neighbours."""
    (start, stop), *more = runs(group)
    return None if more else out[start:stop].view(-1, out.shape[-1])


def _copy_to(out: Tensor, group: list[int], rows: Tensor) -> None:
    """Copy rows [n·L, F] into `out` [B, L, F] at the texts of the group."""
    out[torch.tensor(group, device=out.device)] = rows.view(len(group), *out.shape[1:])


class _Grouped(torch.autograd.Function):
    """The autograd function of `grouped_linear`.

    groups: the numbers of the texts of each depth that occurs. parameters: a weight for each group,
    then a bias for each group or none. Each product is computed as `linear` computes it for the
    same texts, to the bit.
    """

    @staticmethod
    def forward(ctx: Any, x: Tensor, groups: list[list[int]], *parameters: Tensor) -> Tensor:
        weights, biases = parameters[: len(groups)], parameters[len(groups) :]
        out = x.new_empty(*x.shape[:2], len(weights[0]))
        with sent(is_sent(x)):
            for number, (group, weight) in enumerate(zip(groups, weights, strict=True)):
                for piece in _pieces(x, group):
                    view = _view_of(out, piece)
                    rows = _rows(x, piece)
                    if biases:  # as `linear` does it: bias and product in one call
                        product = torch.addmm(biases[number], rows, weight.T, out=view)
                    else:
                        product = torch.mm(rows, weight.T, out=view)
                    if view is None:
                        _copy_to(out, piece, product)
        ctx.save_for_backward(x, *weights)
        ctx.groups, ctx.biased = groups, bool(biases)
        return out

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor | None, ...]:
        x, *weights = ctx.saved_tensors
        x_gradient = (
            torch.empty(x.shape, dtype=x.dtype, device=x.device)
            if ctx.needs_input_grad[0]
            else None
        )
        weight_gradients, bias_gradients = [], []
        with sent(is_sent(x)):
            for group, weight in zip(ctx.groups, weights, strict=True):
                rows = _rows(gradient, group)
                weight_gradients.append(rows.T.mm(_rows(x, group)))
                if ctx.biased:
                    bias_gradients.append(rows.sum(0))
                if x_gradient is not None:
                    _multiply_into(x_gradient, gradient, weight, pieces=_pieces(x, group))
        return x_gradient, None, *weight_gradients, *bias_gradients


def _multiply_into(
    out: Tensor, gradient: Tensor, weight: Tensor, *, pieces: list[list[int]]
) -> None:
    """Write gradient [B, L, F] times weight [F, E] into `out` [B, L, E], for these texts."""
    for piece in pieces:
        view = _view_of(out, piece)
        product = torch.mm(_rows(gradient, piece), weight, out=view)
        if view is None:
            _copy_to(out, piece, product)
