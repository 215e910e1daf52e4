"""Every relative link of the README and of the pages of docs/ leads somewhere, as GitHub reads it.

`make docs` checks the same for the site. Addresses of other sites are not fetched.
"""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES = [
    ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md",
    *sorted((ROOT / "docs").glob("*.md")),
]  # fmt: skip
LINK = re.compile(r"\]\((?!https?:|mailto:)<?([^)\s>]*)>?\)")
FENCED = re.compile(r"^(```|:::).*?^\1", re.DOTALL | re.MULTILINE)


def prose(page: Path) -> str:
    """Return a page without its blocks and pieces of code, in which nothing is a link."""
    text = FENCED.sub("", page.read_text(encoding="utf-8"))
    return re.sub(r"(?<!\[)`[^`\n]+`(?!\])", "", text)


def anchors(page: Path) -> set[str]:
    """Return the anchors that GitHub gives to the headings of a page."""
    text = FENCED.sub("", page.read_text(encoding="utf-8"))
    names: list[str] = []
    for heading in re.findall(r"^#{1,6} (.+)$", text, re.MULTILINE):
        slug = re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-")
        names.append(f"{slug}-{names.count(slug)}" if slug in names else slug)
    return set(names)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_relative_link_leads_to_a_file_and_a_heading(page: Path) -> None:
    broken = []
    for target in LINK.findall(prose(page)):
        path, _, anchor = target.partition("#")
        place = (page.parent / path).resolve() if path else page
        if not place.is_file():
            broken.append(f"{target}: no such file")
        elif anchor and anchor not in anchors(place):
            broken.append(f"{target}: no such heading")
    assert broken == []


def test_a_heading_becomes_the_anchor_that_github_makes(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(
        '# One, two: `three`\n## Is "it" so?\n## Is "it" so?\n```sh\n# no heading\n```\n'
    )
    assert anchors(page) == {"one-two-three", "is-it-so", "is-it-so-1"}


def test_pages_link_no_folder_and_no_line_of_code() -> None:
    # a folder cannot be copied beside the site, and lines move
    for page in (ROOT / "docs").glob("*.md"):
        targets = LINK.findall(prose(page))
        assert [target for target in targets if target.endswith("/") or "#L" in target] == []
