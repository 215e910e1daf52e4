"""The verdicts of a comparison as JSON, for programs: `maw compare --json`, `Comparison.to_json`.

`docs/compare.schema.json` describes the document. Its name is in the key `schema`: a program that
reads `maw.compare/1` goes on working, because keys may be added under this name, and none is ever
removed or given another meaning. A number that does not exist and a limit at infinity are `null`.
"""

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pandas as pd

from maw.reporting import turned
from maw.reporting.answer import Answer, margins_of
from maw.reporting.frames import VerdictFrames
from maw.runs.content import Input
from maw.runs.notices import Notice
from maw.settings.plan import Analysis
from maw.settings.planned import DECIDING_ROLES
from maw.settings.version import VERSION
from maw.verdicts.flips import GAINED, LOST

SCHEMA = "maw.compare/1"


def document(
    frames: VerdictFrames,
    *,
    plan: Analysis,
    answers: Sequence[Answer],
    notices: Sequence[Notice],
    inputs: Sequence[Input],
) -> dict[str, Any]:
    """Return the comparison as a document of the schema `maw.compare/1`.

    answers: the answer on each dataset, as a page has it. inputs: the files and arguments that were
    read, with their hashes.
    """
    rows = frames.comparisons[frames.comparisons["measure"] == plan.primary]
    margins = margins_of(plan)
    return {
        "schema": SCHEMA,
        "maw": VERSION,
        "plan": {"sha256": plan.digest(), "content": plan.model_dump(mode="json")},
        "answers": [{"dataset": one.dataset, "heading": one.heading} for one in answers],
        "claims": [_claim(row, plan=plan) for row in frames.claims.to_dict("records")],
        "contrasts": [
            _contrast(row, margin=margins[row["system"], row["baseline"]])
            for row in rows.to_dict("records")
        ],
        "flips": [_flips(frames, row) for row in turned.hits_of(frames)],
        "tiers": list(_tiers(frames)),
        "warnings": [
            {"code": one.code, "subject": one.subject, "count": one.count, "text": one.text}
            for one in notices
        ],
        "inputs": [{"origin": one.origin, "sha256": one.sha256 or None} for one in inputs],
    }


def text(content: Mapping[str, Any]) -> str:
    """Return a document as the text of a JSON file."""
    return json.dumps(content, indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def _claim(row: Mapping[str, Any], *, plan: Analysis) -> dict[str, Any]:
    """Return one claim. row: a row of `maw.verdicts.claims.CLAIMS`."""
    numbers = ("estimate", "lower", "upper", "upper_gain", "equivalence_low", "equivalence_high")
    return {
        "dataset": row["dataset"],
        "system": row["system"],
        "claim": row["claim"],
        "controls": list(plan.controls_of[row["system"], row["claim"]]),
        "measure": row["measure"],
        "word": row["word"],
        "suffix": row["suffix"],
        "withheld": row["withheld"] or None,
        "decided_by": row["decided_by"] or None,
        "loses_to": [name for name in str(row["loses_to"]).split("; ") if name],
        **{name: _number(row[name]) for name in (*numbers, "level", "p", "p_bonferroni", "mde")},
        "n_topics": int(row["n_queries"]),
        "n_clusters": _count(row["n_clusters"]),
        "n_seeds": _count(row["n_seeds"]),
        "seeds": row["seeds"],
    }


def _contrast(row: Mapping[str, Any], *, margin: float | None) -> dict[str, Any]:
    """Return one contrast. row: a row of `maw.verdicts.decide.COLUMNS` by the primary measure.

    margin: the largest loss that still counts as not worse; None where the plan states none.
    """
    numbers = ("mean", "mean_baseline", "difference", "ci_low", "ci_high", "level", "p", "mde")
    return {
        "dataset": row["dataset"],
        "system": row["system"],
        "baseline": row["baseline"],
        "measure": row["measure"],
        "role": row["role"],
        "margin": margin,
        "word": row["word"] if row["role"] in DECIDING_ROLES else None,
        "estimand": row["estimand"],
        **{name: _number(row[name]) for name in numbers},
        "lower": _number(row["bar_low"]),
        "upper": _number(row["bar_high"]),
        "p_bonferroni": _number(row["p_bonferroni"]),
        "n_topics": int(row["n_queries"]),
        "n_clusters": _count(row["n_clusters"]),
        "n_seeds": int(row["n_seeds"]),
        "n_seeds_baseline": int(row["n_seeds_baseline"]),
        "seeds": row["seeds"],
        "note": row["note"],
    }


def _flips(frames: VerdictFrames, row: Mapping[str, Any]) -> dict[str, Any]:
    """Return the hits of a contrast, and the topics that turn. row: of the frame `hits`."""
    tests = ("hits_difference", "newcombe_low", "newcombe_high", "p_exact")
    return {
        **{name: row[name] for name in ("dataset", "system", "baseline", "measure", "hit")},
        "n_topics": int(row["n_queries"]),
        "n_hits": int(row["n_hits"]),
        "n_hits_baseline": int(row["n_hits_baseline"]),
        **{
            side: [_topic(topic) for topic in turned.turned_of(frames, row, side)]
            for side in (LOST, GAINED)
        },
        **{name: _number(row[name]) for name in tests},
    }


def _topic(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return a topic that turns. row: of the frame `flips`."""
    return {
        "topic": row["query_id"],
        "text": row["text"] or None,
        "score": _number(row["score"]),
        "score_baseline": _number(row["score_baseline"]),
    }


def _tiers(frames: VerdictFrames) -> Iterator[dict[str, Any]]:
    """Yield the tiers of each collection that has some."""
    for dataset in dict.fromkeys(row["dataset"] for row in turned.tiers_of(frames)):
        rows = turned.tiers_of(frames, dataset)
        yield {
            "dataset": dataset,
            "measure": rows[0]["measure"],
            "alpha": _number(rows[0]["alpha"]),
            "n_pairs": int(rows[0]["n_pairs"]),
            "n_pairs_that_differ": int(rows[0]["n_pairs_that_differ"]),
            "systems": [
                {"system": row["system"], "mean": _number(row["mean"]), "tier": row["tier"]}
                for row in rows
            ],
        }


def _number(value: Any) -> float | None:
    """Return a number as JSON has it; None for one that is missing or infinite."""
    return None if pd.isna(value) or math.isinf(value) else float(value)


def _count(value: Any) -> int | None:
    return None if pd.isna(value) else int(value)
