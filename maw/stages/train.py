"""One system, one seed: the trained tensors, and what there is to know about their making."""

from pathlib import Path
from typing import Any

from maw import device, registry
from maw.job import Job, Output
from maw.sections import Training
from maw.stages.training_data import DataFiles, read
from maw.training import Trained, inference_parameters
from maw.training import train as train_system


def train(
    job: Job,
    *,
    documents: Path,
    queries: Path,
    qrels: Path,
    split: Path,
    training: Path,
    negatives: Path,
    forbidden: Path,
    trunk: Path,
    selection: Path,
    run: Output,
    model: Output,
) -> str:
    """Fixed steps at the selected learning rate; the development curve goes into run.json."""
    spec = job.spec
    placed = device.prepare(spec["seed"])
    files = DataFiles(documents, queries, qrels, split, training, negatives, forbidden, trunk)
    data, top = read(job, files, measure=spec["primary"])
    rate = job.read_json(selection)["learning_rate"]
    training = Training.model_validate(spec["training"])
    made = train_system(
        data,
        system=registry.parse("systems", spec["system"]),
        top=top,
        training=training,
        learning_rate=rate,
        seed=spec["seed"],
        evaluations=training.evaluations,
    )
    job.write_tensors(model, {name: t.contiguous() for name, t in made.model.state_dict().items()})
    about = describe(made, training, margin=(spec["sesoi"] or 0.02) / 2)
    about |= {"system": spec["name"], "seed": spec["seed"], "learning_rate": rate}
    job.write_json(run, {**about, "device": placed.type, "versions": device.versions()})
    still = "" if about["converged"] else ", not converged"
    return f"{spec['name']} seed {spec['seed']}: dev {made.value:.4f} at {rate:g}{still}"


def describe(made: Trained, training: Training, *, margin: float) -> dict[str, Any]:
    """Converged: the last fifth of the steps gained no more than half the SESOI on dev."""
    late = 0.8 * training.steps
    before = [point["dev"] for point in made.curve if point["step"] <= late] or [float("-inf")]
    parameters = [parameter.numel() for parameter in made.model.parameters()]
    return {
        "trained": True,
        "steps": training.steps,
        "converged": made.value - before[-1] <= margin,
        "curve": made.curve,
        "train_cpu_seconds": made.cpu_seconds,
        "trained_parameters": sum(parameters),
        "inference_parameters": inference_parameters(made.model),
        "train_peak_bytes": device.peak_bytes(),
        "deterministic": True,
    }


if __name__ == "__main__":
    from maw.job import run as run_stage

    run_stage(train)
