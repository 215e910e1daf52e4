"""The pages' templates and their style: text from data escaped, a missing name an error."""

from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from maw.reporting import wording

HERE = Path(__file__).parent
MANY = 6  # claims; more are told by verdict and folded away


def environment() -> Environment:
    """Jinja with the filters of `wording`."""
    made = Environment(
        loader=FileSystemLoader(HERE), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    made.filters |= {
        "number": wording.number,
        "detectable": wording.detectable,
        "signed": wording.signed,
        "pvalue": wording.pvalue,
    }
    return made


def style() -> Markup:
    """The style sheet, to stand in the page itself."""
    return Markup((HERE / "page.css").read_text(encoding="utf-8"))
