"""A SLURM of one machine, from Debian's packages, in one folder: for as long as a test takes.

    with Slurm.started() as slurm:
        subprocess.run([...], env=slurm.environment)

Nothing outside the folder is written; what was started is stopped by its process id. The GPU that
it lends is pretended: no job of ours touches it.
"""

import os
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

PROGRAMS = ("munged", "slurmctld", "slurmd", "sbatch", "squeue", "scancel")
PATIENCE = 300  # seconds that a daemon may take to answer, or a job to end, on a busy machine

CONF = """
ClusterName=maw
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort={ports[0]}
SlurmdPort={ports[1]}
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
CredType=cred/munge
AuthInfo=socket={folder}/munge/socket
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
JobCompType=jobcomp/none
SwitchType=switch/none
MpiDefault=none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core_Memory
SchedulerType=sched/backfill
ReturnToService=2
MinJobAge=43200
DefMemPerCPU=500
GresTypes=gpu
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdLogFile={folder}/slurmd.log
NodeName={host} NodeAddr=127.0.0.1 CPUs=2 RealMemory=9000 Gres=gpu:1
PartitionName=all Nodes={host} Default=YES MaxTime=INFINITE State=UP
"""


def missing() -> list[str]:
    """The programs that this machine lacks."""
    path = f"{os.environ['PATH']}{os.pathsep}/usr/sbin"
    return [name for name in PROGRAMS if shutil.which(name, path=path) is None]


@dataclass(frozen=True)
class Slurm:
    """One that is up. environment: with it, sbatch and its kin speak to this one."""

    folder: Path
    environment: dict[str, str]

    @classmethod
    @contextmanager
    def started(cls) -> Iterator["Slurm"]:
        """munge, the controller, a node of two cores and one pretended GPU; and then none."""
        # not pytest's own folder: munge wants its socket within everybody's reach
        folder = Path(tempfile.mkdtemp(prefix="maw-slurm-"))
        folder.chmod(0o711)
        slurm = cls(folder, _configure(folder))
        try:
            slurm._start()
            yield slurm
        finally:
            slurm._stop()
            shutil.rmtree(folder)

    def tell(self, *command: str) -> str:
        """What one of SLURM's programs answers."""
        return subprocess.check_output(command, env=self.environment, text=True)

    def jobs(self, state: str = "PENDING,RUNNING") -> list[str]:
        """The ids of the jobs in a state."""
        return self.tell("squeue", "--noheader", "--states", state, "--format", "%A").split()

    def _start(self) -> None:
        munge = self.folder / "munge"
        files = {"key-file": "key", "socket": "socket", "pid-file": "pid", "seed-file": "seed"}
        options = [f"--{option}={munge / name}" for option, name in files.items()]
        self.tell("munged", *options, f"--log-file={munge / 'log'}")
        conf = self.environment["SLURM_CONF"]
        self.tell("slurmctld", "-f", conf)
        self.tell("slurmd", "-f", conf, "-N", socket.gethostname())
        wait(lambda: "idle" in self.tell("sinfo", "--noheader", "--format", "%T"))

    def _stop(self) -> None:
        """Jobs first: a node that is gone cannot end them."""
        for name in ("slurmd.pid", "slurmctld.pid", "munge/pid"):
            file = self.folder / name
            if not file.exists():
                continue
            if name == "slurmd.pid":
                self.tell("scancel", "--user", "root")
                wait(lambda: not self.jobs("PENDING,RUNNING,COMPLETING"))
            pid = int(file.read_text())
            os.kill(pid, signal.SIGTERM)
            wait(lambda pid=pid: not Path(f"/proc/{pid}").exists())


def wait(done: Callable[[], object]) -> None:
    """Until it is so."""
    until = time.monotonic() + PATIENCE
    while not done():
        if time.monotonic() > until:
            raise TimeoutError(f"waited {PATIENCE} s in vain")
        time.sleep(0.5)


def _configure(folder: Path) -> dict[str, str]:
    """Write the configuration; the environment that leads to it."""
    for name, mode in {"munge": 0o711, "etc": 0o755, "state": 0o755, "spool": 0o755}.items():
        (folder / name).mkdir()
        (folder / name).chmod(mode)
    key = folder / "munge/key"
    key.touch(mode=0o600)
    key.write_bytes(secrets.token_bytes(1024))
    host, conf = socket.gethostname(), folder / "etc/slurm.conf"
    conf.write_text(CONF.format(host=host, folder=folder, ports=_free_ports(2)))
    # a pretended GPU needs a file; with a count alone the node is invalid
    (folder / "etc/gres.conf").write_text(f"NodeName={host} Name=gpu File=/dev/zero\n")
    # the plugin's job step drops SLURM_CONF, which a cluster has at its default place
    _script(folder / "etc/srun", f'export SLURM_CONF={conf}\nexec {shutil.which("srun")} "$@"')
    # there are no accounts to ask: the queue, which forgets nothing here, answers in their place
    answer = "exec squeue --noheader --states=all --format='%i|%T'"
    _script(folder / "etc/sacct", f'{answer} --name "${{@: -1}}"')
    path = os.pathsep.join((str(folder / "etc"), os.environ["PATH"], "/usr/sbin"))
    return {**os.environ, "SLURM_CONF": str(conf), "PATH": path}


def _script(path: Path, text: str) -> None:
    path.write_text(f"#!/bin/bash\n{text}\n")
    path.chmod(0o755)


def _free_ports(n: int) -> list[int]:
    sockets = [socket.socket() for _ in range(n)]
    for one in sockets:
        one.bind(("127.0.0.1", 0))
    ports = [one.getsockname()[1] for one in sockets]
    for one in sockets:
        one.close()
    return ports
