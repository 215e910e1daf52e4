"""What each system of a suite is, in the words of a paper's section on methods."""

from collections.abc import Iterator, Mapping
from pathlib import PurePath
from typing import Any

from maw.reporting.words import listed

BACKBONES = {"minilm": "all-MiniLM-L6-v2"}  # names of a configuration -> names of the models


def systems(entries: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    """Yield a sentence with the kind of each system and of its parts.

    entries: name of each system -> its configuration; without any, nothing is yielded.
    """
    if entries:
        texts = [f"{name} ({kinds(entry)})" for name, entry in entries.items()]
        yield f"The systems were {listed(texts)}."


def kinds(entry: Mapping[str, Any]) -> str:
    """Return the kinds of a system's parts: `bi-encoder, attention maw with 8 depths, …`."""
    if entry["kind"] == "bm25":
        options = ", ".join(f"{name} = {entry[name]:g}" for name in ("k1", "b") if name in entry)
        return f"BM25 [@robertson2009]{f', {options}' if options else ''}"
    if entry["kind"] == "run":
        return "rankings made elsewhere"
    if entry["kind"] == "command":
        return "a program" if entry.get("train") else "a program, untrained"
    if entry["kind"] == "sentence_transformer":
        return _of_library(entry)
    parts = [str(entry["kind"]).replace("_", "-")]
    for name, part in entry.items():
        if isinstance(part, Mapping) and "kind" in part:
            depths = f" with {part['depths']} depths" if part.get("depths") else ""
            parts.append(f"{name.replace('_', ' ')} {part['kind']}{depths}")
    if entry.get("trained_layers") is not None:
        parts.append(f"{entry['trained_layers']} trained layers")
    if entry.get("lora"):
        parts.append(f"LoRA [@hu2022] of rank {entry['lora']['rank']}")
    if len(parts) > 1 and entry.get("objective", "") is None:
        parts.append("untrained")
    return ", ".join(parts)


def model_name(name: str) -> str:
    """Return the name of a pretrained model without the place where it lies on this machine."""
    if name.startswith("hf:"):
        return name.removeprefix("hf:")
    return BACKBONES.get(name, PurePath(name).name)


def _of_library(entry: Mapping[str, Any]) -> str:
    """Return what a model of sentence-transformers is, and how it was trained."""
    training = {
        "none": "as it is",
        "full": f"all weights trained with {entry.get('loss')}",
        "lora": f"LoRA [@hu2022] trained with {entry.get('loss')}",
    }[str(entry.get("train", "none"))]
    return f"{model_name(str(entry['model']))} in sentence-transformers, {training}"
