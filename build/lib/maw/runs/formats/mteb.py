"""The predictions of MTEB, `{task}_predictions.json`.

They are JSON: subset -> split -> topic -> document -> score. MTEB writes into the folder that its
user names, and the path names no model. Where a second model writes into the same folder, it
replaces the splits that it ran, and the name of the first model stays in the file: a notice says
whose name that is. Topics without a relevant document are not in the file.
"""

from pathlib import Path
from typing import Any

from maw.errors import InputError
from maw.runs.content import Content
from maw.runs.json_files import is_nested, ranking_content, read_json
from maw.runs.notices import Notice, counted, examples
from maw.runs.system_scores import COMPRESSED
from maw.runs.text import first_text

PRECEDENCE = 12
OWN_NAME = "_predictions.json"  # MTEB calls a file after its task, and never after its model
MODEL = "mteb_model_meta"
ENDINGS = (OWN_NAME, ".json")
LEVELS = 4  # subset, split, topic, document


def matches(path: Path, head: bytes) -> bool:
    """Return whether the file begins with MTEB's note on the model, or has its four levels."""
    text = first_text(head)
    return text.lstrip().startswith(f'{{"{MODEL}"') or is_nested(text, levels=LEVELS)


def read(path: Path, piped: bytes | None = None) -> Content:
    """Return the ranking of the file's only split, and a notice on the model that the file names.

    piped: see `maw.runs.file_formats.Format.read`. InputError for a file with several splits, whose
    topics are those of several collections, and for the predictions of another kind of task.
    """
    subsets, plain = read_json(path, piped)
    if not isinstance(subsets, dict):
        raise InputError(f"{path}: expected subset -> split -> topic -> document -> score")
    model = _model(subsets.pop(MODEL, None))
    name, topics = _only_split(subsets, path=path)
    if not isinstance(topics, dict):
        raise InputError(
            f"{path}: the split {name} holds no rankings, so that its task is not retrieval; give "
            "the predictions of a retrieval task"
        )
    content = ranking_content(topics, path=path, plain=plain)
    is_called_after_task = path.name.removesuffix(COMPRESSED).endswith(OWN_NAME)
    return Content(
        "ranking",
        content.frame,
        notices=(*content.notices, *_model_notices(model, path=path)),
        sha256=plain.sha256,
        model=model,
        only_one=f"the model {model!r}" if model and is_called_after_task else "",
    )


def _only_split(subsets: dict[str, Any], *, path: Path) -> tuple[str, Any]:
    """Return the name `subset/split` of the file's only split, and its content."""
    splits = {
        f"{subset}/{split}": topics
        for subset, of_subset in subsets.items()
        if isinstance(of_subset, dict)
        for split, topics in of_subset.items()
    }
    if not splits:
        raise InputError(f"{path}: holds no split; expected subset -> split -> topic -> document")
    if len(splits) > 1:
        raise InputError(
            f"{path}: holds {counted(len(splits), 'split')} ({examples([*splits])}), which have "
            "topics of their own; write the split that you compare into a file of its own"
        )
    return next(iter(splits.items()))


def _model(meta: Any) -> str:
    """Return the name of the model in MTEB's note, or "" where there is none."""
    return str(meta.get("model_name") or "") if isinstance(meta, dict) else ""


def _model_notices(model: str, *, path: Path) -> list[Notice]:
    """Return a notice on the model that the file names; none where it names no model."""
    if not model:
        return []
    text = (
        f"names the model {model!r}; where several models wrote into one folder, MTEB keeps the "
        "first one's name: give each model and each seed a folder"
    )
    return [Notice("mteb-model", str(path), 1, text)]
