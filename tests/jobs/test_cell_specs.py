"""Every cell has the stamps of its own scores and of the main run, and changes no other job."""

import pytest

from maw.jobs import cell_specs, suite_specs
from maw.jobs.expected_stamps import expected_digest, run_stamps
from maw.jobs.job_key import JobKey
from tests.smoke_suite import smoke_suite

CELLS = {"seeds": [42], "systems": ["maw_grpo"], "baseline": "non_maw"}


def test_every_cell_has_the_stamps_of_its_own_scores_and_of_the_main_run() -> None:
    suite = smoke_suite(cells=CELLS)
    spec = cell_specs.cells(suite)
    assert [(cell["learning_rate"], cell["system"], cell["seed"]) for cell in spec["cells"]] == [
        (repr(learning_rate), system, 42)
        for learning_rate in suite.selection.learning_rates
        for system in ("maw_grpo", "non_maw")
    ]
    job = JobKey(dataset="tiny", system="maw_grpo", seed=42, learning_rate=1e-4)
    assert spec["cells"][0]["stamps"] == {
        "cell": expected_digest("cell", suite, job=job),
        "main": run_stamps(suite, job)["evaluate"],
    }
    assert spec["analysis"]["contrasts"] == []
    with pytest.raises(ValueError, match="this suite has no cells; add the key `cells`"):
        cell_specs.cells(smoke_suite())


def test_cells_change_no_other_job() -> None:
    suite, without = smoke_suite(cells={**CELLS, "seeds": [42, 43]}), smoke_suite()
    job = JobKey(dataset="tiny", system="maw_grpo", seed=42)
    for stage in ("train", "rank", "collect", "compare", "report", "tables"):
        before = suite_specs.specification(stage, without, job=job)
        assert suite_specs.specification(stage, suite, job=job) == before


def test_cells_of_two_seeds_have_stamps_of_their_own_and_share_those_of_the_main_runs() -> None:
    suite = smoke_suite(cells={**CELLS, "seeds": [42, 43]})
    spec = suite_specs.specification("cells", suite)
    n_learning_rates = len(suite.selection.learning_rates)
    stamps = [stamp for cell in spec["cells"] for stamp in cell["stamps"].items()]
    assert len({stamp for kind, stamp in stamps if kind == "cell"}) == n_learning_rates * 2 * 2
    assert len({stamp for kind, stamp in stamps if kind == "main"}) == 2 * 2
