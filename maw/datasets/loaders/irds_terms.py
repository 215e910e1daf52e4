"""Under which terms may a set of `ir_datasets` be used, and what is to be cited?

The package states no licences; those here are what the sets' own publishers state, with the place
where they do. Citations come from the package's bibliography.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

NOT_STATED = "not stated by ir_datasets; see the set's own page before use"
# the beginning of an id -> terms and where they are stated
TERMS = {
    "msmarco-": "MS MARCO's data usage agreement, http://www.msmarco.org/dataset.aspx",
    "beir/scifact": (
        "claims CC-BY-4.0, abstracts ODC-By-1.0 "
        "(https://github.com/allenai/scifact/blob/master/LICENSE.md)"
    ),
}


def licence(name: str) -> str:
    """The terms of an id, or that nobody states them here."""
    return next((terms for start, terms in TERMS.items() if name.startswith(start)), NOT_STATED)


def citation(dataset: Any) -> str:
    """Author and year's key, title and year of what the package says to cite; empty if nothing."""
    about = dataset.documentation() if hasattr(dataset, "documentation") else None
    entries = _bibliography()
    return "; ".join(_cited(key, entries) for key in (about or {}).get("bibtex_ids", ()))


def _cited(key: str, entries: dict[str, str]) -> str:
    entry = entries.get(key, "")
    told = [" ".join(found.split()) for name in ("title", "year") if (found := _field(entry, name))]
    return f"{key}: {', '.join(told)}" if told else key


def _field(entry: str, name: str) -> str:
    """A field of a BibTeX entry, braces and quotes off."""
    match = re.search(rf"\b{name}\s*=\s*(.+?)\s*,?\s*$", entry, re.MULTILINE | re.IGNORECASE)
    return re.sub(r"[{}\"]", "", match[1]) if match else ""


def _bibliography() -> dict[str, str]:
    """BibTeX key -> entry, from the package's own file."""
    import ir_datasets

    path = Path(ir_datasets.__file__).parent / "docs" / "bibliography.bib"
    return dict(_entries(path.read_text(encoding="utf-8")))


def _entries(text: str) -> Iterator[tuple[str, str]]:
    for part in re.split(r"^@", text, flags=re.MULTILINE)[1:]:
        match = re.match(r"\w+\s*\{\s*([^,\s]+)", part)
        if match:
            yield match[1], part
