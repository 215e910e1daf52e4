"""The tensors of each form of the attention: their shapes, and which are alive at the same time.

They follow from the sizes of the layer alone. Its parameters are not counted as tensors, nor is its
input, which only the lists STANDARD and MAW name. The tests compare the counts with what torch
allocates for small sizes. Letters: B texts, L tokens, E hidden, H heads, h = E / H, D depths.
"""

from dataclasses import asdict, dataclass
from math import prod

BYTES = 4  # of a number in float32


@dataclass(frozen=True, slots=True)
class Shape:
    """The sizes of a batch and a layer: E (hidden), H (heads), D (n_depths), L (length), B (batch).

    ValueError for a size below 1, or a hidden size that is no multiple of the number of heads.
    """

    hidden: int
    heads: int
    n_depths: int
    length: int
    batch: int

    def __post_init__(self) -> None:
        for name, size in asdict(self).items():
            if size < 1:
                raise ValueError(f"{name} is {size}; give 1 or more")
        if self.hidden % self.heads:
            raise ValueError(
                f"hidden {self.hidden} is not a multiple of heads {self.heads}; give a number of "
                "heads that divides hidden"
            )

    def sizes(self, axes: str) -> tuple[int, ...]:
        """Return the size of each axis in `axes`: `"B H L h"` -> (4, 12, 128, 64).

        A number before a letter multiplies the size: `2E` is twice the hidden size.
        """
        letters = {
            "B": self.batch,
            "L": self.length,
            "E": self.hidden,
            "H": self.heads,
            "h": self.hidden // self.heads,
            "D": self.n_depths,
        }
        return tuple(int(axis[:-1] or 1) * letters[axis[-1]] for axis in axes.split())


@dataclass(frozen=True, slots=True)
class TrackedTensor:
    """A tensor of a layer's forward pass: its name, its axes in letters, and their sizes."""

    name: str
    axes: str
    sizes: tuple[int, ...]

    @property
    def elements(self) -> int:
        """The number of elements of the tensor."""
        return prod(self.sizes)


@dataclass(frozen=True, slots=True)
class AttentionForm:
    """One way to compute the attention layer.

    live: the tensors that are alive when the layer's memory is at its peak. parameters: number of
    parameters, without the router's.
    """

    name: str
    description: str
    live: tuple[TrackedTensor, ...]
    parameters: int

    @property
    def largest(self) -> TrackedTensor:
        """The largest tensor at the peak of memory; the first one if several are equal."""
        return max(self.live, key=lambda tensor: tensor.elements)

    @property
    def elements(self) -> int:
        """The number of elements of all tensors at the peak of memory."""
        return sum(tensor.elements for tensor in self.live)

    @property
    def bytes(self) -> int:
        """The number of bytes of all tensors at the peak of memory, in float32."""
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


def track(shape: Shape, axes: tuple[tuple[str, str], ...]) -> tuple[TrackedTensor, ...]:
    """Return the tensors with their names, axes and, for this shape, sizes.

    axes: pairs of a tensor's name and its axes, such as `("A", "B H L L")`.
    """
    return tuple(TrackedTensor(name, letters, shape.sizes(letters)) for name, letters in axes)


def parameters(shape: Shape, *, n_depths: int) -> int:
    """Return the number of parameters of the layer, without the router's.

    They are W_q and W_k of each depth, W_v, the output projection, and all biases.
    """
    return (2 * n_depths + 2) * shape.hidden * (shape.hidden + 1)


def forms(shape: Shape) -> tuple[AttentionForm, ...]:
    """Return every way to compute the layer, standard attention first."""
    return tuple(
        AttentionForm(
            name,
            description,
            track(shape, axes),
            parameters(shape, n_depths=shape.n_depths if name.startswith("MAW") else 1),
        )
        for name, description, axes in FORMS
    )


def attention_elements(shape: Shape) -> tuple[int, int]:
    """Return the number of elements of the attention of one depth, and of all D depths.

    Their shapes are [B, H, L, L] and [B, H, L, L, D].
    """
    one_depth = prod(shape.sizes("B H L L"))
    return one_depth, one_depth * shape.n_depths
