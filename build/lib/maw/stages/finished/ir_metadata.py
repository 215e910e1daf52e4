"""The ir_metadata file beside an exported run, which says how it was made (format version 0.2).

Breuer, Keller & Schaer, ir_metadata, SIGIR 2022: platform, implementation, resources, research
goal, method, actor, data. It states what the results recorded and the version of maw that exports
them, but nothing about the machine that exports them.
"""

from collections.abc import Mapping
from typing import Any

from maw.reporting.wording import system as description_of
from maw.settings.plan import Analysis
from maw.settings.version import VERSION
from maw.stages.finished.trec_files import SCORES

FORMAT_VERSION = "0.2"
TEST = "E2: queries crossed with systems, seeds nested in them; Satterthwaite's t"
MILLISECONDS, KIBIBYTE = 1000, 1024


def ir_metadata(
    *,
    record: Mapping[str, Any],
    cost: Mapping[str, Any],
    dataset: Mapping[str, Any],
    plan: Analysis,
    measures: list[str],
    command: str,
) -> dict[str, Any]:
    """Return the content of the metadata file, with the parts and keys of ir_metadata.

    record: the content of the run's run.json, with the seconds, memory and versions of its
    training. cost, dataset: the content of its cost.json and its dataset.json. command: the command
    line that runs the suite again. The actor's name stays empty, because the results do not record
    who ran the suite.
    """
    name, spec = record["system"], cost["stamp"]["spec"]["system"]
    return {
        "schema version": FORMAT_VERSION,
        "platform": _platform(record),
        "implementation": {
            "executable": {"cmd": command},
            "source": {"lang": ["python"], "hash": cost["stamp"]["code"]},
        },
        "resources": _resources(record, cost),
        "research goal": {
            "evaluation": {
                "reported measures": measures,
                "baseline": [p.baseline for p in plan.contrasts if p.system == name],
                "significance test": [{"name": TEST, "correction method": "holm"}],
                "plan": plan.digest(),
            }
        },
        "method": {
            "automatic": True,
            "name": name,
            "description": description_of(spec),
            "seed": record["seed"],
            **_origin(record),
            "retrieval": [{"name": name, "method": spec["kind"]}],
            "score": SCORES,
        },
        "actor": {"name": None, "team": None, "role": "experimenter"},
        "data": _data(dataset, trained=record["trained"]),
    }


def _origin(record: Mapping[str, Any]) -> dict[str, Any]:
    """Return whether the system was trained; of a run that was made elsewhere, its file's hash."""
    if "file_sha256" in record:
        return {"made": record["made"], "sha256": record["file_sha256"]}
    return {"trained": record["trained"]}


def _platform(record: Mapping[str, Any]) -> dict[str, Any]:
    """Return the part `platform`: processor, device and libraries that the run recorded.

    A key is left out where nothing was recorded. The version of maw is that of this code.
    """
    versions = dict(record.get("versions", {}))
    processor = versions.pop("processor", "")
    libraries = [f"{library}=={version}" for library, version in sorted(versions.items())]
    return {
        "hardware": {
            **({"cpu": {"model": processor}} if processor else {}),
            **({"device": record["device"]} if record.get("device") else {}),
        },
        "software": {
            "retrieval toolkit": [f"maw=={VERSION}"],
            **({"libraries": {"python": libraries}} if libraries else {}),
        },
    }


def _resources(record: Mapping[str, Any], cost: Mapping[str, Any]) -> dict[str, Any]:
    """Return the part `resources`: CPU time of training, of ranking, and their sum; peak memory.

    The peak memory is that of the training. A part without a record is left out, such as the
    training of an untrained run.
    """
    parts = {
        "training": record.get("train_cpu_seconds"),
        "ranking": cost.get("rank_cpu_seconds"),
    }
    seconds_of = {name: seconds for name, seconds in parts.items() if seconds is not None}
    peak_bytes = record.get("train_peak_bytes")
    runtime = {
        "user": _milliseconds(sum(seconds_of.values())),
        **{f"user {name}": _milliseconds(seconds) for name, seconds in seconds_of.items()},
    }
    return {
        **({"runtime": runtime} if seconds_of else {}),
        **({"ram": {"used process": f"{round(peak_bytes / KIBIBYTE)} KB"}} if peak_bytes else {}),
    }


def _milliseconds(seconds: float) -> str:
    return f"{round(MILLISECONDS * seconds)} ms"


def _data(dataset: Mapping[str, Any], *, trained: bool) -> dict[str, Any]:
    """Return the part `data`: the test collection, and a trained system's training queries."""
    collection = {key: dataset[key] for key in ("name", "source", "licence") if dataset.get(key)}
    counts = dataset["counts"]
    training_data = {
        "name": dataset["name"],
        "topics": f"{counts['train']} queries of the train split",
    }
    return {
        "test collection": {
            **collection,
            "sha256": dataset["sha256"],
            "qrels": "qrels.txt",
            "topics": f"the {counts['test_judged']} judged queries of the test split",
        },
        **({"training data": [training_data]} if trained else {}),
    }
