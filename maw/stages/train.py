"""The stage `train`: trains one system with one seed; writes its tensors and run.json."""

from pathlib import Path
from typing import Any

from maw.jobs import device
from maw.jobs.job import Job, Output
from maw.jobs.job import run as run_stage
from maw.settings import registry
from maw.settings.sections import Training
from maw.stages.shared.matched_training import matched_training
from maw.stages.shared.training_data import TrainingFiles, read
from maw.training.loop import Recipe, Trained, inference_parameters
from maw.training.loop import train as train_system

LATE_FROM = 0.8  # share of the steps before the last fifth, whose gain shows convergence


def train(job: Job, *, files: TrainingFiles, selection: Path, run: Output, model: Output) -> str:
    """Train for a fixed number of steps at the selected learning rate.

    selection: the system's selection.json. run: run.json with the development curve. model: the
    trained tensors by name.
    """
    spec = job.spec
    torch_device = device.prepare(spec["seed"])
    system = registry.parse("systems", spec["system"])
    data, top = read(job, files, measure=spec["primary"], system=system)
    learning_rate = job.read_json(selection)["learning_rate"]
    training = matched_training(job, files)
    run_name = f"{spec['name']} seed {spec['seed']}"
    trained = train_system(
        data,
        Recipe(
            system=system,
            top=top,
            training=training,
            learning_rate=learning_rate,
            seed=spec["seed"],
            evaluations=training.evaluations,
            device=torch_device,
        ),
        report=lambda line: print(f"{run_name}: {line}"),
    )
    state = trained.model.state_dict()
    job.write_tensors(model, {name: tensor.contiguous() for name, tensor in state.items()})
    record = training_record(trained, training)
    record |= {"system": spec["name"], "seed": spec["seed"], "learning_rate": learning_rate}
    record |= {"device": torch_device.type, "versions": device.versions()}
    job.write_json(run, record)
    return f"{run_name}: dev {trained.development_score:.4f} at {learning_rate:g}"


def training_record(trained: Trained, training: Training) -> dict[str, Any]:
    """Return the facts of a training for run.json.

    late_gain: the development score after the last step, minus the last one that was taken in the
    first four fifths of the steps; None where none was taken there. texts_at_once is there where
    memory ran out and texts were split into groups, which may change the last bits.
    """
    # rounded as the steps at which the training loop takes a development score
    last_early_step = round(LATE_FROM * training.steps)
    early = [point["dev"] for point in trained.curve if point["step"] <= last_early_step]
    gpu_seconds, texts_at_once = trained.gpu_seconds_alone, trained.model.at_once
    return {
        "trained": True,
        "steps": training.steps,
        "late_gain": trained.development_score - early[-1] if early else None,
        "curve": trained.curve,
        "train_cpu_seconds": trained.cpu_seconds,
        **({} if gpu_seconds is None else {"train_gpu_seconds_alone": gpu_seconds}),
        "trained_parameters": sum(p.numel() for p in trained.model.parameters()),
        "inference_parameters": inference_parameters(trained.model),
        "train_peak_bytes": device.peak_bytes(),
        "deterministic": True,
        **({} if texts_at_once is None else {"texts_at_once": texts_at_once}),
    }


if __name__ == "__main__":
    run_stage(train)
