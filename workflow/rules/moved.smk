# Which queries move: the difference of each query, and the texts of those that move most.
MOVED_SPEC = suite_specs.moved(SUITE)

rule moved:
    input:
        [RUN.format(**run) + "/ranking.parquet" for run in MOVED_SPEC["runs"]],
        expand(f"{DATA}/{{name}}.parquet", dataset=SUITE.datasets, name=("documents", "qrels")),
        specification=specified("moved", MOVED_SPEC),
        scores=f"{SUMMARY}/scores.parquet", claims=f"{SUMMARY}/claims.parquet",
        depths=f"{SUMMARY}/depths.parquet",
        queries=expand(f"{DATA}/queries.parquet", dataset=SUITE.datasets),
    output:
        differences=f"{SUMMARY}/differences.parquet", moved=f"{SUMMARY}/moved.parquet",
    message: "look which queries move"
    log: f"{LOGS}/moved.log"
    params: code=code_of_spec("moved", MOVED_SPEC)
    resources: **STATISTICS
    shell:
        "python -m maw.stages.moved --spec {input.specification} --code {params.code} "
        f"--runs {ROOT}/runs --data {ROOT}/data "
        "--scores {input.scores} --claims {input.claims} --depths {input.depths} "
        "--queries {input.queries} --differences {output.differences} --moved {output.moved} "
        "> {log} 2>&1 && tail -n 1 {log}"
