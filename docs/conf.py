"""How Sphinx builds the pages of docs/ into results/site/: `make docs`, without a network.

On GitHub, pages link to files above docs/ by their path. On the site, README.md and CONTRIBUTING.md
are no pages of docs/: `contributing.md` includes the second, and a link to the first leads to a
copy of the file, as a link to any other file of the repository does.
"""

import re
import sys
from pathlib import Path

from sphinx.application import Sphinx

sys.path.insert(0, str(Path(__file__).parents[1]))

from maw.settings.version import VERSION

project = "maw"
copyright = "the maw developers"
release = version = VERSION
extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx_copybutton"]
html_theme = "furo"
html_title = f"maw {VERSION}"
html_show_sphinx = False
exclude_patterns = ["**/README.md"]
source_suffix = {".md": "markdown"}
myst_enable_extensions = ["colon_fence", "dollarmath"]
myst_heading_anchors = 3  # so that a page can link to a heading of another, and is checked for it
autodoc_typehints = "signature"
autodoc_member_order = "bysource"
copybutton_prompt_text = "$ "
suppress_warnings = ["myst.strikethrough"]
# the types in signatures: other packages' pages cannot be read without a network, and maw's rooms
# are not documented; all other references are checked
nitpick_ignore_regex = [("py:class", ".*")]

LINK = re.compile(r"\]\((?!https?:|#)([^)\s]+)\)")


def link_to_pages(app: Sphinx, docname: str, content: list[str]) -> None:
    """Let links of a page to README.md and CONTRIBUTING.md work on the site.

    A link to a heading of the README leads to the file, because the README is no page.
    """
    text = content[0].replace("](../CONTRIBUTING.md", "](contributing.md")
    content[0] = re.sub(r"\]\(\.\./README\.md(#[^)]*)?\)", r"](path:../README.md)", text)


def link_from_root(app: Sphinx, path: Path, docname: str, content: list[str]) -> None:
    """Let links of the included CONTRIBUTING.md, which start at the root, work in docs/."""
    if path.name == "CONTRIBUTING.md":
        content[0] = LINK.sub(lambda link: f"]({_from_docs(link[1])})", content[0])


def _from_docs(target: str) -> str:
    return target.removeprefix("docs/") if target.startswith("docs/") else f"../{target}"


def setup(app: Sphinx) -> None:
    """Connect both functions with the reading of pages."""
    app.connect("source-read", link_to_pages)
    app.connect("include-read", link_from_root)
