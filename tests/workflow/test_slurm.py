"""The smoke suite on a SLURM cluster: the same bytes as locally, after failures and kills, too.

`make test-slurm` takes minutes, root and Debian's packages; `make test` leaves these tests out.
"""

import os
import re
import shutil
import signal
import subprocess
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import pytest

from maw.jobs.pending import PendingFile
from tests.workflow.checkout import ROOT, SMOKE, Checkout
from tests.workflow.slurm import Slurm, missing, wait

pytestmark = pytest.mark.cluster

RUN = SMOKE / "runs/tiny/maw_grpo/seed43"
SCORES = f"{RUN}/scores.parquet"
MADE = ("data/**/*.parquet", "data/**/*.safetensors", "summary/*.parquet", "tables/*.csv")
OF_RUNS = ("selection.json", "model.safetensors", "ranking.parquet", "scores.parquet")


@dataclass(frozen=True)
class OnSlurm(Checkout):
    """A checkout whose jobs go to a cluster."""

    slurm: Slurm
    # as on the page, but with short waits: no other user queues, and the disk is local
    where: ClassVar[list[str]] = [
        *("--profile", "profiles/slurm", "--latency-wait", "10"),
        *("--slurm-init-seconds-before-status-checks", "2"),
    ]

    @property
    def environment(self) -> dict[str, str]:
        here = super().environment
        cluster_environment = self.slurm.environment
        path = os.pathsep.join(
            (str(self.slurm.folder / "etc"), here["PATH"], cluster_environment["PATH"])
        )
        return {**here, "SLURM_CONF": cluster_environment["SLURM_CONF"], "PATH": path}

    def copy(self, folder: Path) -> "OnSlurm":
        return OnSlurm(super().copy(folder).folder, self.slurm)


@pytest.fixture(scope="module")
def slurm() -> Iterator[Slurm]:
    assert not missing(), f"{missing()}: apt-get install slurm-wlm munge"
    # SIGTERM stops all processes, as Ctrl-C does
    usual = signal.signal(signal.SIGTERM, lambda *_: pytest.exit("terminated"))
    with Slurm.started() as slurm:
        yield slurm
    signal.signal(signal.SIGTERM, usual)


@pytest.fixture(scope="module")
def cluster(slurm: Slurm, tmp_path_factory: pytest.TempPathFactory) -> OnSlurm:
    """Run the whole suite through the profile; Snakemake's output is in the file `output`."""
    checkout = OnSlurm(tmp_path_factory.mktemp("cluster") / "checkout", slurm)
    for name in ("maw", "workflow", "profiles"):
        unwanted = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / name, checkout.folder / name, ignore=unwanted)
    shutil.copy(ROOT / "Snakefile", checkout.folder / "Snakefile")
    # an option of a user's own, as on the page, must not undo the profile's settings of groups
    output = checkout.snakemake("--set-resources", "make_run:runtime=100")
    (checkout.folder / "output").write_text(output)
    return checkout


def run_name(output: str) -> str:
    """Return the name that all SLURM jobs of one run of Snakemake have."""
    name = re.search(r"^SLURM run ID: (\S+)$", output, re.MULTILINE)
    assert name is not None, output
    return name[1]


def test_a_cluster_makes_the_bytes_of_a_local_run(smoke: Checkout, cluster: OnSlurm) -> None:
    paths = [path for pattern in MADE for path in sorted(cluster.results.glob(pattern))]
    paths += [path for name in OF_RUNS for path in sorted(cluster.results.glob(f"runs/**/{name}"))]
    assert len([path for path in paths if path.name == "model.safetensors"]) == 6
    differ = [
        str(path.relative_to(cluster.results))
        for path in paths
        if path.read_bytes() != (smoke.results / path.relative_to(cluster.results)).read_bytes()
    ]
    assert set(differ) <= {"summary/costs.parquet", "tables/costs.csv"}
    assert cluster.planned() == {}


def test_runs_are_grouped_searches_are_arrays_and_what_trains_or_ranks_has_one_gpu(
    cluster: OnSlurm,
) -> None:
    name = run_name((cluster.folder / "output").read_text())
    columns = "JobArrayID:20,tres-per-job:20,Comment:200"
    output = cluster.slurm.tell(
        "squeue", "--states=all", "--noheader", "--name", name, "--Format", columns
    )
    jobs = [line.split() for line in output.splitlines()]
    jobs_by_gpus = Counter((comment.split("_")[1], gpus) for _, gpus, comment in jobs)
    none, gpu = "N/A", "gres:gpu:1"
    assert jobs_by_gpus == {
        **{("prepare", none): 1, ("encode", gpu): 1, ("time_frozen", gpu): 1, ("grid", none): 1},
        **{("trial", gpu): 3, ("select", gpu): 3},
        **{("runs", gpu): 2, ("analysis", none): 1},  # eight runs by fives; all that follows
    }
    arrays = {(job.split("_")[0], comment.split("_")[1]) for job, _, comment in jobs if "_" in job}
    assert sorted(rule for _, rule in arrays) == ["select", "trial"]


def test_a_failed_jobs_message_says_why_and_where_its_log_is(
    cluster: OnSlurm, tmp_path: Path
) -> None:
    checkout = cluster.copy(tmp_path / "checkout")
    (checkout.folder / SCORES).unlink()
    held = PendingFile(checkout.folder / SCORES)
    output = checkout.snakemake(SCORES, fails=True)
    held.release()
    assert f"{SMOKE}/logs/make_run/tiny/maw_grpo/seed43.log" in output
    assert f"maw make_run: {SCORES}: another run is writing this file" in output
    assert ".snakemake/slurm_logs/" in output
    assert "Traceback" not in output


def test_of_an_array_one_member_may_fail_and_the_others_are_made(
    cluster: OnSlurm, tmp_path: Path
) -> None:
    checkout = cluster.copy(tmp_path / "checkout")
    systems = ("non_maw", "maw_supervised", "maw_grpo")
    paths = [SMOKE / f"runs/tiny/{system}/selection.json" for system in systems]
    for path in paths:
        (checkout.folder / path).unlink()
    held = PendingFile(checkout.folder / paths[-1])
    output = checkout.snakemake(*map(str, paths), fails=True)
    held.release()
    assert f"maw select: {paths[-1]}: another run is writing this file" in output
    assert f"{SMOKE}/logs/select/tiny/maw_grpo.log" in output
    assert "Traceback" not in output
    assert [(checkout.folder / path).exists() for path in paths] == [True, True, False]
    assert checkout.planned(*map(str, paths)) == {"select": 1, "total": 1}
    checkout.snakemake(*map(str, paths))
    for path in paths:
        assert (checkout.folder / path).read_bytes() == (cluster.folder / path).read_bytes()


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
    try:
        wait(lambda: part.exists() or first.poll() is not None)
    finally:
        first.kill()  # with SIGKILL, in the middle of training
        first.wait()
    slurm = checkout.slurm
    assert slurm.jobs() != []  # it runs on, on the node
    slurm.end_jobs("--name", run_name(log.read_text()))
    assert not (checkout.folder / RUN / "model.safetensors").exists()
    checkout.snakemake(SCORES)
    assert (checkout.folder / SCORES).read_bytes() == before
    assert not part.exists()


def test_nothing_of_it_is_left_after_a_failure() -> None:
    def fail() -> None:
        with Slurm.started() as slurm:
            folders.append(slurm.folder)
            slurm.tell("sbatch", "--output", "/dev/null", "--wrap", "sleep 600")
            wait(lambda: slurm.jobs("RUNNING"))
            raise RuntimeError("a test failed")

    folders: list[Path] = []
    with pytest.raises(RuntimeError, match="a test failed"):
        fail()
    assert not folders[0].exists()
    assert not [pid for pid in Path("/proc").glob("[0-9]*") if mentions(pid, str(folders[0]))]


def mentions(process: Path, text: str) -> bool:
    """Return whether a process has a text in its command or its environment, as SLURM's jobs do."""
    try:
        text_of_process = (process / "cmdline").read_bytes() + (process / "environ").read_bytes()
    except OSError:
        return False  # it has ended, or we may not read it: then it is none of ours
    return text.encode() in text_of_process
