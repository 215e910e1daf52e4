"""What did each setting score, at what cost? The plan's results by factor, and the sweeps."""

from pathlib import Path

from maw.jobs.job import Job, Output, run
from maw.stages.collect import refuse_foreign
from maw.verdicts.ablations import flops_of, swept, tabulate


def ablations(
    job: Job,
    *,
    comparisons: Path,
    leaderboard: Path,
    runs: Path,
    prices: list[Path],
    trials: list[Path] | None,
    ablations: Output,
    sweeps: Output,
    ablations_csv: Output,
    sweeps_csv: Output,
) -> str:
    """The suite's summary, what a step costs each system, and the sweeps' trials, as specified."""
    spec = job.spec
    refuse_foreign(prices, [entry["stamp"] for entry in spec["prices"]])
    refuse_foreign(trials or [], [entry["stamp"] for entry in spec["trials"]])
    counted = [job.read_json(path)["flops_per_step"] for path in prices]
    priced = [{**a, "flops_per_step": b} for a, b in zip(spec["prices"], counted, strict=True)]
    found = tabulate(
        spec["factors"],
        compared=job.read_parquet(comparisons),
        board=job.read_parquet(leaderboard),
        runs=job.read_parquet(runs),
        flops=flops_of(priced),
        primary=spec["primary"],
    )
    tried = [job.read_json(path) for path in trials or []]
    told = swept([{**a, **b} for a, b in zip(spec["trials"], tried, strict=True)])
    for table, csv, frame in ((ablations, ablations_csv, found), (sweeps, sweeps_csv, told)):
        job.write_parquet(table, frame)
        job.write_bytes(csv, frame.to_csv(index=False).encode())
    return f"{len(found)} settings of {len(spec['factors'])} factors, {len(tried)} values swept"


if __name__ == "__main__":
    run(ablations)
