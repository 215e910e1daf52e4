"""The stage `theory`: tests statements about the MAW attention with numbers.

The statements are those of the method's source, the text that proposed the attention. Nothing here
depends on data or scores; the same code gives the same numbers.
"""

from dataclasses import asdict

from maw.jobs.job import Job, Output, run
from maw.theory.analysis import MAWTheoreticalAnalysis

DEPTHS = (8, 128)  # Theorem 1's right side falls with them; its left side does not depend on them
SIZES = (0.1, 1.0)  # of the standard queries and keys: at small ones the right side is near 0


def theory(job: Job, *, theory: Output) -> str:
    """Write the results of all tests as JSON.

    statements: each statement, and whether it holds. counterexample: one attention head on which
    Theorem 1 fails. trials: how often Theorem 1 fails on random heads. bounds: how close random
    heads come to each proven bound. costs: FLOPs and parameters of each kind of attention. The
    specification has `draws`, the number of random heads for each bound, and `lengths`, the
    text lengths in tokens at which the FLOPs of a layer are counted.
    """
    analysis = MAWTheoreticalAnalysis()
    counterexample = analysis.counterexample()
    trials = [
        {"size": size, **asdict(analysis.theorem_1_trial(depths=depths, standard=size))}
        for depths in DEPTHS
        for size in SIZES
    ]
    bounds = [
        {**asdict(bound), "setting": bound.setting.name}
        for bound in analysis.tightness(draws=job.spec["draws"])
    ]
    costs = [asdict(cost) for cost in analysis.complexity(job.spec["lengths"])]
    content = {
        "statements": [asdict(statement) for statement in analysis.statements()],
        "counterexample": asdict(counterexample),
        "trials": trials,
        "bounds": bounds,
        "costs": costs,
    }
    job.write_json(theory, content)
    n_violations = sum(bound["violations"] for bound in bounds)
    return (
        f"{len(bounds)} bounds tried, {n_violations} violations; "
        f"Theorem 1: {counterexample.left:.4f} > 0"
    )


if __name__ == "__main__":
    run(theory)
