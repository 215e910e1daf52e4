"""Export of a run's model as a complete folder: weights, tokeniser and model card.

A model with standard attention is merged into the backbone's weights: one file that transformers
and sentence-transformers can load. Any other model, such as one with depths, has the unchanged
weights of the backbone beside its own.
"""

import hashlib
import json
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

from maw.errors import InputError
from maw.jobs import manifest, own_code
from maw.jobs.content_hash import blocks_of
from maw.jobs.files import json_bytes
from maw.jobs.whole_folder import as_input_error, replaced
from maw.reporting.model_card import card
from maw.settings import registry
from maw.stages.finished.finished_run import FinishedRun, encoder_of, tensors_of
from maw.stages.finished.model_evidence import evidence_of

if TYPE_CHECKING:
    from maw.models.encoders.text_encoder import TextEncoder

TOKENISER = ("tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "vocab.txt")
N_CHECKED = 8  # texts of the collection that the written folder must encode as the run does
SENTENCE_TRANSFORMERS: dict[str, Any] = {
    "modules.json": [
        {"idx": n, "name": str(n), "path": path, "type": f"sentence_transformers.models.{kind}"}
        for n, (path, kind) in enumerate(
            [("", "Transformer"), ("1_Pooling", "Pooling"), ("2_Normalize", "Normalize")]
        )
    ],
}


def export_model(run: FinishedRun, folder: Path) -> str:
    """Write the folder, load it again and compare its vectors with the run's; return a summary.

    InputError: the folder is not empty or cannot be written, the run is not of a bi-encoder, or the
    run's or the backbone's tensors do not fit this code.
    """
    _refuse_unexportable(run, folder)
    with replaced(folder) as new:
        encoder = encoder_of(run)
        with as_input_error(folder):
            write(new, run, encoder)
        n_texts, largest_difference = _difference(run, encoder, new)
    check = f"{n_texts} texts encoded again, largest difference {largest_difference:.1g}"
    return f"{folder}: {run.name} seed {run.seed}; {check}"


def _refuse_unexportable(run: FinishedRun, folder: Path) -> None:
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise InputError(f"{folder}: is not an empty folder; give a new or an empty folder")
    if run.kind != "bi_encoder":
        raise InputError(
            f"{run.folder}: {run.kind!r} has no weights to export; give a bi_encoder's run"
        )


def is_plain(run: FinishedRun) -> bool:
    """Return whether the run has standard attention, which transformers knows."""
    return registry.kind_of(run.system.attention) == "standard"  # type: ignore[attr-defined]


def write(folder: Path, run: FinishedRun, encoder: "TextEncoder") -> None:
    """Write all files of the export into an empty folder."""
    from maw.models.encoders.backbone_files import weight_files
    from maw.models.encoders.loaded import FORMAT, INSIDE, MANIFEST, PLAIN
    from maw.models.encoders.sentence_folder import MODULES

    plain, source = is_plain(run), encoder.frozen.folder
    backbone_folder = folder if plain else folder / INSIDE
    backbone_folder.mkdir(exist_ok=True)
    for name in TOKENISER:
        if (source / name).exists():
            shutil.copyfile(source / name, backbone_folder / name)
    _write_json(backbone_folder / "config.json", _configuration(source))
    if plain or (source / MODULES).is_file():
        _write_sentence_transformers(backbone_folder, encoder)
    if plain:
        _write_merged_weights(folder, encoder)
    else:
        _write_weights_beside_backbone(folder, backbone_folder, encoder)
    # what it was trained for, and how, is in the card; the exported model is only read
    of_training = dict.fromkeys({"objective", "lora"} & type(run.system).model_fields.keys())
    system = registry.dump(run.system) | of_training
    backbone = run.backbone.model_dump(mode="json") | {"name": PLAIN if plain else INSIDE}
    content = {
        "format": FORMAT,
        "name": run.name,
        "seed": run.seed,
        "system": system,
        "backbone": backbone,
        **own_code.recorded(system),
    }
    (folder / MANIFEST).write_bytes(json_bytes(content))
    evidence = evidence_of(run, backbone=source, digest=sha256(*weight_files(source)))
    (folder / "README.md").write_text(card(evidence, plain=plain), encoding="utf-8")
    _write_manifests(folder)


def _write_manifests(folder: Path) -> None:
    """Write a manifest.json, the hashes of its files, into the folder and each one below it."""
    for place in [folder, *(path for path in folder.rglob("*") if path.is_dir())]:
        digests = {path.name: sha256(path) for path in sorted(place.iterdir()) if path.is_file()}
        (place / manifest.NAME).write_bytes(manifest.manifest_bytes(digests))


def _write_merged_weights(folder: Path, encoder: "TextEncoder") -> None:
    """Write one weight file in the backbone's own layout that contains the trained layers."""
    from safetensors.torch import save

    from maw.models.encoders.backbone_files import WEIGHTS, architecture_of, weight_files
    from maw.models.encoders.merge import merged

    source = encoder.frozen.folder
    checkpoint = {
        name: tensor for path in weight_files(source) for name, tensor in tensors_of(path).items()
    }
    weights = merged(checkpoint, encoder.model, architecture_of(source))
    (folder / WEIGHTS).write_bytes(save(weights, {"format": "pt"}))


def _write_weights_beside_backbone(
    folder: Path, backbone_folder: Path, encoder: "TextEncoder"
) -> None:
    """Copy the backbone's weights and write the trained layers into a file of their own."""
    from safetensors.torch import save

    from maw.models.encoders.backbone_files import INDEX, WEIGHTS, weight_files

    source = encoder.frozen.folder
    for path in [*weight_files(source), *source.glob(INDEX)]:
        shutil.copyfile(path, backbone_folder / path.name)
    state = {name: tensor.contiguous() for name, tensor in encoder.model.state_dict().items()}
    (folder / WEIGHTS).write_bytes(save(state, {"format": "pt"}))


def _configuration(source: Path) -> dict[str, Any]:
    """Return the content of the backbone's config.json for the export.

    The type of the weights, where it is given, becomes float32, in which maw computes; the path
    that the backbone was loaded from is left out. source: the folder of the backbone.
    """
    content: dict[str, Any] = json.loads((source / "config.json").read_text(encoding="utf-8"))
    content.pop("_name_or_path", None)
    return {
        key: "float32" if key in ("dtype", "torch_dtype") else value
        for key, value in content.items()
    }


def _write_sentence_transformers(folder: Path, encoder: "TextEncoder") -> None:
    """Write the files that sentence-transformers needs to read texts as the run does.

    They say the pooling, the prompts, lower case, the limit of a document, and that vectors have
    length one. A query has the same limit there.
    """
    from maw.models.encoders.sentence_folder import OLD_POOLINGS, lowers_case, reading_of

    frozen = encoder.frozen
    reading = reading_of(frozen.folder, frozen.backbone)
    for name, content in SENTENCE_TRANSFORMERS.items():
        _write_json(folder / name, content)
    prompts = {side: text for side, text in reading.prompts.items() if text}
    similarity = {"similarity_fn_name": "cosine", **({"prompts": prompts} if prompts else {})}
    _write_json(folder / "config_sentence_transformers.json", similarity)
    texts = {
        "max_seq_length": max(reading.limits.values()),
        "do_lower_case": lowers_case(frozen.folder),
    }
    _write_json(folder / "sentence_bert_config.json", texts)
    (folder / "1_Pooling").mkdir()
    pooling = {"word_embedding_dimension": frozen.model.config.hidden_size}
    modes = {key: mode == reading.pooling for key, mode in OLD_POOLINGS.items()}
    _write_json(folder / "1_Pooling" / "config.json", pooling | modes)


def _difference(run: FinishedRun, encoder: "TextEncoder", folder: Path) -> tuple[int, float]:
    """Encode the first texts of the collection with the folder and with the run.

    Returns the number of texts and the largest difference between components of their vectors.
    """
    import numpy as np

    from maw.models.encoders.loaded import load

    texts = run.documents()["text"].head(N_CHECKED).tolist()
    loaded = load(folder, config=run.configuration)
    largest = np.abs(loaded.encode(texts) - encoder.encode(texts)).max()
    return len(texts), float(largest)


def sha256(*paths: Path) -> str:
    """Return the SHA-256 of the files' bytes, one file after the other, as hexadecimal digits."""
    digest = hashlib.sha256()
    for path in paths:
        with open(path, "rb") as file:
            for block in blocks_of(file):
                digest.update(block)
    return digest.hexdigest()


def _write_json(path: Path, content: Any) -> None:
    path.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
