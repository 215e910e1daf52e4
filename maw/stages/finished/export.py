"""A run's model as a folder that stands alone: the weights, how to load them, and a model card.

Standard attention is merged into the backbone's own file, which transformers and
sentence-transformers load as it is; a model with depths keeps its backbone beside it.
"""

import hashlib
import json
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from maw.errors import InputError
from maw.reporting.model_card import card
from maw.settings import extensions, registry
from maw.stages.finished.evidence import evidence_of
from maw.stages.finished.open import FinishedRun, encoder_of, tensors_of

if TYPE_CHECKING:
    from maw.models.encoders.text_encoder import TextEncoder

TOKENISER = ("tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "vocab.txt")
CHECKED = 8  # texts of the collection that the written folder must encode as the run does
SENTENCE_TRANSFORMERS: dict[str, Any] = {
    "modules.json": [
        {"idx": n, "name": str(n), "path": path, "type": f"sentence_transformers.models.{kind}"}
        for n, (path, kind) in enumerate(
            [("", "Transformer"), ("1_Pooling", "Pooling"), ("2_Normalize", "Normalize")]
        )
    ],
    "config_sentence_transformers.json": {"similarity_fn_name": "cosine"},
}


def export(run: FinishedRun, folder: Path) -> str:
    """Write the folder, load it again, and compare. Returns a line that says what is in it."""
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise InputError(f"{folder}: there is something already; give a new or an empty folder")
    if run.kind != "bi_encoder":
        raise InputError(
            f"{run.folder}: {run.kind!r} has no weights to export; give a bi_encoder's run"
        )
    if named := extensions.places({"system": registry.dump(run.system)}):
        raise InputError(
            f"{run.folder}: its {named[0]!r} is code named by its place, which no exported model "
            "may run; bring it by a package's entry point (docs/own_model.md)"
        )
    encoder = encoder_of(run)
    try:
        n_texts, largest = _written(folder, run, encoder)
    except OSError as error:
        place = error.filename or folder
        raise InputError(f"{place}: {error.strerror}; free it and export again") from None
    checked = f"{n_texts} texts encoded again, largest difference {largest:.1g}"
    return f"{folder}: {run.name} seed {run.seed}; {checked}"


def _written(folder: Path, run: FinishedRun, encoder: "TextEncoder") -> tuple[int, float]:
    """Whole or not at all: written beside its place, loaded, compared, then renamed."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    part = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", dir=folder.parent))
    try:
        part.chmod(0o755)  # mkdtemp's 0o700 is for secrets
        write(part, run, encoder)
        compared = _difference(run, encoder, part)
        part.replace(folder)
    finally:
        shutil.rmtree(part, ignore_errors=True)
    return compared


def is_plain(run: FinishedRun) -> bool:
    """Standard attention: nothing that transformers does not know."""
    return registry.kind_of(run.system.attention) == "standard"  # type: ignore[attr-defined]


def write(folder: Path, run: FinishedRun, encoder: "TextEncoder") -> None:
    """All files of the export into an empty folder."""
    from safetensors.torch import save

    from maw.models.encoders.backbone import INDEX, WEIGHTS, architecture_of, weight_files
    from maw.models.encoders.loaded import FORMAT, INSIDE, MANIFEST, PLAIN

    plain, source = is_plain(run), encoder.frozen.folder
    files = weight_files(source)
    inside = folder if plain else folder / INSIDE
    inside.mkdir(exist_ok=True)
    for name in TOKENISER:
        if (source / name).exists():
            shutil.copyfile(source / name, inside / name)
    _json(inside / "config.json", _configuration(source))
    if plain:
        from maw.models.encoders.merge import merged

        checkpoint = {name: t for file in files for name, t in tensors_of(file).items()}
        whole = merged(checkpoint, encoder.model, architecture_of(source))
        (folder / WEIGHTS).write_bytes(save(whole, {"format": "pt"}))
        _sentence_transformers(folder, run, size=encoder.frozen.model.config.hidden_size)
    else:
        for file in [*files, *source.glob(INDEX)]:
            shutil.copyfile(file, inside / file.name)
        state = {name: t.contiguous() for name, t in encoder.model.state_dict().items()}
        (folder / WEIGHTS).write_bytes(save(state, {"format": "pt"}))
    system = registry.dump(run.system) | {"objective": None}
    backbone = run.backbone.model_dump(mode="json") | {"name": PLAIN if plain else INSIDE}
    about = {"format": FORMAT, "name": run.name, "seed": run.seed}
    _json(folder / MANIFEST, {**about, "system": system, "backbone": backbone})
    evidence = evidence_of(run, backbone=source, digest=sha256(*files))
    (folder / "README.md").write_text(card(evidence, plain=plain), encoding="utf-8")


def _configuration(source: Path) -> dict[str, Any]:
    """The backbone's config.json: what is written is float32, and where it lay is nobody's."""
    about: dict[str, Any] = json.loads((source / "config.json").read_text(encoding="utf-8"))
    about.pop("_name_or_path", None)
    return {key: "float32" if key in ("dtype", "torch_dtype") else about[key] for key in about}


def _sentence_transformers(folder: Path, run: FinishedRun, *, size: int) -> None:
    """Tokens, mean over them, length one: the steps that `SentenceTransformer(folder)` takes."""
    for name, content in SENTENCE_TRANSFORMERS.items():
        _json(folder / name, content)
    limit = run.backbone.max_document_tokens
    _json(folder / "sentence_bert_config.json", {"max_seq_length": limit, "do_lower_case": False})
    (folder / "1_Pooling").mkdir()
    pooling = {"word_embedding_dimension": size, "pooling_mode_mean_tokens": True}
    others = ("cls_token", "max_tokens", "mean_sqrt_len_tokens")
    _json(
        folder / "1_Pooling" / "config.json", pooling | {f"pooling_mode_{o}": False for o in others}
    )


def _difference(run: FinishedRun, encoder: "TextEncoder", folder: Path) -> tuple[int, float]:
    """How many texts, and the largest difference of a component between folder and run."""
    import numpy as np

    from maw.models.encoders.loaded import load

    texts = run.documents()["text"].head(CHECKED).tolist()
    largest = np.abs(load(folder).encode(texts) - encoder.encode(texts)).max()
    return len(texts), float(largest)


def sha256(*paths: Path) -> str:
    """Of a file's bytes, or of several one after the other."""
    total = hashlib.sha256()
    for path in paths:
        with open(path, "rb") as file:
            while block := file.read(1 << 20):
                total.update(block)
    return total.hexdigest()


def _json(path: Path, content: Any) -> None:
    path.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
