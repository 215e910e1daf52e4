"""README.md of an exported model: what it came from, what was trained, what was found, its limits.

Only what the run's own files say. Text in, text out.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from maw.reporting import wording
from maw.settings.sections import Backbone

MAW_USE = """```python
import maw
encoder = maw.load("this folder")
vectors = encoder.encode(["a text", "another"])  # float32 [N, E], unit vectors
```

Each text's router chooses the depth that the trained layers use for it. `backbone/` is the base
model as it came: loading it with transformers gives the base model, not this one."""
PLAIN_USE = """```python
from sentence_transformers import SentenceTransformer
model = SentenceTransformer("this folder")
vectors = model.encode(["a text", "another"])  # float32 [N, E], unit vectors
```

Also `transformers.AutoModel.from_pretrained` (mean over tokens, then length one) and `maw.load`."""


@dataclass(frozen=True)
class ModelEvidence:
    """Plain facts for a model card; nothing here is a path of this machine.

    verdicts: sentences; no_verdict: why there is none. depths: depth -> test texts that chose it.
    """

    name: str
    seed: int
    system: dict[str, Any]
    base_model: str
    base_licence: str
    base_sha256: str
    backbone: Backbone
    data: dict[str, Any]
    about: dict[str, Any]
    scope: str = ""
    verdicts: tuple[str, ...] = ()
    no_verdict: str = ""
    depths: dict[int, int] = field(default_factory=dict)


def card(evidence: ModelEvidence, *, plain: bool) -> str:
    """The whole file: front matter for model hubs, then sections."""
    sections = [
        _front(evidence, plain=plain),
        f"# {_line(evidence.name)}, seed {evidence.seed}",
        f"A sentence encoder made by `maw`: {_line(wording.system(evidence.system))}.",
        "## Use\n\n" + (PLAIN_USE if plain else MAW_USE),
        "## Base model\n\n" + "\n".join(_base(evidence)),
        "## Data\n\n" + "\n".join(_data(evidence.data)),
        "## What was trained\n\n" + "\n".join(_training(evidence)),
        "## What was found\n\n" + "\n".join(_found(evidence)),
        "## Limits\n\n" + "\n".join(_limits(evidence)),
    ]
    return "\n\n".join(sections) + "\n"


def _front(evidence: ModelEvidence, *, plain: bool) -> str:
    fields = {
        "library_name": "sentence-transformers" if plain else "maw",
        "pipeline_tag": "sentence-similarity",
        "base_model": _quoted(evidence.base_model),
    }
    if evidence.base_licence:
        fields["license"] = _quoted(evidence.base_licence)
    return "\n".join(["---", *(f"{key}: {value}" for key, value in fields.items()), "---"])


def _base(evidence: ModelEvidence) -> Iterator[str]:
    yield f"- {_line(evidence.base_model)}"
    yield f"- licence: {_line(evidence.base_licence) or 'not stated in its folder'}"
    yield f"- SHA-256 of its weights: `{evidence.base_sha256}`"


def _data(data: Mapping[str, Any]) -> Iterator[str]:
    counts = data["counts"]
    yield f"- {_line(data['name'])}: {_line(data['source'])}"
    yield f"- licence: {_line(data['licence'])}"
    yield f"- SHA-256: `{data['sha256']}`"
    sides = ", ".join(f"{counts[side]} {side}" for side in ("train", "dev", "test"))
    yield f"- {counts['documents']} documents; queries: {sides}"
    if data.get("citation"):
        yield f"- cite: {_line(data['citation'])}"


def _training(evidence: ModelEvidence) -> Iterator[str]:
    about, n = evidence.about, evidence.backbone.trained_layers
    if not about["trained"]:
        yield "Nothing: this is the base model as it came."
        return
    recipe = about["stamp"]["spec"]["training"]
    layers = "the last layer" if n == 1 else f"the last {n} layers"
    yield f"- {layers} of the base model; all below is frozen"
    yield f"- {wording.quantity(about['trained_parameters'])} parameters"
    yield f"- {recipe['steps']} steps of {recipe['batch_size']} queries, seed {evidence.seed}"
    yield f"- learning rate {about['learning_rate']:g}, chosen on development queries"
    versions = about.get("versions", {})
    yield f"- torch {_line(versions.get('torch', '?'))} on {_line(about.get('device', '?'))}"


def _found(evidence: ModelEvidence) -> Iterator[str]:
    for told in evidence.verdicts:
        yield f"- {_line(told)}"
    if evidence.verdicts:
        yield ""
        yield "That is about the training procedure over its seeds, not about this file alone."
    else:
        yield f"No verdict: {evidence.no_verdict}."
    if evidence.scope:
        yield f"Scope: {_line(evidence.scope)}"


def _limits(evidence: ModelEvidence) -> Iterator[str]:
    backbone = evidence.backbone
    yield (
        f"- A document is cut at {backbone.max_document_tokens} tokens, a query at "
        f"{backbone.max_query_tokens} in the suite."
    )
    yield f"- Trained and tested on {_line(evidence.data['name'])} only."
    if evidence.data["name"] == "pydocs" or "docstrings" in evidence.data["source"]:
        yield "- Docstrings: relevance is not judged by people. No claim about search follows."
    if evidence.depths:
        yield f"- {_routing(evidence.depths)}"
    yield "- What the base model has learned, its biases included, is still there."


def _routing(depths: Mapping[int, int]) -> str:
    """Whether anything was routed on the texts of the ranking."""
    shares = ", ".join(f"{depth}: {n}" for depth, n in sorted(depths.items()))
    if len(depths) == 1:
        return f"In the suite's ranking every text chose one depth ({shares}): nothing was routed."
    return f"Texts per depth in the suite's ranking: {shares}."


def _line(text: object) -> str:
    """Text from data on one line, without markup of its own."""
    plain = " ".join(str(text).split())
    return plain.replace("<", "&lt;").replace("`", "'")


def _quoted(text: str) -> str:
    """A YAML string."""
    return '"' + " ".join(text.split()).replace("\\", "\\\\").replace('"', '\\"') + '"'
