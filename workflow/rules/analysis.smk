# From rankings to verdicts. No rule here needs a GPU; most take seconds.
from maw.jobs.expected_stamps import expected_digest


rule evaluate:
    input:
        ranking=f"{RUN}/ranking.parquet", qrels=f"{DATA}/qrels.parquet", split=f"{DATA}/split.parquet"
    output:
        scores=f"{RUN}/scores.parquet"
    message: "score {wildcards.system} seed {wildcards.seed} on {wildcards.dataset}"
    log: f"{LOGS}/evaluate/{{dataset}}/{{system}}/seed{{seed}}.log"
    params: spec=spec_of("evaluate"), code=code_of("evaluate")
    resources: **SECONDS
    shell:
        "python -m maw.stages.evaluate --spec {params.spec:q} --code {params.code} "
        "--ranking {input.ranking} --qrels {input.qrels} --split {input.split} "
        "--scores {output.scores} > {log} 2>&1 && tail -n 1 {log}"


# a suite in which no system reads the frozen layers has no time of them
FROZEN = [
    f"{DATA}/frozen/cost.json".format(dataset=dataset)
    for dataset in SUITE.datasets if any(map(SUITE.is_neural, SUITE.systems))
]

# each system that maw's own loop trains has the price of its training step, whatever the seed
COLLECTED = {
    **suite_specs.specification("collect", SUITE),
    "prices": [
        dict(
            dataset=dataset, system=system,
            stamp=expected_digest("price", SUITE, job=JobKey(dataset=dataset, system=system)))
        for dataset in SUITE.training_units for system in filter(SUITE.is_priced, TRAINED)
    ],
}


rule collect:
    input:
        of_runs(f"{RUN}/scores.parquet"), of_models(f"{RUN}/run.json"),
        of_runs(f"{RUN}/cost.json"), of_runs(f"{RUN}/depths.parquet"),
        of_models(f"{RUN}/training/cost.json", TRAINED), of_models(f"{RUN}/versions.json", TRAINED),
        expand(f"{SYSTEM}/selection.json", dataset=SUITE.training_units, system=TRAINED),
        [f"{SYSTEM}/price.json".format(**entry) for entry in COLLECTED["prices"]],
        specification=specified("collect", COLLECTED), frozen=FROZEN,
    output:
        all_scores=f"{SUMMARY}/scores.parquet", all_runs=f"{SUMMARY}/runs.parquet",
        all_costs=f"{SUMMARY}/costs.parquet", all_curves=f"{SUMMARY}/curves.parquet", all_depths=f"{SUMMARY}/depths.parquet",
        all_searches=f"{SUMMARY}/search.parquet",
        all_selections=f"{SUMMARY}/selection.parquet", all_judged=f"{SUMMARY}/judged.parquet",
        all_draws=f"{SUMMARY}/draws.parquet",
    message: "collect all runs"
    log: f"{LOGS}/collect.log"
    params: code=code_of_spec("collect", COLLECTED), frozen=f"--frozen {' '.join(FROZEN)}" if FROZEN else ""
    resources: **SECONDS
    shell:
        "python -m maw.stages.collect --spec {input.specification} --code {params.code} "
        f"--runs {ROOT}/runs " "{params.frozen} "
        "--all-scores {output.all_scores} --all-runs {output.all_runs} --all-costs {output.all_costs} "
        "--all-curves {output.all_curves} --all-depths {output.all_depths} "
        "--all-searches {output.all_searches} "
        "--all-selections {output.all_selections} --all-judged {output.all_judged} "
        "--all-draws {output.all_draws} > {log} 2>&1 && tail -n 1 {log}"


rule compare:
    input:
        specification=specified("compare"),
        scores=f"{SUMMARY}/scores.parquet", judged=f"{SUMMARY}/judged.parquet",
        queries=expand(f"{DATA}/queries.parquet", dataset=SUITE.datasets), controls=FIRST_CONTROLS
    output:
        comparisons=f"{SUMMARY}/comparisons.parquet", claims=f"{SUMMARY}/claims.parquet",
        leaderboard=f"{SUMMARY}/leaderboard.parquet",
        components=f"{SUMMARY}/components.parquet", prospects=f"{SUMMARY}/prospects.parquet",
        across=f"{SUMMARY}/datasets.parquet", seeds=f"{SUMMARY}/seeds.parquet",
    message: "compare the systems"
    log: f"{LOGS}/compare.log"
    params: code=code_of("compare")
    resources: **STATISTICS
    shell:
        "python -m maw.stages.compare --spec {input.specification} --code {params.code} "
        "--scores {input.scores} --judged {input.judged} --queries {input.queries} "
        "--controls {input.controls} --comparisons {output.comparisons} "
        "--claims {output.claims} --leaderboard {output.leaderboard} "
        "--components {output.components} --prospects {output.prospects} "
        "--across {output.across} --seeds {output.seeds} "
        "> {log} 2>&1 && tail -n 1 {log}"


# The record itself, plan.json in the results' folder, is no output of the rule: Snakemake deletes
# outputs before a rule runs again, and the record is only ever added to.
rule record:
    input:
        specification=specified("record"), scores=f"{SUMMARY}/scores.parquet",
    output:
        history=f"{SUMMARY}/plan.json"
    message: "enter plan and scores in the record"
    log: f"{LOGS}/record.log"
    params: code=code_of("record")
    resources: **SECONDS
    shell:
        "python -m maw.stages.record --spec {input.specification} --code {params.code} "
        "--scores {input.scores} --history {output.history} > {log} 2>&1 && tail -n 1 {log}"


if SUITE.calibration.draws:

    rule calibrate:
        input:
            specification=specified("calibrate"),
            scores=f"{SUMMARY}/scores.parquet",
            queries=expand(f"{DATA}/queries.parquet", dataset=SUITE.datasets)
        output:
            calibration=f"{SUMMARY}/calibration.parquet",
            calibration_csv=shown_table("calibration"),
        message: "simulate the plan to measure how often the tests err"
        log: f"{LOGS}/calibrate.log"
        params: code=code_of("calibrate")
        resources: **STATISTICS
        shell:
            "python -m maw.stages.calibrate --spec {input.specification} --code {params.code} "
            "--scores {input.scores} --queries {input.queries} "
            "--calibration {output.calibration} --calibration-csv {output.calibration_csv} "
            "> {log} 2>&1 && tail -n 1 {log}"


if SUITE.cells:
    CELLS_OF = dict(dataset=SUITE.datasets, system=SUITE.cells.trained, seed=SUITE.cells.seeds)

    rule cells:
        input:
            expand(f"{RUN}/scores.parquet", **CELLS_OF), expand(f"{RUN}/run.json", **CELLS_OF),
            expand(
                f"{SYSTEM}/learning_rate{{learning_rate}}/seed{{seed}}/scores.parquet", **CELLS_OF,
                learning_rate=[repr(learning_rate) for learning_rate in SUITE.selection.learning_rates]),
            specification=specified("cells"),
            queries=expand(f"{DATA}/queries.parquet", dataset=SUITE.datasets)
        output:
            cells=f"{SUMMARY}/cells.parquet", cells_csv=shown_table("cells"),
        message: "compare the systems at every learning rate"
        log: f"{LOGS}/cells.log"
        params: code=code_of("cells")
        resources: **STATISTICS
        shell:
            "python -m maw.stages.cells --spec {input.specification} --code {params.code} "
            f"--runs {ROOT}/runs "
            "--queries {input.queries} --cells {output.cells} --cells-csv {output.cells_csv} "
            "> {log} 2>&1 && tail -n 1 {log}"


rule check:
    input:
        specification=specified("check"),
        scores=f"{SUMMARY}/scores.parquet", runs=f"{SUMMARY}/runs.parquet", costs=f"{SUMMARY}/costs.parquet",
        reference=[path for path in [f"results/expected/{SUITE.suite}.csv"] if os.path.exists(path)]
    output:
        expected=f"{SUMMARY}/expected.json", fresh=f"{SUMMARY}/expected.csv"
    message: "check against the committed scores"
    log: f"{LOGS}/check.log"
    params:
        code=code_of("check"),
        reference=lambda wildcards, input: f"--reference {input.reference}" if input.reference else "",
    resources: **SECONDS
    shell:
        "python -m maw.stages.check --spec {input.specification} --code {params.code} "
        "--scores {input.scores} --runs {input.runs} --costs {input.costs} "
        "{params.reference} --expected {output.expected} "
        "--fresh {output.fresh} > {log} 2>&1 && tail -n 1 {log}"
