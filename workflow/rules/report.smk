# Tables, figures and the page.
PAGE = f"{ROOT}/report/index.html"
TABLES = dict(
    comparisons_csv=f"{ROOT}/tables/comparisons.csv", runs_csv=f"{ROOT}/tables/runs.csv",
    costs_csv=f"{ROOT}/tables/costs.csv",
    leaderboard_csv=f"{ROOT}/tables/leaderboard.csv", verdicts_tex=f"{ROOT}/tables/verdicts.tex",
    leaderboard_tex=f"{ROOT}/tables/leaderboard.tex", check_r=f"{ROOT}/tables/check.R",
    scores_csv=f"{ROOT}/tables/scores.csv",
    components_csv=f"{ROOT}/tables/components.csv", prospects_csv=f"{ROOT}/tables/prospects.csv",
    claims_csv=f"{ROOT}/tables/claims.csv",
    across_csv=f"{ROOT}/tables/datasets.csv", seeds_csv=f"{ROOT}/tables/seeds.csv",
    controls_csv=f"{ROOT}/tables/controls.csv", search_csv=f"{ROOT}/tables/search.csv",
)
FIGURES = [
    f"{ROOT}/figures/{name}.{kind}"
    for name in (
        "forest", "leaderboard", "curves", "reward", "router", "selection", "depths", "cost",
    )
    # without routers there are no figures about routers, and without a search none of a search
    if SUITE.routes or name not in ("reward", "router", "depths")
    if SUITE.selection.searches or name != "selection"
    for kind in ("svg", "png")
]
# these files are inputs of `tables`, `figures` and `report`, which read them as one object
SUMMARIES = dict(
    comparisons=f"{SUMMARY}/comparisons.parquet", claims=f"{SUMMARY}/claims.parquet",
    leaderboard=f"{SUMMARY}/leaderboard.parquet", components=f"{SUMMARY}/components.parquet",
    prospects=f"{SUMMARY}/prospects.parquet", across=f"{SUMMARY}/datasets.parquet",
    seeds=f"{SUMMARY}/seeds.parquet", runs=f"{SUMMARY}/runs.parquet",
    costs=f"{SUMMARY}/costs.parquet",
    curves=f"{SUMMARY}/curves.parquet", depths=f"{SUMMARY}/depths.parquet",
    search=f"{SUMMARY}/search.parquet", selection=f"{SUMMARY}/selection.parquet", controls=CONTROLS,
)
# the rule `calibrate` writes this file where draws are planned; otherwise the report shows the file
# that the command `maw calibrate` wrote, if there is one
CALIBRATION = f"{SUMMARY}/calibration.parquet"
CALIBRATED = [CALIBRATION] if SUITE.calibration.draws or os.path.exists(CALIBRATION) else []
CELLS = [f"{SUMMARY}/cells.parquet"] if SUITE.cells else []
BUDGETED = [f"{SUMMARY}/budget.parquet"] if BUDGET else []
ABLATED = [f"{SUMMARY}/{name}.parquet" for name in ("ablations", "sweeps")] if SUITE.ablations else []
SUMMARY_ARGUMENTS = " ".join(f"--{name} {{input.{name}}}" for name in SUMMARIES)
TABLE_ARGUMENTS = " ".join(f"--{name.replace('_', '-')} {{output.{name}}}" for name in TABLES)


rule tables:
    input:
        specification=specified("tables"),
        **SUMMARIES,
        scores=f"{SUMMARY}/scores.parquet",
        queries=expand(f"{DATA}/queries.parquet", dataset=SUITE.datasets),
    output:
        **TABLES,
    message: "write the tables"
    log: f"{LOGS}/tables.log"
    params: code=code_of("tables")
    resources: **SECONDS
    shell:
        "python -m maw.stages.tables --spec {input.specification} --code {params.code} "
        f"{SUMMARY_ARGUMENTS} {TABLE_ARGUMENTS} "
        "--scores {input.scores} --queries {input.queries} > {log} 2>&1 && tail -n 1 {log}"


rule figures:
    input:
        specification=specified("figures"),
        **SUMMARIES,
    output:
        FIGURES
    message: "draw the figures"
    log: f"{LOGS}/figures.log"
    params: code=code_of("figures")
    resources: **SECONDS
    shell:
        "python -m maw.stages.figures --spec {input.specification} --code {params.code} "
        f"{SUMMARY_ARGUMENTS} "
        "--figures {output} > {log} 2>&1 && tail -n 1 {log}"


rule theory:
    input:
        specification=specified("theory"),
    output:
        theory=f"{SUMMARY}/theory.json"
    message: "test the theory of the method's source with numbers"
    log: f"{LOGS}/theory.log"
    params: code=code_of("theory")
    resources: **TENSORS
    shell:
        "python -m maw.stages.theory --spec {input.specification} --code {params.code} "
        "--theory {output.theory} > {log} 2>&1 && tail -n 1 {log}"


rule report:
    input:
        specification=specified("report"),
        **SUMMARIES,
        expected=f"{SUMMARY}/expected.json", history=f"{SUMMARY}/plan.json", figures=FIGURES[::2],
        datasets=expand(f"{DATA}/dataset.json", dataset=SUITE.datasets), calibration=CALIBRATED,
        cells=CELLS, budget=BUDGETED, routing=[ROUTING] if ROUTED else [], ablated=ABLATED, theory=f"{SUMMARY}/theory.json",
    output:
        page=PAGE
    message: "write the report"
    log: f"{LOGS}/report.log"
    params:
        code=code_of("report"),
        calibration=f"--calibration {CALIBRATION}" if CALIBRATED else "",
        cells=f"--cells {CELLS[0]}" if CELLS else "",
        budget=f"--budget {BUDGETED[0]}" if BUDGETED else "",
        routing=f"--routing {ROUTING}" if ROUTED else "",
        ablated=f"--ablated {' '.join(ABLATED)}" if ABLATED else "",
    resources: **SECONDS
    shell:
        "python -m maw.stages.report --spec {input.specification} --code {params.code} "
        f"{SUMMARY_ARGUMENTS} "
        "--theory {input.theory} --expected {input.expected} --history {input.history} --figures {input.figures} "
        "--datasets {input.datasets} {params.calibration} {params.cells} {params.budget} {params.routing} {params.ablated} --page {output.page} "
        "> {log} 2>&1 && tail -n 1 {log}"
