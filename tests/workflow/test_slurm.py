"""The smoke suite on a SLURM of its own: the same bytes, a failure that is found, a kill survived.

`make test-slurm`: minutes, root, and Debian's packages. Not among the other tests.
"""

import os
import re
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import pytest
from checkout import ROOT, SMOKE, Checkout
from slurm import Slurm, missing, wait

pytestmark = pytest.mark.cluster

RUN = SMOKE / "runs/tiny/maw_grpo/seed43"
SCORES = f"{RUN}/scores.parquet"
MADE = ("data/**/*.parquet", "data/**/*.safetensors", "summary/*.parquet", "tables/*.csv")
OF_RUNS = ("selection.json", "model.safetensors", "ranking.parquet", "scores.parquet")


@dataclass(frozen=True)
class OnSlurm(Checkout):
    """A checkout whose jobs go to a cluster."""

    slurm: Slurm
    # as on the page, but in a hurry: nobody else queues, and the disk is this machine's
    where: ClassVar[list[str]] = [
        *("--profile", "profiles/slurm", "--latency-wait", "10"),
        *("--slurm-init-seconds-before-status-checks", "2"),
    ]

    @property
    def environment(self) -> dict[str, str]:
        here = super().environment
        there = self.slurm.environment
        path = os.pathsep.join((str(self.slurm.folder / "etc"), here["PATH"], there["PATH"]))
        return {**here, "SLURM_CONF": there["SLURM_CONF"], "PATH": path}

    def copy(self, folder: Path) -> "OnSlurm":
        return OnSlurm(super().copy(folder).folder, self.slurm)


@pytest.fixture(scope="module")
def slurm() -> Iterator[Slurm]:
    assert not missing(), f"{missing()}: apt-get install slurm-wlm munge"
    with Slurm.started() as one:
        yield one


@pytest.fixture(scope="module")
def cluster(slurm: Slurm, tmp_path_factory: pytest.TempPathFactory) -> OnSlurm:
    """The whole suite, from nothing, through the profile."""
    checkout = OnSlurm(tmp_path_factory.mktemp("cluster") / "checkout", slurm)
    for name in ("maw", "workflow", "profiles"):
        unwanted = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / name, checkout.folder / name, ignore=unwanted)
    shutil.copy(ROOT / "Snakefile", checkout.folder / "Snakefile")
    started = time.monotonic()
    told = checkout.snakemake()
    n_jobs = len(re.findall(r"SLURM job ?id", told, re.IGNORECASE))
    print(f"the smoke suite in {n_jobs} submissions, {time.monotonic() - started:.0f} s")
    return checkout


def test_a_cluster_makes_the_bytes_of_a_local_run(smoke: Checkout, cluster: OnSlurm) -> None:
    there = [path for pattern in MADE for path in sorted(cluster.results.glob(pattern))]
    there += [path for name in OF_RUNS for path in sorted(cluster.results.glob(f"runs/**/{name}"))]
    assert len([path for path in there if path.name == "model.safetensors"]) == 6
    differ = [
        str(path.relative_to(cluster.results))
        for path in there
        if path.read_bytes() != (smoke.results / path.relative_to(cluster.results)).read_bytes()
    ]
    assert not [name for name in differ if not re.search(r"runs\.(parquet|csv)$", name)]
    assert cluster.planned() == {}


def test_runs_are_grouped_and_searches_go_out_as_arrays(cluster: OnSlurm) -> None:
    names = cluster.slurm.tell("squeue", "--states=all", "--noheader", "--format", "%i %k")
    arrays = {line.split("_")[0] for line in names.splitlines() if "_" in line.split()[0]}
    single = [line for line in names.splitlines() if "_" not in line.split()[0]]
    assert len(arrays) == 2  # trial, select
    # prepare, encode, grid; eight runs by fives; all that follows
    assert len(single) == 3 + 2 + 1


def test_a_failed_jobs_message_says_why_and_where_its_log_is(
    cluster: OnSlurm, tmp_path: Path
) -> None:
    checkout = cluster.copy(tmp_path / "checkout")
    ranking = RUN / "ranking.parquet"
    (checkout.folder / ranking).write_bytes((checkout.folder / ranking).read_bytes()[:-30])
    told = checkout.snakemake(SCORES, fails=True)
    assert f"{SMOKE}/logs/evaluate/tiny/maw_grpo/seed43.log" in told
    assert f"maw evaluate: {ranking}: broken parquet" in told
    assert ".snakemake/slurm_logs/" in told
    assert "Traceback" not in told


def test_a_killed_snakemake_is_finished_by_the_next_after_its_jobs_are_cancelled(
    cluster: OnSlurm, tmp_path: Path
) -> None:
    checkout = cluster.copy(tmp_path / "checkout")
    before = (checkout.folder / SCORES).read_bytes()
    shutil.rmtree((checkout.folder / SCORES).parent)
    part, log = checkout.folder / RUN / ".model.safetensors.part", tmp_path / "log"
    with open(log, "wb") as written:
        first = subprocess.Popen(
            checkout.command(SCORES),
            cwd=checkout.folder,
            env=checkout.environment,
            stdout=written,
            stderr=subprocess.STDOUT,
        )
    wait(lambda: part.exists() or first.poll() is not None)
    os.kill(first.pid, signal.SIGKILL)  # in the middle of training
    first.wait()
    slurm = checkout.slurm
    assert slurm.jobs() != []  # it runs on, on the node
    found = re.search(r"SLURM run ID: (\S+)", log.read_text())
    assert found is not None
    slurm.tell("scancel", "--name", found[1])
    wait(lambda: slurm.jobs("PENDING,RUNNING,COMPLETING") == [])
    checkout.snakemake(SCORES)
    assert (checkout.folder / SCORES).read_bytes() == before
    assert not part.exists()
