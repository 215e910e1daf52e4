"""The model card, `README.md` of an exported model: its origin, training, verdicts and limits.

Its facts come from the files of the run, of its suite and of its backbone. This module turns them
into Markdown.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from maw.reporting import wording
from maw.settings import extensions
from maw.settings.sections import Backbone

MAW_USE = """```python
import maw
encoder = maw.load("this folder")
vectors = encoder.encode(["a text", "another"])  # float32 [N, E], unit vectors
```

The router chooses for each text the depth that the trained layers use. `backbone/` is the unchanged
base model: loading it with transformers gives the base model, not this one."""
OWN_CODE_USE = """

It needs the code in {kinds}, which is not in this folder and never runs unasked. On a machine that
has that code, unchanged, at the same place, give the configuration of a suite that names it:
`maw.load("this folder", config="the suite's YAML file")`."""
PLAIN_USE = """```python
from sentence_transformers import SentenceTransformer
model = SentenceTransformer("this folder")
vectors = model.encode(["a text", "another"])  # float32 [N, E], unit vectors
```

Also `transformers.AutoModel.from_pretrained` (mean over tokens, then length one) and `maw.load`."""


@dataclass(frozen=True)
class ModelEvidence:
    """The facts that a model card states; none of them is a path of the exporting machine.

    name: that of the system in its suite; system: its configuration. base_*: name, licence and hash
    of weights of the backbone. dataset: the content of `dataset.json`; run_record: the content of
    `run.json`. scope: sentence on what the verdicts cover; verdicts: sentences; no_verdict: the
    reason where there is no verdict. depths: depth -> number of texts for which the router chose
    it in the suite's ranking, empty without a router; where it mixes depths, that of the largest
    weight counts.
    """

    name: str
    seed: int
    system: dict[str, Any]
    base_model: str
    base_licence: str
    base_sha256: str
    backbone: Backbone
    dataset: dict[str, Any]
    run_record: dict[str, Any]
    scope: str = ""
    verdicts: tuple[str, ...] = ()
    no_verdict: str = ""
    depths: dict[int, int] = field(default_factory=dict)


def card(evidence: ModelEvidence, *, plain: bool) -> str:
    """Return the model card as Markdown: YAML front matter for model hubs, then sections.

    plain: True where the model is a standard encoder, which sentence-transformers can load.
    """
    sections = [
        _front(evidence, plain=plain),
        f"# {_line(evidence.name)}, seed {evidence.seed}",
        f"A sentence encoder made by `maw`: {_line(wording.system(evidence.system))}.",
        "## Use\n\n" + (PLAIN_USE if plain else MAW_USE + _own_code(evidence.system)),
        "## Base model\n\n" + "\n".join(_base(evidence)),
        "## Data\n\n" + "\n".join(_data(evidence.dataset)),
        "## What was trained\n\n" + "\n".join(_training(evidence)),
        "## What was found\n\n" + "\n".join(_verdicts(evidence)),
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


def _own_code(system: Mapping[str, Any]) -> str:
    """Return how to load a model that needs a file or module outside of `maw`; "" for another.

    The training objective is left out, because only training needs it.
    """
    kinds = extensions.places({key: value for key, value in system.items() if key != "objective"})
    listed_kinds = ", ".join(f"`{_line(kind)}`" for kind in kinds)
    return OWN_CODE_USE.format(kinds=listed_kinds) if kinds else ""


def _base(evidence: ModelEvidence) -> Iterator[str]:
    yield f"- {_line(evidence.base_model)}"
    yield f"- licence: {_line(evidence.base_licence) or 'not stated in its folder'}"
    yield f"- SHA-256 of its weights: `{evidence.base_sha256}`"


def _data(dataset: Mapping[str, Any]) -> Iterator[str]:
    counts = dataset["counts"]
    yield f"- {_line(dataset['name'])}: {_line(dataset['source'])}"
    yield f"- licence: {_line(dataset['licence'])}"
    yield f"- SHA-256: `{dataset['sha256']}`"
    splits = ", ".join(f"{counts[split]} {split}" for split in ("train", "dev", "test"))
    yield f"- {counts['documents']} documents; queries: {splits}"
    if dataset.get("citation"):
        yield f"- cite: {_line(dataset['citation'])}"


def _training(evidence: ModelEvidence) -> Iterator[str]:
    run, n = evidence.run_record, evidence.backbone.trained_layers
    if not run["trained"]:
        yield "Nothing: this is the unchanged base model."
        return
    recipe = run["stamp"]["spec"]["training"]
    layers = {1: "the last layer", "all": "all layers"}.get(n, f"the last {n} layers")
    frozen = "its embeddings are frozen" if n == "all" else "all below is frozen"
    yield f"- {layers} of the base model; {frozen}"
    yield f"- {wording.quantity(run['trained_parameters'])} parameters"
    yield f"- {recipe['steps']} steps of {recipe['batch_size']} queries, seed {evidence.seed}"
    # a run of an earlier version has no such keys: it searched the learning rate, and no option
    is_searched, options = run.get("searched", True), run.get("options", {})
    chosen = [f"{path} {value}" for path, value in options.items()]
    origin = "chosen on development queries" if is_searched else "fixed by the configuration"
    rate = f"learning rate {run['learning_rate']:g}"
    yield f"- {_line(', '.join([rate, *chosen]))}, {origin}"
    versions = run.get("versions", {})
    yield f"- torch {_line(versions.get('torch', '?'))} on {_line(run.get('device', '?'))}"


def _verdicts(evidence: ModelEvidence) -> Iterator[str]:
    for sentence in evidence.verdicts:
        yield f"- {_line(sentence)}"
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
    yield f"- Trained and tested on {_line(evidence.dataset['name'])} only."
    if evidence.dataset["name"] == "pydocs" or "docstrings" in evidence.dataset["source"]:
        yield "- Docstrings: relevance is not judged by people. No claim about search follows."
    if evidence.depths:
        yield f"- {_routing(evidence.depths)}"
    yield "- What the base model has learned, its biases included, is still there."


def _routing(depths: Mapping[int, int]) -> str:
    """Return a sentence on how many texts chose each depth; with one depth, nothing was routed.

    depths: depth -> number of texts.
    """
    shares = ", ".join(f"{depth}: {n}" for depth, n in sorted(depths.items()))
    if len(depths) == 1:
        return f"In the suite's ranking every text chose one depth ({shares}): nothing was routed."
    return f"Texts per depth in the suite's ranking: {shares}."


def _line(text: object) -> str:
    """Return a value as text on one line, with `<` and backticks replaced.

    So text from data can neither act as HTML nor end a code span.
    """
    plain = " ".join(str(text).split())
    return plain.replace("<", "&lt;").replace("`", "'")


def _quoted(text: str) -> str:
    """Return the text on one line as a double-quoted YAML string."""
    return '"' + " ".join(text.split()).replace("\\", "\\\\").replace('"', '\\"') + '"'
