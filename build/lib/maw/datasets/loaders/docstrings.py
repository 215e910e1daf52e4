"""The docstrings of a package: read with `ast` and parsed in numpydoc's layout."""

import ast
import re
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from inspect import cleandoc
from pathlib import Path

from maw.errors import InputError

TEMPLATE = re.compile(r"%\(\w+\)s|(?<![\\\w}^_$]){[a-z_]{3,}}")
# braces that are no template: doctest lines (f-strings), mathematics and all indented below it
CODE = re.compile(r"^[ \t]*(>>>|\.\.\. ).*|:math:`[^`]*`", re.MULTILINE)
FORMULA = re.compile(r"^[ \t]*\.\. math::.*(\n[ \t]+.*|\n[ \t]*(?=\n))*", re.MULTILINE)
HEADING = re.compile(r"^(?P<title>\S[^\n]*)\n(?:-{3,}|={3,})[ \t]*$", re.MULTILINE)
REFERENCE = re.compile(r"(?::[\w:]+:)?`?~?([A-Za-z_][\w.]*)`?")
CHAPTER = re.compile(r":(?:ref|doc):`[^`]*`")
MASK = "this"


@dataclass(frozen=True)
class DocumentedObject:
    """The parsed docstring of one function, class or method.

    name: dotted, such as `numpy.linalg.norm`. summary: the first paragraph of the docstring; body:
    the text below it, without the section *See Also*; see_also: the names in that section.
    """

    name: str
    summary: str
    body: str
    see_also: tuple[str, ...]

    @property
    def is_templated(self) -> bool:
        """True if the docstring is a template whose gaps are filled in at run time.

        The text in the file is then not the text that readers of the documentation see.
        """
        prose = CODE.sub("", FORMULA.sub("", f"{self.summary}\n{self.body}"))
        return bool(TEMPLATE.search(prose))

    @property
    def masked(self) -> str:
        """The body, in which the word `this` replaces the object's name (the last part of `name`).

        With the name in the text, a query could find its document by the name alone.
        """
        last = self.name.rpartition(".")[2]
        return re.sub(rf"\b{re.escape(last)}\b", MASK, self.body)


def folder_of(package: str) -> Path:
    """Return the folder of an installed package, without importing the package.

    InputError if the name is not that of a package, if the package is not installed, and for a
    module that is a single file.
    """
    if not package.isidentifier():  # `a.b` would import `a` to find `b`
        raise InputError(f"pydocs: {package!r} is not a package name; give one like `numpy`")
    spec = find_spec(package)
    if spec is None:
        raise InputError(f"pydocs: package {package!r} is not installed; pip install {package}")
    if not spec.submodule_search_locations:
        raise InputError(
            f"pydocs: {package!r} is a single module, not a package; give a package like `numpy`"
        )
    return Path(spec.submodule_search_locations[0])


def read_package(package: str) -> Iterator[DocumentedObject]:
    """Yield the parsed docstrings of a package's public functions, classes and methods.

    Public means that neither the name nor that of the class around it starts with `_`; the name of
    the file does not matter. Tests, copies of other packages (`_vendor`), and files that this
    version of Python cannot parse are left out.
    """
    root = folder_of(package)
    for path in sorted(root.rglob("*.py")):
        parts = path.relative_to(root).with_suffix("").parts
        if not {"tests", "testing", "conftest", "_vendor"}.isdisjoint(parts):
            continue
        module = ".".join((package, *(part for part in parts if part != "__init__")))
        try:
            with warnings.catch_warnings(action="ignore"):  # about the package's own escapes
                tree = ast.parse(path.read_bytes())
        except (SyntaxError, ValueError):
            continue  # a template, or code for another version of Python
        yield from _objects(tree, module)


def _objects(tree: ast.AST, prefix: str) -> Iterator[DocumentedObject]:
    """Yield the parsed docstrings of the functions, classes and methods in a module or class.

    prefix: dotted name of the module or class. Names that start with `_` are left out.
    """
    for node in getattr(tree, "body", []):
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            continue
        if node.name.startswith("_"):
            continue
        name = f"{prefix}.{node.name}"
        text = ast.get_docstring(node, clean=False)
        if text:
            yield parse_docstring(name, cleandoc(text))
        if isinstance(node, ast.ClassDef):
            yield from _objects(node, name)


def parse_docstring(name: str, text: str) -> DocumentedObject:
    """Return a docstring parsed into summary paragraph, body and names of *See Also*.

    name: dotted name of the object. text: the docstring with its indentation removed.
    """
    sections = list(HEADING.finditer(text))
    edges = [match.start() for match in sections] + [len(text)]
    head, *intro = re.split(r"\n[ \t]*\n", text[: edges[0]], maxsplit=1)
    body, see_also = ["".join(intro)], ""
    for match, stop in zip(sections, edges[1:], strict=True):
        if match["title"].strip().casefold().rstrip(":") == "see also":
            see_also += text[match.end() : stop]
        else:
            body.append(text[match.start() : stop])
    return DocumentedObject(
        name=name,
        summary=" ".join(head.split()),
        body="".join(body).strip(),
        see_also=tuple(_referenced(see_also)),
    )


def _referenced(section: str) -> Iterator[str]:
    """Yield the names that the text of a *See Also* section refers to.

    `a, b : text` gives a and b. Indented lines are explanations, without names.
    """
    for line in section.splitlines():
        if line and not line[0].isspace():
            names = re.split(r"\s:\s|\s:$|:\s", line, maxsplit=1)[0]
            yield from (match.strip(".") for match in REFERENCE.findall(CHAPTER.sub("", names)))
