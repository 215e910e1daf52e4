# One learning rate per system, one model and one ranking per system and seed.
TRAINING = dict(
    documents=f"{DATA}/documents.parquet", queries=f"{DATA}/queries.parquet",
    qrels=f"{DATA}/qrels.parquet", split=f"{DATA}/split.parquet",
    training=f"{DATA}/training.parquet", negatives=f"{DATA}/negatives.parquet",
    forbidden=f"{DATA}/forbidden.parquet", trunk=f"{DATA}/trunk.safetensors",
)
TRAINING_ARGUMENTS = (
    "--documents {input.documents} --queries {input.queries} --qrels {input.qrels} "
    "--split {input.split} --training {input.training} --negatives {input.negatives} "
    "--forbidden {input.forbidden} --trunk {input.trunk} "
)


rule trial:
    input:
        **TRAINING,
    output:
        trials=f"{SYSTEM}/trials.json"
    message: "search a learning rate for {wildcards.system} on {wildcards.dataset}"
    log: f"{LOGS}/trial/{{dataset}}/{{system}}.log"
    params: spec=spec_of("trial"), code=code_of("trial")
    resources: gpu=1
    shell:
        "python -m maw.stages.trial --spec {params.spec:q} --code {params.code} "
        f"{TRAINING_ARGUMENTS}"
        "--trials {output.trials} " + TELL


rule grid:
    input:
        trials=lambda wildcards: [
        f"{SYSTEM}/trials.json".format(dataset=wildcards.dataset, system=name) for name in TRAINED]
    output:
        grid=f"{ROOT}/runs/{{dataset}}/grid.json"
    message: "agree on the learning rates that all systems try on {wildcards.dataset}"
    log: f"{LOGS}/grid/{{dataset}}.log"
    params: spec=spec_of("grid"), code=code_of("grid")
    shell:
        "python -m maw.stages.grid --spec {params.spec:q} --code {params.code} "
        "--trials {input.trials} --grid {output.grid} " + TELL


# ancient: another system's edited loss re-makes the grid, which seldom changes it; when it does,
# `collect` says that the systems were not searched on the same grid
rule select:
    input:
        **TRAINING, trials=f"{SYSTEM}/trials.json",
        grid=ancient(f"{ROOT}/runs/{{dataset}}/grid.json")
    output:
        selection=f"{SYSTEM}/selection.json"
    message: "select the learning rate of {wildcards.system} on {wildcards.dataset}"
    log: f"{LOGS}/select/{{dataset}}/{{system}}.log"
    params: spec=spec_of("select"), code=code_of("select")
    resources: gpu=1
    shell:
        "python -m maw.stages.select --spec {params.spec:q} --code {params.code} "
        f"{TRAINING_ARGUMENTS}"
        "--trials {input.trials} --grid {input.grid} "
        "--selection {output.selection} " + TELL


rule train:
    input:
        **TRAINING, selection=f"{SYSTEM}/selection.json"
    output:
        run=f"{RUN}/run.json", model=f"{RUN}/model.safetensors"
    wildcard_constraints:
        system="|".join(TRAINED) or "none"
    message: "train {wildcards.system} seed {wildcards.seed} on {wildcards.dataset}"
    log: f"{LOGS}/train/{{dataset}}/{{system}}/seed{{seed}}.log"
    params: spec=spec_of("train"), code=code_of("train")
    resources: gpu=1
    shell:
        "python -m maw.stages.train --spec {params.spec:q} --code {params.code} "
        f"{TRAINING_ARGUMENTS}"
        "--selection {input.selection} "
        "--run {output.run} --model {output.model} " + TELL


rule describe:
    output:
        run=f"{RUN}/run.json"
    wildcard_constraints:
        system="|".join(UNTRAINED) or "none", seed="0"
    message: "describe {wildcards.system} on {wildcards.dataset}"
    log: f"{LOGS}/describe/{{dataset}}/{{system}}/seed{{seed}}.log"
    params: spec=spec_of("describe"), code=code_of("describe")
    shell:
        "python -m maw.stages.describe --spec {params.spec:q} --code {params.code} "
        "--run {output.run} " + TELL


def ranked_with(wildcards):
    """What a system ranks with: neural ones the trunk, trained ones their model too."""
    files = {"run": RUN + "/run.json"}
    if SUITE.is_neural(wildcards.system):
        files["trunk"] = DATA + "/trunk.safetensors"
    if SUITE.is_trained(wildcards.system):
        files["model"] = RUN + "/model.safetensors"
    return {name: path.format(**wildcards) for name, path in files.items()}


rule rank:
    input:
        unpack(ranked_with), documents=f"{DATA}/documents.parquet",
        queries=f"{DATA}/queries.parquet", split=f"{DATA}/split.parquet"
    output:
        ranking=f"{RUN}/ranking.parquet", cost=f"{RUN}/cost.json", depths=f"{RUN}/depths.parquet"
    message: "rank with {wildcards.system} seed {wildcards.seed} on {wildcards.dataset}"
    log: f"{LOGS}/rank/{{dataset}}/{{system}}/seed{{seed}}.log"
    params:
        spec=spec_of("rank"), code=code_of("rank"),
        trained=lambda wildcards, input: " ".join(
            f"--{name} {input[name]}" for name in ("trunk", "model") if name in input.keys()),
    resources: gpu=1
    shell:
        "python -m maw.stages.rank --spec {params.spec:q} --code {params.code} "
        "--documents {input.documents} --queries {input.queries} --split {input.split} "
        "--run {input.run} {params.trained} --ranking {output.ranking} --cost {output.cost} "
        "--depths {output.depths} " + TELL
