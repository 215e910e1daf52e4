# From rankings to verdicts: no GPU, seconds.
rule evaluate:
    input:
        ranking=f"{RUN}/ranking.parquet", qrels=f"{DATA}/qrels.parquet", split=f"{DATA}/split.parquet"
    output:
        scores=f"{RUN}/scores.parquet"
    log: f"{LOGS}/evaluate/{{dataset}}/{{system}}/seed{{seed}}.log"
    params: spec=spec_of("evaluate"), code=code_of("evaluate")
    shell:
        "python -m maw.stages.evaluate --spec {params.spec:q} --code {params.code} "
        "--ranking {input.ranking} --qrels {input.qrels} --split {input.split} "
        "--scores {output.scores} > {log} 2>&1 && tail -n 1 {log}"


rule collect:
    input:
        scores=of_runs(f"{RUN}/scores.parquet"), runs=of_runs(f"{RUN}/run.json"),
        costs=of_runs(f"{RUN}/cost.json"), depths=of_runs(f"{RUN}/depths.parquet"),
        selections=expand(f"{SYSTEM}/selection.json", dataset=SUITE.datasets, system=TRAINED),
    output:
        all_scores=f"{SUMMARY}/scores.parquet", all_runs=f"{SUMMARY}/runs.parquet",
        all_curves=f"{SUMMARY}/curves.parquet", all_depths=f"{SUMMARY}/depths.parquet",
        all_selections=f"{SUMMARY}/selection.parquet",
    log: f"{LOGS}/collect.log"
    params: spec=spec_of("collect"), code=code_of("collect")
    shell:
        "python -m maw.stages.collect --spec {params.spec:q} --code {params.code} "
        "--scores {input.scores} --runs {input.runs} --costs {input.costs} "
        "--depths {input.depths} --selections {input.selections} "
        "--all-scores {output.all_scores} --all-runs {output.all_runs} "
        "--all-curves {output.all_curves} --all-depths {output.all_depths} "
        "--all-selections {output.all_selections} > {log} 2>&1 && tail -n 1 {log}"


rule compare:
    input:
        scores=f"{SUMMARY}/scores.parquet",
        queries=expand(f"{DATA}/queries.parquet", dataset=SUITE.datasets)
    output:
        comparisons=f"{SUMMARY}/comparisons.parquet", leaderboard=f"{SUMMARY}/leaderboard.parquet"
    log: f"{LOGS}/compare.log"
    params: spec=spec_of("compare"), code=code_of("compare")
    shell:
        "python -m maw.stages.compare --spec {params.spec:q} --code {params.code} "
        "--scores {input.scores} --queries {input.queries} "
        "--comparisons {output.comparisons} --leaderboard {output.leaderboard} "
        "> {log} 2>&1 && tail -n 1 {log}"


rule check:
    input:
        scores=f"{SUMMARY}/scores.parquet",
        reference=[path for path in [f"results/expected/{SUITE.suite}.csv"] if os.path.exists(path)]
    output:
        expected=f"{SUMMARY}/expected.json", fresh=f"{SUMMARY}/expected.csv"
    log: f"{LOGS}/check.log"
    params:
        spec=spec_of("check"), code=code_of("check"),
        reference=lambda wildcards, input: f"--reference {input.reference}" if input.reference else "",
    shell:
        "python -m maw.stages.check --spec {params.spec:q} --code {params.code} "
        "--scores {input.scores} {params.reference} --expected {output.expected} "
        "--fresh {output.fresh} > {log} 2>&1 && tail -n 1 {log}"
