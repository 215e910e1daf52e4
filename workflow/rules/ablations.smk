# Ablations: a table for each factor (a varied part of the method) with the costs of its settings,
# and sweeps, which try values of one option on development queries.
from maw.jobs import ablation_specs

SWEPT = f"{ROOT}/sweeps/{{dataset}}/{{sweep}}/{{value}}.json"


def swept_with(wildcards):
    """Return the trunk's file, and the pairs if any, of the system whose option is swept."""
    return trunk_of(wildcards.dataset, SUITE.sweeps[wildcards.sweep].system)


def swept_spec(wildcards):
    """Return the specification of a sweep's job, with the swept option at the wildcard's value."""
    return ablation_specs.sweep(
        SUITE, dataset=wildcards.dataset, name=wildcards.sweep, value=float(wildcards.value))


if SUITE.ablations:
    ABLATIONS = ablation_specs.ablations(SUITE)

    rule sweep:
        input:
            unpack(swept_with), **TABLES_OF_DATA, **TABLES_OF_SEARCH,
        output:
            swept=SWEPT
        wildcard_constraints:
            sweep="|".join(SUITE.sweeps) or "none", value=r"[0-9.e+-]+"
        message: "try {wildcards.sweep} {wildcards.value} on development queries of {wildcards.dataset}"
        log: f"{LOGS}/sweep/{{dataset}}/{{sweep}}/{{value}}.log"
        params:
            spec=lambda wildcards: canonical(swept_spec(wildcards)),
            code=lambda wildcards: code_of_spec("sweep", swept_spec(wildcards)), trunk=trunk_argument,
            halves=halves_argument,
        resources: **TRAINING
        shell:
            "MAW_LOG={log} python -m maw.stages.sweep --spec {params.spec:q} --code {params.code} "
            f"{TRAINING_ARGUMENTS}{{params.halves}} "
            "--swept {output.swept} " + TELL


    rule ablations:
        input:
            specification=specified("ablations", ABLATIONS),
            comparisons=f"{SUMMARY}/comparisons.parquet", leaderboard=f"{SUMMARY}/leaderboard.parquet",
            runs=f"{SUMMARY}/runs.parquet", costs=f"{SUMMARY}/costs.parquet",
            prices=[f"{SYSTEM}/price.json".format(**entry) for entry in ABLATIONS["prices"]],
            trials=[SWEPT.format(**entry) for entry in ABLATIONS["trials"]],
        output:
            ablations=f"{SUMMARY}/ablations.parquet", sweeps=f"{SUMMARY}/sweeps.parquet",
            ablations_csv=shown_table("ablations"), sweeps_csv=shown_table("sweeps"),
        message: "put the ablations in tables"
        log: f"{LOGS}/ablations.log"
        params:
            code=code_of_spec("ablations", ABLATIONS),
            trials=lambda wildcards, input: f"--trials {input.trials}" if input.trials else "",
        resources: **SECONDS
        shell:
            "python -m maw.stages.ablations --spec {input.specification} --code {params.code} "
            "--comparisons {input.comparisons} --leaderboard {input.leaderboard} --runs {input.runs} "
            "--costs {input.costs} "
            "--prices {input.prices} {params.trials} "
            "--ablations {output.ablations} --sweeps {output.sweeps} "
            "--ablations-csv {output.ablations_csv} --sweeps-csv {output.sweeps_csv} "
            "> {log} 2>&1 && tail -n 1 {log}"
