"""The terms under which a dataset of `ir_datasets` may be used, and the works to cite.

The package states no licences. The terms here are stated by the datasets' publishers, at the
address beside each. Citations come from the package's bibliography.
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
    """Return the terms of use of a dataset id, or a sentence that they are not stated here."""
    return next((terms for start, terms in TERMS.items() if name.startswith(start)), NOT_STATED)


def citation(dataset: Any) -> str:
    """Return key, title and year of each work to cite, as the package says; empty if none."""
    documentation = dataset.documentation() if hasattr(dataset, "documentation") else None
    entries = _bibliography()
    return "; ".join(_cited(key, entries) for key in (documentation or {}).get("bibtex_ids", ()))


def _cited(key: str, entries: dict[str, str]) -> str:
    entry = entries.get(key, "")
    fields = [_field(entry, name) for name in ("title", "year")]
    stated = [" ".join(field.split()) for field in fields if field]
    return f"{key}: {', '.join(stated)}" if stated else key


def _field(entry: str, name: str) -> str:
    """Return a field of a BibTeX entry without braces and quotes; empty if the field is missing."""
    match = re.search(rf"\b{name}\s*=\s*(.+?)\s*,?\s*$", entry, re.MULTILINE | re.IGNORECASE)
    return re.sub(r"[{}\"]", "", match[1]) if match else ""


def _bibliography() -> dict[str, str]:
    """Return BibTeX key -> entry, from the bibliography in the package `ir_datasets`."""
    import ir_datasets

    path = Path(ir_datasets.__file__).parent / "docs" / "bibliography.bib"
    return dict(_entries(path.read_text(encoding="utf-8")))


def _entries(text: str) -> Iterator[tuple[str, str]]:
    for part in re.split(r"^@", text, flags=re.MULTILINE)[1:]:
        match = re.match(r"\w+\s*\{\s*([^,\s]+)", part)
        if match:
            yield match[1], part
