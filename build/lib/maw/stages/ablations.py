"""The stage `ablations`: writes tables of the settings' scores and costs, and of the sweeps.

A factor is a part of the method of which a suite compares several settings; a sweep tries values of
one option on development queries. The contrasts are those of the stage `compare`.
"""

from dataclasses import dataclass
from pathlib import Path

from maw.jobs.job import Job, Output, run
from maw.stages.shared.run_folders import refuse_foreign
from maw.stages.shared.summary import read_runs
from maw.verdicts.ablations import flops_of, swept, tabulate


@dataclass(frozen=True)
class AblationOutputs:
    """The stage's output files: the table of ablations and the table of sweeps.

    Each table is written as parquet for the report's page and as CSV for people.
    """

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
    costs: Path,
    prices: list[Path],
    trials: list[Path] | None,
    outputs: AblationOutputs,
) -> str:
    """Write the table of ablations and the table of sweeps.

    runs, costs: a row for each run, with its training and with its seconds.
    prices: files with the FLOPs of a training step of each system. trials: files with the sweeps'
    development scores. Both lists are in the order of the specification. InputError: one of these
    files was made by other code or another configuration.
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
        runs=read_runs(job, runs, costs=costs),
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
