# What each router does, for diagnosis only: a suite without routers has none of these files.
from maw.jobs import routing_specs

ROUTING = f"{SUMMARY}/routing.parquet"
ATTENTION = f"{SUMMARY}/attention.parquet"
ROUTED = SUITE.routed


def diagnosed_with(wildcards):
    """Return the trunk, each seed's rankings by depth, and the models of a trained system."""
    runs = [{**wildcards, "seed": seed} for seed in SUITE.seeds_of(wildcards.system)]
    rankings = [folder_of(run) + "/rankings_by_depth.parquet" for run in runs]
    inputs = {**trunk_for(wildcards), "rankings": rankings}
    if SUITE.is_trained(wildcards.system):
        inputs["models"] = [folder_of(trained(run)) + "/model.safetensors" for run in runs]
    return inputs


def looked_at(entry):
    """Return the files that `look` reads of a routed system's run and of its dataset."""
    run = {name: entry["run"][name] for name in ("dataset", "system", "seed")}
    names = ("depths",) if entry["pairwise"] else ("depths", "rankings_by_depth")
    inputs = [*trunk_of(run["dataset"], run["system"]).values(), *(f"{folder_of(run)}/{name}.parquet" for name in names)]
    inputs += [f"{DATA}/{name}.parquet".format(**run) for name in ("documents", "queries", "qrels", "split")]
    return inputs + ([folder_of(trained(run)) + "/model.safetensors"] if entry["trained"] else [])


if ROUTED:
    ROUTING_SPEC = routing_specs.routing(SUITE)
    ROUTED_RUNS = [run for run in RUNS if run["system"] in ROUTED]
    CONTROL_SCORES = sorted({
        RUN.format(**run) + "/scores.parquet" for entry in ROUTING_SPEC["systems"] for run in entry["control"]})

    rule diagnose:
        input:
            unpack(diagnosed_with), documents=f"{DATA}/documents.parquet",
            queries=f"{DATA}/queries.parquet", qrels=f"{DATA}/qrels.parquet", split=f"{DATA}/split.parquet"
        output:
            policy=f"{SYSTEM}/policy.parquet", by_depth=f"{SYSTEM}/by_depth.parquet"
        wildcard_constraints:
            system=any_of(ROUTED)
        message: "look at the routing of {wildcards.system} on {wildcards.dataset}"
        log: f"{LOGS}/diagnose/{{dataset}}/{{system}}.log"
        params:
            spec=spec_of("diagnose"), code=code_of("diagnose"), trunk=trunk_argument,
            models=lambda wildcards, input: f"--models {input.models}" if "models" in input.keys() else "",
        resources: **TRAINING
        shell:
            "python -m maw.stages.diagnose --spec {params.spec:q} --code {params.code} "
            "--documents {input.documents} --queries {input.queries} --qrels {input.qrels} "
            "--split {input.split} {params.trunk} --rankings {input.rankings} {params.models} "
            "--policy {output.policy} --by-depth {output.by_depth} " + TELL


    rule routing:
        input:
            expand(f"{SYSTEM}/{{name}}.parquet", dataset=SUITE.units, system=ROUTED, name=("policy", "by_depth")),
            [RUN.format(**run) + "/depths.parquet" for run in ROUTED_RUNS],
            CONTROL_SCORES,
            expand(f"{DATA}/{{name}}.parquet", dataset=SUITE.units, name=("documents", "queries", "qrels")),
            specification=specified("routing", ROUTING_SPEC),
            curves=f"{SUMMARY}/curves.parquet",
        output:
            routing=ROUTING, routing_csv=shown_table("routing"),
        message: "put together what the routers do"
        log: f"{LOGS}/routing.log"
        params: code=code_of_spec("routing", ROUTING_SPEC)
        resources: **STATISTICS
        shell:
            "python -m maw.stages.routing --spec {input.specification} --code {params.code} "
            f"--runs {ROOT}/runs --data {ROOT}/data "
            "--curves {input.curves} --routing {output.routing} --routing-csv {output.routing_csv} "
            "> {log} 2>&1 && tail -n 1 {log}"


    LOOK_SPEC = routing_specs.look(SUITE)

    rule look:
        input:
            *dict.fromkeys(path for entry in LOOK_SPEC["systems"] for path in looked_at(entry)),
            specification=specified("look", LOOK_SPEC),
        output:
            attention=ATTENTION
        message: "look at single decisions of the routers"
        log: f"{LOGS}/look.log"
        params: code=code_of_spec("look", LOOK_SPEC)
        resources: **TENSORS
        shell:
            "python -m maw.stages.look --spec {input.specification} --code {params.code} "
            f"--runs {ROOT}/runs --data {ROOT}/data "
            "--attention {output.attention} > {log} 2>&1 && tail -n 1 {log}"
