"""The section on tiers: which of many systems are not shown to differ, without a false ranking."""

from typing import Any

import pandas as pd

from maw.reporting import turned
from maw.reporting.page_data import PageData
from maw.reporting.tables import rows_of
from maw.reporting.wording import number


def content(page: PageData) -> dict[str, Any] | None:
    """Return the template's data: a table for each dataset; None where there are no tiers."""
    rows = turned.tiers_of(page.frames)
    if not rows:
        return None
    datasets = dict.fromkeys(str(row["dataset"]) for row in rows)
    boards = []
    for name in datasets:
        of_dataset = turned.tiers_of(page.frames, name)
        table = pd.DataFrame(
            {
                "System": [row["system"] for row in of_dataset],
                page.plan.primary: [number(row["mean"], 4) for row in of_dataset],
                "Tier": [row["tier"] for row in of_dataset],
            }
        )
        basis = turned.basis_of_tiers(of_dataset[0])
        boards.append({"dataset": name, "table": rows_of(table), "basis": basis})
    return {"boards": boards}
