"""The smoke suite on a SLURM of its own: the same bytes, a failure that is found, a kill survived.

`make test-slurm`: minutes, root, and Debian's packages. Not among the other tests.
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
    # as Ctrl-C does: stop what was started, too
    usual = signal.signal(signal.SIGTERM, lambda *_: pytest.exit("terminated"))
    with Slurm.started() as one:
        yield one
    signal.signal(signal.SIGTERM, usual)


@pytest.fixture(scope="module")
def cluster(slurm: Slurm, tmp_path_factory: pytest.TempPathFactory) -> OnSlurm:
    """The whole suite, from nothing, through the profile; what Snakemake said lies beside."""
    checkout = OnSlurm(tmp_path_factory.mktemp("cluster") / "checkout", slurm)
    for name in ("maw", "workflow", "profiles"):
        unwanted = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / name, checkout.folder / name, ignore=unwanted)
    shutil.copy(ROOT / "Snakefile", checkout.folder / "Snakefile")
    # one wish of a user's own, as on the page: it must not undo what the profile says of groups
    told = checkout.snakemake("--set-resources", "train:runtime=100")
    (checkout.folder / "told").write_text(told)
    return checkout


def run_name(told: str) -> str:
    """The name that all SLURM jobs of one Snakemake bear."""
    found = re.search(r"^SLURM run ID: (\S+)$", told, re.MULTILINE)
    assert found is not None, told
    return found[1]


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


def test_runs_are_grouped_searches_are_arrays_and_what_trains_or_ranks_has_one_gpu(
    cluster: OnSlurm,
) -> None:
    name = run_name((cluster.folder / "told").read_text())
    columns = "JobArrayID:20,tres-per-job:20,Comment:200"
    told = cluster.slurm.tell(
        "squeue", "--states=all", "--noheader", "--name", name, "--Format", columns
    )
    jobs = [line.split() for line in told.splitlines()]
    asked = Counter((comment.split("_")[1], gpus) for _, gpus, comment in jobs)
    none, one = "N/A", "gres:gpu:1"
    assert asked == {
        **{("prepare", none): 1, ("encode", one): 1, ("grid", none): 1},
        **{("trial", one): 3, ("select", one): 3},
        **{("runs", one): 2, ("analysis", none): 1},  # eight runs by fives; all that follows
    }
    arrays = {(job.split("_")[0], comment.split("_")[1]) for job, _, comment in jobs if "_" in job}
    assert sorted(rule for _, rule in arrays) == ["select", "trial"]


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


def test_of_an_array_one_member_may_fail_and_the_others_are_made(
    cluster: OnSlurm, tmp_path: Path
) -> None:
    checkout = cluster.copy(tmp_path / "checkout")
    systems = ("non_maw", "maw_supervised", "maw_grpo")
    made = [SMOKE / f"runs/tiny/{system}/selection.json" for system in systems]
    for path in made:
        (checkout.folder / path).unlink()
    searched = made[-1].with_name("trials.json")
    broken = checkout.folder / searched
    before, whole = broken.stat(), broken.read_bytes()

    def write(content: bytes) -> None:
        broken.write_bytes(content)
        os.utime(broken, ns=(before.st_atime_ns, before.st_mtime_ns))  # as old: no more is due

    write(whole[:-30])
    told = checkout.snakemake(*map(str, made), fails=True)
    assert f"maw select: {searched}: broken JSON" in told
    assert f"{SMOKE}/logs/select/tiny/maw_grpo.log" in told
    assert "Traceback" not in told
    assert [(checkout.folder / path).exists() for path in made] == [True, True, False]
    write(whole)
    assert checkout.planned(*map(str, made)) == {"select": 1, "total": 1}
    checkout.snakemake(*map(str, made))
    for path in made:
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
        with Slurm.started() as one:
            folders.append(one.folder)
            one.tell("sbatch", "--output", "/dev/null", "--wrap", "sleep 600")
            wait(lambda: one.jobs("RUNNING"))
            raise RuntimeError("a test failed")

    folders: list[Path] = []
    with pytest.raises(RuntimeError, match="a test failed"):
        fail()
    assert not folders[0].exists()
    assert not [pid for pid in Path("/proc").glob("[0-9]*") if mentions(pid, str(folders[0]))]


def mentions(process: Path, text: str) -> bool:
    """Whether a process was started by or with it: the jobs inherit SLURM's environment."""
    try:
        said = (process / "cmdline").read_bytes() + (process / "environ").read_bytes()
    except OSError:
        return False  # gone meanwhile, or not to be read: then none of ours
    return text.encode() in said
