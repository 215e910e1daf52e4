"""The contents of the site name every page once, and every page's examples are run by a test."""

import re
from pathlib import Path

import pytest

from tests.workflow.test_readme import commands as commands_of_readme

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
EXAMPLE = re.compile(r"^```(sh|python|yaml|toml)\n", re.MULTILINE)
INCLUDED = re.compile(r"^```\{include\} (\S+)\n```$", re.MULTILINE)
# page with commands or code -> the test that runs them
RUN_BY = {
    "start": "tests/docs/test_contents.py",
    "cluster": "tests/workflow/test_running.py",
    "contributing": "tests/docs/test_contributing_page.py",
    "judged": "tests/workflow/test_judged_page.py",
    "other_tools": "tests/workflow/test_export.py",
    "own_data": "tests/workflow/test_own_pages.py",
    "own_model": "tests/workflow/test_own_pages.py",
    "statistics": "tests/docs/test_statistics_page.py",
    "error_rates": "tests/significance/test_size.py",
    "use": "tests/commands/test_readme_use.py",
}

EXAMPLES_OF_NAMES = ("tests/a/test_b.py", "workflow/config/my_suite.yaml")


def entries() -> list[str]:
    """Return the pages that the contents in docs/index.md name, in their order."""
    text = (DOCS / "index.md").read_text(encoding="utf-8")
    blocks = re.findall(r"```\{toctree\}\n(.*?)```", text, re.DOTALL)
    return [name for block in blocks for name in re.findall(r"<(\w+)>$", block, re.MULTILINE)]


def shown(page: str) -> str:
    """Return the text of a page with the files that it includes in their places."""
    text = (DOCS / f"{page}.md").read_text(encoding="utf-8")
    return INCLUDED.sub(lambda found: (DOCS / found[1]).read_text(encoding="utf-8"), text)


def test_an_included_file_is_part_of_its_page() -> None:
    assert EXAMPLE.search(shown("contributing"))


def test_the_contents_name_every_page_once() -> None:
    pages = {path.stem for path in DOCS.glob("*.md")} - {"index"}
    named = entries()
    assert len(named) == len(set(named))
    assert set(named) == pages


@pytest.mark.parametrize("page", sorted(path.stem for path in DOCS.glob("*.md")))
def test_the_examples_of_a_page_are_run_by_a_test(page: str) -> None:
    if not EXAMPLE.search(shown(page)):
        return
    tests = [ROOT / RUN_BY[page]] if page in RUN_BY else sorted((ROOT / "tests").rglob("test_*.py"))
    reading = re.compile(rf"docs/{page}\.md|\b{page}\b.*\.md|[\"']{page}[\"']")
    others = [path for path in tests if path != Path(__file__) or page == "start"]
    readers = [path for path in others if reading.search(path.read_text(encoding="utf-8"))]
    assert readers, f"docs/{page}.md has examples that no test runs: a test must read the page"


def test_the_commands_of_the_start_are_those_of_the_readme() -> None:
    text = (DOCS / "start.md").read_text(encoding="utf-8")
    blocks = re.findall(r"```sh\n(.*?)```", text, re.DOTALL)
    shown = [line for block in blocks for line in block.splitlines()]
    assert shown
    # tests/workflow/test_readme.py runs them
    assert set(shown) <= set(commands_of_readme())


def test_the_start_names_the_systems_of_the_suite() -> None:
    from maw.settings.read import read_suite

    text = (DOCS / "start.md").read_text(encoding="utf-8")
    table = re.findall(r"^\| `(\w+)` \|", text, re.MULTILINE)
    assert set(table) == set(read_suite(ROOT / "workflow/config/embedded.yaml").systems)


def test_the_targets_of_the_site_are_in_the_makefile() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert "sphinx-build -q -n -W" in makefile  # a warning is an error
    assert "-m docs.figures" in makefile
    assert "docs/report.png" in makefile


def test_every_target_and_file_that_a_page_names_is_there() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    pages = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *DOCS.glob("*.md")]
    named = 0
    for page in pages:
        text = page.read_text(encoding="utf-8")
        for target in re.findall(r"^make ([\w./-]+)|`make ([\w./-]+)", text, re.MULTILINE):
            name = "".join(target)
            named += 1
            assert re.search(rf"^{re.escape(name)}:", makefile, re.MULTILINE), f"{page}: {name}"
        for path in re.findall(r"\b((?:tests|benchmarks|workflow/config)/[\w/]+\.\w+)", text):
            named += 1
            assert path in EXAMPLES_OF_NAMES or (ROOT / path).is_file(), f"{page}: {path}"
    assert named > 30


def test_every_file_that_a_target_names_is_there() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    named = set(
        re.findall(r"\b(?:tests|benchmarks|workflow|docs)/[\w/.-]+\.(?:py|yaml)\b", makefile)
    )
    assert len(named) > 5
    assert [name for name in sorted(named) if not (ROOT / name).is_file()] == []
