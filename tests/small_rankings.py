"""Rankings of twenty documents on twenty-four topics, of two fixed systems and a trained one."""

from pathlib import Path

import numpy as np
import pandas as pd

Nested = dict[str, dict[str, float]]

N_TOPICS, N_DOCUMENTS = 24, 20
MEASURES = ["nDCG@10", "AP"]


def small_qrels() -> dict[str, dict[str, int]]:
    """Return topic -> document -> 1, with one to four relevant documents for each topic."""
    return {str(q): {f"d{d}": 1 for d in range(q % 4 + 1)} for q in range(1, N_TOPICS + 1)}


def ranking(quality: float, *, seed: int) -> Nested:
    """Return topic -> document -> score. quality: how much a relevant document is lifted."""
    generator = np.random.default_rng(seed)
    judged = small_qrels()
    return {
        q: {
            f"d{d}": float(np.round(generator.normal() + quality * (f"d{d}" in judged[q]), 6))
            for d in range(N_DOCUMENTS)
        }
        for q in judged
    }


WEAK, STRONG = ranking(0.3, seed=1), ranking(1.8, seed=2)
SEEDED = [ranking(1.2, seed=seed) for seed in range(10, 15)]


def lines(run: Nested) -> list[str]:
    """Return the lines of a TREC run."""
    return [f"{q} Q0 {d} 0 {score!r} t" for q, ds in run.items() for d, score in ds.items()]


def frame(run: Nested) -> pd.DataFrame:
    """Return a run with the columns query_id, doc_id and score."""
    rows = [(q, d, score) for q, ds in run.items() for d, score in ds.items()]
    return pd.DataFrame(rows, columns=["query_id", "doc_id", "score"])


def written(run: Nested, path: Path) -> Path:
    """Write a TREC run and return its path."""
    path.write_text("\n".join(lines(run)) + "\n")
    return path
