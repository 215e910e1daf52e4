"""How did this run come about? The ir_metadata 0.2 sidecar of one exported run.

Breuer, Keller & Schaer, ir_metadata, SIGIR 2022: platform, implementation, resources, research
goal, method, actor, data. Only what the results recorded: nothing of the machine that exports.
"""

from collections.abc import Mapping
from typing import Any

from maw import __version__
from maw.reporting.wording import system as described
from maw.settings.plan import Analysis
from maw.stages.finished.trec_files import SCORES

VERSION = "0.2"
TEST = "E2: queries crossed with systems, seeds nested in them; Satterthwaite's t"


def ir_metadata(
    *,
    about: Mapping[str, Any],
    cost: Mapping[str, Any],
    dataset: Mapping[str, Any],
    plan: Analysis,
    measures: list[str],
    command: str,
) -> dict[str, Any]:
    """about, cost: a run's run.json and cost.json; dataset: its dataset.json; command: the suite's.

    The actor stays open: who ran it, the results do not say.
    """
    name, spec = about["system"], cost["stamp"]["spec"]["system"]
    versions = dict(about.get("versions", {}))
    processor = versions.pop("processor", "")
    libraries = [f"{library}=={version}" for library, version in sorted(versions.items())]
    collection = {key: dataset[key] for key in ("name", "source", "licence") if dataset.get(key)}
    return {
        "schema version": VERSION,
        "platform": {
            "hardware": {
                **({"cpu": {"model": processor}} if processor else {}),
                **({"device": about["device"]} if about.get("device") else {}),
            },
            "software": {
                "retrieval toolkit": [f"maw=={__version__}"],
                **({"libraries": {"python": libraries}} if libraries else {}),
            },
        },
        "implementation": {
            "executable": {"cmd": command},
            "source": {"lang": ["python"], "hash": cost["stamp"]["code"]},
        },
        "resources": _resources(about, cost),
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
            "description": described(spec),
            "seed": about["seed"],
            "trained": about["trained"],
            "retrieval": [{"name": name, "method": spec["kind"]}],
            "score": SCORES,
        },
        "actor": {"name": None, "team": None, "role": "experimenter"},
        "data": {
            "test collection": {
                **collection,
                "sha256": dataset["sha256"],
                "qrels": "qrels.txt",
                "topics": f"the {dataset['counts']['test_judged']} judged of the test side",
            },
            **({"training data": _training(dataset)} if about["trained"] else {}),
        },
    }


def _resources(about: Mapping[str, Any], cost: Mapping[str, Any]) -> dict[str, Any]:
    """CPU time of training and ranking together, and apart; the largest memory of training."""
    parts = {
        "training": about.get("train_cpu_seconds"),
        "ranking": cost.get("rank_cpu_seconds"),
    }
    known = {name: seconds for name, seconds in parts.items() if seconds is not None}
    peak = about.get("train_peak_bytes")
    return {
        "runtime": {
            "user": f"{round(1000 * sum(known.values()))} ms",
            **{f"user {name}": f"{round(1000 * value)} ms" for name, value in known.items()},
        },
        **({"ram": {"used process": f"{round(peak / 1024)} KB"}} if peak else {}),
    }


def _training(dataset: Mapping[str, Any]) -> list[dict[str, Any]]:
    side = f"{dataset['counts']['train']} queries of the train side"
    return [{"name": dataset["name"], "topics": side}]
