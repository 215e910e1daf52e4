"""Mutation testing: does some test fail if an expression of the statistics is changed?

    python benchmarks/mutants.py [--resume] [--sample 400] [--only maw/significance/words.py]

mutmut changes one expression of a function at a time (a comparison, a constant, an operator, an
argument, a returned value); such a changed program is a mutant. It runs the tests that call the
function, and a mutant that fails none of them has survived. All mutants of what reads words and
limits (`FULL`) are run, and a seeded sample of all others in maw/significance, maw/verdicts and
maw/measures: each file has its share, and at least one. mutmut leaves out functions with a
decorator and constants outside functions.

A survivor is either a gap in the tests, which has to be closed, or it computes the same. The latter
are argued in tests/mutants_survivors.md. The program ends with exit code 1 where fewer than 90 % of
the mutants are killed, and where a survivor is not argued.

The mutants run in a copy of the sources, results/mutants/tree, so that these may be edited
meanwhile. `--resume` continues in the copy of the last run; it sees no test that was written since.
Writes results/mutants/mutants.csv, a row for each mutant. Functions that are only told
`strict=True` are not mutants: a zip of lists of unequal length is a mistake in the program that no
test can make. Tests that were written for the survivors of a sample say nothing about the mutants
outside it: the first run of a sample is the honest estimate for those.
"""

import argparse
import contextlib
import csv
import io
import json
import random
import re
import shutil
import subprocess
import sys
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
OUT = ROOT / "results" / "mutants"
ARGUED = Path("tests/mutants_survivors.md")
FOLDERS = ("maw/significance", "maw/verdicts", "maw/measures")
FULL = tuple(f"maw/significance/{name}.py" for name in ("words", "claims", "nesting"))
SEED, GOAL, PROCESSES = 15, 0.9, 2
SKIPPED = 34  # mutmut's exit code of a mutant that is not to run
# what tests need beside the package
COPIED = ("maw", "tests", "benchmarks", "workflow", "pyproject.toml")

# exit code of a mutant's tests -> its fate; mutmut stores the exit codes
KILLED, SURVIVED, TIMEOUT, UNTESTED = "killed", "survived", "timeout", "no tests"
FATES = {1: KILLED, 3: KILLED, 0: SURVIVED, 5: UNTESTED, 33: UNTESTED, 36: TIMEOUT, 24: TIMEOUT}


@dataclass(frozen=True, slots=True)
class Mutant:
    """One changed expression. name: mutmut's; before, after: the lines that differ."""

    file: str
    name: str
    before: str
    after: str

    @property
    def function(self) -> str:
        """Return the name of the function, or class.method."""
        mangled = self.name.rpartition("__mutmut_")[0].rpartition(".")[2]
        if mangled.startswith("x_"):
            return mangled.removeprefix("x_")
        return ".".join(mangled.split("ǁ")[1:])

    @property
    def key(self) -> tuple[str, str, str, str]:
        """Return what identifies the mutant while other lines of its file change."""
        return self.file, self.function, self.before, self.after


def generate() -> None:
    """Write all mutants of this folder's `FOLDERS` below mutants/, without running any."""
    from mutmut.__main__ import copy_also_copy_files, copy_src_dir, create_mutants

    Path("mutants").mkdir()
    with contextlib.redirect_stdout(io.StringIO()):  # a line for each file
        copy_src_dir()
        copy_also_copy_files()
        create_mutants(PROCESSES)


def mutants_of(file: str) -> list[Mutant]:
    """Return the mutants of a file that were generated, but those of `strict=`."""
    code = Path("mutants", file).read_text(encoding="utf-8")
    lines = re.sub(r"__mutmut_(orig|\d+)\b", "", code).splitlines()  # the names differ, too
    spans = read_json(file, "spans")["spans"]  # function -> its first and last line, from 1
    mutants = []
    for name in read_json(file, "meta")["exit_code_by_key"]:
        changed = name.rpartition(".")[2]
        original = changed.rpartition("__mutmut_")[0] + "__mutmut_orig"
        sources = (lines[spans[key][0] - 1 : spans[key][1]] for key in (original, changed))
        before, after = differing(*sources)
        if without_strict(before) != without_strict(after):
            mutants.append(Mutant(file, name, before, after))
    return mutants


def read_json(file: str, kind: str) -> dict[str, Any]:
    """Return what mutmut has written about a file. kind: "meta" or "spans"."""
    content: dict[str, Any] = json.loads(meta_path(file, kind).read_text(encoding="utf-8"))
    return content


def meta_path(file: str, kind: str) -> Path:
    return Path("mutants", f"{file}.{kind}")


def skip_all_but(names: Collection[str], files: Sequence[str]) -> None:
    """Tell mutmut not to run the other mutants of the files. names: of those to run."""
    for file in files:
        meta = read_json(file, "meta")
        codes = meta["exit_code_by_key"]
        meta["exit_code_by_key"] = {
            name: code if name in names else SKIPPED for name, code in codes.items()
        }
        meta_path(file, "meta").write_text(json.dumps(meta), encoding="utf-8")


def differing(before: Sequence[str], after: Sequence[str]) -> tuple[str, str]:
    """Return the lines between the first and the last that differ, without their indentation."""
    start = 0
    while start < min(len(before), len(after)) and before[start] == after[start]:
        start += 1
    end = 0
    while end < min(len(before), len(after)) - start and before[-1 - end] == after[-1 - end]:
        end += 1
    parts = (lines[start : len(lines) - end] for lines in (before, after))
    old, new = ("\n".join(line.strip() for line in part) for part in parts)
    return old, new


def without_strict(line: str) -> str:
    """Return a line without the argument `strict` of zip."""
    return re.sub(r",\s*(strict=\w+)?\)", ")", line)


def sampled(
    mutants: Mapping[str, Sequence[Mutant]], *, n: int, generator: random.Random
) -> list[Mutant]:
    """Return n mutants: from each file in proportion to its mutants, and at least one.

    mutants: file -> its mutants. Shares are rounded down, and the files with the largest remainders
    have one more each.
    """
    filled = {file: some for file, some in mutants.items() if some}
    total = sum(map(len, filled.values()))
    shares = {file: len(some) * n / total for file, some in filled.items()}
    counts = {file: max(1, int(share)) for file, share in shares.items()}
    by_remainder = sorted(shares, key=lambda file: int(shares[file]) - shares[file])
    for file in by_remainder[: max(0, n - sum(counts.values()))]:
        counts[file] += 1
    return list(
        chain.from_iterable(
            generator.sample(filled[file], min(count, len(filled[file])))
            for file, count in counts.items()
        )
    )


def chosen_mutants(files: Sequence[str], *, n: int, only: str | None) -> list[Mutant]:
    """Return the mutants to run: all of one file, or all of `FULL` and n of the others."""
    if only:
        return mutants_of(only)
    by_file = {file: mutants_of(file) for file in files}
    full = [mutant for file in FULL for mutant in by_file.pop(file)]
    return full + sampled(by_file, n=n, generator=random.Random(SEED))


def fates(files: Sequence[str]) -> dict[str, str]:
    """Return name -> fate of the mutants of these files that have run."""
    codes = {k: v for file in files for k, v in read_json(file, "meta")["exit_code_by_key"].items()}
    return {name: fate_of(code) for name, code in codes.items() if code not in (None, SKIPPED)}


def fate_of(exit_code: int) -> str:
    """Return what an exit code of a mutant's tests says; another one than pytest's is a crash."""
    return FATES.get(exit_code, KILLED if exit_code < 0 else f"exit code {exit_code}")


def argued(text: str) -> set[tuple[str, str, str, str]]:
    """Return the keys of the mutants that a list of survivors argues.

    A heading `## file, function` is followed by blocks of ```diff with the lines before and after.
    """
    keys = set()
    for heading, body in re.findall(r"^## (.+)\n((?:(?!## ).*\n?)*)", text, flags=re.MULTILINE):
        file, function = heading.strip().split(", ")
        for block in re.findall(r"```diff\n(.*?)```", body, flags=re.DOTALL):
            before, after = (
                "\n".join(line[1:].strip() for line in block.splitlines() if line[:1] == sign)
                for sign in "-+"
            )
            keys.add((file, function, before, after))
    return keys


def block_of(mutant: Mutant) -> str:
    """Return a mutant as it stands in the list of survivors."""
    removed = "".join(f"-{line}\n" for line in mutant.before.splitlines())
    added = "".join(f"+{line}\n" for line in mutant.after.splitlines())
    return f"## {mutant.file}, {mutant.function}\n```diff\n{removed}{added}```\n"


def copy_sources(tree: Path) -> None:
    """Copy the sources into a new folder."""
    shutil.rmtree(tree, ignore_errors=True)
    tree.mkdir(parents=True)
    for name in COPIED:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, tree / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy2(source, tree / name)


def write_table(mutants: Sequence[Mutant], found: Mapping[str, str], path: Path) -> None:
    """Write a row for each mutant."""
    with path.open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file)
        table.writerow(["file", "function", "mutant", "fate", "before", "after"])
        for m in mutants:
            row = [m.file, m.function, m.name, found.get(m.name, "not run"), m.before, m.after]
            table.writerow(row)


def summary(mutants: Sequence[Mutant], found: Mapping[str, str]) -> tuple[float, list[Mutant]]:
    """Return the share of mutants that were killed, and the others. A timeout is a kill."""
    others = [m for m in mutants if found.get(m.name) not in (KILLED, TIMEOUT)]
    return 1 - len(others) / len(mutants), others


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--resume", action="store_true", help="continue the last run")
    parser.add_argument("--sample", type=int, default=400, help="mutants beside those run in full")
    parser.add_argument("--only", help="all mutants of this file and no others")
    options = parser.parse_args()
    tree = OUT / "tree"
    if not options.resume:
        copy_sources(tree)
    with contextlib.chdir(tree):
        files = sorted(str(path) for folder in FOLDERS for path in Path(folder).glob("*.py"))
        if not options.resume:
            generate()
        mutants = chosen_mutants(files, n=options.sample, only=options.only)
        skip_all_but({mutant.name for mutant in mutants}, files)
        # mutmut runs what has no exit code yet
        command = [sys.executable, "-m", "mutmut", "run", "--max-children", str(PROCESSES)]
        subprocess.run(command, check=True)
        found = fates(files)
    write_table(mutants, found, OUT / "mutants.csv")
    share, others = summary(mutants, found)
    known = argued((ROOT / ARGUED).read_text(encoding="utf-8"))
    unargued = [mutant for mutant in others if mutant.key not in known]
    for mutant in unargued:
        print(block_of(mutant))
    n_others = len(others) - len(unargued)
    print(f"{len(mutants)} mutants, {share:.1%} killed; {n_others} others argued in {ARGUED}")
    if share < GOAL or unargued:
        sys.exit(1)


if __name__ == "__main__":
    main()
