# Collections on disk, and the frozen layers' outputs for their texts, once for each dataset.
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
        return suite_specs.sources(SUITE, wildcards.dataset)
    except InputError as error:
        sys.exit(f"maw: {error}")


rule prepare:
    input:
        unpack(source_of), sources=raw_files
    output:
        documents=f"{DATA}/documents.parquet", queries=f"{DATA}/queries.parquet",
        qrels=f"{DATA}/qrels.parquet", split=f"{DATA}/split.parquet",
        training=f"{DATA}/training.parquet", negatives=f"{DATA}/negatives.parquet",
        forbidden=f"{DATA}/forbidden.parquet", bm25=f"{DATA}/bm25.safetensors",
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
        "--forbidden {output.forbidden} --bm25 {output.bm25} --dataset {output.dataset} " + TELL


def trained_with(wildcards):
    """Return the files that name the documents that training needs, as inputs of `encode`.

    Only a collection too large to keep encoded has them: its trunk holds no other documents.
    """
    if SUITE.dataset(wildcards.dataset).retrieve == "stored":
        return {}
    return {
        name: (DATA + f"/{name}.parquet").format(**wildcards) for name in ("qrels", "split", "training", "negatives")}


rule encode:
    input:
        unpack(trained_with), documents=f"{DATA}/documents.parquet", queries=f"{DATA}/queries.parquet"
    output:
        trunk=f"{DATA}/trunk.safetensors"
    message: "encode {wildcards.dataset} with the frozen layers"
    log: f"{LOGS}/encode/{{dataset}}.log"
    params:
        spec=spec_of("encode"), code=code_of("encode"),
        trained=lambda wildcards: " ".join(f"--{name} {path}" for name, path in trained_with(wildcards).items()),
    resources: **TRAINING
    threads: 2
    shell:
        "MAW_WORKERS={threads} python -m maw.stages.encode --spec {params.spec:q} --code {params.code} "
        "--documents {input.documents} --queries {input.queries} {params.trained} --trunk {output.trunk} "
        + TELL


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
