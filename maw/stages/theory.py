"""What does the source state of its attention, does it hold, and how tight is what does?

Nothing here depends on data or scores; the same code gives the same numbers.
"""

from dataclasses import asdict

from maw.jobs.job import Job, Output, run
from maw.theory.analysis import MAWTheoreticalAnalysis

DEPTHS = (8, 128)  # Theorem 1's right side falls with them, its left side does not know them
SIZES = (0.1, 1.0)  # of the standard queries and keys: at small ones the right side is near 0


def theory(job: Job, *, theory: Output) -> str:
    """draws: random heads for each bound; lengths: of the text whose layer's FLOPs are counted."""
    analysis = MAWTheoreticalAnalysis()
    wrong = analysis.counterexample()
    trials = [
        {"size": size, **asdict(analysis.theorem_1_trial(depths=depths, standard=size))}
        for depths in DEPTHS
        for size in SIZES
    ]
    bounds = [
        {**asdict(found), "setting": found.setting.name}
        for found in analysis.tightness(draws=job.spec["draws"])
    ]
    costs = [asdict(cost) for cost in analysis.complexity(job.spec["lengths"])]
    content = {
        "statements": [asdict(statement) for statement in analysis.statements()],
        "counterexample": asdict(wrong),
        "trials": trials,
        "bounds": bounds,
        "costs": costs,
    }
    job.write_json(theory, content)
    broken = sum(one["violations"] for one in bounds)
    return f"{len(bounds)} bounds tried, {broken} violations; Theorem 1: {wrong.left:.4f} > 0"


if __name__ == "__main__":
    run(theory)
