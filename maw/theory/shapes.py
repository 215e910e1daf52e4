"""Which tensors does each form of the attention make, of which shape, and how many live at once?

Counted from the shape alone; weights and the input are not counted. That the counts are what torch
allocates is tested on a small shape. Letters: B texts, L tokens, E hidden, H heads, h = E / H,
D depths.
"""

from dataclasses import dataclass
from math import prod

BYTES = 4  # float32


@dataclass(frozen=True, slots=True)
class Shape:
    """What a batch and a layer look like."""

    hidden: int
    heads: int
    depth: int
    length: int
    batch: int

    def __post_init__(self) -> None:
        for name in ("hidden", "heads", "depth", "length", "batch"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} is {getattr(self, name)}; give 1 or more")
        if self.hidden % self.heads:
            raise ValueError(f"hidden {self.hidden} is not a multiple of heads {self.heads}")

    def sizes(self, axes: str) -> tuple[int, ...]:
        """`"B H L h"` -> (4, 12, 128, 64). A number before a letter multiplies: `2E`."""
        letters = {
            "B": self.batch,
            "L": self.length,
            "E": self.hidden,
            "H": self.heads,
            "h": self.hidden // self.heads,
            "D": self.depth,
        }
        return tuple(int(axis[:-1] or 1) * letters[axis[-1]] for axis in axes.split())


@dataclass(frozen=True, slots=True)
class Tracked:
    """A tensor on its way through a layer."""

    name: str
    axes: str
    sizes: tuple[int, ...]

    @property
    def elements(self) -> int:
        """How many numbers it holds."""
        return prod(self.sizes)


@dataclass(frozen=True, slots=True)
class Form:
    """One way to compute the layer. live: the tensors at its fullest moment."""

    name: str
    says: str
    live: tuple[Tracked, ...]
    parameters: int

    @property
    def largest(self) -> Tracked:
        """Of the tensors at the fullest moment; of equals the first."""
        return max(self.live, key=lambda tensor: tensor.elements)

    @property
    def elements(self) -> int:
        """Numbers that live at once."""
        return sum(tensor.elements for tensor in self.live)

    @property
    def bytes(self) -> int:
        """The same in float32."""
        return BYTES * self.elements


STANDARD = (
    ("input X", "B L E"),
    ("queries Q", "B H L h"),
    ("keys K", "B H L h"),
    ("values V", "B H L h"),
    ("attention A", "B H L L"),
    ("heads' output A V", "B H L h"),
    ("output", "B L E"),
)
MAW = (
    ("input X", "B L E"),
    ("queries of every depth Q_depth", "B H L h D"),
    ("keys of every depth K_depth", "B H L h D"),
    ("values V, shared", "B H L h"),
    ("attention of every depth A", "B H L L D"),
    ("router's weights", "B D"),
    ("attention selected", "B H L L"),
    ("heads' output", "B H L h"),
    ("output", "B L E"),
)

FUSED = (("Q", "B H L h"), ("K", "B H L h"), ("V", "B H L h"), ("A V", "B H L h"))
LAZY = (
    ("Q K of the chosen depths", "B L 2E"),
    ("V", "B H L h"),
    ("A V", "B H L h"),
)
STREAMED = (
    ("Q K of one depth", "B L 2E"),
    ("V", "B H L h"),
    ("sum so far", "B L E"),
    ("A V of one depth", "B H L h"),
    ("its heads joined", "B L E"),
    ("times its weight", "B L E"),
)
KEPT = (("X by depth", "B L E"), ("Q", "B H L h"), ("K", "B H L h"), ("V", "B H L h"))
EXACT = (
    ("Q K of one other depth", "B L 2E"),
    ("A V of one other depth", "B H L h"),
    *KEPT,
    ("A V, kept for its gradient", "B H L h"),
    ("gradient of A V", "B H L h"),
    ("a number a text and depth", "B D"),
)
FORMS = (
    (
        "standard, written out",
        "scores and A in full",
        (("A", "B H L L"), ("scores", "B H L L"), *FUSED[:3]),
    ),
    ("standard, fused", "A is never kept", FUSED),
    (
        "MAW, five axes",
        "scores and A of all depths in full",
        (
            ("A of every depth", "B H L L D"),
            ("scores of every depth", "B H L L D"),
            ("Q_depth", "B H L h D"),
            ("K_depth", "B H L h D"),
            ("V", "B H L h"),
        ),
    ),
    ("MAW, lazy", "the chosen depth alone", LAZY),
    ("MAW, streamed mixture", "all depths, one at a time", STREAMED),
    ("MAW, exact straight-through", "training: one other depth at a time", EXACT),
)


def track(shape: Shape, axes: tuple[tuple[str, str], ...]) -> tuple[Tracked, ...]:
    """`(("A", "B H L L"), …)` with this shape's sizes."""
    return tuple(Tracked(name, letters, shape.sizes(letters)) for name, letters in axes)


def parameters(shape: Shape, *, depths: int) -> int:
    """W_q and W_k of each depth, W_v and the output projection, with their biases."""
    return (2 * depths + 2) * shape.hidden * (shape.hidden + 1)


def forms(shape: Shape) -> tuple[Form, ...]:
    """Every way to compute the layer, standard first."""
    return tuple(
        Form(
            name,
            says,
            track(shape, axes),
            parameters(shape, depths=shape.depth if name.startswith("MAW") else 1),
        )
        for name, says, axes in FORMS
    )


def attention_elements(shape: Shape) -> tuple[int, int]:
    """Of A[B, H, L, L], and of A[B, H, L, L, D]."""
    one = prod(shape.sizes("B H L L"))
    return one, one * shape.depth
