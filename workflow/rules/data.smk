# Collections on disk, and the frozen layers' outputs for their texts, once for each dataset.
HALVES = (1, 2) if SUITE.selection.cross_fit == 2 else ()
HALF_TABLES = ("split", "training", "negatives", "forbidden", "development")


def source_of(wildcards):
    """Return the queries and the split of the dataset that transferred models are trained on.

    `prepare` counts this dataset's queries that are near-duplicates of its train and dev queries.
    """
    source = SUITE.source_of(wildcards.dataset)
    if not source:
        return {}
    return {f"source_{name}": DATA.format(dataset=source) + f"/{name}.parquet" for name in ("queries", "split")}


def raw_files(wildcards):
    """Return the files that a dataset is made from; a missing one ends the workflow with one line."""
    try:
        return loader_files.sources(SUITE, wildcards.dataset)
    except InputError as error:
        sys.exit(f"maw: {error}")


rule prepare:
    input:
        unpack(source_of), sources=raw_files
    output:
        documents=f"{DATA}/documents.parquet", queries=f"{DATA}/queries.parquet",
        qrels=f"{DATA}/qrels.parquet", split=f"{DATA}/split.parquet",
        training=f"{DATA}/training.parquet", negatives=f"{DATA}/negatives.parquet",
        forbidden=f"{DATA}/forbidden.parquet", development=f"{DATA}/development.parquet",
        bm25=f"{DATA}/bm25.safetensors",
        dataset=f"{DATA}/dataset.json",
    message: "prepare {wildcards.dataset}"
    log: f"{LOGS}/prepare/{{dataset}}.log"
    params:
        spec=spec_of("prepare"), code=code_of("prepare"),
        source=lambda wildcards: " ".join(
            f"--{name.replace('_', '-')} {path}" for name, path in source_of(wildcards).items()),
    resources: **TENSORS
    shell:
        "python -m maw.stages.prepare --spec {params.spec:q} --code {params.code} "
        "{params.source} --documents {output.documents} --queries {output.queries} --qrels {output.qrels} "
        "--split {output.split} --training {output.training} --negatives {output.negatives} "
        "--forbidden {output.forbidden} --development {output.development} --bm25 {output.bm25} --dataset {output.dataset} " + TELL


def trained_with(wildcards):
    """Return the tables of the documents that training needs, as inputs of `encode`.

    Only a collection too large to keep encoded has them: its trunk holds no other documents.
    """
    if SUITE.dataset(wildcards.dataset).retrieve == "stored":
        return []
    names = ("training", "negatives", "development")
    halves = HALVES if wildcards.dataset in SUITE.training_units else ()
    folders = [DATA, *(f"{DATA}/half{half}" for half in halves)]
    return [f"{folder}/{name}.parquet".format(**wildcards) for folder in folders for name in names]


if HALVES:

    # The search trains on one half of the train and dev queries and is scored on the other.
    rule halve:
        input:
            documents=f"{DATA}/documents.parquet", split=f"{DATA}/split.parquet",
            bm25=f"{DATA}/bm25.safetensors"
        output:
            halves=[f"{DATA}/half{half}/{name}.parquet" for half in HALVES for name in HALF_TABLES]
        message: "halve the train and dev queries of {wildcards.dataset}"
        log: f"{LOGS}/halve/{{dataset}}.log"
        params: spec=spec_of("halve"), code=code_of("halve")
        resources: **TENSORS
        shell:
            "python -m maw.stages.halve --spec {params.spec:q} --code {params.code} "
            "--documents {input.documents} --split {input.split} --bm25 {input.bm25} "
            "--halves {output.halves} " + TELL


rule encode:
    input:
        documents=f"{DATA}/documents.parquet", queries=f"{DATA}/queries.parquet", needed=trained_with
    output:
        trunk=f"{DATA}/trunk.safetensors"
    message: "encode {wildcards.dataset} with the frozen layers"
    log: f"{LOGS}/encode/{{dataset}}.log"
    params:
        spec=spec_of("encode"), code=code_of("encode"),
        needed=lambda wildcards, input: f"--needed {input.needed}" if input.needed else "",
    resources: **TRAINING
    threads: 2
    shell:
        "MAW_WORKERS={threads} python -m maw.stages.encode --spec {params.spec:q} --code {params.code} "
        "--documents {input.documents} --queries {input.queries} {params.needed} --trunk {output.trunk} "
        + TELL


rule time_frozen:
    input:
        documents=f"{DATA}/documents.parquet", queries=f"{DATA}/queries.parquet"
    output:
        times=f"{DATA}/frozen/cost.json"
    message: "time the frozen layers on {wildcards.dataset}"
    log: f"{LOGS}/time_frozen/{{dataset}}.log"
    params: spec=spec_of("time_frozen"), code=code_of("time_frozen")
    resources: **TRAINING
    shell:
        "python -m maw.stages.time_frozen --spec {params.spec:q} --code {params.code} "
        "--documents {input.documents} --queries {input.queries} --times {output.times} " + TELL


rule pair:
    input:
        documents=f"{DATA}/documents.parquet", queries=f"{DATA}/queries.parquet",
        qrels=f"{DATA}/qrels.parquet", split=f"{DATA}/split.parquet", training=f"{DATA}/training.parquet",
        negatives=f"{DATA}/negatives.parquet", bm25=f"{DATA}/bm25.safetensors"
    output:
        pairs=f"{DATA}/pairs.parquet", trunk=f"{DATA}/pairs.safetensors"
    message: "encode the pairs of {wildcards.dataset} with the frozen layers"
    log: f"{LOGS}/pair/{{dataset}}.log"
    params: spec=spec_of("pair"), code=code_of("pair")
    resources: **TRAINING
    threads: 2
    shell:
        "MAW_WORKERS={threads} python -m maw.stages.pair --spec {params.spec:q} --code {params.code} "
        "--documents {input.documents} --queries {input.queries} --qrels {input.qrels} "
        "--split {input.split} --training {input.training} --negatives {input.negatives} --bm25 {input.bm25} "
        "--pairs {output.pairs} --trunk {output.trunk} " + TELL
