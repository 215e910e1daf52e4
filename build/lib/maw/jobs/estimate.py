"""An estimate of a suite's downloads, cost and smallest detectable difference, before it runs.

Numbers of documents and queries are the published ones (`published.yaml`), or those of datasets
that the stage `prepare` has already written. Rates, such as texts encoded per second, were measured
once (`rates.yaml`) or come from the user's file. A number that is not known is None. This module
never imports torch.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from math import inf, nan
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from maw.errors import InputError
from maw.jobs.files import read_json
from maw.settings.packaged import packaged
from maw.settings.sections import RANKING_DEPTH
from maw.settings.split_kinds import Fold, Official, Split, Transfer
from maw.settings.suite import Suite
from maw.settings.yaml_text import load_yaml
from maw.significance.generalised import Spread
from maw.significance.planning import minimum_detectable_effect


@dataclass(frozen=True)
class DatasetEstimate:
    """The size, cost and smallest detectable difference of one dataset.

    is_counted: True where numbers of documents and queries are those of the prepared dataset, False
    for published ones. n_runs: number of runs, on all folds. gigabytes: disk space in 10^9 bytes,
    without downloads. mde: minimum detectable effect of a paired t test with 80 % power, in the
    primary measure's unit, at the level alpha divided by the number of claims on all datasets; nan
    where it is not known. None: not known.
    """

    dataset: str
    n_documents: int | None
    n_test_queries: int | None
    is_counted: bool
    n_runs: int
    core_hours: float | None
    gigabytes: float | None
    mde: float


@dataclass(frozen=True)
class Estimate:
    """The estimates of all datasets of a suite.

    download_gb: size of all downloads in 10^9 bytes, each corpus counted once. rates: the rates
    that were used, as `read_rates` returns them.
    """

    datasets: tuple[DatasetEstimate, ...]
    download_gb: float
    rates: Mapping[str, Any]

    @property
    def not_known(self) -> tuple[str, ...]:
        """Names of the datasets whose number of documents is not known before they are prepared."""
        return tuple(each.dataset for each in self.datasets if each.n_documents is None)

    @property
    def core_hours(self) -> float:
        """Sum of the core-hours of all datasets for which they are known."""
        return sum(each.core_hours or 0 for each in self.datasets)

    @property
    def gigabytes(self) -> float:
        """Disk space in 10^9 bytes, without downloads, of all datasets for which it is known."""
        return sum(each.gigabytes or 0 for each in self.datasets)


@dataclass(frozen=True)
class _Workload:
    """One dataset with everything that its cost depends on.

    n_queries: number of test queries. rates: as `read_rates` returns them.
    """

    suite: Suite
    units: list[str]  # the dataset itself, or its folds
    n_documents: int
    n_queries: int
    rates: Mapping[str, Any]

    def core_hours(self) -> float:
        """Return the hours on one core of encoding, search, training and ranking.

        Cross-encoders are counted like bi-encoders. Trainings of the study's controls count as if
        each claim were decided by its first control. Other work, such as that of BM25, cells,
        sweeps and systems that train themselves, is not counted; nor are learning rates or steps
        beyond the configured ones.
        """
        suite, rates, n_units = self.suite, self.rates, len(self.units)
        n_texts = self._n_ranked_documents() + self.n_queries
        scale = suite.backbone.max_document_tokens / rates["tokens"]
        seconds = n_units * n_texts * scale / rates["trunk_texts_per_second"]
        for name in suite.systems:
            if suite.is_neural(name):
                n_runs = n_units * len(suite.seeds_of(name))
                seconds += n_runs * n_texts * scale / rates["top_texts_per_second"]
            if suite.is_priced(name):
                n_queries = self._n_steps(name) * suite.training.batch_size
                seconds += n_queries * scale * rates["train_seconds_per_query"]
        for n_models, factor in self._control_trainings():
            n_queries = factor * suite.training.steps * suite.training.batch_size
            trained = self._n_trained_units() * n_queries * rates["train_seconds_per_query"]
            ranked = n_units * n_texts / rates["top_texts_per_second"]
            seconds += n_models * scale * (trained + ranked)
        return float(seconds / 3600)

    def _control_trainings(self) -> list[tuple[int, int]]:
        """Return, for each control that trains, its number of models and the factor of steps."""
        controls, plan = self.suite.analysis.controls, self.suite.analysis
        trainings = []
        if controls.negative is not None:
            trainings.append((len(controls.negative.seeds), 1))
        if controls.budget is not None:
            firsts = [(name, of_claim[0]) for (name, _), of_claim in plan.controls_of.items()]
            systems = {name for pair in firsts for name in pair if self.suite.is_trained(name)}
            n_models = sum(len(self.suite.seeds_of(name)) for name in systems)
            trainings.append((n_models, controls.budget.factor))
        return trainings

    def _n_ranked_documents(self) -> int:
        dataset = self.suite.units[self.units[0]]
        if dataset.retrieve == "pool":
            return min(self.n_documents, self.n_queries * dataset.pool.depth)
        return self.n_documents

    def _n_steps(self, system: str) -> int:
        """Return the number of training steps of a system in all runs and search trials.

        Only the configured steps and learning rates count, not those that `compute_of` or the
        search add.
        """
        search = self.suite.selection
        n_models = len(self.suite.seeds_of(system))
        n_models += search.cross_fit * search.n_trials(system)
        return self._n_trained_units() * n_models * self.suite.training.steps

    def _n_trained_units(self) -> int:
        splits = [self.suite.units[unit].split for unit in self.units]
        return sum(not isinstance(split, Transfer) for split in splits)

    def gigabytes(self) -> float:
        """Return the disk space of texts, BM25's index and hidden states, in 10^9 bytes.

        Each fold has its own copies of all three, and the texts of the whole dataset are there once
        more. Where hidden states are not stored (`retrieve`), the lists of documents that every run
        retrieved are counted instead.
        """
        suite, rates, n_units = self.suite, self.rates, len(self.units)
        n_copies = n_units + any(isinstance(suite.units[unit].split, Fold) for unit in self.units)
        n_bytes = self.n_documents * rates["text_bytes_per_document"] * n_copies
        n_bytes += self.n_documents * rates["index_bytes_per_document"] * n_units
        if suite.units[self.units[0]].retrieve == "stored":
            trunk = suite.backbone.max_document_tokens * rates["trunk_bytes_per_token"]
            return float(n_bytes + self.n_documents * trunk * n_units) / 1e9
        n_runs = sum(len(suite.streamed(unit)) for unit in self.units)
        retrieved = n_runs * self.n_queries * RANKING_DEPTH * rates["found_bytes"]
        return float(n_bytes + retrieved) / 1e9


def read_rates(path: Path | None) -> dict[str, Any]:
    """Return rate -> value: the rates in the user's file, and all others from `rates.yaml`.

    path: the user's YAML file; None for no file. InputError for a file that is not readable, or a
    key that is no rate.
    """
    rates = packaged("rates")
    if path is None:
        return rates
    try:
        own = load_yaml(path.read_text(encoding="utf-8"), source=str(path))
    except (OSError, yaml.YAMLError) as error:
        raise InputError(f"{path}: not readable as YAML: {' '.join(str(error).split())}") from None
    if not isinstance(own, dict):
        raise InputError(f"{path}: expected a mapping of rates; known: {', '.join(rates)}")
    if unknown := sorted(set(map(str, own)) - set(rates)):
        raise InputError(f"{path}: {unknown[0]!r} is no rate; known: {', '.join(rates)}")
    return {**rates, **own}


def estimate(suite: Suite, rates: Mapping[str, Any]) -> Estimate:
    """Return the estimate of each dataset of a suite and of the downloads.

    rates: rate -> value, as `read_rates` returns them.
    """
    corpora = packaged("published")["corpora"]
    used = {
        corpus
        for dataset in suite.datasets.values()
        for published_id in _published_ids(dataset.loader)
        if (corpus := _corpus_of(published_id))
    }
    return Estimate(
        datasets=tuple(_dataset_estimate(suite, name, rates=rates) for name in suite.datasets),
        download_gb=sum(corpora[corpus]["download_gb"] for corpus in used),
        rates=rates,
    )


def _dataset_estimate(suite: Suite, name: str, *, rates: Mapping[str, Any]) -> DatasetEstimate:
    path = suite.root / "data" / name / "dataset.json"
    n_documents, n_queries = _published_counts(suite, name)
    if path.is_file():
        counts = read_json(path)["counts"]
        n_documents, n_queries = counts["documents"], counts["test_judged"]
    units = [unit for unit in suite.units if suite.reported(unit) == name]
    workload = None
    if n_documents is not None and n_queries is not None:
        workload = _Workload(suite, units, n_documents, n_queries, rates)
    return DatasetEstimate(
        dataset=name,
        n_documents=n_documents,
        n_test_queries=n_queries,
        is_counted=path.is_file(),
        n_runs=len(units) * sum(len(suite.seeds_of(system)) for system in suite.systems),
        core_hours=workload.core_hours() if workload else None,
        gigabytes=workload.gigabytes() if workload else None,
        mde=_minimum_detectable_effect(suite, n_queries, rates=rates),
    )


def _minimum_detectable_effect(
    suite: Suite, n_queries: int | None, *, rates: Mapping[str, Any]
) -> float:
    """Return the smallest difference that a paired t test finds with 80 % power.

    The standard deviation of the queries' differences is the rate `difference_sd`. The level is
    alpha divided by the number of claims on all datasets. nan where the number of test queries is
    not known or below 2.
    """
    if n_queries is None or n_queries < 2:
        return nan
    n_tests = len(suite.analysis.tests) * len(suite.datasets)
    spread = Spread(
        query_variance=np.asarray(rates["difference_sd"] ** 2 / n_queries),
        query_df=n_queries - 1.0,
        seed_parts=(),  # how much training varies is not known before the first suite
        tied_units=np.asarray(inf),
    )
    return minimum_detectable_effect(spread, alpha=suite.analysis.alpha / max(1, n_tests))


def _published_ids(loader: Any) -> tuple[str, ...]:
    return getattr(loader, "ids", ())


def _corpus_of(published_id: str) -> str:
    """Return the corpus in `published.yaml` that an id of `ir_datasets` belongs to, or "".

    It is the longest name of a corpus that the id starts with: `beir/fiqa` for `beir/fiqa/test`.
    """
    corpora = packaged("published")["corpora"]
    prefixes = (name for name in corpora if f"{published_id}/".startswith(f"{name}/"))
    return max(prefixes, key=len, default="")


def _published_counts(suite: Suite, name: str) -> tuple[int | None, int | None]:
    """Return the published numbers of documents and of test queries of a dataset.

    A number that is not published is None. Test queries are the queries of the first id with an
    official split, the test share of all ids' queries with a holdout split, and else all of them.
    """
    published, dataset = packaged("published"), suite.datasets[name]
    ids = _published_ids(dataset.loader)
    corpus = _corpus_of(ids[0]) if ids else ""
    if not corpus:
        return None, None
    n_documents: int = published["corpora"][corpus]["documents"]
    test_ids = ids[:1] if isinstance(dataset.split, Official) else ids
    counts = [published["queries"].get(test_id) for test_id in test_ids]
    if None in counts:
        return n_documents, None
    share = dataset.split.test if isinstance(dataset.split, Split) else 1.0
    return n_documents, round(share * sum(counts))
