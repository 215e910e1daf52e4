"""Each set of seeds is one look; those that the plan does not declare are counted."""

from maw.stages.finished.looks import SeenSeeds, looked, told, undeclared


def looks_at(*sets: list[int]) -> list[SeenSeeds]:
    """Return the looks at these sets of seeds, one after the other."""
    looks: list[SeenSeeds] = []
    for seeds in sets:
        looks = looked(looks, seeds=seeds, plan="p")
    return looks


def test_the_same_seeds_are_the_same_look_in_any_order_and_under_any_plan() -> None:
    looks = looks_at([42, 43, 44], [44, 43, 42])
    assert [look.seeds for look in looks] == [(42, 43, 44)]
    assert looked(looks, seeds=[42, 43, 44], plan="q") == looks
    assert looks[0].plan == "p"
    assert looks[0].seen.endswith("+00:00")


def test_without_declared_looks_every_other_set_of_seeds_is_undeclared() -> None:
    assert undeclared(looks_at([1, 2]), seeds=[1, 2], declared=[]) == 0
    assert undeclared(looks_at([1, 2], [1, 2, 3]), seeds=[1, 2, 3], declared=[]) == 1
    assert undeclared(looks_at([1, 2], [1, 2, 3], [7, 8]), seeds=[1, 2], declared=[]) == 2


def test_declared_looks_are_the_first_of_their_size_among_the_present_seeds() -> None:
    both = looks_at([1, 2], [1, 2, 3, 4])
    assert undeclared(both, seeds=[1, 2, 3, 4], declared=[2, 4]) == 0
    assert undeclared(both, seeds=[1, 2], declared=[2, 4]) == 0  # gone back to
    between = looks_at([1, 2], [1, 2, 3], [1, 2, 3, 4])
    assert undeclared(between, seeds=[1, 2, 3, 4], declared=[2, 4]) == 1
    twice = looks_at([1, 2], [3, 4], [1, 2, 3, 4])
    assert undeclared(twice, seeds=[1, 2, 3, 4], declared=[2, 4]) == 1
    elsewhere = looks_at([7, 8], [1, 2, 3, 4])
    assert undeclared(elsewhere, seeds=[1, 2, 3, 4], declared=[2, 4]) == 1


def test_undeclared_looks_are_told_and_no_look_is_not() -> None:
    assert told(0) == ""
    assert told(1) == (
        "; the scores were also seen with another set of seeds, which the plan does not declare"
    )
    assert "with 3 other sets of seeds" in told(3)
