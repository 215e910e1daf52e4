"""How are texts projected when each has its own weights? One matrix product per run of equal depth.

Written straight into the result: no sorting of the inputs, no gathered weights, no second copy. A
depth that no text chose is not touched and gets no gradient at all.
"""

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

SHORT = 16  # with fewer rows a product per text wastes the kernel: group equal depths by copying


def grouped_linear(
    x: Tensor, depth: Tensor, weights: Sequence[Tensor], biases: Sequence[Tensor] = ()
) -> Tensor:
    """Each text under its own weights. First derivatives only.

    x [B, L, E]; depth [B], 0 to D-1; D weights [F, E], D or no biases [F]. Returns [B, L, F].
    IndexError beyond D-1.
    """
    chosen = depth.tolist()
    present = sorted(set(chosen))
    groups = [[b for b, d in enumerate(chosen) if d == wanted] for wanted in present]
    used = [weights[d] for d in present] + [biases[d] for d in present if biases]
    kind = x.device.type
    if torch.is_autocast_enabled(kind):  # which does not reach into products of ours
        lower = torch.get_autocast_dtype(kind)
        x, used = x.to(lower), [tensor.to(lower) for tensor in used]
    result: Tensor = _Grouped.apply(x, groups, *used)  # type: ignore[no-untyped-call]
    return result


def of_each(depth: Tensor, values: Sequence[Tensor]) -> Tensor:
    """values[depth[b]] for each text b: [B, ...]. Absent depths get no gradient."""
    chosen = depth.tolist()
    present = sorted(set(chosen))
    place = {d: p for p, d in enumerate(present)}
    stacked = torch.stack([values[d] for d in present])
    return stacked[torch.tensor([place[d] for d in chosen], device=depth.device)]


def runs(group: Sequence[int]) -> list[tuple[int, int]]:
    """Ascending numbers as slices: [0, 1, 4] -> [(0, 2), (4, 5)]."""
    found: list[tuple[int, int]] = []
    for b in group:
        if found and found[-1][1] == b:
            found[-1] = (found[-1][0], b + 1)
        else:
            found.append((b, b + 1))
    return found


def _rows(x: Tensor, group: list[int]) -> Tensor:
    """The group's texts under each other [n·L, E]; a view where they are neighbours."""
    (start, stop), *more = runs(group)
    one = x[torch.tensor(group, device=x.device)] if more else x[start:stop]
    return one.reshape(-1, x.shape[-1])


def _pieces(x: Tensor, group: list[int]) -> list[list[int]]:
    """The group's texts, as they are multiplied: by run, or all at once where texts are short."""
    if x.shape[1] < SHORT:
        return [group]
    return [list(range(start, stop)) for start, stop in runs(group)]


def _place(out: Tensor, group: list[int]) -> Tensor | None:
    """Where the group's rows lie in `out`; None where they are not neighbours."""
    (start, stop), *more = runs(group)
    return None if more else out[start:stop].view(-1, out.shape[-1])


def _settle(out: Tensor, group: list[int], rows: Tensor) -> None:
    """Copies rows [n·L, F] to the group's texts."""
    out[torch.tensor(group, device=out.device)] = rows.view(len(group), *out.shape[1:])


class _Grouped(torch.autograd.Function):
    """groups: for each depth present, its texts; then the weights and the biases of those depths.

    The products are those of `linear` over a depth's texts, so results are the same to the bit.
    """

    @staticmethod
    def forward(ctx: Any, x: Tensor, groups: list[list[int]], *used: Tensor) -> Tensor:
        weights, biases = used[: len(groups)], used[len(groups) :]
        out = x.new_empty(*x.shape[:2], len(weights[0]))
        for number, (group, weight) in enumerate(zip(groups, weights, strict=True)):
            for piece in _pieces(x, group):
                place = _place(out, piece)
                rows = _rows(x, piece)
                if biases:  # as `linear` does it: bias and product in one call
                    made = torch.addmm(biases[number], rows, weight.T, out=place)
                else:
                    made = torch.mm(rows, weight.T, out=place)
                if place is None:
                    _settle(out, piece, made)
        ctx.save_for_backward(x, *weights)
        ctx.groups, ctx.biased = groups, bool(biases)
        return out

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor | None, ...]:
        x, *weights = ctx.saved_tensors
        to_x = (
            torch.empty(x.shape, dtype=x.dtype, device=x.device)
            if ctx.needs_input_grad[0]
            else None
        )
        to_weights, to_biases = [], []
        for group, weight in zip(ctx.groups, weights, strict=True):
            above = _rows(gradient, group)
            to_weights.append(above.T.mm(_rows(x, group)))
            if ctx.biased:
                to_biases.append(above.sum(0))
            if to_x is None:
                continue
            for piece in _pieces(x, group):
                place = _place(to_x, piece)
                made = torch.mm(_rows(gradient, piece), weight, out=place)
                if place is None:
                    _settle(to_x, piece, made)
        return to_x, None, *to_weights, *to_biases
