# Tables, figures and the page.
PAGE = f"{ROOT}/report/index.html"
ANSWER = f"{ROOT}/report/answer.json"
INDEX = f"{RESULTS}/index.html"
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
    differences_csv=f"{ROOT}/tables/differences.csv", moved_csv=f"{ROOT}/tables/moved.csv",
    verdicts_md=f"{ROOT}/tables/verdicts.md", leaderboard_md=f"{ROOT}/tables/leaderboard.md",
    readme_md=f"{ROOT}/tables/README.md",
)
# these files are inputs of `tables`, `figures` and `report`, which read them as one object
SUMMARIES = dict(
    comparisons=f"{SUMMARY}/comparisons.parquet", claims=f"{SUMMARY}/claims.parquet",
    leaderboard=f"{SUMMARY}/leaderboard.parquet", components=f"{SUMMARY}/components.parquet",
    prospects=f"{SUMMARY}/prospects.parquet", across=f"{SUMMARY}/datasets.parquet",
    seeds=f"{SUMMARY}/seeds.parquet", runs=f"{SUMMARY}/runs.parquet",
    costs=f"{SUMMARY}/costs.parquet",
    curves=f"{SUMMARY}/curves.parquet", depths=f"{SUMMARY}/depths.parquet",
    search=f"{SUMMARY}/search.parquet", selection=f"{SUMMARY}/selection.parquet", controls=CONTROLS,
    differences=f"{SUMMARY}/differences.parquet", moved=f"{SUMMARY}/moved.parquet",
)
# the rule `calibrate` writes this file where draws are planned; otherwise the report shows the file
# that the command `maw calibrate` wrote, if there is one
CALIBRATION = f"{SUMMARY}/calibration.parquet"
CALIBRATED = [CALIBRATION] if SUITE.calibration.draws or os.path.exists(CALIBRATION) else []
CELLS = [f"{SUMMARY}/cells.parquet"] if SUITE.cells else []
BUDGETED = [f"{SUMMARY}/budget.parquet"] if BUDGET else []
ABLATED = [f"{SUMMARY}/{name}.parquet" for name in ("ablations", "sweeps")] if SUITE.ablations else []
# the tables that only some suites have, with the options by which the stages read them
OPTIONAL = dict(
    calibration=CALIBRATED, cells=CELLS, budget=BUDGETED, ablated=ABLATED,
    routing=[ROUTING] if ROUTED else [], attention=[ATTENTION] if ROUTED else [],
)
OPTIONAL_ARGUMENTS = " ".join(
    f"--{name} {' '.join(paths)}" for name, paths in OPTIONAL.items() if paths)
# what other suites found, for the claims of the source that they are about
ELSEWHERE = [
    path for path in ("results/suites/ablations/summary/ablations.parquet", "results/benchmarks/attention.csv")
    if os.path.exists(path) and not path.startswith(f"{ROOT}/summary")
]
# a figure without data is not drawn where that is known beforehand
DRAWN = dict(
    forest=True, leaderboard=True, cost=True, curves=True, components=True, moved=True,
    reward=SUITE.routes, router=SUITE.routes, depths=SUITE.routes, routing=ROUTED,
    selection=SUITE.selection.searches, ablations=ABLATED, calibration=CALIBRATED, budget=BUDGETED,
)
FIGURES = [
    f"{ROOT}/figures/{name}.{kind}"
    for name, is_drawn in DRAWN.items() if is_drawn for kind in ("svg", "png", "csv")
]
SUMMARY_ARGUMENTS = " ".join(f"--{name} {{input.{name}}}" for name in SUMMARIES)
TABLE_ARGUMENTS = " ".join(f"--{name.replace('_', '-')} {{output.{name}}}" for name in TABLES)


def figure_in_report(path):
    """Return a figure's file as an output; of its three files the report shows the SVG."""
    name, kind = os.path.splitext(os.path.basename(path))
    return shown(path, "Figures", caption=f"figures/{name}", figure=name) if kind == ".svg" else path


rule tables:
    input:
        specification=specified("tables"),
        **SUMMARIES,
        scores=f"{SUMMARY}/scores.parquet",
        queries=expand(f"{DATA}/queries.parquet", dataset=SUITE.datasets),
    output:
        **{name: shown(path, "Tables", caption=f"tables/{name}", table=os.path.basename(path))
           for name, path in TABLES.items()},
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
        **SUMMARIES, **OPTIONAL,
    output:
        [figure_in_report(path) for path in FIGURES]
    message: "draw the figures"
    log: f"{LOGS}/figures.log"
    params: code=code_of("figures")
    resources: **SECONDS
    shell:
        "python -m maw.stages.figures --spec {input.specification} --code {params.code} "
        f"{SUMMARY_ARGUMENTS} {OPTIONAL_ARGUMENTS} "
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


# the texts around the numbers are no Python code, so that no code's hash knows them
TEMPLATES = digest({
    str(path): path.read_text(encoding="utf-8")
    for path in sorted(Path("maw/reporting").rglob("*")) if path.suffix in (".j2", ".css")
})


rule report:
    input:
        specification=specified("report"),
        **SUMMARIES, **OPTIONAL,
        expected=f"{SUMMARY}/expected.json", history=f"{SUMMARY}/plan.json", theory=f"{SUMMARY}/theory.json",
        figures=[path for path in FIGURES if path.endswith(".svg")],
        datasets=expand(f"{DATA}/dataset.json", dataset=SUITE.datasets), elsewhere=ELSEWHERE,
    output:
        page=shown(PAGE, "Answer", caption="page", page="this suite"), answer=ANSWER
    message: "write the report"
    log: f"{LOGS}/report.log"
    params:
        code=code_of("report"), templates=TEMPLATES,
        elsewhere=f"--elsewhere {' '.join(ELSEWHERE)}" if ELSEWHERE else "",
    resources: **SECONDS
    shell:
        "python -m maw.stages.report --spec {input.specification} --code {params.code} "
        f"{SUMMARY_ARGUMENTS} {OPTIONAL_ARGUMENTS} "
        "--theory {input.theory} --expected {input.expected} --history {input.history} "
        "--figures {input.figures} --datasets {input.datasets} {params.elsewhere} --page {output.page} --answer {output.answer} "
        "> {log} 2>&1 && tail -n 1 {log}"


# of other suites only what is there; `maw` writes no index of what nobody ran
rule index:
    input:
        answers=sorted({ANSWER, *glob.glob(f"{RESULTS}/report/answer.json"), *glob.glob(f"{RESULTS}/suites/*/report/answer.json")})
    output:
        page=shown(INDEX, "Answer", caption="index", page="all suites")
    message: "write the index of all suites"
    log: f"{LOGS}/index.log"
    params: code=code_of_spec("index", {}), templates=TEMPLATES
    resources: **SECONDS
    shell:
        "python -m maw.stages.index --spec {{}} --code {params.code} "
        "--answers {input.answers} --page {output.page} > {log} 2>&1 && tail -n 1 {log}"
