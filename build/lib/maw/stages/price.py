"""The stage `price`: counts the floating-point operations of one training step of a system."""

from maw.jobs import device
from maw.jobs.job import Job, Output, run
from maw.settings import registry
from maw.settings.sections import Training
from maw.stages.shared.training_data import read
from maw.stages.shared.training_files import TrainingFiles
from maw.training.flops import flops_per_step

GIGA = 1e9


def price(job: Job, *, files: TrainingFiles, price: Output) -> str:
    """Write the FLOPs of one training step, counted and not timed, so that every machine agrees."""
    spec = job.spec
    device.prepare(spec["seed"], "cpu")
    system = registry.parse("systems", spec["system"])
    data, top = read(job, files, measure=spec["primary"], system=system)
    n_operations = flops_per_step(
        data,
        system=system,
        top=top,
        training=Training.model_validate(spec["training"]),
        seed=spec["seed"],
    )
    job.write_json(price, {"system": spec["name"], "flops_per_step": n_operations})
    return f"{spec['name']}: {n_operations / GIGA:.2f} GFLOP a step"


if __name__ == "__main__":
    run(price)
