# What people read: tables, figures, one page.
PAGE = f"{ROOT}/report/index.html"
TABLES = {
    "comparisons": f"{ROOT}/tables/comparisons.csv", "leaderboard": f"{ROOT}/tables/leaderboard.csv",
    "runs": f"{ROOT}/tables/runs.csv", "verdicts-tex": f"{ROOT}/tables/verdicts.tex",
    "leaderboard-tex": f"{ROOT}/tables/leaderboard.tex",
}
