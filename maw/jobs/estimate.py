"""What will a suite download, take and be able to find? Told before anything is spent.

Counts are published ones (`published.yaml`) or of what `prepare` has written already; rates were
measured once (`rates.yaml`, or a file of yours). Never imports torch. None: not known here.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from math import nan
from pathlib import Path
from typing import Any

import yaml

from maw.errors import InputError
from maw.jobs.files import read_json
from maw.settings.packaged import packaged
from maw.settings.sections import RANKING_DEPTH, Fold, Official, Split, Transfer
from maw.settings.suite import Suite
from maw.significance.power import minimum_detectable_effect


@dataclass(frozen=True)
class Expected:
    """One dataset. mde: in the primary measure's unit, at 80 % power and the family's level."""

    dataset: str
    documents: int | None
    test_topics: int | None
    counted: bool
    runs: int
    core_hours: float | None
    gigabytes: float | None
    mde: float


@dataclass(frozen=True)
class Estimate:
    """The whole suite; downloads are counted once a corpus."""

    datasets: tuple[Expected, ...]
    download_gb: float
    not_known: tuple[str, ...]
    rates: Mapping[str, Any]

    @property
    def core_hours(self) -> float:
        """Of those that can be told."""
        return sum(one.core_hours or 0 for one in self.datasets)

    @property
    def gigabytes(self) -> float:
        """On the disk, besides the downloads."""
        return sum(one.gigabytes or 0 for one in self.datasets)


def read_rates(path: Path | None) -> dict[str, Any]:
    """The shipped rates, with those of a file of one's own over them. InputError: unknown key."""
    rates = packaged("rates")
    if path is None:
        return rates
    try:
        own = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, yaml.YAMLError) as error:
        raise InputError(f"{path}: not readable as YAML: {' '.join(str(error).split())}") from None
    unknown = set(own if isinstance(own, dict) else {"no mapping": 0}) - set(rates)
    if unknown:
        raise InputError(f"{path}: {sorted(unknown)[0]!r} is no rate; known: {', '.join(rates)}")
    return {**rates, **own}


def estimate(suite: Suite, rates: Mapping[str, Any]) -> Estimate:
    """Each dataset's size, price and smallest detectable difference."""
    published = packaged("published")
    found = tuple(_expected(suite, name, published, rates) for name in suite.datasets)
    corpora = {
        corpus
        for dataset in suite.datasets.values()
        for one in _ids(dataset.loader)
        if (corpus := _corpus(one, published))
    }
    return Estimate(
        datasets=found,
        download_gb=sum(published["corpora"][corpus]["download_gb"] for corpus in corpora),
        not_known=tuple(one.dataset for one in found if one.documents is None),
        rates=rates,
    )


def _ids(loader: Any) -> tuple[str, ...]:
    return getattr(loader, "ids", ())


def _corpus(name: str, published: Mapping[str, Any]) -> str:
    """The longest known corpus that an id begins with; empty for another's."""
    known = (one for one in published["corpora"] if f"{name}/".startswith(f"{one}/"))
    return max(known, key=len, default="")


def _expected(
    suite: Suite, name: str, published: Mapping[str, Any], rates: Mapping[str, Any]
) -> Expected:
    documents, topics = _published(suite, name, published)
    path = suite.root / "data" / name / "dataset.json"
    counted = path.is_file()
    if counted:
        counts = read_json(path)["counts"]
        documents, topics = counts["documents"], counts["test_judged"]
    units = [unit for unit in suite.units if suite.reported(unit) == name]
    runs = len(units) * sum(len(suite.seeds_of(system)) for system in suite.systems)
    level = suite.analysis.alpha / max(1, _claims(suite))
    mde = (
        minimum_detectable_effect(rates["difference_sd"] / topics**0.5, df=topics - 1, alpha=level)
        if topics is not None and topics > 1
        else nan
    )
    return Expected(
        dataset=name,
        documents=documents,
        test_topics=topics,
        counted=counted,
        runs=runs,
        core_hours=_core_hours(suite, units, documents, topics, rates),
        gigabytes=_gigabytes(suite, units, documents, topics, rates),
        mde=mde,
    )


def _claims(suite: Suite) -> int:
    roles = [contrast.role for contrast in suite.analysis.contrasts]
    return roles.count("confirmatory") * len(suite.datasets)


def _published(
    suite: Suite, name: str, published: Mapping[str, Any]
) -> tuple[int | None, int | None]:
    """Documents, and topics on the test side."""
    dataset = suite.datasets[name]
    ids = _ids(dataset.loader)
    corpus = _corpus(ids[0], published) if ids else ""
    if not corpus:
        return None, None
    documents: int = published["corpora"][corpus]["documents"]
    counted_on = ids[:1] if isinstance(dataset.split, Official) else ids
    counts = [published["topics"].get(one) for one in counted_on]
    if None in counts:
        return documents, None
    share = dataset.split.test if isinstance(dataset.split, Split) else 1.0
    return documents, round(share * sum(counts))


def _core_hours(
    suite: Suite,
    units: list[str],
    documents: int | None,
    topics: int | None,
    rates: Mapping[str, Any],
) -> float | None:
    """Trunk, trials, training and ranking on one core; BM25's index is left out."""
    if documents is None or topics is None:
        return None
    asked = suite.units[units[0]]
    if asked.retrieve == "pool":
        documents = min(documents, topics * asked.pool.depth)
    training, scale = suite.training, suite.backbone.max_document_tokens / rates["tokens"]
    texts = documents + topics
    seconds = len(units) * texts * scale / rates["trunk_texts_per_second"]
    trials = len(suite.selection.learning_rates)
    for name in suite.systems:
        if not suite.is_neural(name):
            continue
        n_seeds = len(suite.seeds_of(name))
        seconds += len(units) * n_seeds * texts * scale / rates["top_texts_per_second"]
        if suite.is_trained(name):
            trained = [u for u in units if not isinstance(suite.units[u].split, Transfer)]
            steps = len(trained) * (n_seeds + trials) * training.steps
            seconds += steps * training.batch_size * scale * rates["train_seconds_per_query"]
    return float(seconds / 3600)


def _gigabytes(
    suite: Suite,
    units: list[str],
    documents: int | None,
    topics: int | None,
    rates: Mapping[str, Any],
) -> float | None:
    """Texts, once a fold and once for all of them; BM25's index; the trunk's hidden states.

    These at most; where they are not kept, what every model found instead.
    """
    if documents is None or topics is None:
        return None
    several = len(units) + any(isinstance(suite.units[unit].split, Fold) for unit in units)
    whole = documents * rates["text_bytes_per_document"] * several
    whole += documents * rates["index_bytes_per_document"] * len(units)
    if suite.units[units[0]].retrieve == "stored":
        trunk = suite.backbone.max_document_tokens * rates["trunk_bytes_per_token"]
        return float(whole + documents * trunk * len(units)) / 1e9
    n_runs = sum(len(suite.streamed(unit)) for unit in units)
    return float(whole + n_runs * topics * RANKING_DEPTH * rates["found_bytes"]) / 1e9
