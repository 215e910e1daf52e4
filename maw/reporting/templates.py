"""The template engine and the style sheet of the HTML pages; text from data is escaped."""

from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from maw.reporting import wording
from maw.reporting.figures.look import palette_css
from maw.reporting.glossary import TERMS

HERE = Path(__file__).parent
FEW = 3  # claims; with more, a page folds their numbers


def environment() -> Environment:
    """Return a Jinja environment with the templates of this folder and filters from `wording`."""
    templates = Environment(
        loader=FileSystemLoader(HERE), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    templates.globals |= {"few": FEW, "glossary": TERMS}
    templates.filters |= {
        "number": wording.number,
        "detectable": wording.detectable,
        "signed": wording.signed,
        "pvalue": wording.pvalue,
    }
    return templates


def style() -> Markup:
    """Return the style sheet, with the colours of figures, as markup: each page contains it."""
    return Markup((HERE / "page.css").read_text(encoding="utf-8") + palette_css())
