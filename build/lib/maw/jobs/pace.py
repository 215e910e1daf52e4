"""How long a run of the workflow will take: an estimate that is corrected by the jobs that ended.

At first the seconds of a job come from the suite's estimate (`maw.jobs.estimate`). As soon as a job
of a rule has ended, its seconds stand for those that wait. Seconds are wall-clock time.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from math import ceil

from maw.settings.suite import Suite

# rules whose jobs train, encode or rank: `maw.jobs.estimate` counts their seconds
HEAVY = frozenset({
    "encode", "pair", "price", "trial", "make_run", "train", "rank", "stream", "cell", "sweep",
    "make_control_run", "train_control_run", "rank_control_run", "stream_control_runs",
})  # fmt: skip
LIGHT_SECONDS = {
    "prepare": 15.0, "theory": 6.0, "diagnose": 10.0, "calibrate": 10.0, "compare": 6.0,
    "study_controls": 8.0, "time_frozen": 8.0, "figures": 4.0, "budget": 8.0, "all": 0.0,
}  # fmt: skip
OTHER_SECONDS = 1.5  # a job that reads and writes tables
PRIOR_SECONDS = 30.0  # the estimate weighs as much as jobs that ran for so long


@dataclass
class Pace:
    """Which jobs wait, run and have ended, and how long these took.

    n_cores: jobs that can run at once. heavy_seconds: expected seconds of a job that trains,
    encodes or ranks; None where nothing is known of the collection yet. planned: rule -> number of
    jobs. seconds: rule -> seconds of each job that has ended. running: number of a job -> its
    start. All times are seconds since the start of the run.
    """

    n_cores: int
    heavy_seconds: float | None = None
    planned: Counter[str] = field(default_factory=Counter)
    seconds: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    running: dict[str, float] = field(default_factory=dict)

    def plan(self, jobs: Mapping[str, int]) -> None:
        """Take in the number of planned jobs of each rule, those that have ended among them."""
        self.planned = Counter(jobs)

    def start(self, job: str, now: float) -> None:
        """Note that a job has started. job: its number."""
        self.running[job] = now

    def finish(self, job: str, rule: str, now: float) -> None:
        """Note that a job of a rule has ended."""
        self.seconds[rule].append(now - self.running.pop(job, now))

    def n_ended(self, rules: Iterable[str]) -> int:
        """Return how many jobs of these rules have ended."""
        return sum(len(self.seconds.get(rule, ())) for rule in rules)

    def n_planned(self, rules: Iterable[str]) -> int:
        """Return how many jobs of these rules there are: waiting, running and ended."""
        return max(sum(self.planned[rule] for rule in rules), self.n_ended(rules))

    def total_seconds(self, now: float) -> float | None:
        """Return the seconds from the start to the end of the last job; None where not known."""
        left = {
            rule: n - self.n_ended((rule,))
            for rule, n in self.planned.items()
            if n > self.n_ended((rule,))
        }
        if not self.planned:
            return None
        expected = {rule: self._seconds_of(rule) for rule in left}
        known = [seconds for seconds in expected.values() if seconds is not None]
        if len(known) < len(expected):
            return None
        ages = [now - started for started in self.running.values()]
        longest = max(known, default=0.0)
        waiting = sum(left[rule] * seconds for rule, seconds in expected.items() if seconds)
        waiting -= sum(min(age, longest) for age in ages)
        return now + max(waiting, 0.0) / self._jobs_at_once(now, ages)

    def _seconds_of(self, rule: str) -> float | None:
        """Return the expected seconds of a job of a rule that has not ended; None if not known."""
        own = self.seconds.get(rule)
        if own:
            return sum(own) / len(own)
        prior = self._prior(rule)
        if prior is None:
            heavy = [s for name, group in self.seconds.items() if name in HEAVY for s in group]
            return sum(heavy) / len(heavy) if heavy else None
        return prior * self._correction()

    def _prior(self, rule: str) -> float | None:
        """Return the seconds of a job by the estimate alone."""
        return self.heavy_seconds if rule in HEAVY else LIGHT_SECONDS.get(rule, OTHER_SECONDS)

    def _correction(self) -> float:
        """Return how many times as long as estimated the jobs took that have ended."""
        pairs = [(self._prior(rule), group) for rule, group in self.seconds.items()]
        measured = sum(sum(group) for prior, group in pairs if prior is not None)
        estimated = sum(prior * len(group) for prior, group in pairs if prior is not None)
        return (measured + PRIOR_SECONDS) / (estimated + PRIOR_SECONDS)

    def _jobs_at_once(self, now: float, ages: list[float]) -> float:
        """Return how many jobs run at once on average: at first one a core, later as measured."""
        busy = sum(map(sum, self.seconds.values())) + sum(ages)
        weight = 2 * PRIOR_SECONDS
        return max((self.n_cores * weight + busy) / (weight + now), 1.0)


def heavy_seconds(suite: Suite, core_hours: float) -> float | None:
    """Return the mean seconds of a job that trains, encodes or ranks, by the suite's estimate.

    core_hours: those of the whole suite; 0 where nothing is known of its collections, then None.
    """
    n_trained = sum(suite.is_trained(name) for name in suite.systems)
    n_runs = sum(len(suite.seeds_of(name)) for name in suite.systems)
    n_jobs = len(suite.units) * (1 + n_trained + n_runs)
    return 3600 * core_hours / n_jobs if core_hours and n_jobs else None


def clock(seconds: float) -> str:
    """Return a duration as `4:10` (minutes and seconds), or from an hour on as `1:04:10`."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def about(seconds: float) -> str:
    """Return a duration as `clock` does, no more exact than an estimate is.

    It is rounded up: to 10 seconds below ten minutes, to minutes below two hours, else to ten
    minutes.
    """
    step = 10 if seconds < 600 else 60 if seconds < 7200 else 600
    return clock(step * ceil(seconds / step))
