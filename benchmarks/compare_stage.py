"""Time of the whole stage `compare`, on random scores of the embedded suite's size.

    python benchmarks/compare_stage.py [--measures 16]

17 runs (two fixed systems, three of five seeds), 550 queries in 187 clusters, 16 measures and
8 contrasts. The stage is called as the workflow calls it, and the start of its process counts.
"""

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd

from maw.jobs import files, suite_specs
from maw.jobs.pending import PendingFile
from maw.measures.judged import with_judged
from maw.settings.read import read_suite
from maw.settings.suite import Suite

QUERIES, CLUSTERS = 550, 187
CONFIGURATION = Path(__file__).parents[1] / "workflow/config/embedded.yaml"
TABLES = ("comparisons", "claims", "leaderboard", "components", "prospects", "across", "seeds")


def scores_of(suite: Suite, measures: list[str]) -> pd.DataFrame:
    """Return scores between 0 and 1, many of them at the ends.

    Queries differ more than systems, systems more than seeds.
    """
    generator = np.random.default_rng(0)
    hardness = generator.normal(0.6, 0.35, QUERIES)
    queries = [f"q{q:04}" for q in range(QUERIES)]
    parts = []
    for system in suite.systems:
        for seed in suite.seeds_of(system):
            lift = 0.02 * suite.is_trained(system) + generator.normal(0, 0.005)
            for measure in measures:
                values = np.clip(hardness + lift + generator.normal(0, 0.1, QUERIES), 0, 1)
                if measure.startswith("Success"):
                    values = (values > 0.3).astype(float)
                keys = {"dataset": "pydocs", "system": system, "seed": seed, "query_id": queries}
                parts.append(pd.DataFrame({**keys, "measure": measure, "value": values}))
    return pd.concat(parts, ignore_index=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--measures", type=int, default=16)
    options = parser.parse_args()
    suite = read_suite(CONFIGURATION)
    measures = list(suite.measures[: options.measures])
    spec = {**suite_specs.specification("compare", suite), "measures": measures}
    clusters = np.random.default_rng(1).integers(CLUSTERS, size=QUERIES)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        queries = pd.DataFrame({"query_id": [f"q{q:04}" for q in range(QUERIES)]})
        queries = queries.assign(text="", cluster=[f"c{c}" for c in clusters])
        described = [name for name in with_judged(measures) if name not in measures]
        inputs = {
            "scores": scores_of(suite, measures),
            "judged": scores_of(suite, described),
            "pydocs/queries": queries,
        }
        for path, frame in inputs.items():
            PendingFile(folder / f"{path}.parquet").write(
                files.parquet_bytes(frame, {"digest": "0"})
            )
        command = [sys.executable, "-m", "maw.stages.compare", "--spec", json.dumps(spec)]
        command += ["--code", "0", "--scores", f"{folder}/scores.parquet"]
        command += ["--judged", f"{folder}/judged.parquet"]
        command += ["--queries", f"{folder}/pydocs/queries.parquet"]
        for table in TABLES:
            command += [f"--{table}", f"{folder}/{table}.parquet"]
        began = time.monotonic()
        subprocess.run(command, check=True)
        spent = resource.getrusage(resource.RUSAGE_CHILDREN)
        print(
            f"{time.monotonic() - began:.1f} s with the start of its process, "
            f"{spent.ru_utime + spent.ru_stime:.1f} s of a processor"
        )


if __name__ == "__main__":
    main()
