"""The stage `train`: trains one system with one seed; writes its tensors, and facts about them.

What differs between two equal trainings is in files of its own: seconds and memory in
`training/cost.json`, the versions of the software and the processor's name in `versions.json`.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from maw.jobs import device
from maw.jobs.job import Job, Output
from maw.jobs.job import run as run_stage
from maw.models import products
from maw.settings import registry, traits
from maw.settings.factors import with_options
from maw.settings.sections import Training
from maw.stages.shared.matched_training import matched_training
from maw.stages.shared.own_training import record_of, train_own
from maw.stages.shared.training_data import read
from maw.stages.shared.training_files import TrainingFiles
from maw.training.loop import Recipe, Trained, inference_parameters
from maw.training.loop import train as train_system


@dataclass(frozen=True)
class TrainedFiles:
    """The files of one training.

    run: run.json, the facts that are equal whenever this training is repeated, with its development
    curve. model: the trained tensors by name. training_cost: JSON of seconds and memory. versions:
    JSON of the versions of the software, and of the processor.
    """

    run: Output
    model: Output
    training_cost: Output
    versions: Output

    @classmethod
    def in_folder(cls, folder: Path) -> "TrainedFiles":
        """Return the files of a training in a run's folder, under their usual names."""
        return cls(
            run=Output(folder / "run.json"),
            model=Output(folder / "model.safetensors"),
            training_cost=Output(folder / "training" / "cost.json"),
            versions=Output(folder / "versions.json"),
        )


def train(job: Job, *, files: TrainingFiles, selection: Path, outputs: TrainedFiles) -> str:
    """Train for a fixed number of steps at the selected learning rate, with the selected options.

    selection: the system's selection.json.
    """
    chosen = job.read_json(selection)
    trains_itself = traits.trains_itself(registry.parse("systems", job.spec["system"]))
    train_one = _train_own if trains_itself else _train
    return train_one(job, files, chosen=chosen, outputs=outputs)


def _train(job: Job, files: TrainingFiles, *, chosen: dict[str, Any], outputs: TrainedFiles) -> str:
    """Train a system in maw's own loop. chosen: the content of selection.json."""
    spec = job.spec
    torch_device = device.prepare(spec["seed"])
    learning_rate, options = chosen["learning_rate"], chosen["options"]
    system, training = with_options(
        registry.parse("systems", spec["system"]), matched_training(job, files), options
    )
    data, top = read(job, files, measure=spec["primary"], system=system)
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
    job.write_tensors(outputs.model, {name: part.contiguous() for name, part in state.items()})
    record = training_record(trained, training) | _chosen_record(job, chosen)
    library = products.library() if torch_device.type == "cpu" else "cublas"
    record |= {"device": torch_device.type, "products": library}
    job.write_json(outputs.run, record)
    job.write_json(outputs.training_cost, training_cost(trained))
    job.write_json(outputs.versions, device.versions())
    return f"{run_name}: dev {trained.development_score:.4f} at {learning_rate:g}"


def _train_own(
    job: Job, files: TrainingFiles, *, chosen: dict[str, Any], outputs: TrainedFiles
) -> str:
    """Train a system whose kind trains itself. chosen: the content of selection.json."""
    rate = chosen["learning_rate"]
    trained, dev, on = train_own(job, files, learning_rate=rate, options=chosen["options"])
    job.write_tensors(outputs.model, dict(trained.tensors))
    record = record_of(trained, dev) | _chosen_record(job, chosen) | {"device": on}
    job.write_json(outputs.run, record)
    job.write_json(outputs.training_cost, trained.cost)
    job.write_json(outputs.versions, device.versions())
    at_rate = "" if rate is None else f" at {rate:g}"
    return f"{job.spec['name']} seed {job.spec['seed']}: dev {dev:.4f}{at_rate}"


def _chosen_record(job: Job, chosen: dict[str, Any]) -> dict[str, Any]:
    """Return the facts for run.json of which system was trained, and with what was selected."""
    names = ("learning_rate", "options", "searched")
    facts = {"system": job.spec["name"], "seed": job.spec["seed"]}
    return facts | {name: chosen[name] for name in names}


def training_record(trained: Trained, training: Training) -> dict[str, Any]:
    """Return the facts of a training for run.json.

    texts_at_once is there where memory ran out and texts were split into groups, which may change
    the last bits.
    """
    texts_at_once = trained.model.at_once
    return {
        "trained": True,
        "steps": training.steps,
        "curve": trained.curve,
        "draws": trained.draws,
        "trained_parameters": trained.n_trained,
        "inference_parameters": inference_parameters(trained.model),
        "deterministic": True,
        **({} if texts_at_once is None else {"texts_at_once": texts_at_once}),
    }


def training_cost(trained: Trained) -> dict[str, Any]:
    """Return what a training took: seconds of its steps, and the process's largest memory."""
    gpu_seconds = trained.gpu_seconds_alone
    return {
        "train_cpu_seconds": trained.cpu_seconds,
        **({} if gpu_seconds is None else {"train_gpu_seconds_alone": gpu_seconds}),
        "train_peak_bytes": device.peak_bytes(),
    }


if __name__ == "__main__":
    run_stage(train)
