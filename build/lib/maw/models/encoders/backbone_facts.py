"""The sizes in the config.json of a backbone, and the settings that they forbid.

`maw check` asks here, so that a number of layers, depths or tokens that the backbone does not have
is told before anything runs. Nothing is downloaded, and no weights are read.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from maw.errors import InputError
from maw.models.encoders import backbone_files, hub
from maw.models.encoders.sentence_folder import reading_of
from maw.settings import registry
from maw.settings.sections import TrainedLayers
from maw.settings.suite import Suite

# Architectures whose positions are embeddings -> the first positions, which no text has.
EMBEDDED_POSITIONS = {"bert": False, "mpnet": True, "roberta": True}  # True: behind the padding's
ROTARY = ("modernbert",)  # rotary positions need whole heads


@dataclass(frozen=True)
class BackboneFacts:
    """Sizes of a pretrained encoder. n_positions: largest number of tokens; None for no limit."""

    folder: Path
    architecture: str
    n_layers: int
    hidden_size: int
    n_heads: int
    n_positions: int | None

    @property
    def head_size(self) -> int:
        """Number of dimensions of a head."""
        return self.hidden_size // self.n_heads


def facts_of(name: str) -> BackboneFacts | None:
    """Return the facts of a backbone; None for a model of the hub that was not fetched yet.

    InputError where its folder lacks a file, or its architecture is not supported.
    """
    if name.startswith(hub.PREFIX):
        folder = hub.cached(name)
        if folder is None:
            return None
        backbone_files.require_usable(folder, name)
    else:
        folder = backbone_files.folder_of(name)
    config = backbone_files.config_of(folder)
    try:
        return BackboneFacts(
            folder=folder,
            architecture=config["model_type"],
            n_layers=config["num_hidden_layers"],
            hidden_size=config["hidden_size"],
            n_heads=config["num_attention_heads"],
            n_positions=_n_positions(config),
        )
    except KeyError as error:
        raise InputError(
            f"backbone {name!r}: {folder / backbone_files.CONFIG} has no {error.args[0]!r}; use a "
            "folder that `save_pretrained` of transformers wrote"
        ) from None


def _n_positions(config: dict[str, Any]) -> int | None:
    behind_padding = EMBEDDED_POSITIONS.get(config["model_type"])
    if behind_padding is None or "max_position_embeddings" not in config:
        return None
    unused = config.get("pad_token_id", 1) + 1 if behind_padding else 0
    return int(config["max_position_embeddings"]) - unused


def require_fit(suite: Suite, facts: BackboneFacts) -> None:
    """Raise InputError, with the key at fault, where a suite asks for what the backbone has not."""
    neural = {name: entry for name, entry in suite.systems.items() if suite.is_neural(name)}
    _require_layers("backbone", suite.backbone.trained_layers, facts)
    for name, entry in neural.items():
        _require_layers(f"systems.{name}", getattr(entry, "trained_layers", None) or 1, facts)
        _require_depths(f"systems.{name}", entry, facts)
        router = getattr(entry, "router", None)
        known = getattr(router, "backbone", suite.backbone.name)
        if known != suite.backbone.name:
            raise InputError(
                f"systems.{name}.router.backbone: {known!r} knows other words than the suite's "
                f"backbone {suite.backbone.name!r}; give both the same name"
            )
    if neural:
        _require_tokens(suite, facts)


def _require_layers(key: str, trained_layers: TrainedLayers, facts: BackboneFacts) -> None:
    if trained_layers != "all" and trained_layers > facts.n_layers:
        raise InputError(
            f"{key}.trained_layers: {trained_layers}, but the backbone has {facts.n_layers} "
            f"layers; give at most {facts.n_layers}"
        )


def _require_depths(key: str, entry: Any, facts: BackboneFacts) -> None:
    """Raise InputError where the projection cuts heads that cannot be cut into so many depths."""
    attention: Any = getattr(entry, "attention", None)
    projection = getattr(attention, "projection", None)
    if projection is None or not registry.module_of(projection).CUTS:
        return
    depths = facts.head_size if attention.depths == "head_size" else attention.depths
    if facts.head_size % depths:
        raise InputError(
            f"{key}.attention.depths: {depths} depths do not divide the size of the backbone's "
            f"heads, {facts.head_size}, which the projection cuts; give a number that divides it"
        )
    if facts.architecture in ROTARY and depths > 1:
        raise InputError(
            f"{key}.attention.projection: the backbone {facts.architecture} has rotary positions, "
            "which need whole heads; use full, low_rank or diagonal"
        )


def _require_tokens(suite: Suite, facts: BackboneFacts) -> None:
    """Raise InputError where a text or a pair may have more tokens than there are positions."""
    for key, longest in _longest(suite, facts):
        if facts.n_positions is not None and longest > facts.n_positions:
            raise InputError(
                f"{key}: up to {longest} tokens, but the backbone has {facts.n_positions} "
                "positions; lower the number of tokens"
            )


def _longest(suite: Suite, facts: BackboneFacts) -> Iterator[tuple[str, int]]:
    """Yield key of the configuration -> largest number of tokens that are read together."""
    pairwise = [suite.is_pairwise(name) for name in suite.systems if suite.is_neural(name)]
    if not all(pairwise):
        limits = reading_of(facts.folder, suite.backbone).limits
        yield "backbone.max_document_tokens", limits["document"]
        yield "backbone.max_query_tokens", limits["query"]
    if any(pairwise):
        both = suite.backbone.max_document_tokens + suite.backbone.max_query_tokens
        yield "backbone.max_document_tokens + max_query_tokens", both
