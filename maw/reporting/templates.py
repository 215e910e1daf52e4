"""The pages' template engine and style sheet; text from data is escaped."""

from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from maw.reporting import wording

HERE = Path(__file__).parent
MANY = 6  # claims; a page with more gathers them by verdict and folds their cards away


def environment() -> Environment:
    """Return a Jinja environment that finds the templates here and knows filters of `wording`."""
    templates = Environment(
        loader=FileSystemLoader(HERE), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    templates.filters |= {
        "number": wording.number,
        "detectable": wording.detectable,
        "signed": wording.signed,
        "pvalue": wording.pvalue,
    }
    return templates


def style() -> Markup:
    """Return the style sheet, to stand in the page itself."""
    return Markup((HERE / "page.css").read_text(encoding="utf-8"))
