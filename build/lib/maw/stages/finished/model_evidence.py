"""Facts for the model card of a finished run: its data, its training and its suite's verdicts.

A verdict is quoted only where the suite's summary was made from this very run.
"""

import json
from pathlib import Path

from maw.jobs.files import read_json, read_parquet, read_stamp
from maw.models.encoders.hub import PREFIX
from maw.models.encoders.packaged import PACKAGED
from maw.reporting.model_card import ModelEvidence
from maw.settings import registry
from maw.stages.finished.finished_run import FinishedRun
from maw.stages.finished.training_facts import with_training_facts
from maw.stages.finished.verdicts import claim_sentences

ORIGINS = {"minilm": "sentence-transformers/all-MiniLM-L6-v2"}


def evidence_of(run: FinishedRun, *, backbone: Path, digest: str) -> ModelEvidence:
    """Return the facts for a model card.

    They come from the files of the run and its dataset, the suite's summary and specification, and
    the backbone's own model card. backbone: the folder of the backbone's files. digest: SHA-256 of
    the backbone's weights.
    """
    name = run.backbone.name
    sentences, reason = _verdicts(run)
    depths_path = run.folder / "depths.parquet"
    counts = (
        read_parquet(depths_path)["depth"].value_counts().sort_index().to_dict()
        if depths_path.exists()
        else {}
    )
    return ModelEvidence(
        name=run.name,
        seed=run.seed,
        system=registry.dump(run.system),
        base_model=ORIGINS.get(name, _public_name(name)),
        base_licence=_licence(backbone),
        base_sha256=digest,
        backbone=run.backbone,
        dataset=read_json(run.data_folder / "dataset.json"),
        run_record=with_training_facts(run.record, run.folder),
        scope=_scope(run),
        verdicts=tuple(sentences),
        no_verdict=reason,
        depths={int(depth): int(n) for depth, n in counts.items()},
    )


def _public_name(backbone: str) -> str:
    """Return the backbone's name for a model card.

    Packaged models and models of a hub keep their name; a folder is cut to its last part, because
    a model card names no path of the machine.
    """
    if backbone.startswith(PREFIX):
        return backbone.removeprefix(PREFIX)
    return backbone if backbone in PACKAGED else Path(backbone).name


def _verdicts(run: FinishedRun) -> tuple[list[str], str]:
    """Return sentences on the claims about the run's system on the run's dataset, and a reason.

    There is a text for each claim in which the system is judged or is a control. The reason says
    why there are no sentences; it is "" where there are some.
    """
    summary = run.results / "summary"
    comparisons = summary / "comparisons.parquet"
    if not comparisons.exists():
        return [], "the suite was not judged yet"
    if not _made_from(run, comparisons=comparisons, scores=summary / "scores.parquet"):
        return [], "the suite's summary was made from other runs; run snakemake again"
    sentences = claim_sentences(summary, system=run.name, dataset=run.dataset)
    return sentences, "" if sentences else "the suite's plan makes no claim about this system"


def _made_from(run: FinishedRun, *, comparisons: Path, scores: Path) -> bool:
    """Return whether the comparisons were made from a table that holds the scores of this run."""
    run_scores = run.folder / "scores.parquet"
    if not (run_scores.exists() and scores.exists()):
        return False
    return all(
        read_stamp(source)["digest"] in read_stamp(product)["reads"]
        for source, product in ((run_scores, scores), (scores, comparisons))
    )


def _scope(run: FinishedRun) -> str:
    """Return the scope of the verdicts that the suite's configuration states; "" if it has none."""
    path = run.results / "specifications" / "report.json"
    return str(read_json(path).get("spec", {}).get("scope", "")) if path.exists() else ""


def _licence(backbone: Path) -> str:
    """Return the licence in the backbone's own model card, from its key `license`; "" if none."""
    readme = backbone / "README.md"
    text = readme.read_text(encoding="utf-8", errors="replace") if readme.exists() else ""
    head = text.split("---")[1].splitlines() if text.startswith("---") else []
    values = [line.partition(":")[2].strip() for line in head if line.startswith("license:")]
    licence = values[0] if values else ""
    return str(json.loads(licence)) if licence.startswith('"') else licence
