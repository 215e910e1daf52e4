"""What do the frozen layers make of every text? Computed once, shared by all systems and seeds."""

from pathlib import Path

import torch

from maw.datasets.development import ROWS, looked_at, of_side, relevant_pairs
from maw.errors import InputError
from maw.jobs import device
from maw.jobs.job import Job, Output, run
from maw.jobs.progress import progress
from maw.models.encoders.backbone import COMMIT, trunk_of
from maw.models.encoders.trunk import prefix_of
from maw.settings.sections import Backbone


def encode(
    job: Job,
    *,
    documents: Path,
    queries: Path,
    qrels: Path | None = None,
    split: Path | None = None,
    training: Path | None = None,
    negatives: Path | None = None,
    trunk: Output,
) -> str:
    """Texts in the order of their files -> hidden states below the trained layers.

    With judgements, split, pairs and negatives: of the documents that training looks at alone.
    """
    placed = device.prepare(seed=0)
    trained_with = (qrels, split, training, negatives)
    rows = None
    if qrels and split and training and negatives:
        names = job.read_parquet(documents, ("doc_id",), only=True)["doc_id"]
        pairs = [job.read_parquet(path, ("doc_id",)) for path in (training, negatives)]
        relevant = relevant_pairs(job.read_parquet(qrels), names)
        judged = of_side(relevant, job.read_parquet(split, ("query_id", "split")), "dev")
        rows = looked_at(names, judged=judged, pairs=pairs)
        read = job.read_rows(documents, "text", rows)
    elif any(trained_with):
        raise InputError("of --qrels, --split, --training and --negatives give all or none")
    else:
        read = job.read_parquet(documents, ("text",), only=True)["text"].tolist()
    texts = [read, job.read_parquet(queries, ("text",))["text"].tolist()]
    backbone = Backbone.model_validate(job.spec["backbone"])
    with progress("encode", sum(map(len, texts)), unit="texts") as advance:
        tensors = trunk_of(*texts, backbone=backbone, advance=advance, device=placed)
    for trained_layers in job.spec["further"]:  # a system that trains more or fewer layers
        other = backbone.model_copy(update={"trained_layers": trained_layers})
        made = trunk_of(*texts, backbone=other, advance=lambda n: None, device=placed)
        tensors |= {f"{prefix_of(trained_layers)}{name}": made[name] for name in made}
    if rows is not None:
        tensors[ROWS] = torch.from_numpy(rows)
    job.write_tensors(trunk, tensors)
    n_tokens = len(tensors["document.hidden"]) + len(tensors["query.hidden"])
    commit = f" at {bytes(tensors[COMMIT].tolist()).hex()}" if COMMIT in tensors else ""
    return f"{sum(map(len, texts))} texts, {n_tokens} tokens through {backbone.name}{commit}"


if __name__ == "__main__":
    run(encode)
