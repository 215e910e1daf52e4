"""What may be said of a run's model: its data, its training, and its suite's verdict if current."""

import json
from pathlib import Path

import pandas as pd

from maw.jobs.files import read_json, read_parquet, read_stamp
from maw.models.encoders.backbone import PACKAGED
from maw.models.encoders.hub import PREFIX
from maw.reporting.model_card import ModelEvidence
from maw.reporting.wording import sentence
from maw.settings import registry
from maw.stages.finished.open import FinishedRun
from maw.stages.finished.verdicts import named_claims

ORIGINS = {"minilm": "sentence-transformers/all-MiniLM-L6-v2"}


def evidence_of(run: FinishedRun, *, backbone: Path, digest: str) -> ModelEvidence:
    """Read what the run and its suite say. digest: SHA-256 of the backbone's weights."""
    name = run.backbone.name
    told, why = _verdicts(run)
    chosen = read_parquet(run.folder / "depths.parquet") if _has(run, "depths.parquet") else None
    counts = {} if chosen is None else chosen["depth"].value_counts().sort_index().to_dict()
    return ModelEvidence(
        name=run.name,
        seed=run.seed,
        system=registry.dump(run.system),
        base_model=ORIGINS.get(name, _called(name)),
        base_licence=_licence(backbone),
        base_sha256=digest,
        backbone=run.backbone,
        data=read_json(run.data / "dataset.json"),
        about=run.about,
        scope=_scope(run),
        verdicts=tuple(told),
        no_verdict=why,
        depths={int(depth): int(n) for depth, n in counts.items()},
    )


def _called(backbone: str) -> str:
    """A packaged model's or the hub's name, or a folder's last part: where it lay is nobody's."""
    if backbone.startswith(PREFIX):
        return backbone.removeprefix(PREFIX)
    return backbone if backbone in PACKAGED else Path(backbone).name


def _has(run: FinishedRun, name: str) -> bool:
    return (run.folder / name).exists()


def _verdicts(run: FinishedRun) -> tuple[list[str], str]:
    """Sentences on the claims that the system is a side of, or why none may be quoted."""
    summary = run.results / "summary"
    compared = summary / "comparisons.parquet"
    if not compared.exists():
        return [], "the suite was not judged yet"
    if not _is_of(run, compared=compared, scores=summary / "scores.parquet"):
        return [], "the suite's summary was made from other runs; run snakemake again"
    sesoi = read_stamp(compared)["spec"]["analysis"]["sesoi"]
    rows = read_parquet(compared)
    claims = rows[(rows["role"] == "confirmatory") & (rows["dataset"] == run.dataset)]
    sides = (claims["system"] == run.name) | (claims["baseline"] == run.name)
    told = [_sentence(row, sesoi=sesoi) for _, row in claims[sides].iterrows()]
    told = [*named_claims(summary / "claims.parquet", system=run.name, dataset=run.dataset), *told]
    return told, "" if told else "the suite's plan makes no claim about this system"


def _sentence(row: pd.Series, *, sesoi: float | None) -> str:
    queries = f"{row['n_queries']} test queries, {row['n_seeds']} seeds"
    return f"{sentence(row, sesoi=sesoi)} Verdict: {row['verdict']} ({queries})."


def _is_of(run: FinishedRun, *, compared: Path, scores: Path) -> bool:
    """Whether the comparison read a table of scores that read this run's."""
    own = run.folder / "scores.parquet"
    if not (own.exists() and scores.exists()):
        return False
    return all(
        read_stamp(source)["digest"] in read_stamp(made)["reads"]
        for source, made in ((own, scores), (scores, compared))
    )


def _scope(run: FinishedRun) -> str:
    """What the suite's configuration says that its verdicts are about."""
    path = run.results / "specifications" / "report.json"
    return str(read_json(path).get("spec", {}).get("scope", "")) if path.exists() else ""


def _licence(backbone: Path) -> str:
    """From the `license:` of the backbone's own model card."""
    readme = backbone / "README.md"
    text = readme.read_text(encoding="utf-8", errors="replace") if readme.exists() else ""
    head = text.split("---")[1].splitlines() if text.startswith("---") else []
    found = [line.partition(":")[2].strip() for line in head if line.startswith("license:")]
    return json.loads(found[0]) if found and found[0].startswith('"') else (found or [""])[0]
