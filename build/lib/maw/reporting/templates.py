"""The template engine and the style sheet of the HTML pages; text from data is escaped."""

from itertools import count
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from maw.reporting import wording
from maw.reporting.figures.look import palette_css
from maw.reporting.glossary import SUBJECTS, TERMS, term_of_column
from maw.reporting.marks import Marks

HERE = Path(__file__).parent
FEW = 3  # claims; with more, a page folds their numbers
MANY = 5  # claims of one dataset; a page folds the headings of those beyond


def environment() -> Environment:
    """Return a Jinja environment with this folder's templates, the glossary and some filters."""
    templates = Environment(
        loader=FileSystemLoader(HERE), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    templates.globals |= {"few": FEW, "many": MANY, "glossary": TERMS, "subjects": SUBJECTS}
    templates.globals["marks"] = Marks()
    templates.globals["next_number"] = count(1).__next__  # ids of one page differ
    templates.filters |= {
        "number": wording.number,
        "detectable": wording.detectable,
        "signed": wording.signed,
        "pvalue": wording.pvalue,
        "term_of_column": term_of_column,
    }
    return templates


def style() -> Markup:
    """Return the style sheet, with the colours of figures, as markup: each page contains it."""
    return Markup((HERE / "page.css").read_text(encoding="utf-8") + palette_css())
