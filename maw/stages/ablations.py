"""Tabulate what each setting scored and what it cost: the plan's results by factor, and the sweeps.

The contrasts are those of `compare`; only the costs and the sweeps' trials are read beside them.
"""

from dataclasses import dataclass
from pathlib import Path

from maw.jobs.job import Job, Output, run
from maw.stages.collect import refuse_foreign
from maw.verdicts.ablations import flops_of, swept, tabulate


@dataclass(frozen=True)
class AblationOutputs:
    """Both tables, as parquet for the page and as CSV for people."""

    ablations: Output
    sweeps: Output
    ablations_csv: Output
    sweeps_csv: Output


def ablations(
    job: Job,
    *,
    comparisons: Path,
    leaderboard: Path,
    runs: Path,
    prices: list[Path],
    trials: list[Path] | None,
    outputs: AblationOutputs,
) -> str:
    """Write both tables.

    prices: what a training step costs each system; trials: of the sweeps; both in the order of the
    specification. InputError: a price or a trial that other code or another configuration made.
    """
    spec = job.spec
    refuse_foreign(prices, [entry["stamp"] for entry in spec["prices"]])
    refuse_foreign(trials or [], [entry["stamp"] for entry in spec["trials"]])
    flops = [job.read_json(path)["flops_per_step"] for path in prices]
    priced = [{**a, "flops_per_step": b} for a, b in zip(spec["prices"], flops, strict=True)]
    settings = tabulate(
        spec["factors"],
        compared=job.read_parquet(comparisons),
        board=job.read_parquet(leaderboard),
        runs=job.read_parquet(runs),
        flops=flops_of(priced),
        primary=spec["primary"],
    )
    searches = [job.read_json(path) for path in trials or []]
    sweeps = swept([{**a, **b} for a, b in zip(spec["trials"], searches, strict=True)])
    for table, csv_file, frame in (
        (outputs.ablations, outputs.ablations_csv, settings),
        (outputs.sweeps, outputs.sweeps_csv, sweeps),
    ):
        job.write_parquet(table, frame)
        job.write_bytes(csv_file, frame.to_csv(index=False).encode())
    n_factors = len(spec["factors"])
    return f"{len(settings)} settings of {n_factors} factors, {len(searches)} values swept"


if __name__ == "__main__":
    run(ablations)
