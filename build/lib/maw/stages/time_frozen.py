"""The stage `time_frozen`: the time of the frozen layers for a text, and how much of it is cut off.

Training and ranking read the frozen layers' outputs from the trunk, so that their own seconds leave
these layers out, and nobody sees there that a text was cut. Nothing that is trained or ranked
depends on this stage: it serves the price and the trust marks of the report.
"""

from pathlib import Path
from typing import Any

import pandas as pd
import torch

from maw.jobs import device
from maw.jobs.job import Job, Output, run
from maw.jobs.stopwatch import Stopwatch
from maw.models.encoders.frozen import CHUNK, Frozen, encode
from maw.models.encoders.pairs import tokenise_pairs
from maw.models.encoders.truncation import SIDES, of_texts
from maw.settings.sections import Backbone, TrainedLayers

# trained layers (None: the backbone's own number), reads pairs
Layers = tuple[TrainedLayers | None, bool]
N_TEXTS = 4 * CHUNK  # timed texts, or pairs; further CHUNK are computed first, which is not timed


def time_frozen(job: Job, *, documents: Path, queries: Path, times: Output) -> str:
    """Time the frozen layers on documents spread evenly over the collection, or on pairs.

    times: JSON; `systems` has for each neural system `frozen_cpu_ms_per_text`, or on a GPU that is
    used alone `frozen_gpu_ms_per_text`. The time includes that of the tokeniser. A text of a
    cross-encoder is a pair: a document with a query, whether it is relevant or not. Beside the time
    stand the shares of documents and queries that are cut, and of their tokens that are lost
    (`maw.models.encoders.truncation`).
    """
    torch_device = device.prepare(seed=0)
    all_texts = {
        side: job.read_parquet(path, ("text",), only=True)["text"]
        for side, path in zip(SIDES, (documents, queries), strict=True)
    }
    texts, questions = (_spread(all_texts[side]) for side in SIDES)
    systems: dict[str, dict[str, Any]] = job.spec["systems"]
    cut_of = {
        in_pairs: _cut(job, all_texts, in_pairs=in_pairs)
        for in_pairs in {entry["pairs"] for entry in systems.values()}
    }
    times_of = {
        layers: _milliseconds(job, texts, questions, layers=layers, on=torch_device)
        for layers in {_key(entry) for entry in systems.values()}
    }
    content = {
        name: times_of[_key(entry)] | cut_of[entry["pairs"]] for name, entry in systems.items()
    }
    job.write_json(times, {"systems": content})
    return f"{len(texts)} texts through the frozen layers of {len(systems)} systems"


def _cut(job: Job, texts: dict[str, pd.Series], *, in_pairs: bool) -> dict[str, float]:
    """Return the shares of all documents and queries that are cut, alone or in pairs."""
    backbone = Backbone.model_validate(job.spec["backbone"])
    shares: dict[str, float] = {}
    for side, column in texts.items():
        counted = of_texts(column.tolist(), side=side, backbone=backbone, in_pairs=in_pairs)
        shares |= counted.columns(side)
    return shares


def _spread(texts: pd.Series) -> list[str]:
    """Return N_TEXTS texts spread evenly over a column; where there are fewer, some come again."""
    return [texts.iloc[n * len(texts) // N_TEXTS] for n in range(N_TEXTS)]


def _key(entry: dict[str, Any]) -> Layers:
    return entry["trained_layers"], entry["pairs"]


def _milliseconds(
    job: Job, documents: list[str], queries: list[str], *, layers: Layers, on: torch.device
) -> dict[str, float]:
    """Return the time of a text on the device `on`, under the name of its clock; {} if unknown."""
    trained_layers, reads_pairs = layers
    backbone = Backbone.model_validate(job.spec["backbone"])
    if trained_layers is not None:
        backbone = backbone.model_copy(update={"trained_layers": trained_layers})
    frozen = Frozen.opened(backbone, on, for_pairs=reads_pairs)

    def compute(n: int) -> None:
        if not reads_pairs:
            frozen.hidden(documents[:n], side="document")
            return
        tokens, segments = tokenise_pairs(
            queries[:n], documents[:n], folder=frozen.folder, backbone=backbone
        )
        encode(frozen.model, tokens, segments=segments, advance=lambda n_done: None)

    compute(CHUNK)
    watch = Stopwatch(on.type).start()
    compute(N_TEXTS)
    watch.stop()
    if on.type == "cpu":
        return {"frozen_cpu_ms_per_text": 1e3 * watch.cpu_seconds / N_TEXTS}
    seconds = watch.gpu_seconds_alone
    return {} if seconds is None else {"frozen_gpu_ms_per_text": 1e3 * seconds / N_TEXTS}


if __name__ == "__main__":
    run(time_frozen)
