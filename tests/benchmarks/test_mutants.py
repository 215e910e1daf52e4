"""The choice of mutants and the list of survivors; no mutant is run."""

import random
from collections.abc import Sequence
from pathlib import Path

import mutants
import pytest
from mutants import Mutant

ROOT = Path(__file__).parents[2]


def some(file: str, n: int) -> list[Mutant]:
    return [Mutant(file, f"maw.{file}.x_f__mutmut_{i}", "x = 1", f"x = {i}") for i in range(n)]


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        (["a", "  b", "c"], ["a", "  d", "c"], ("b", "d")),
        (["a", "b"], ["a", "b", "b"], ("", "b")),
        (["f(", " x,", " y,", ")"], ["f(", " y,", ")"], ("x,", "")),
        (["a", "b", "c"], ["x", "b", "y"], ("a\nb\nc", "x\nb\ny")),
        (["a"], ["a"], ("", "")),
    ],
)
def test_a_mutant_shows_the_lines_that_differ(
    before: Sequence[str], after: Sequence[str], expected: tuple[str, str]
) -> None:
    assert mutants.differing(before, after) == expected


@pytest.mark.parametrize("changed", ["zip(a, b, strict=False)", "zip(a, b, )", "zip(a, b)"])
def test_the_guard_of_zip_is_no_mutant(changed: str) -> None:
    assert mutants.without_strict(changed) == mutants.without_strict("zip(a, b, strict=True)")
    assert mutants.without_strict(changed) != mutants.without_strict("zip(b, a, strict=True)")


def test_a_function_is_named_as_in_the_source() -> None:
    assert some("maw/a.py", 1)[0].function == "f"
    method = Mutant("maw/a.py", "maw.a.xǁContrastǁhalf_width__mutmut_12", "", "")
    assert method.function == "Contrast.half_width"


@pytest.mark.parametrize(
    ("sizes", "n", "counts"),
    [
        ({"a": 100, "b": 50, "c": 50}, 8, {"a": 4, "b": 2, "c": 2}),
        ({"a": 100, "b": 1, "c": 0}, 10, {"a": 9, "b": 1}),
        ({"a": 55, "b": 45}, 10, {"a": 6, "b": 4}),
        ({"a": 3, "b": 2}, 10, {"a": 3, "b": 2}),
    ],
)
def test_each_file_has_its_share_and_at_least_one(
    sizes: dict[str, int], n: int, counts: dict[str, int]
) -> None:
    population = {file: some(file, size) for file, size in sizes.items()}
    chosen = mutants.sampled(population, n=n, generator=random.Random(1))
    assert {file: sum(m.file == file for m in chosen) for file in counts} == counts
    assert len(set(chosen)) == len(chosen) == sum(counts.values())
    assert chosen == mutants.sampled(population, n=n, generator=random.Random(1))


@pytest.mark.parametrize(
    ("exit_code", "fate"),
    [(0, "survived"), (1, "killed"), (33, "no tests"), (36, "timeout"), (-11, "killed"),
     (2, "exit code 2")],
)  # fmt: skip
def test_exit_codes_are_fates(exit_code: int, fate: str) -> None:
    assert mutants.fate_of(exit_code) == fate


def test_what_survived_or_did_not_run_is_not_killed() -> None:
    population = some("maw/a.py", 4)
    found = dict(zip((m.name for m in population), ("killed", "timeout", "survived"), strict=False))
    share, others = mutants.summary(population, found)
    assert share == 0.5
    assert others == population[2:]


def test_a_survivor_is_found_in_the_list_by_its_lines() -> None:
    first, second, third = some("maw/a.py", 3)
    split = Mutant("maw/a.py", "maw.a.x_g__mutmut_1", "f(\nx,\n)", "f(\n)")
    text = f"# Survivors\n\n{mutants.block_of(first)}\nThey are equal.\n\n{mutants.block_of(split)}"
    text += "```diff\n-x = 1\n+x = 2\n```\nBecause.\n"
    keys = mutants.argued(text)
    assert first.key in keys
    assert split.key in keys
    assert second.key not in keys
    assert ("maw/a.py", "g", "x = 1", "x = 2") in keys
    assert third.key not in keys


def test_every_survivor_in_the_list_is_argued_and_in_a_file_that_exists() -> None:
    text = (ROOT / mutants.ARGUED).read_text(encoding="utf-8")
    for file, _, before, after in mutants.argued(text):
        assert (ROOT / file).is_file()
        code = (ROOT / file).read_text(encoding="utf-8")
        assert all(line in code for line in before.splitlines()), f"{file} no longer has {before}"
        assert before != after
    for section in text.split("\n## ")[1:]:
        argument = section.rpartition("```")[2].strip()
        assert len(argument.split()) >= 5, section


def test_the_files_that_are_run_in_full_exist() -> None:
    assert all((ROOT / file).is_file() for file in mutants.FULL)
