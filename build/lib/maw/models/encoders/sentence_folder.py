"""How a folder of sentence-transformers says that its texts are to be read: `Reading`.

Such a folder has `modules.json`, which names the model's modules in their order, and a few small
files beside it: the pooling, the texts that are put before queries and documents (prompts), and the
largest number of tokens. A bi-encoder of ours follows the modules Transformer, Pooling and
Normalize, three poolings, prompts, the limit and lower case. Everything else that would change a
score is refused. Only JSON is read, and no torch is imported.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from maw.errors import InputError
from maw.models.encoders import hub
from maw.settings.sections import Backbone

MODULES, PROMPTS = hub.MODULES, "config_sentence_transformers.json"
TEXTS, TOKENISER = "sentence_bert_config.json", "tokenizer_config.json"
LIBRARY = "sentence_transformers."  # what the types of its modules begin with
POOLINGS = ("mean", "cls", "max")  # as `maw.models.pooling` computes them
OLD_POOLINGS = {  # keys of an older pooling's config.json -> the mode that they switch on
    "pooling_mode_cls_token": "cls",
    "pooling_mode_max_tokens": "max",
    "pooling_mode_mean_tokens": "mean",
    "pooling_mode_mean_sqrt_len_tokens": "mean_sqrt_len_tokens",
    "pooling_mode_weightedmean_tokens": "weightedmean",
    "pooling_mode_lasttoken": "lasttoken",
}
SIDES = ("query", "document")
INSTEAD = "use `kind: sentence_transformer`, which runs the folder as it is"
# Keys of the file TEXTS that change what the model computes, unless they are empty or have the
# value that is given here.
NOT_FOLLOWED = {
    "transformer_task": "feature-extraction",
    "query_length": None,
    "document_length": None,
    "query_expansion": None,
    "config_args": None,
    "config_kwargs": None,
    "tokenizer_args": None,
    "processor_kwargs": None,
}


@dataclass(frozen=True)
class Reading:
    """How a bi-encoder reads texts of each side, `query` and `document`.

    pooling: one of `POOLINGS`, by which the hidden states of a text's tokens become one vector.
    prompts: side -> text that is put before every text. limits: side -> largest number of tokens,
    those of the prompt and special tokens included.
    """

    pooling: str
    prompts: Mapping[str, str]
    limits: Mapping[str, int]


def reading_of(folder: Path, backbone: Backbone) -> Reading:
    """Return how the texts of a backbone are read: as its section and the files in `folder` say.

    folder: the folder of the backbone's files. A folder without `modules.json` is read with the
    mean over tokens, and with the prompts and the limits of the section alone.
    InputError where a file of the folder is broken, or asks for something that is not followed, and
    where the hub's cache may lack `modules.json`.
    """
    limits = {"query": backbone.max_query_tokens, "document": backbone.max_document_tokens}
    given = {"query": backbone.query_prompt, "document": backbone.document_prompt}
    if not (folder / MODULES).is_file():
        hub.require_known(folder, name=backbone.name)
        return Reading("mean", {side: given[side] or "" for side in SIDES}, limits)
    prompts = prompts_of(folder, given, key="backbone.{side}_prompt")
    pooling = _pooling(folder, any(prompts.values()))
    _refuse_similarity(folder)
    most = _max_tokens(folder)
    if most is not None:
        limits = {side: min(limit, most) for side, limit in limits.items()}
    return Reading(pooling, prompts, limits)


def prompts_of(folder: Path, given: Mapping[str, str | None], *, key: str) -> dict[str, str]:
    """Return the prompt of each side: the given one, else the folder's own, else "".

    given: side -> prompt, None where the configuration gives none. key: name of the configuration's
    key, with `{side}` in it, for the message.
    InputError where the folder has prompts, but neither it nor the configuration says which of them
    is that of a side: encoding without one would score such a model too low, in silence.
    """
    path = folder / PROMPTS
    own: dict[str, Any] = _json(path).get("prompts") or {} if path.is_file() else {}
    others = [name for name, text in own.items() if text and name not in SIDES]
    prompts: dict[str, str] = {}
    for side in SIDES:
        chosen = given[side]
        prompts[side] = (own.get(side) or "") if chosen is None else chosen
        if chosen is None and not prompts[side] and others:
            raise InputError(
                f"{path}: has the prompts {', '.join(map(repr, others))} and none called {side!r}; "
                f'write the text of one as `{key.format(side=side)}`, or "" for no prompt'
            )
    return prompts


def lowers_case(folder: Path) -> bool:
    """Return whether the folder asks that its texts are put into lower case."""
    path = folder / TEXTS
    return path.is_file() and bool(_json(path).get("do_lower_case"))


def _pooling(folder: Path, has_prompts: bool) -> str:
    """Return the pooling of a folder whose modules are all followed.

    has_prompts: whether a text is put before queries or documents. InputError names the module, the
    pooling or the option that is not followed.
    """
    modules = _json(folder / MODULES, list)
    kinds = [str(module.get("type", "")) for module in modules]
    names = [kind.rpartition(".")[2] for kind in kinds]
    expected = ["Transformer", "Pooling", "Normalize"]
    for kind, name in zip(kinds, names, strict=True):
        if not kind.startswith(LIBRARY) or name not in expected:
            raise InputError(f"{folder / MODULES}: the module {kind!r} is not followed; {INSTEAD}")
    if names not in (expected[:2], expected) or modules[0].get("path"):
        raise InputError(
            f"{folder / MODULES}: the modules {', '.join(names)} are not followed in this order "
            f"and place; {INSTEAD}"
        )
    _refuse_texts(folder)
    path = folder / str(modules[1].get("path")) / "config.json"
    content = _json(path)
    mode = _mode(content)
    if mode not in POOLINGS:
        raise InputError(
            f"{path}: the pooling {mode!r} is not followed, only {', '.join(POOLINGS)}; {INSTEAD}"
        )
    if has_prompts and not content.get("include_prompt", True):
        raise InputError(f"{path}: pooling without the prompt's tokens is not followed; {INSTEAD}")
    return mode


def _mode(content: Mapping[str, Any]) -> str:
    """Return the mode in the configuration of a pooling; several are joined by `+`."""
    modes = content.get("pooling_mode")
    if modes is None:
        modes = [mode for key, mode in OLD_POOLINGS.items() if content.get(key)] or ["mean"]
    return "+".join([modes] if isinstance(modes, str) else map(str, modes))


def _refuse_texts(folder: Path) -> None:
    """Raise InputError for an option of the folder's Transformer that changes what it computes."""
    path = folder / TEXTS
    content = _json(path) if path.is_file() else {}
    for key, usual in NOT_FOLLOWED.items():
        if content.get(key) and content[key] != usual:
            raise InputError(f"{path}: {key} {content[key]!r} is not followed; {INSTEAD}")


def _refuse_similarity(folder: Path) -> None:
    """Raise InputError where the folder's documents are not ranked by the cosine of whole vectors.

    The dot product of vectors that a module Normalize makes is their cosine.
    """
    path = folder / PROMPTS
    content = _json(path) if path.is_file() else {}
    similarity = content.get("similarity_fn_name") or "cosine"
    is_unit = len(_json(folder / MODULES, list)) == 3
    if similarity != "cosine" and not (similarity == "dot" and is_unit):
        raise InputError(f"{path}: similarity {similarity!r} is not followed; {INSTEAD}")
    if content.get("truncate_dim"):
        raise InputError(f"{path}: truncate_dim is not followed; {INSTEAD}")


def _max_tokens(folder: Path) -> int | None:
    """Return the largest number of tokens that the folder reads; None where it does not say."""
    for name, key in ((TEXTS, "max_seq_length"), (TOKENISER, "model_max_length")):
        path = folder / name
        limit = _json(path).get(key) if path.is_file() else None
        if limit is not None:
            return int(limit)
    return None


def _json(path: Path, kind: type[Any] = dict) -> Any:
    """Return the JSON in a file of a model's folder; InputError unless it is a `kind`."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        reason = str(error).splitlines()[0]
        raise InputError(f"{path}: not readable ({reason}); download the model again") from None
    if not isinstance(content, kind):
        expected = "list" if kind is list else "mapping"
        raise InputError(f"{path}: holds no {expected}; download the model again")
    return content
