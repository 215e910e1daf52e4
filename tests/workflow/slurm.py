"""A SLURM cluster of one machine, from Debian's packages, in one folder, while a test runs.

    with Slurm.started() as slurm:
        subprocess.run([...], env=slurm.environment)

Nothing outside the folder is written, and all processes are stopped, whatever happens inside. The
GPU of the cluster does not exist: no job of ours touches it.
"""

import os
import secrets
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

PROGRAMS = ("munged", "slurmctld", "slurmd", "sbatch", "squeue", "scancel")
PATIENCE = 600  # seconds that a daemon may take to answer, or a job to end, on a busy machine

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
# a busy machine answers late
MessageTimeout=90
BatchStartTimeout=300
SlurmdTimeout=0
GresTypes=gpu
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdLogFile={folder}/slurmd.log
# the node has the size written here, on a smaller machine too
SlurmdParameters=config_overrides
NodeName={host} NodeAddr=127.0.0.1 CPUs=2 RealMemory=9000 Gres=gpu:1
PartitionName=all Nodes={host} Default=YES MaxTime=INFINITE State=UP
"""


def missing() -> list[str]:
    """Return the programs that this machine lacks."""
    path = f"{os.environ['PATH']}{os.pathsep}/usr/sbin"
    return [name for name in PROGRAMS if shutil.which(name, path=path) is None]


@dataclass(frozen=True)
class Slurm:
    """A running cluster. environment: with it, sbatch and the other programs use this cluster."""

    folder: Path
    environment: dict[str, str]

    @classmethod
    @contextmanager
    def started(cls) -> Iterator["Slurm"]:
        """Start munge, the controller and a node of two cores and one GPU; stop them at the end."""
        with ExitStack() as undo:  # undone from the last to the first, even if one of them fails
            # pytest's own folder will not do: munge requires a socket that every user can reach
            folder = Path(tempfile.mkdtemp(prefix="maw-slurm-"))
            undo.callback(shutil.rmtree, folder)
            folder.chmod(0o711)
            slurm = cls(folder, _configure(folder))
            slurm._start(undo)
            yield slurm

    def tell(self, *command: str) -> str:
        """Run one of SLURM's programs and return its output."""
        return subprocess.check_output(command, env=self.environment, text=True)

    def jobs(self, state: str = "PENDING,RUNNING") -> list[str]:
        """Return the ids of the jobs in these states."""
        return self.tell("squeue", "--noheader", "--states", state, "--format", "%A").split()

    def end_jobs(self, *which: str) -> None:
        """Cancel the jobs that options of scancel name, and wait until no job is left."""
        self.tell("scancel", *which)
        wait(lambda: not self.jobs("PENDING,RUNNING,COMPLETING"))

    def _start(self, undo: ExitStack) -> None:
        munge = self.folder / "munge"
        files = {"key-file": "key", "socket": "socket", "pid-file": "pid", "seed-file": "seed"}
        options = [f"--{option}={munge / name}" for option, name in files.items()]
        self._daemon(undo, "munged", "--foreground", *options)
        wait((munge / "socket").exists)
        conf = self.environment["SLURM_CONF"]
        self._daemon(undo, "slurmctld", "-D", "-f", conf)
        self._daemon(undo, "slurmd", "-D", "-f", conf, "-N", socket.gethostname())
        try:
            wait(self._is_idle)
        except TimeoutError as error:  # the logs go into the error, because the folder is deleted
            error.add_note("".join(log.read_text() for log in sorted(self.folder.glob("*.log"))))
            raise
        undo.callback(self.end_jobs, "--user", "root")  # while the node that runs them still exists

    def _daemon(self, undo: ExitStack, *command: str) -> None:
        """Start a daemon that ends with the cluster.

        It has a session of its own, so that Ctrl-C reaches the tests alone, which then stop it.
        """
        with open(self.folder / f"{command[0]}.out", "wb") as written:
            daemon = subprocess.Popen(
                command,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=written,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        undo.callback(_end, daemon)

    def _is_idle(self) -> bool:
        command = ["sinfo", "--noheader", "--format", "%T"]
        output = subprocess.run(
            command, env=self.environment, text=True, capture_output=True, check=False
        )
        return "idle" in output.stdout


def wait(done: Callable[[], object]) -> None:
    """Wait until `done` returns something true. TimeoutError after PATIENCE seconds."""
    until = time.monotonic() + PATIENCE
    while not done():
        if time.monotonic() > until:
            raise TimeoutError(f"waited {PATIENCE} s in vain")
        time.sleep(0.5)


def _end(daemon: subprocess.Popen[bytes]) -> None:
    daemon.terminate()
    try:
        daemon.wait(PATIENCE)
    except subprocess.TimeoutExpired:
        daemon.kill()
        daemon.wait()
        raise


def _configure(folder: Path) -> dict[str, str]:
    """Write the configuration and return the environment that points to it."""
    for name, mode in {"munge": 0o711, "etc": 0o755, "state": 0o755, "spool": 0o755}.items():
        (folder / name).mkdir()
        (folder / name).chmod(mode)
    key = folder / "munge/key"
    key.touch(mode=0o600)
    key.write_bytes(secrets.token_bytes(1024))
    host, conf = socket.gethostname(), folder / "etc/slurm.conf"
    conf.write_text(CONF.format(host=host, folder=folder, ports=_free_ports(2)))
    # a GPU needs a device file; with a count alone the node is invalid
    (folder / "etc/gres.conf").write_text(f"NodeName={host} Name=gpu File=/dev/zero\n")
    # the plugin's job step drops SLURM_CONF, which a cluster has at its default place
    srun = folder / "etc/srun"
    srun.write_text(f'#!/bin/sh\nSLURM_CONF={conf} exec {shutil.which("srun")} "$@"\n')
    srun.chmod(0o755)
    path = os.pathsep.join((str(folder / "etc"), os.environ["PATH"], "/usr/sbin"))
    return {**os.environ, "SLURM_CONF": str(conf), "PATH": path}


def _free_ports(n: int) -> list[int]:
    sockets = [socket.socket() for _ in range(n)]
    for sock in sockets:
        sock.bind(("127.0.0.1", 0))
    ports = [sock.getsockname()[1] for sock in sockets]
    for sock in sockets:
        sock.close()
    return ports
