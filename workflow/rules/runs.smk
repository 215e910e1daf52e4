# The hyper-parameters of each system; one model and one ranking for each system and seed.
TABLES_OF_DATA = dict(
    documents=f"{DATA}/documents.parquet", queries=f"{DATA}/queries.parquet",
    qrels=f"{DATA}/qrels.parquet", split=f"{DATA}/split.parquet",
    training=f"{DATA}/training.parquet", negatives=f"{DATA}/negatives.parquet",
    forbidden=f"{DATA}/forbidden.parquet", development=f"{DATA}/development.parquet",
)


def trunk_for(wildcards):
    """Return the trunk's file (frozen layers' outputs of texts, or of pairs) as `trunk_of` does."""
    return trunk_of(wildcards.dataset, wildcards.system)


def trunk_of(dataset, system):
    """Return the trunk's file, and the table of pairs where the system reads pairs.

    A system that trains itself reads no trunk.
    """
    names = ("pairs.parquet", "pairs.safetensors")
    if not SUITE.is_neural(system):
        return {}
    if not SUITE.is_pairwise(system):
        return {"trunk": f"{DATA}/trunk.safetensors".format(dataset=dataset)}
    return {key: f"{DATA}/{name}".format(dataset=dataset) for key, name in zip(("pairs", "trunk"), names)}


def trunk_argument(wildcards, input):
    """Return the options for the trunk and for the table of pairs, where the system reads them."""
    return " ".join(f"--{name} {input[name]}" for name in ("trunk", "pairs") if name in input.keys())


TRAINING_ARGUMENTS = (
    "--documents {input.documents} --queries {input.queries} --qrels {input.qrels} "
    "--split {input.split} --training {input.training} --negatives {input.negatives} "
    "--forbidden {input.forbidden} --development {input.development} {params.trunk} "
)


# The tables of the two halves of a cross-fit search.
TABLES_OF_SEARCH = dict(
    halves=[f"{DATA}/half{half}/{name}.parquet" for half in HALVES for name in HALF_TABLES])


def halves_argument(wildcards, input):
    """Return the option for the tables of the halves, or nothing."""
    return f"--halves {input.halves}" if input.halves else ""


def prices(wildcards):
    """Return the price files of a system and of the systems whose compute it matches.

    A system that matches no other system has no price files.
    """
    return [
        SYSTEM.format(dataset=wildcards.dataset, system=name) + "/price.json"
        for name in SUITE.priced_for(wildcards.system)
    ]


def prices_argument(wildcards, input):
    """Return the option for the price files, or nothing."""
    return f"--prices {input.prices}" if input.prices else ""


rule price:
    input:
        unpack(trunk_for), **TABLES_OF_DATA,
    output:
        price=f"{SYSTEM}/price.json"
    message: "count the FLOPs of a training step of {wildcards.system} on {wildcards.dataset}"
    log: f"{LOGS}/price/{{dataset}}/{{system}}.log"
    params: spec=spec_of("price"), code=code_of("price"), trunk=trunk_argument
    resources: **TENSORS
    shell:
        "python -m maw.stages.price --spec {params.spec:q} --code {params.code} "
        f"{TRAINING_ARGUMENTS}"
        "--price {output.price} " + TELL


rule trial:
    input:
        unpack(trunk_for), **TABLES_OF_DATA, **TABLES_OF_SEARCH, prices=prices,
    output:
        trials=f"{SYSTEM}/trials.json"
    message: "search the hyper-parameters of {wildcards.system} on {wildcards.dataset}"
    log: f"{LOGS}/trial/{{dataset}}/{{system}}.log"
    params:
        spec=spec_of("trial"), code=code_of("trial"), prices=prices_argument, trunk=trunk_argument,
        halves=halves_argument
    resources: **TRAINING
    shell:
        "MAW_LOG={log} python -m maw.stages.trial --spec {params.spec:q} --code {params.code} "
        f"{TRAINING_ARGUMENTS}{{params.prices}} {{params.halves}} "
        "--trials {output.trials} " + TELL


rule grid:
    input:
        trials=lambda wildcards: [
        f"{SYSTEM}/trials.json".format(dataset=wildcards.dataset, system=name) for name in SEARCHED]
    output:
        grid=f"{ROOT}/runs/{{dataset}}/grid.json"
    message: "agree on the learning rates that all systems try on {wildcards.dataset}"
    log: f"{LOGS}/grid/{{dataset}}.log"
    params: spec=spec_of("grid"), code=code_of("grid")
    resources: **SECONDS
    shell:
        "python -m maw.stages.grid --spec {params.spec:q} --code {params.code} "
        "--trials {input.trials} --grid {output.grid} " + TELL


# `ancient` makes Snakemake ignore that the grid's file is newer: an edit of one system makes the
# grid again, but seldom changes its content. When the content does change, `collect` reports that
# the systems were not searched on the same grid. Without a search there are neither trials nor a
# grid.
def search_of(wildcards):
    """Return the trials of a system and the grid of its dataset, where it has a search."""
    if not SUITE.is_searched(wildcards.system):
        return {}
    grid = f"{ROOT}/runs/{{dataset}}/grid.json".format(**wildcards)
    return {"trials": f"{SYSTEM}/trials.json".format(**wildcards), "grid": ancient(grid)}


def search_argument(wildcards, input):
    """Return the options for the trials and the grid, or nothing."""
    return " ".join(f"--{name} {input[name]}" for name in ("trials", "grid") if name in input.keys())


rule select:
    input:
        unpack(trunk_for), unpack(search_of), **TABLES_OF_DATA, **TABLES_OF_SEARCH, prices=prices,
    output:
        selection=f"{SYSTEM}/selection.json"
    message: "select the hyper-parameters of {wildcards.system} on {wildcards.dataset}"
    log: f"{LOGS}/select/{{dataset}}/{{system}}.log"
    params:
        spec=spec_of("select"), code=code_of("select"), prices=prices_argument, trunk=trunk_argument,
        halves=halves_argument, search=search_argument
    resources: **TRAINING
    shell:
        "MAW_LOG={log} python -m maw.stages.select --spec {params.spec:q} --code {params.code} "
        f"{TRAINING_ARGUMENTS}{{params.prices}} {{params.halves}} {{params.search}} "
        "--selection {output.selection} " + TELL


TRAINED_FILES = dict(
    run=f"{RUN}/run.json", model=f"{RUN}/model.safetensors",
    training_cost=f"{RUN}/training/cost.json", versions=f"{RUN}/versions.json",
)
RANKING_FILES = dict(
    ranking=f"{RUN}/ranking.parquet", cost=f"{RUN}/cost.json", depths=f"{RUN}/depths.parquet",
    by_depth=f"{RUN}/rankings_by_depth.parquet")
TRAINED_ARGUMENTS = (
    "--run {output.run} --model {output.model} --training-cost {output.training_cost} "
    "--versions {output.versions} "
)
RANKING_ARGUMENTS = (
    "--ranking {output.ranking} --cost {output.cost} --depths {output.depths} "
    "--by-depth {output.by_depth} "
)
WHOLE_UNITS, WHOLE_SYSTEMS = SUITE.whole_runs


def card(path):
    """Return run.json as an output of a reported run, which `snakemake --report` shows."""
    return shown(path, "Runs", caption="run", dataset="{dataset}", system="{system}", seed="{seed}")


# Where one job can make a whole run, it does; the others have a rule for each of its three stages.
ruleorder: make_run > train
ruleorder: make_run > rank
ruleorder: make_run > evaluate


# `update` makes Snakemake leave the files where they are: the job makes those that are missing,
# damaged or out of date, and keeps the others.
rule make_run:
    input:
        unpack(trunk_for), **TABLES_OF_DATA, prices=prices, selection=f"{SYSTEM}/selection.json"
    output:
        **{name: update(path) for name, path in {**TRAINED_FILES, **RANKING_FILES}.items() if name != "run"},
        run=card(update(f"{RUN}/run.json")),
        scores=update(f"{RUN}/scores.parquet")
    wildcard_constraints:
        dataset=any_of(WHOLE_UNITS), system=any_of(WHOLE_SYSTEMS)
    message: "train {wildcards.system} seed {wildcards.seed} on {wildcards.dataset}, rank and score"
    log: f"{LOGS}/make_run/{{dataset}}/{{system}}/seed{{seed}}.log"
    params: spec=spec_of("make_run"), code=code_of("make_run"), prices=prices_argument, trunk=trunk_argument
    resources: **TRAINING
    shell:
        "MAW_LOG={log} python -m maw.stages.make_run --spec {params.spec:q} --code {params.code} "
        f"{TRAINING_ARGUMENTS}{{params.prices}} --selection {{input.selection}} "
        f"{TRAINED_ARGUMENTS}{RANKING_ARGUMENTS}--scores {{output.scores}} " + TELL


rule train:
    input:
        unpack(trunk_for), **TABLES_OF_DATA, prices=prices, selection=f"{SYSTEM}/selection.json"
    output:
        **{**TRAINED_FILES, "run": card(f"{RUN}/run.json")}
    wildcard_constraints:
        system=any_of(TRAINED)
    message: "train {wildcards.system} seed {wildcards.seed} on {wildcards.dataset}"
    log: f"{LOGS}/train/{{dataset}}/{{system}}/seed{{seed}}.log"
    params: spec=spec_of("train"), code=code_of("train"), prices=prices_argument, trunk=trunk_argument
    resources: **TRAINING
    shell:
        "MAW_LOG={log} python -m maw.stages.train --spec {params.spec:q} --code {params.code} "
        f"{TRAINING_ARGUMENTS}{{params.prices}} --selection {{input.selection}} "
        f"{TRAINED_ARGUMENTS}" + TELL


rule describe:
    output:
        run=card(f"{RUN}/run.json")
    wildcard_constraints:
        system=any_of(UNTRAINED), seed="0"
    message: "describe {wildcards.system} on {wildcards.dataset}"
    log: f"{LOGS}/describe/{{dataset}}/{{system}}/seed{{seed}}.log"
    params: spec=spec_of("describe"), code=code_of("describe")
    resources: **SECONDS
    shell:
        "python -m maw.stages.describe --spec {params.spec:q} --code {params.code} "
        "--run {output.run} " + TELL


def given_run(wildcards):
    """Return the file of a run that was made elsewhere."""
    seed = int(wildcards.seed)
    return str(given_runs.file_of(SUITE, wildcards.system, unit=wildcards.dataset, seed=seed))


RECEIVED = f"{RUN}/received.parquet"


rule receive:
    input:
        file=given_run, documents=f"{DATA}/documents.parquet",
        queries=f"{DATA}/queries.parquet", split=f"{DATA}/split.parquet"
    output:
        run=card(f"{RUN}/run.json"), received=RECEIVED
    wildcard_constraints:
        system=any_of(GIVEN)
    message: "receive {wildcards.system} seed {wildcards.seed} on {wildcards.dataset}"
    log: f"{LOGS}/receive/{{dataset}}/{{system}}/seed{{seed}}.log"
    params: spec=spec_of("receive"), code=code_of("receive")
    resources: **SECONDS
    shell:
        "python -m maw.stages.receive --spec {params.spec:q} --code {params.code} --file {input.file:q} "
        "--documents {input.documents} --queries {input.queries} --split {input.split} "
        "--run {output.run} --received {output.received} " + TELL


RETRIEVED = f"{ROOT}/runs/{{dataset}}/retrieved.safetensors"
RETRIEVED_COSTS = f"{ROOT}/runs/{{dataset}}/cost.json"
CONTROL_RETRIEVED = (f"{CONTROL_SYSTEM}/retrieved.safetensors", f"{CONTROL_SYSTEM}/cost.json")


def streamed_with(wildcards):
    """Return the runs of all systems that rank a streamed collection, and the trained models."""
    runs = [
        {**wildcards, "system": system, "seed": seed}
        for system, seed in encoding_specs.streamed(SUITE, job_key(wildcards))
    ]
    inputs = {
        "runs": [folder_of(trained(run)) + "/run.json" for run in runs],
        "models": [
            folder_of(trained(run)) + "/model.safetensors"
            for run in runs if SUITE.is_trained(run["system"])
        ],
    }
    if SUITE.dataset(wildcards.dataset).retrieve == "pool":
        inputs["bm25"] = f"{DATA}/bm25.safetensors".format(**wildcards)
    return inputs


rule stream:
    input:
        unpack(streamed_with), documents=f"{DATA}/documents.parquet", queries=f"{DATA}/queries.parquet",
        split=f"{DATA}/split.parquet", trunk=f"{DATA}/trunk.safetensors"
    output:
        retrieved=RETRIEVED, costs=RETRIEVED_COSTS
    message: "rank {wildcards.dataset} with all bi-encoders while its documents stream by"
    log: f"{LOGS}/stream/{{dataset}}.log"
    params:
        spec=spec_of("stream"), code=code_of("stream"),
        optional=lambda wildcards, input: " ".join(
            f"--{name} {input[name]}" for name in ("models", "bm25") if name in input.keys() and input[name]),
    resources: **TRAINING
    shell:
        "python -m maw.stages.stream --spec {params.spec:q} --code {params.code} "
        "--documents {input.documents} --queries {input.queries} --split {input.split} "
        "--trunk {input.trunk} --runs {input.runs} {params.optional} --retrieved {output.retrieved} "
        "--costs {output.costs} " + TELL


def ranked_with(wildcards):
    """Return the inputs of a ranking, which depend on the kind of the system."""
    if SUITE.is_streamed(wildcards.dataset, wildcards.system):
        is_control = "control" in wildcards.keys()
        paths = CONTROL_RETRIEVED if is_control else (RETRIEVED, RETRIEVED_COSTS)
        names = ("retrieved", "retrieved_costs")
        return {name: path.format(**wildcards) for name, path in zip(names, paths)}
    model_run = trained(wildcards)
    inputs = {"run": folder_of(model_run) + "/run.json"}
    if SUITE.is_given(wildcards.system):
        return {**inputs, "received": RECEIVED.format(**wildcards)}
    if SUITE.is_neural(wildcards.system):
        inputs |= trunk_for(wildcards)
    elif SUITE.reads_index(wildcards.system):
        inputs["bm25"] = (DATA + "/bm25.safetensors").format(**wildcards)
    if SUITE.is_trained(wildcards.system):
        inputs["model"] = folder_of(model_run) + "/model.safetensors"
    if SUITE.is_diagnostic(wildcards.system):
        other = {**model_run, "seed": SUITE.seed_after(int(wildcards.seed))}
        inputs["other"] = (RUN + "/model.safetensors").format(**other)
        inputs["qrels"] = (DATA + "/qrels.parquet").format(**wildcards)
    return inputs


rule rank:
    input:
        unpack(ranked_with), documents=f"{DATA}/documents.parquet",
        queries=f"{DATA}/queries.parquet", split=f"{DATA}/split.parquet"
    output:
        **RANKING_FILES
    message: "rank with {wildcards.system} seed {wildcards.seed} on {wildcards.dataset}"
    log: f"{LOGS}/rank/{{dataset}}/{{system}}/seed{{seed}}.log"
    params:
        spec=spec_of("rank"), code=code_of("rank"),
        optional=lambda wildcards, input: " ".join(
            f"--{name.replace('_', '-')} {input[name]}"
            for name in ("run", "trunk", "pairs", "bm25", "received", "retrieved", "retrieved_costs", "model", "other", "qrels")
            if name in input.keys()),
    resources: **TRAINING
    shell:
        "MAW_LOG={log} python -m maw.stages.rank --spec {params.spec:q} --code {params.code} "
        "--documents {input.documents} --queries {input.queries} --split {input.split} "
        f"{{params.optional}} {RANKING_ARGUMENTS}" + TELL


if SUITE.cells:

    # Selection and main run are `ancient` (a newer file is ignored), because they change no cell at
    # another learning rate, unless an option is searched, too. The rule `cells` takes the main run's
    # scores where the main run has the cell's learning rate.
    CHOSEN = f"{SYSTEM}/selection.json"

    rule cell:
        input:
            unpack(trunk_for), **TABLES_OF_DATA, prices=prices,
            selection=CHOSEN if SUITE.selection.options else ancient(CHOSEN),
            main=ancient(f"{RUN}/scores.parquet")
        output:
            scores=f"{SYSTEM}/learning_rate{{learning_rate}}/seed{{seed}}/scores.parquet"
        message: "train, rank and score {wildcards.system} seed {wildcards.seed} at {wildcards.learning_rate} on {wildcards.dataset}"
        log: f"{LOGS}/cell/{{dataset}}/{{system}}/learning_rate{{learning_rate}}/seed{{seed}}.log"
        params: spec=spec_of("cell"), code=code_of("cell"), prices=prices_argument, trunk=trunk_argument
        resources: **TRAINING
        shell:
            "MAW_LOG={log} python -m maw.stages.cell --spec {params.spec:q} --code {params.code} "
            f"{TRAINING_ARGUMENTS}{{params.prices}} "
            "--selection {input.selection} --main {input.main} --scores {output.scores} " + TELL
