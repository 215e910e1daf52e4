"""The stage `encode`: computes the frozen layers' outputs for the texts of a dataset.

They are computed once for all systems and seeds that train the same number of layers. The file of
these outputs is called the trunk. It also has the pretrained tensors of the layers to train. For a
dataset whose `retrieve` is not `stored`, it holds only the documents that training needs.
"""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import torch

from maw.datasets.rows_of_ids import rows_of
from maw.jobs import device
from maw.jobs.job import Job, Output, run
from maw.jobs.progress import progress
from maw.models.encoders.frozen import compute_trunk
from maw.models.encoders.truncation import SIDES, of_texts
from maw.settings.sections import Backbone


def encode(
    job: Job,
    *,
    documents: Path,
    queries: Path,
    needed: list[Path] | None = None,
    trunk: Output,
) -> str:
    """Write the trunk: the outputs of the layers below the trained ones, in the order of the texts.

    needed: the tables of the documents that training needs: those of training pairs and negatives,
    and those that development queries rank. With them, only these documents are encoded.
    """
    torch_device = device.prepare(seed=0)
    rows = None
    if needed:
        doc_ids = job.read_parquet(documents, ("doc_id",), only=True)["doc_id"]
        all_needed = pd.concat([job.read_parquet(path, ("doc_id",))["doc_id"] for path in needed])
        rows = np.unique(rows_of(doc_ids, all_needed))
        rows = rows[rows >= 0]  # a judged document need not be in the collection
        document_texts = job.read_rows(documents, "text", rows)
    else:
        document_texts = job.read_parquet(documents, ("text",), only=True)["text"].tolist()
    texts = [document_texts, job.read_parquet(queries, ("text",))["text"].tolist()]
    n_texts = sum(map(len, texts))
    backbone = Backbone.model_validate(job.spec["backbone"])
    with progress("encode", n_texts, unit="texts") as advance:
        texts_trunk = compute_trunk(*texts, backbone=backbone, advance=advance, device=torch_device)
    for trained_layers in job.spec["further"]:  # a system that trains more or fewer layers
        other = backbone.model_copy(update={"trained_layers": trained_layers})
        further = compute_trunk(*texts, backbone=other, advance=lambda n: None, device=torch_device)
        texts_trunk = texts_trunk.with_level(trained_layers, further)
    if rows is not None:
        texts_trunk = replace(texts_trunk, document_rows=torch.from_numpy(rows))
    job.write_tensors(trunk, texts_trunk.tensors())
    n_tokens = sum(len(texts_trunk.texts(side).hidden) for side in ("document", "query"))
    commit = "" if texts_trunk.commit is None else f" at {texts_trunk.commit}"
    cut = " and ".join(
        of_texts(side_texts, side=side, backbone=backbone).told(f"{side} texts")
        for side, side_texts in zip(SIDES, texts, strict=True)
    )
    return f"{n_texts} texts, {n_tokens} tokens through {backbone.name}{commit}; {cut}"


if __name__ == "__main__":
    run(encode)
