"""How many floating-point operations does a training step of this system take?"""

from maw.jobs import device
from maw.jobs.job import Job, Output, run
from maw.settings import registry
from maw.settings.sections import Training
from maw.stages.shared.training_data import DataFiles, read
from maw.training.flops import flops_per_step


def price(
    job: Job,
    *,
    files: DataFiles,
    price: Output,
) -> str:
    """Counted, not timed: the same wherever it runs, and beside whatever."""
    spec = job.spec
    device.prepare(spec["seed"])
    system = registry.parse("systems", spec["system"])
    data, top = read(job, files, measure=spec["primary"], system=system)
    counted = flops_per_step(
        data,
        system=system,
        top=top,
        training=Training.model_validate(spec["training"]),
        seed=spec["seed"],
    )
    job.write_json(price, {"system": spec["name"], "flops_per_step": counted})
    return f"{spec['name']}: {counted / 1e9:.2f} GFLOP a step"


if __name__ == "__main__":
    run(price)
