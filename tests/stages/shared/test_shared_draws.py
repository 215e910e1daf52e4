"""Draws are compared between the trainings of one dataset or fold, and counted by contrast."""

from pathlib import Path
from typing import Any

import pytest

from maw.errors import InputError
from maw.stages.shared.run_folders import RunFolders
from maw.stages.shared.shared_draws import (
    Training,
    refuse_independent,
    refuse_seeds_alike,
    refuse_unknown,
    rows,
    trainings_of,
)

SHARED = {"system": "new", "baseline": "old", "seeds": "shared"}
INDEPENDENT = SHARED | {"seeds": "independent"}


def training(
    system: str, seed: int, draws: str, *, dataset: str = "d", place: str | None = None
) -> Training:
    """Return a training whose digests are the letters of `draws`."""
    place = place or dataset
    path = Path(place, system, f"seed{seed}", "run.json")
    return Training(dataset, place, system, seed, path, list(draws))


def test_one_seed_may_draw_the_same_and_so_may_two_seeds_of_two_datasets() -> None:
    refuse_seeds_alike(
        [
            training("new", 1, "abc"),
            training("old", 1, "abx"),
            training("old", 2, "pqr"),
            training("old", 2, "abc", dataset="e"),
        ]
    )


def test_a_transferred_model_is_one_training() -> None:
    refuse_seeds_alike([training("new", 1, "ab"), training("new", 1, "ab", dataset="e", place="d")])


def test_two_seeds_that_drew_the_same_are_refused_though_one_trained_longer() -> None:
    first_batch_by_chance = training("other", 3, "axy")
    trainings = [first_batch_by_chance, training("new", 1, "abc"), training("old", 2, "ab")]
    with pytest.raises(InputError, match="seeds 1 and 2 drew the same batches in 2 of 3 steps"):
        refuse_seeds_alike(trainings)
    refuse_seeds_alike(trainings[:2])


def test_independent_systems_may_have_equal_seeds_where_they_draw_otherwise() -> None:
    refuse_independent([training("new", 1, "abc"), training("old", 1, "xbc")], [INDEPENDENT])


def test_shared_seeds_of_a_training_that_tells_no_draws_are_refused() -> None:
    runs = [
        RunFolders({"dataset": "d", "system": name, "seed": 1}, Path(name), Path(name))
        for name in ("new", "old", "bm25")
    ]
    records: list[dict[str, Any]] = [
        {"trained": True, "draws": ["a"]},
        {"trained": True},
        {"trained": False},
    ]
    assert [one.system for one in trainings_of(runs, records)] == ["new"]
    refuse_unknown(runs, records, [INDEPENDENT, {**SHARED, "baseline": "bm25"}])
    message = "^old/run.json: does not record what was drawn, so the seeds of 'new' against 'old' "
    with pytest.raises(InputError, match=message):
        refuse_unknown(runs, records, [SHARED])


def test_independent_systems_that_begin_alike_are_refused() -> None:
    trainings = [training("new", 1, "abc"), training("old", 1, "abxyz")]
    refuse_independent(trainings, [SHARED])
    with pytest.raises(InputError, match="in 2 of 5 steps, but the plan calls the seeds of 'new'"):
        refuse_independent(trainings, [INDEPENDENT])


def test_a_row_tells_how_many_steps_a_contrast_shares_at_a_seed() -> None:
    trainings = [
        *(training("old", seed, f"{seed}bc") for seed in (1, 2, 3)),
        *(training("new", seed, draws) for seed, draws in ((1, "1bcdef"), (2, "xyz"), (4, "4bc"))),
    ]
    table = rows(trainings, [SHARED])
    assert table["seed"].tolist() == [1, 2]
    assert table["shared_steps"].tolist() == [3, 0]
    assert table["steps"].tolist() == [6, 3]


def test_the_folds_of_a_dataset_are_added_up_and_other_datasets_are_not() -> None:
    trainings = [
        training(system, 1, draws, dataset=dataset, place=place)
        for system, end in (("new", "z"), ("old", "y"))
        for dataset, place, draws in (
            ("d", "d.fold1", f"ab{end}"),
            ("d", "d.fold2", f"c{end}"),
            ("e", "e", "klm"),
        )
    ]
    table = rows(trainings, [SHARED])
    assert table["dataset"].tolist() == ["d", "e"]
    assert table["shared_steps"].tolist() == [3, 3]
    assert table["steps"].tolist() == [5, 3]


def test_a_suite_without_a_contrast_of_trained_systems_has_the_columns_nonetheless() -> None:
    columns = ["dataset", "system", "baseline", "seed", "shared_steps", "steps"]
    assert list(rows([training("new", 1, "a")], [SHARED]).columns) == columns
    assert rows([], []).empty
