"""What more training steps bring each system: development scores from 32 to 512 steps.

    python benchmarks/curves.py [--results results] [--steps 32 64 …] [--seeds 141 142 143]

A point is a training of its own, because the learning rate's schedule spans the whole training: a
score in the middle of a longer one has not had its learning rate lowered. All trainings use the
prepared data of the embedded suite (`make reproduce` first), the systems of the thorough suite as
configured there, one learning rate, and seeds that no suite reports. Only development queries are
scored, so that nothing here can be tuned on test queries.

Writes curves.csv, a row for each training, after every training: a run that was stopped goes on
where it was. At the end the picture curves.svg and curves.png is drawn. Two processes share the
trainings, one thread each.
"""

import argparse
import os
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any

# one thread, as Snakemake tells jobs; torch reads it when it is imported
os.environ.update(OMP_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1", MKL_NUM_THREADS="1")

import altair as alt
import pandas as pd
import vl_convert

from maw.errors import InputError
from maw.jobs import device
from maw.jobs.job import Job
from maw.jobs.progress import progress
from maw.reporting.figures.line_ends import axis_range, line_ends
from maw.reporting.figures.look import (
    CONTROLS,
    DASHES,
    HIGHLIGHTS,
    MARKERS,
    Chart,
    Look,
    Looks,
    dressed,
    themed,
)
from maw.reporting.wording import compact
from maw.settings.read import read_suite
from maw.stages.shared.training_data import read
from maw.stages.shared.training_files import TrainingFiles
from maw.training.loop import Recipe, train

ROOT = Path(__file__).parents[1]
CONFIGURATION = ROOT / "workflow/config/thorough.yaml"
DATASET = "pydocs"
SYSTEMS = ("non_maw", "maw_supervised", "maw_grpo", "maw_mixture")
SIZE = (480, 280)  # width and height of the picture in pixels, without its labels
TITLE = "What more training steps bring"
TABLES = (
    "documents", "queries", "qrels", "split", "training", "negatives", "forbidden", "development",
)  # fmt: skip


@dataclass(frozen=True, order=True)
class Point:
    """One training: its number of steps, its system, and its seed."""

    steps: int
    system: str
    seed: int


def points(steps: Sequence[int], systems: Sequence[str], seeds: Sequence[int]) -> list[Point]:
    """Return all trainings, the shortest first."""
    return sorted(Point(*values) for values in product(steps, systems, seeds))


def score(point: Point, folder: Path, learning_rate: float) -> float:
    """Train, and return the mean of the primary measure over the development queries.

    folder: the prepared data. InputError for a file that is missing or damaged.
    """
    suite = read_suite(CONFIGURATION)
    tables: dict[str, Any] = {name: folder / f"{name}.parquet" for name in TABLES}
    files = TrainingFiles(**tables, trunk=folder / "trunk.safetensors")
    system = suite.systems[point.system]
    data, top = read(Job("train", {}, ""), files, measure=suite.analysis.primary, system=system)
    recipe = Recipe(
        system=system,
        top=top,
        training=suite.training.model_copy(update={"steps": point.steps}),
        learning_rate=learning_rate,
        seed=point.seed,
        evaluations=1,
        device=device.prepare(point.seed),
    )
    return train(data, recipe, report=lambda line: None).development_score


def rows(
    wanted: Sequence[Point], folder: Path, learning_rate: float
) -> Iterator[dict[str, str | int | float]]:
    """Yield a row for each training as it ends."""
    with (
        ProcessPoolExecutor(max_workers=2) as pool,
        progress("curves", len(wanted), unit="trainings") as advance,
    ):
        running = {pool.submit(score, point, folder, learning_rate): point for point in wanted}
        for done in as_completed(running):
            advance(1)
            yield {**vars(running[done]), "learning_rate": learning_rate, "dev": done.result()}


def looks(systems: Sequence[str]) -> Looks:
    """Return the look that each system has in the suites' reports, too: the first is a control."""
    control, *claimed = systems
    found = {control: Look(CONTROLS[0], DASHES[0], MARKERS[0])}
    for name, colour, marker in zip(claimed, HIGHLIGHTS, MARKERS, strict=False):
        found[name] = Look(colour, DASHES[0], marker)
    return Looks(found)


def picture(table: pd.DataFrame, systems: Sequence[str]) -> Chart:
    """Return the chart: a line per system, its mean over seeds, and a point for each seed.

    table: trainings of these systems with one learning rate.
    """
    shown, y_range = looks(systems), axis_range(table["dev"])
    steps = sorted(table["steps"].unique().tolist())
    x = alt.X(
        "steps:Q",
        scale=alt.Scale(type="log", base=2, domain=[steps[0], steps[-1]], nice=False),
        axis=alt.Axis(values=steps, format="d", grid=False, labelFlush=False),
        title="training steps (each point is a training of its own)",
    )
    scale, title = alt.Scale(domain=y_range, nice=False), "development nDCG@10"
    colour = shown.colour("system", table["system"])
    seeds = (
        alt.Chart(table)
        .mark_point(filled=True, size=26, opacity=0.5)
        .encode(x=x, y=alt.Y("dev:Q", scale=scale, title=title), color=colour)
    )
    means = table.groupby(["system", "steps"], as_index=False)["dev"].mean()
    base = alt.Chart(means).encode(x=x, y=alt.Y("dev:Q", scale=scale, title=title), color=colour)
    lines = base.mark_line(strokeWidth=2.5)
    marks = base.mark_point(filled=True, size=60, opacity=1).encode(
        shape=shown.marker("system", table["system"])
    )
    last = means.sort_values("steps").groupby("system", sort=False).tail(1)
    labels = [f"{row.system}: {compact(row.dev)}" for row in last.itertuples()]
    ends = line_ends(
        last.assign(label=labels), x="steps", y="dev", looks=shown, y_range=y_range, size=SIZE
    )
    width, height = SIZE
    chart = alt.layer(seeds, lines, marks, *ends).properties(
        width=width, height=height, title=alt.Title(TITLE, subtitle=subtitle(table))
    )
    return themed(chart)


def subtitle(table: pd.DataFrame) -> str:
    """Return what the trainings have in common, and what lines and points are."""
    rate, n_seeds = table["learning_rate"].iloc[0], table["seed"].nunique()
    return (
        f"{DATASET}, learning rate {rate:g}; lines: means over {n_seeds} tuning seeds; faint: seeds"
    )


def description(table: pd.DataFrame) -> str:
    """Return the means that the picture shows, in words."""
    means = table.groupby(["system", "steps"])["dev"].mean()
    parts = [
        f"{name}: "
        + ", ".join(f"{compact(value)} at {step}" for (_, step), value in of_one.items())
        for name, of_one in means.groupby(level="system")
    ]
    return f"Mean development nDCG@10 by training steps. {'; '.join(parts)}."


def main() -> None:
    parser = argparse.ArgumentParser(description=str(__doc__).partition("\n")[0])
    parser.add_argument("--results", type=Path, default=Path("results"))
    parser.add_argument("--steps", type=int, nargs="+", default=[32, 64, 128, 256, 512])
    parser.add_argument("--seeds", type=int, nargs="+", default=[141, 142, 143])
    parser.add_argument("--systems", nargs="+", default=list(SYSTEMS))
    parser.add_argument("--learning-rate", type=float, default=1e-3)
    parser.add_argument("--out", type=Path, default=Path("results/benchmarks"))
    given = parser.parse_args()
    folder = given.results / "data" / DATASET
    if not folder.is_dir():
        sys.exit(f"{folder}: no such folder; run `make reproduce` first")
    given.out.mkdir(parents=True, exist_ok=True)
    path = given.out / "curves.csv"
    table = pd.read_csv(path) if path.is_file() else pd.DataFrame()
    done = {
        Point(row.steps, row.system, row.seed)
        for row in table.itertuples()
        if row.learning_rate == given.learning_rate
    }
    wanted = [p for p in points(given.steps, given.systems, given.seeds) if p not in done]
    try:
        for row in rows(wanted, folder, given.learning_rate):
            table = pd.concat([table, pd.DataFrame([row])], ignore_index=True)
            table.to_csv(path, index=False)
    except InputError as error:
        sys.exit(str(error))
    asked = (
        table["learning_rate"].eq(given.learning_rate)
        & table["steps"].isin(given.steps)
        & table["seed"].isin(given.seeds)
        & table["system"].isin(given.systems)
    )
    table = table[asked]
    chart = picture(table, given.systems)
    chart.save(path.with_suffix(".png"), scale_factor=2)
    svg = vl_convert.vegalite_to_svg(chart.to_dict())
    told = dressed(svg, name="curves", title=TITLE, description=description(table))
    path.with_suffix(".svg").write_text(told)
    print(table.pivot_table(index="steps", columns="system", values="dev").round(4).to_string())


if __name__ == "__main__":
    main()
