"""The JSON of a comparison is what its schema says, with the numbers of the tables."""

import json
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from maw.comparison import Comparison, conclude
from maw.reporting.comparison_json import SCHEMA
from maw.runs.content import Input
from maw.runs.evidence import Evidence
from maw.runs.notices import Notice
from maw.settings.plan import Analysis
from tests.scored import plan_of, scored

ROOT = Path(__file__).parents[2]
Q = 30
PLANS = {
    "claims": plan_of(("new", "old"), ("new", "zero"), ("old", "zero", "reference")),
    "too few seeds": plan_of(("new", "old"), trained=("old",)),
    "no claim": plan_of(("new", "old", "exploratory")),
    "non-inferiority": Analysis.checked(
        {
            "contrasts": [
                {"system": "new", "baseline": "old", "role": "non-inferiority", "margin": 0.02}
            ]
        },
        source="test",
    ),
}


def compared(plan: Analysis, *, is_planned: bool = True) -> Comparison:
    generator = np.random.default_rng(0)
    old = generator.uniform(0.2, 0.6, (Q, 1))
    tables = {"new": old + generator.normal(0.1, 0.02, (Q, 3)), "old": old, "zero": old - 0.1}
    notices = (Notice("unjudged", "new.run", 3, "3 documents are unjudged"),)
    inputs = (Input("new.run", "ab" * 32), Input("runs['old']", ""))
    evidence = Evidence(scored(tables), ("nDCG@10",), notices, inputs)
    return conclude(evidence, plan=plan, texts={"q03": "what?"}, is_planned=is_planned)


def validate(content: dict[str, Any]) -> None:
    """Raise an error where the content is not what the committed schema says.

    The schema forbids no further key; here a key that it does not describe is an error, so that
    the page and the program do not drift apart.
    """
    jsonschema = import_module("jsonschema")
    schema = json.loads((ROOT / "docs/compare.schema.json").read_text(encoding="utf-8"))
    validator = jsonschema.Draft202012Validator
    validator.check_schema(schema)
    validator(closed(schema)).validate(content)


def closed(schema: Any) -> Any:
    """Return a schema in which an object has no key but those that are described."""
    if isinstance(schema, list):
        return [closed(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    content = {key: closed(value) for key, value in schema.items()}
    if content.get("type") == "object" and "properties" in content:
        content["additionalProperties"] = False
    return content


@pytest.mark.parametrize("name", PLANS)
def test_the_document_is_what_the_schema_says(name: str) -> None:
    content = json.loads(compared(PLANS[name]).to_json())
    validate(content)
    assert content["schema"] == SCHEMA == "maw.compare/1"


def test_a_claim_has_the_numbers_of_its_row() -> None:
    comparison = compared(PLANS["claims"])
    content = json.loads(comparison.to_json())
    (claim,) = content["claims"]
    (row,) = comparison.claims.to_dict("records")
    assert (claim["system"], claim["controls"]) == ("new", ["old", "zero"])
    assert (claim["word"], claim["decided_by"]) == (row["word"], "old")
    for name in ("estimate", "lower", "upper", "upper_gain", "level", "p_bonferroni"):
        assert claim[name] == row[name]
    assert (claim["n_topics"], claim["n_seeds"], claim["n_clusters"]) == (Q, 3, None)
    assert [(one["system"], one["role"], one["word"]) for one in content["contrasts"]] == [
        ("new", "confirmatory", row["word"]),
        ("new", "confirmatory", row["word"]),
        ("old", "reference", None),
    ]
    assert content["plan"]["sha256"] == comparison.plan.digest()
    assert Analysis.checked(content["plan"]["content"], source="test") == comparison.plan
    assert content["answers"] == [
        {"dataset": "toy", "heading": "Yes, on toy: new ranks better than all 2 controls."}
    ]
    assert content["inputs"] == [
        {"origin": "new.run", "sha256": "ab" * 32},
        {"origin": "runs['old']", "sha256": None},
    ]
    assert content["warnings"][0] == {
        "code": "unjudged", "subject": "new.run", "count": 3, "text": "3 documents are unjudged",
    }  # fmt: skip


def test_what_does_not_exist_is_null_and_no_text_that_json_lacks() -> None:
    text = compared(PLANS["too few seeds"]).to_json()
    assert "NaN" not in text
    assert "Infinity" not in text
    (claim,) = json.loads(text)["claims"]
    assert claim["word"] == "not estimable"
    assert (claim["lower"], claim["p"]) == (None, None)


def test_non_inferiority_has_its_margin_and_its_word() -> None:
    content = json.loads(compared(PLANS["non-inferiority"]).to_json())
    assert content["claims"] == []
    (contrast,) = content["contrasts"]
    assert (contrast["margin"], contrast["word"]) == (0.02, "non-inferior")
    assert content["answers"][0]["heading"].startswith("Yes, on toy: new is not worse than old")


def test_tiers_and_turned_topics_have_the_numbers_of_their_tables() -> None:
    comparison = compared(PLANS["claims"], is_planned=False)
    content = json.loads(comparison.to_json())
    validate(content)
    (tiers,) = content["tiers"]
    assert tiers["n_pairs"] == 3
    # old and zero differ by the same number on every topic, so that no test can be made
    assert [one["tier"] for one in tiers["systems"]] == ["a", "b", "b"]
    assert [one["system"] for one in tiers["systems"]] == ["new", "old", "zero"]
    assert [(one["system"], one["baseline"]) for one in content["flips"]] == [
        ("new", "old"), ("new", "zero"), ("old", "zero"),
    ]  # fmt: skip
    assert all(one["n_hits"] == Q for one in content["flips"])
    planned = json.loads(compared(PLANS["claims"]).to_json())
    assert planned["tiers"] == []


def test_a_topic_that_turns_has_its_text_where_it_is_known() -> None:
    old = np.linspace(0.1, 1, 6)[:, None]
    tables = {"old": old, "new": np.where(old > 0.5, old, 0.0)}
    evidence = Evidence(scored(tables), ("nDCG@10",), ())
    plan = plan_of(("new", "old"))
    content = json.loads(conclude(evidence, plan=plan, texts={"q01": "what?"}).to_json())
    validate(content)
    (flips,) = content["flips"]
    assert [(one["topic"], one["text"]) for one in flips["lost"]] == [
        ("q02", None), ("q01", "what?"), ("q00", None),
    ]  # fmt: skip
    assert (flips["gained"], flips["p_exact"]) == ([], None)


def test_a_document_that_lacks_a_key_does_not_fit_the_schema() -> None:
    content = json.loads(compared(PLANS["claims"]).to_json())
    del content["claims"][0]["word"]
    with pytest.raises(import_module("jsonschema").ValidationError, match="'word' is a required"):
        validate(content)
