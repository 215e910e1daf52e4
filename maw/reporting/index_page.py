"""The index over all suites of a results folder: each suite's answer, with a link to its report."""

from collections.abc import Mapping, Sequence
from typing import Any

from maw.reporting import answer
from maw.reporting.page_data import PageData
from maw.reporting.sections import trust
from maw.reporting.templates import environment, style


def entry(page: PageData) -> dict[str, Any]:
    """Return what the index says of one suite, as the stage `report` writes it beside the page.

    Keys: suite, root (folder of its results), scope, datasets, n_systems, n_seeds, headings (the
    verdicts, one for each dataset), bullets (each claim's own where a heading only counts them),
    n_passed, and failed and unknown (the sentences of the checks that failed, and of those that
    could not tell). A report made by an older version has no `unknown`.
    """
    frames, plan = page.frames, page.plan
    controls = page.suite.controls if page.suite else None
    undeclared_look = bool(page.history.get("undeclared_looks"))
    remarks = answer.remarks_on(frames.claims, controls=controls, undeclared_look=undeclared_look)
    answers = answer.answers(frames, plan=plan, remarks=remarks)
    checks = trust.checks(page)
    return {
        "suite": page.spec["suite"],
        "root": page.spec["root"],
        "scope": page.spec["scope"],
        "datasets": [dataset["name"] for dataset in page.datasets],
        "n_systems": len(page.spec["systems"]),
        "n_seeds": len(page.spec["seeds"]),
        "headings": [one.heading for one in answers] or [answer.NO_CLAIM],
        "bullets": [text for one in answers for text in one.bullets],
        "n_passed": sum(check.state == "passed" for check in checks),
        "failed": [check.sentence for check in checks if check.state == "failed"],
        "unknown": [check.sentence for check in checks if check.state == "unknown"],
    }


def build(entries: Sequence[Mapping[str, Any]], *, folder: str) -> str:
    """Return the index as HTML text.

    entries: of each suite that has a report, as `entry` returns them. folder: that of the index, to
    which the links are relative.
    """
    content = {
        "title": "maw: all suites",
        "style": style(),
        "entries": [
            {**one, "link": _link(str(one["root"]), folder)}
            for one in sorted(entries, key=lambda one: (one["root"] != folder, one["suite"]))
        ],
    }
    return environment().get_template("index.html.j2").render(content)


def _link(root: str, folder: str) -> str:
    """Return the address of a suite's report, as seen from the folder of the index."""
    inside = root.removeprefix(folder).strip("/")
    return f"{inside}/report/index.html" if inside else "report/index.html"
