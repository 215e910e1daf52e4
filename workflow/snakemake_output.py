"""What Snakemake prints while it runs jobs, line by line, told in one line.

Only the lines that Snakemake 9.27 prints without a terminal are known; the version is pinned in
constraints.txt. A line that is not known changes nothing.
"""

import re
from collections import Counter, deque
from dataclasses import dataclass, field

from maw.jobs.pace import Pace, about, clock
from maw.reporting.wording import compact

TRAINING = ("make_run", "train", "make_control_run", "train_control_run")
N_LAST_LINES = 20  # shown of a traceback, and where Snakemake fails and no job did

PLANNED = re.compile(r"(\w+) +(\d+)")
STARTED = re.compile(r"Job (\d+): (.+)")
FINISHED = re.compile(r"Finished jobid: (\d+) \(Rule: (\w+)\)")
STEPS = re.compile(r"(\d+) of (\d+) steps \(")
LOGGED = re.compile(r"Logfile (.+?):(?: empty file)?")
FAILED = re.compile(r" {4}jobid: (\d+)")  # below `Error in rule …:`
DEVELOPMENT = re.compile(r"(?:maw \w+: )?([^:]+): .*?\bdev ([01]\.\d+)")


@dataclass
class Story:
    """What Snakemake has told so far: the jobs and their pace, the latest news, and failures.

    n_done, n_steps: numbers of jobs that have ended, and of all. score: the latest development
    score, as `development` returns it. message: what the job does that started last. last: the last
    lines. A failed job's log stands in the output between two lines of `=` below `Logfile …:`.
    """

    pace: Pace
    n_done: int = 0
    n_steps: int = 0
    score: str = ""
    message: str = ""
    n_failures: int = 0
    is_stopped: bool = False
    last: deque[str] = field(default_factory=lambda: deque(maxlen=N_LAST_LINES))
    _in_plan: bool = False
    _logfile: str = ""
    _quoted: list[str] | None = None
    _messages: dict[str, str] = field(default_factory=dict)
    _failed: str = "a job"
    _jobs: Counter[str] = field(default_factory=Counter)

    def hear(self, line: str, now: float) -> list[str]:
        """Take in one line of Snakemake's; return lines to show at once. now: seconds."""
        self.last.append(line)
        if self._logfile:
            return self._hear_log(line)
        if match := LOGGED.fullmatch(line):
            return self._open_log(match[1], is_empty=line.endswith("empty file"))
        if line == "Job stats:":
            self._in_plan, self._jobs = True, Counter()
        elif self._in_plan:
            self._hear_plan(line)
        elif match := FINISHED.fullmatch(line):
            self.pace.finish(match[1], match[2], now)
        elif match := STEPS.match(line):
            self.n_done, self.n_steps = int(match[1]), int(match[2])
        elif match := STARTED.fullmatch(line):
            self.pace.start(match[1], now)
            self.message = self._messages[match[1]] = match[2]
        elif match := FAILED.fullmatch(line):
            self._failed = self._messages.get(match[1], "a job")
        elif line.startswith("maw: "):
            return [line]
        elif line.startswith("maw ") and (told := development(line)):
            self.score = told
        return []

    @property
    def trains(self) -> bool:
        """True as long as models are still to be trained."""
        return self.pace.n_ended(TRAINING) < self.pace.n_planned(TRAINING)

    def _hear_plan(self, line: str) -> None:
        match = PLANNED.fullmatch(line)
        if match and match[1] == "total":
            self._in_plan, self.n_steps = False, int(match[2])
            self.pace.plan(self._jobs)
        elif match:
            self._jobs[match[1]] = int(match[2])

    def _open_log(self, path: str, *, is_empty: bool) -> list[str]:
        self._logfile, self._quoted = path, None
        return self._close_log([]) if is_empty else []

    def _hear_log(self, line: str) -> list[str]:
        """Collect the lines of a failed job's log; return what to show at its end."""
        is_edge = set(line) == {"="}
        if self._quoted is None:
            self._quoted = []
        elif is_edge:
            return self._close_log(self._quoted)
        else:
            self._quoted.append(line)
        return []

    def _close_log(self, lines: list[str]) -> list[str]:
        """Return what to show of a failed job: its own last line, or the end of a traceback."""
        path, self._logfile = self._logfile, ""
        if self.is_stopped:
            return []
        self.n_failures += 1
        is_told = bool(lines) and lines[-1].startswith("maw ")
        told = lines[-1:] if is_told else lines[-N_LAST_LINES:]
        return [f"Failed: {self._failed} ({path})", *(f"  {text}" for text in told)]

    def line(self, now: float) -> str:
        """Return the line: `[4:10 of about 9:00] 9 of 15 models trained · maw seed 4: dev .652`."""
        total = self.pace.total_seconds(now)
        time_text = clock(now) if total is None else f"{clock(now)} of about {about(total)}"
        n_models = self.pace.n_planned(TRAINING)
        done = f"{self.n_done} of {self.n_steps} jobs done"
        if n_models:
            done = f"{self.pace.n_ended(TRAINING)} of {n_models} models trained"
        if not self.n_steps:
            done = "planning"
        news = self.score if self.score and self.trains else self.message
        return f"[{time_text}] {done}" + (f" · {news}" if news else "")


def development(line: str) -> str:
    """Return what a line says of a development score, as `maw_grpo seed 44: dev .652`, or ""."""
    match = DEVELOPMENT.match(line)
    return f"{match[1]}: dev {compact(float(match[2]))}" if match else ""
