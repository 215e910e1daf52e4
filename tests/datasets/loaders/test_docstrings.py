"""Docstrings are parsed in numpydoc's layout, and read without importing anything."""

import sys
from inspect import cleandoc
from pathlib import Path

import pytest

from maw.datasets.loaders.docstrings import (
    MASK,
    DocumentedObject,
    folder_of,
    parse_docstring,
    read_package,
)
from maw.errors import InputError

# Layout: https://numpydoc.readthedocs.io/en/latest/format.html#sections
NUMPYDOC = cleandoc(
    """
    Put the pieces of an array
    into another order.

    What `shuffle` does to one axis, shuffle_all does to all; Shuffle is a class.

    Parameters
    ----------
    a : array_like
        What to shuffle.

    See Also
    --------
    numpy.sort, `argsort` : Other orders; see also median.
    :func:`~np.partition`: A partial sort.
    :py:meth:`Series.sort_values` : The same of a series.
    lexsort
        The sum of all keys, never their mean.
    :ref:`how-to-index`

    Examples
    --------
    >>> shuffle([1, 2])
    [2, 1]
    """
)


def entry_of(text: str, name: str = "package.module.shuffle") -> DocumentedObject:
    return parse_docstring(name, cleandoc(text))


def test_the_summary_is_the_first_paragraph_in_one_line() -> None:
    assert entry_of(NUMPYDOC).summary == "Put the pieces of an array into another order."


def test_the_body_is_all_the_rest_without_see_also() -> None:
    body = entry_of(NUMPYDOC).body
    assert body.startswith("What `shuffle` does")
    assert body.endswith("[2, 1]")
    assert "Parameters\n----------\na : array_like" in body
    assert "Examples\n--------\n>>> shuffle" in body
    for word in ("See Also", "argsort", "partition", "lexsort", "mean"):
        assert word not in body


def test_see_also_gives_names_and_neither_descriptions_nor_chapters() -> None:
    assert entry_of(NUMPYDOC).see_also == (
        "numpy.sort",
        "argsort",
        "np.partition",
        "Series.sort_values",
        "lexsort",
    )


@pytest.mark.parametrize(
    ("section", "names"),
    [
        ("a, b : text", ("a", "b")),
        ("a: text, with b in it", ("a",)),
        ("a :\n    b", ("a",)),
        ("`a`", ("a",)),
        (":class:`a.B`\n:obj:`c`", ("a.B", "c")),
        (":func:`a`, :func:`b`", ("a", "b")),
        ("a.b. : text", ("a.b",)),
        ("", ()),
    ],
)
def test_see_also_is_read_as_people_write_it(section: str, names: tuple[str, ...]) -> None:
    text = f"Summary of it.\n\nSee Also\n--------\n{section}\n\nNotes\n-----\nx : y\n"
    assert parse_docstring("m.f", text).see_also == names


def test_headings_of_any_case_and_both_rulers_are_sections() -> None:
    entry = entry_of("Summary of it.\n\nBody.\n\nSee also:\n=========\na : text\n\nNotes\n=====\nb")
    assert entry.see_also == ("a",)
    assert entry.body == "Body.\n\nNotes\n=====\nb"


def test_see_also_right_below_the_summary_does_not_end_up_in_the_query() -> None:
    # as in pandas 3.1.1, DatetimeIndex.isocalendar
    entry = entry_of("Calculate the year.\nSee Also\n--------\nTimestamp.isocalendar : Of one.")
    assert entry.summary == "Calculate the year."
    assert entry.see_also == ("Timestamp.isocalendar",)
    assert entry.body == ""


def test_a_line_of_blanks_ends_the_summary_too() -> None:
    entry = parse_docstring("m.f", "Summary of it.\n  \nBody.")
    assert (entry.summary, entry.body) == ("Summary of it.", "Body.")


def test_the_own_name_is_masked_as_a_whole_word_only() -> None:
    masked = entry_of(NUMPYDOC).masked
    assert masked.startswith(
        f"What `{MASK}` does to one axis, shuffle_all does to all; Shuffle is a class."
    )
    assert f">>> {MASK}([1, 2])" in masked


@pytest.mark.parametrize(
    "body",
    [
        "Fills in %(name)s here.",
        "Return the {klass} itself.",
        "compression : str\n{compression_options}\n",
        "x : int\n    {_shared_docs}",
        ".. math:: x\n\nReturn the {klass}.",
        ">>> f'{name}'\n\nReturn the {klass}.",
    ],
)
def test_templates_are_recognised(body: str) -> None:
    assert entry_of(f"Summary of it.\n\n{body}").is_templated


def test_a_template_in_the_summary_is_recognised() -> None:
    assert entry_of("Return the {klass}.\n\nBody.").is_templated


@pytest.mark.parametrize(
    "body",
    [
        # LaTeX, with its braces in every place
        r"The mean :math:`\bar{x}`, :math:`{alpha}` and \frac{num}{den}.",
        r"Set \mathrm{abc}, x_{abc}, x^{abc}, $H(e^{j0})$.",
        ".. math::\n\n    \\frac{a}\n         {s_y}\n\n    {abc}\n\nThat is all.",
        # f-strings in examples; a label in mathematics
        ">>> plt.title(rf'$\\alpha$ = {alpha}')",
        ">>> for name in names:\n...     print(f'{name}: {value}')",
        # sets, dictionaries, choices, formats
        "order : {'C', 'F'}\nx : {int, str}\ny : {0, 1}\nz = {}",
        "Use '{0}' or '{}' or '%s'.",
        "A filter of B{k}(z) and {m} samples.",
    ],
)
def test_braces_of_mathematics_and_of_code_are_no_template(body: str) -> None:
    assert not entry_of(f"Summary of it.\n\n{body}").is_templated


@pytest.fixture
def explosive(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A package that raises on import, with docstrings in places that are read or not."""
    files = {
        "__init__.py": '"""Module."""\ndef top():\n    """Top."""\nraise RuntimeError\n',
        "_core/b.py": (
            "class Public:\n"
            '    """Class."""\n'
            "    def method(self):\n"
            '        """Method."""\n'
            "        def inner():\n"
            '            """Inner."""\n'
            "    async def later(self):\n"
            '        """Later."""\n'
            "    def _private(self):\n"
            '        """Private."""\n'
            "    def silent(self):\n"
            "        pass\n"
            "class _Hidden:\n"
            '    """Hidden."""\n'
            "    def method(self):\n"
            '        """Hidden method."""\n'
            "raise RuntimeError\n"
        ),
        "a.py": 'def first():\n    """A bad escape: \\d."""\n1 / 0\n',
        "tests/test_a.py": 'def test():\n    """Test."""\n',
        "template.py": "{{ name }} is no Python\n",
        "nul.py": "\0",
    }
    for name, text in files.items():
        path = tmp_path / "explosive" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    monkeypatch.syspath_prepend(str(tmp_path))
    return "explosive"


@pytest.mark.filterwarnings("error")
def test_a_package_is_read_in_order_without_being_imported(explosive: str) -> None:
    assert [entry.name for entry in read_package(explosive)] == [
        "explosive.top",
        "explosive._core.b.Public",
        "explosive._core.b.Public.method",
        "explosive._core.b.Public.later",
        "explosive.a.first",
    ]
    assert explosive not in sys.modules


@pytest.mark.parametrize(
    ("package", "message"),
    [
        ("no_such_package", "package 'no_such_package' is not installed; pip install no_such_"),
        ("string", "'string' is a single module, not a package; give a package like `numpy`"),
        ("explosive.a", "'explosive.a' is not a package name; give one like `numpy`"),
        ("", "'' is not a package name"),
    ],
)
def test_a_package_that_is_not_there_is_one_line(
    explosive: str, package: str, message: str
) -> None:
    with pytest.raises(InputError, match=f"^pydocs: {message}"):
        folder_of(package)
    assert explosive not in sys.modules
