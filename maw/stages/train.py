"""One system, one seed: the trained tensors, and what there is to know about their making."""

from pathlib import Path
from typing import Any

from maw.jobs import device
from maw.jobs.job import Job, Output
from maw.settings import registry
from maw.settings.sections import Training
from maw.stages.shared.recipe import recipe
from maw.stages.shared.training_data import DataFiles, read
from maw.training.loop import Trained, inference_parameters
from maw.training.loop import train as train_system


def train(
    job: Job,
    *,
    files: DataFiles,
    prices: list[Path] | None,
    selection: Path,
    run: Output,
    model: Output,
) -> str:
    """Fixed steps at the selected learning rate; the development curve goes into run.json."""
    spec = job.spec
    placed = device.prepare(spec["seed"])
    system = registry.parse("systems", spec["system"])
    data, top = read(job, files, measure=spec["primary"], system=system)
    rate = job.read_json(selection)["learning_rate"]
    plan = recipe(job, prices)
    made = train_system(
        data,
        system=system,
        top=top,
        training=plan,
        learning_rate=rate,
        seed=spec["seed"],
        evaluations=plan.evaluations,
        device=placed,
        tell=lambda line: print(f"{spec['name']} seed {spec['seed']}: {line}"),
    )
    job.write_tensors(model, {name: t.contiguous() for name, t in made.model.state_dict().items()})
    about = describe(made, plan)
    if made.model.at_once is not None:  # out of memory otherwise: says why last bits may differ
        about["texts_at_once"] = made.model.at_once
    about |= {"system": spec["name"], "seed": spec["seed"], "learning_rate": rate}
    job.write_json(run, {**about, "device": placed.type, "versions": device.versions()})
    return f"{spec['name']} seed {spec['seed']}: dev {made.value:.4f} at {rate:g}"


def describe(made: Trained, training: Training) -> dict[str, Any]:
    """late_gain: how much the last fifth of the steps gained on dev; None if not measured."""
    late = round(0.8 * training.steps)  # rounded as the steps that `train` measures at
    before = [point["dev"] for point in made.curve if point["step"] <= late]
    gpu = made.gpu_seconds_alone
    parameters = [parameter.numel() for parameter in made.model.parameters()]
    return {
        "trained": True,
        "steps": training.steps,
        "late_gain": made.value - before[-1] if before else None,
        "curve": made.curve,
        "train_cpu_seconds": made.cpu_seconds,
        **({} if gpu is None else {"train_gpu_seconds_alone": gpu}),
        "trained_parameters": sum(parameters),
        "inference_parameters": inference_parameters(made.model),
        "train_peak_bytes": device.peak_bytes(),
        "deterministic": True,
    }


if __name__ == "__main__":
    from maw.jobs.job import run as run_stage

    run_stage(train)
