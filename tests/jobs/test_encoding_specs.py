"""The specifications of jobs before training hold the collection, and every number of layers."""

import pytest

from maw.jobs import encoding_specs
from maw.jobs.job_key import JobKey
from maw.settings.sections import RANKING_DEPTH
from tests.smoke_suite import TINY, smoke_content, smoke_suite

RUN = JobKey(dataset="tiny", system="maw_grpo", seed=42)


def test_a_holdout_may_be_named_and_is_written_as_before() -> None:
    named, plain = (
        encoding_specs.prepare(
            smoke_suite(datasets={"a": {**TINY, "split": {**kind, "salt": "s"}}}),
            JobKey(dataset="a"),
        )
        for kind in ({"kind": "holdout"}, {})
    )
    assert named == plain
    # options that came later are not in the specification where they are not used
    assert set(plain) == {"dataset", "loader", "split", "pool"}
    assert set(plain["split"]) == {"train", "dev", "test", "salt"}


def test_further_numbers_of_trained_layers_are_encoded_for_all() -> None:
    content = smoke_content()
    last2 = {**content["systems"]["non_maw"], "trained_layers": 2}
    suite = smoke_suite(systems={**content["systems"], "last2": last2})
    assert encoding_specs.encode(suite, RUN)["further"] == [2]
    every = {**last2, "trained_layers": "all"}
    several = smoke_suite(systems={**content["systems"], "last2": last2, "every": every})
    assert encoding_specs.encode(several, RUN)["further"] == [2, "all"]
    assert encoding_specs.encode(smoke_suite(), RUN)["further"] == []
    assert "documents" not in encoding_specs.encode(suite, RUN)
    streamed = smoke_suite(datasets={"tiny": {**TINY, "retrieve": "corpus"}})
    assert encoding_specs.encode(streamed, RUN)["documents"] == "of training alone"


@pytest.mark.parametrize("retrieve", ["corpus", "pool"])
def test_streaming_ranks_every_run_of_a_bi_encoder_in_order(retrieve: str) -> None:
    suite = smoke_suite(datasets={"tiny": {**TINY, "retrieve": retrieve}})
    spec = encoding_specs.stream(suite, RUN)
    runs = [(run["name"], run["seed"], run["trained"]) for run in spec["runs"]]
    assert runs == [
        ("non_maw_zeroshot", 0, False),
        *(
            (system, seed, True)
            for system in ("non_maw", "maw_supervised", "maw_grpo")
            for seed in (42, 43)
        ),
    ]
    assert spec["depth"] == RANKING_DEPTH
    assert ("pool" in spec) == (retrieve == "pool")
