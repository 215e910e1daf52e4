# The controls of the study: could it see a difference, and does it see one where there is none?
# Their trainings are made by the rules of all runs, into a folder of their own.
from pathlib import Path

from maw.jobs import control_specs
from maw.jobs.files import read_json

STUDY_CONTROLS = control_specs.study_controls(SUITE)
CONTROL_TRAINED = dict(
    run=f"{CONTROL_RUN}/run.json", model=f"{CONTROL_RUN}/model.safetensors",
    training_cost=f"{CONTROL_RUN}/training/cost.json", versions=f"{CONTROL_RUN}/versions.json",
)
CONTROL_RANKED = dict(
    ranking=f"{CONTROL_RUN}/ranking.parquet", cost=f"{CONTROL_RUN}/cost.json",
    depths=f"{CONTROL_RUN}/depths.parquet", by_depth=f"{CONTROL_RUN}/rankings_by_depth.parquet")
CONTROL_LOG = "{control}/{dataset}/{system}/seed{seed}.log"

ruleorder: make_control_run > train_control_run
ruleorder: make_control_run > rank_control_run
ruleorder: make_control_run > evaluate_control_run


use rule make_run as make_control_run with:
    output:
        **{name: update(path) for name, path in {**CONTROL_TRAINED, **CONTROL_RANKED}.items()},
        scores=update(f"{CONTROL_RUN}/scores.parquet")
    message: "train {wildcards.system} seed {wildcards.seed} on {wildcards.dataset} for the control {wildcards.control}, rank and score"
    log: f"{LOGS}/make_run/{CONTROL_LOG}"


use rule train as train_control_run with:
    output: **CONTROL_TRAINED
    message: "train {wildcards.system} seed {wildcards.seed} on {wildcards.dataset} for the control {wildcards.control}"
    log: f"{LOGS}/train/{CONTROL_LOG}"


use rule stream as stream_control_runs with:
    output: retrieved=CONTROL_RETRIEVED[0], costs=CONTROL_RETRIEVED[1]
    message: "rank {wildcards.dataset} with {wildcards.system} for the control {wildcards.control} while its documents stream by"
    log: f"{LOGS}/stream/{{control}}/{{dataset}}/{{system}}.log"


use rule rank as rank_control_run with:
    output: **CONTROL_RANKED
    message: "rank with {wildcards.system} seed {wildcards.seed} on {wildcards.dataset} for the control {wildcards.control}"
    log: f"{LOGS}/rank/{CONTROL_LOG}"


use rule evaluate as evaluate_control_run with:
    input:
        ranking=f"{CONTROL_RUN}/ranking.parquet", qrels=f"{DATA}/qrels.parquet", split=f"{DATA}/split.parquet"
    output:
        scores=f"{CONTROL_RUN}/scores.parquet"
    message: "score {wildcards.system} seed {wildcards.seed} on {wildcards.dataset} for the control {wildcards.control}"
    log: f"{LOGS}/evaluate/{CONTROL_LOG}"


def files_of(runs, names):
    """Return the files of these names of runs of a control, run.json of their models among them."""
    return [
        folder_of(trained(run) if name == "run.json" else run) + f"/{name}"
        for run in runs for name in names
    ]


NEGATIVE_RUNS = [dict(run, control="negative") for run in STUDY_CONTROLS["negative"]]

rule study_controls:
    input:
        sorted({
            RUN.format(**run) + "/ranking.parquet"
            for kind in ("planted", "judged") for run in STUDY_CONTROLS[kind]
        }),
        files_of(NEGATIVE_RUNS, ("run.json", "ranking.parquet", "scores.parquet")),
        files_of(STUDY_CONTROLS["repeated"], ("run.json",)),
        expand(f"{DATA}/{{name}}.parquet", dataset=SUITE.units, name=("qrels", "split")),
        specification=specified("study_controls", STUDY_CONTROLS),
        scores=f"{SUMMARY}/scores.parquet", judged=f"{SUMMARY}/judged.parquet",
        selection=f"{SUMMARY}/selection.parquet",
        queries=expand(f"{DATA}/queries.parquet", dataset=SUITE.datasets),
    output:
        controls=FIRST_CONTROLS
    message: "look whether the study could see a difference"
    log: f"{LOGS}/study_controls.log"
    params: code=code_of_spec("study_controls", STUDY_CONTROLS)
    resources: **STATISTICS
    shell:
        "python -m maw.stages.study_controls --spec {input.specification} --code {params.code} "
        f"--runs {ROOT}/runs --further {ROOT}/controls/negative --data {ROOT}/data "
        "--scores {input.scores} --judged {input.judged} --selection {input.selection} "
        "--queries {input.queries} --controls {output.controls} > {log} 2>&1 && tail -n 1 {log}"


if BUDGET:
    BUDGET_SPEC = control_specs.budget(SUITE)

    # which systems train again is known only when the claims are judged
    checkpoint deciding:
        input: claims=f"{SUMMARY}/claims.parquet"
        output: deciding=f"{SUMMARY}/deciding.json"
        message: "name the systems that train with more steps"
        log: f"{LOGS}/deciding.log"
        params: code=code_of_spec("deciding", {})
        resources: **SECONDS
        shell:
            "python -m maw.stages.deciding --spec {{}} --code {params.code} --claims {input.claims} "
            "--deciding {output.deciding} > {log} 2>&1 && tail -n 1 {log}"


    def with_more_steps(wildcards):
        """Return the files of the runs with more steps, once it is known which these are."""
        pairs = read_json(Path(checkpoints.deciding.get().output.deciding))["pairs"]
        runs = [dict(run, control="budget") for run in control_specs.runs_with_budget(SUITE, pairs)]
        return files_of(runs, ("run.json", "scores.parquet"))


    rule budget:
        input:
            with_more_steps,
            specification=specified("budget", BUDGET_SPEC),
            first=FIRST_CONTROLS, claims=f"{SUMMARY}/claims.parquet", scores=f"{SUMMARY}/scores.parquet",
            selection=f"{SUMMARY}/selection.parquet",
            queries=expand(f"{DATA}/queries.parquet", dataset=SUITE.datasets),
        output:
            controls=CONTROLS, budget=f"{SUMMARY}/budget.parquet", budget_csv=shown_table("budget"),
        message: "look whether the verdicts hold with more steps"
        log: f"{LOGS}/budget.log"
        params: code=code_of_spec("budget", BUDGET_SPEC)
        resources: **STATISTICS
        shell:
            "python -m maw.stages.budget --spec {input.specification} --code {params.code} "
            f"--runs {ROOT}/runs --longer {ROOT}/controls/budget "
            "--first {input.first} --claims {input.claims} --scores {input.scores} "
            "--selection {input.selection} --queries {input.queries} "
            "--controls {output.controls} --budget {output.budget} --budget-csv {output.budget_csv} "
            "> {log} 2>&1 && tail -n 1 {log}"
