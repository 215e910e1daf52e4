"""What a module has to offer to be a kind: a protocol for each group of kinds.

The modules of `maw` and those of users obey the same protocols. `maw.settings.contract_checks`
holds a user's module against its protocol when its configuration is read. docs/contracts.md
explains each protocol, with an example.

A member with a value is optional, and the value is its default. A function that is marked
`optional` may be missing; the protocol says what happens then. Tensors are `Any` here, because
reading a configuration never imports torch; the docstrings say their shapes.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar, Protocol, TypeVar

from pydantic import BaseModel

PAGE = "docs/contracts.md"
MARK = "__optional__"
CHOOSING, MIXING = "choosing", "mixing"  # the two ways in which a router uses depths
Function = TypeVar("Function", bound=Callable[..., Any])


def optional(function: Function) -> Function:
    """Mark a function of a protocol that a module may leave out."""
    setattr(function, MARK, True)
    return function


class Kind(Protocol):
    """The base of all contracts: every kind has a model of its options."""

    Config: ClassVar[type[BaseModel]]
    """A pydantic model whose fields are the options of the kind, each best with a default."""


class Loader(Kind, Protocol):
    """A source of documents, queries and judgements: `loader: {kind: …}` of a dataset."""

    def sources(self, config: Any) -> Sequence[Path]:
        """Return the files that are read; the dataset is made again when one of them is newer."""

    def load(self, config: Any) -> Any:
        """Return a `maw.datasets.collection.Collection`."""

    def fingerprint(self, config: Any) -> Mapping[str, str]:
        """Return what else the collection depends on, such as a package and its version."""

    @optional
    def relevant_from(self, config: Any) -> int:
        """Return the lowest grade that binary measures count as relevant; 1 without this."""

    @optional
    def n_documents(self, config: Any) -> int:
        """Return the number of documents, if that is cheap; `maw check` asks whether they fit."""

    @optional
    def first_documents(self, config: Any, n: int) -> list[str]:
        """Return the texts of the first n documents; `maw check` asks whether encoders cut them."""

    @optional
    def check(self, config: Any) -> None:
        """Raise InputError for a mistake that is known before anything is read or downloaded."""


class System(Kind, Protocol):
    """Something that ranks documents: an entry of `systems`."""

    NEURAL: bool
    """True where it reads the outputs of the backbone's frozen layers."""
    EMBEDS: bool = False
    """True where it embeds queries and documents apart, so that documents can stream by."""
    PAIRWISE: bool = False
    """True where it reads a query and a document together, as a cross-encoder does."""
    TRAINS_ITSELF: bool = False
    """True where its own function `train` trains it (`maw.ranking.self_training`)."""
    RANKS_ALL: bool = False
    """True where development queries rank all documents, and not the development pool alone."""
    USES_DEVICE: bool = False
    """True where ranking uses the suite's device, although no trunk is read."""
    INDEXED: bool = False
    """True where it ranks with BM25's index, and gets no documents."""

    def rank(self, config: Any, inputs: Any) -> Any:
        """Return a `maw.ranking.inputs.Ranked` for a `maw.ranking.inputs.RankInputs`."""

    @optional
    def encoder(self, config: Any, *, trunk: Any, state: Any, seed: int) -> Any:
        """Return the model that routes texts; without this the report shows no routing."""

    @optional
    def train(self, config: Any, inputs: Any) -> Any:
        """Return a `maw.ranking.self_training.TrainedModel` for a `TrainInputs` of that module."""

    @optional
    def fingerprint(self, config: Any) -> Mapping[str, str]:
        """Return name -> hash of the files on which its results depend, beside the options."""


class Attention(Kind, Protocol):
    """The attention of the trained layers: `attention: {kind: …}`.

    Its Config may have `depths`, the number of depths D; without it there is one.
    """

    def build(self, config: Any, weights: Mapping[str, Any], *, n_heads: int) -> Any:
        """Return an nn.Module with `forward(x, mask, depth)`, which returns [B, L, E].

        weights: `query`, `key`, `value` [E, E] and, where the backbone has them, their `_bias` [E].
        x [B, L, E]; mask [B, L], True = token; depth [B], 0 to D - 1.
        """


class Projection(Kind, Protocol):
    """How the depths of `attention: {kind: maw}` get queries and keys: `projection: {kind: …}`."""

    CUTS: bool = False
    """True where the layer cuts each head into D slices, one for each depth."""

    def initialise(
        self, config: Any, weight: Any, bias: Any, *, n_depths: int, noise: float, blended: bool
    ) -> Mapping[str, list[Any]]:
        """Return name -> parameters, from the backbone's [W_q; W_k] [2E, E] and its bias [2E]."""

    def share(self, learned: Mapping[str, Any], x: Any) -> tuple[Any, ...]:
        """Return the tensors that all depths of the texts x [B, L, E] have in common."""

    def at_depth(self, learned: Mapping[str, Any], shared: Any, depth: int) -> tuple[Any, Any]:
        """Return queries and keys [B, L, E] of all texts under one depth."""

    def by_text(self, learned: Mapping[str, Any], shared: Any, depth: Any) -> tuple[Any, Any]:
        """Return queries and keys [B, L, E] of each text under its own depth [B]."""

    def standard(self, learned: Mapping[str, Any], shared: Any) -> tuple[Any, Any]:
        """Return queries and keys of the standard attention that depths are blended with."""

    @optional
    def separate(self, learned: Mapping[str, Any], shared: Any, depth: Any) -> tuple[Any, Any]:
        """Return them where queries and keys are used apart; without this, the two above do."""


class Router(Kind, Protocol):
    """What chooses a depth for each text, or mixes depths: `router: {kind: …}`."""

    LEARNS: bool
    """True where an objective has to train it."""
    MIXES: bool
    """True where all depths are mixed by the softmax of the logits, False where one is chosen."""
    READS: str = ""
    """Its input: `hidden`, `attention`, `statistics`, `content` or `nothing`; else give `read`."""
    DRAWS: bool = False
    """True where a depth is drawn in training, and depths are mixed only in ranking."""
    DIAGNOSTIC: bool = False
    """True where it reads the test judgements, so that no claim may rest on it."""

    def build(self, config: Any, *, n_features: int, n_depths: int) -> Any:
        """Return an nn.Module that maps features [B, F] to logits [B, D].

        If it also has a method `value(features)`, which predicts the reward [B] of each text, the
        objective grpo can train it with `actor_critic: true`.
        """

    @optional
    def read(self, attention: Any, x: Any, mask: Any) -> Any:
        """Return a `maw.models.routers.reading.Reading` with features [B, F] of its own."""

    @optional
    def n_features(self, attention: Any) -> int:
        """Return F; it is needed beside `read`."""


class Objective(Kind, Protocol):
    """What a system is trained for: `objective: {kind: …}`."""

    TRAINS: tuple[str, ...] = ()
    """The routers that it can train: those that learn and are `choosing` or `mixing`."""
    NEEDS_ROUTER: bool = False
    """True where it makes no sense without a router that learns."""

    def begin(self, config: Any, model: Any) -> Callable[..., Iterable[Any]]:
        """Return a function of (batch, generator) that yields (loss, metrics) once or more often.

        The optimiser takes a step after each loss. metrics: name -> number, with `loss` among them.
        """


CONTRACTS: dict[str, type] = {  # group of kinds -> its protocol
    "loaders": Loader,
    "systems": System,
    "attention": Attention,
    "projections": Projection,
    "routers": Router,
    "objectives": Objective,
}
