"""Time and quality of one seed of training, against the trainer of sentence-transformers.

    python benchmarks/finetune.py [--results results] [--seeds 42 43 44]

The task: train the top layer on the suite's pairs, encode all documents and test queries, and rank.
Both get the same queries, positives and hard negatives in the same batches, the same token limits,
optimiser, schedule and steps, float32, one thread, no dropout; runs are interleaved. They differ in
three ways. Ours reads the frozen layers' outputs, computed once for all systems and seeds (this
processor time is a column of its own, and the first seed pays it); theirs computes them in each
step. Ours sends matrix products to the faster of torch's two libraries (the column `products`);
theirs uses torch as it is. Ours leaves known positives, namesakes and held-out documents out of the
negatives; theirs (MultipleNegativesRanking, scale 1/temperature) takes all other documents of the
batch: `false_negatives` counts those pairs, and a third run, ours with their negatives, shows their
effect. Loading and importing are not timed.
"""

import argparse
import importlib.util
import os
import sys
from collections.abc import Sequence
from pathlib import Path

os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")  # one thread, as torch has
os.environ["MAW_WORKERS"] = "1"  # one process, whose clock counts all

import pandas as pd
import torch
from finetune_library import theirs
from finetune_task import Task, bare, false_negatives, ours, shared_seconds, task

from maw.errors import InputError
from maw.jobs import device
from maw.models.products import library

WANTED = ("sentence_transformers", "accelerate", "datasets")
MEND = "pip install --constraint constraints.txt --editable '.[bench]'"
OURS, THEIRS, BARE = "maw", "sentence-transformers", "maw, their negatives"
CONFIGURATION = Path(__file__).parents[1] / "workflow/config/embedded.yaml"


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--results", type=Path, default=Path("results"))
    parser.add_argument("--config", type=Path, default=CONFIGURATION)
    parser.add_argument("--seeds", type=int, nargs="+", default=[42, 43, 44])
    parser.add_argument("--learning-rate", type=float, help="as selected on dev, unless given")
    parser.add_argument("--out", type=Path, default=Path("results/benchmarks"))
    given = parser.parse_args(arguments)
    missing = [name for name in WANTED if importlib.util.find_spec(name) is None]
    if missing:
        sys.exit(f"finetune: {', '.join(missing)} not installed; {MEND}")
    device.prepare(seed=0)
    try:
        job = task(given.results, given.config, given.learning_rate)
    except InputError as error:
        sys.exit(f"finetune: {error}")
    run(job, given.seeds, given.out)


def run(job: Task, seeds: Sequence[int], out: Path) -> pd.DataFrame:
    """Run all trainings for each seed, in turns; each adds a row to the CSV."""
    out.mkdir(parents=True, exist_ok=True)
    once, found = shared_seconds(job), []
    for place, seed in enumerate(seeds):
        merciless, spared = bare(job, seed), false_negatives(job, seed)
        sides = [(OURS, ours, job), (THEIRS, theirs, job)]
        sides += [(BARE, ours, merciless)] if merciless else []
        for name, side, task_of_side in sides[:: -1 if place % 2 else 1]:
            about = {"seed": seed, "side": name, "measure": job.measure}
            about |= side(task_of_side, seed)
            about |= {
                "false_negatives": 0 if name == OURS else spared,
                "shared_cpu_seconds": 0.0 if name == THEIRS else once,
                "steps": job.training.steps,
                "batch_size": job.training.batch_size,
                "learning_rate": job.learning_rate,
                "threads": torch.get_num_threads(),
                "products": "torch's" if name == THEIRS else library(),
            }
            found.append(about)
            print(
                f"seed {seed} {name}: train {about['train_cpu_seconds']:.1f} s, "
                f"rank {about['rank_cpu_seconds']:.1f} s, {job.measure} {about['value']:.4f}",
                flush=True,
            )
            pd.DataFrame(found).to_csv(out / "finetune.csv", index=False, float_format="%.6g")
    table = pd.DataFrame(found)
    print(summary(table))
    return table


def summary(table: pd.DataFrame) -> str:
    """Return a summary: the fastest times of a seed, and the mean difference in the measure."""
    seconds = table["train_cpu_seconds"] + table["rank_cpu_seconds"]
    fastest = seconds.groupby(table["side"]).min()
    values = table.pivot(index="seed", columns="side", values="value")
    apart = values[OURS] - values[THEIRS]
    explained = ""
    if BARE in values:
        rest = values[BARE] - values[THEIRS]
        explained = (
            f"\nwith their negatives (up to {table['false_negatives'].max()} pairs a seed that "
            f"ours leaves out): ours {values[BARE].mean():.4f}, difference {rest.mean():+.4f}"
        )
    once = table["shared_cpu_seconds"].max()
    return (
        f"{table['measure'].iloc[0]}: ours {values[OURS].mean():.4f}, theirs "
        f"{values[THEIRS].mean():.4f}, difference {apart.mean():+.4f} "
        f"({apart.min():+.4f} to {apart.max():+.4f}, {len(apart)} seeds)\n"
        f"fastest seed: ours {fastest[OURS]:.1f} s and {once:.1f} s once for all seeds, theirs "
        f"{fastest[THEIRS]:.1f} s: {fastest[THEIRS] / fastest[OURS]:.2f} times as long, "
        f"{fastest[THEIRS] / (fastest[OURS] + once):.2f} if a single seed pays for all{explained}"
    )


if __name__ == "__main__":
    main()
