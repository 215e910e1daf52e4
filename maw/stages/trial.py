"""How does a system do at each learning rate, on development queries, with the tuning seed?"""

from pathlib import Path
from typing import Any

from maw.jobs import device
from maw.jobs.job import Job, Output, run
from maw.settings import registry
from maw.settings.sections import Selection, Training
from maw.stages.shared.recipe import recipe
from maw.stages.shared.training_data import DataFiles, read
from maw.training import learning_rates
from maw.training.loop import train


def trial(
    job: Job,
    *,
    files: DataFiles,
    prices: list[Path] | None,
    trials: Output,
) -> str:
    """The configured rates, and further ones while the system's best lies on an edge."""
    selection = Selection.model_validate(job.spec["selection"])
    score = scorer(job, files, selection, recipe(job, prices))
    found = learning_rates.extend(
        selection.learning_rates, score=score, max_extensions=selection.max_extensions
    )
    job.write_json(trials, {"trials": listed(found)})
    best = learning_rates.winner(found)
    return f"{job.spec['name']}: best of {len(found)} rates {best:g}, dev {found[best]:.4f}"


def scorer(job: Job, files: DataFiles, selection: Selection, training: Training) -> Any:
    """learning rate -> development score after the last step."""
    placed = device.prepare(selection.tuning_seed)
    system = registry.parse("systems", job.spec["system"])
    data, top = read(job, files, measure=job.spec["primary"], system=system)

    def score(rate: float) -> float:
        made = train(
            data,
            system=system,
            top=top,
            training=training,
            learning_rate=rate,
            seed=selection.tuning_seed,
            evaluations=1,
            device=placed,
            tell=lambda line: None,
        )
        print(f"{job.spec['name']} at learning rate {rate:g}: dev {made.value:.4f}")
        return made.value

    return score


def listed(trials: learning_rates.Trials) -> list[dict[str, float]]:
    """For JSON, in the order of the rates."""
    return [{"learning_rate": rate, "value": trials[rate]} for rate in sorted(trials)]


if __name__ == "__main__":
    run(trial)
