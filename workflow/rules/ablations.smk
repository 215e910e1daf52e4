# One factor a table, with what each setting costs; options that are swept on development queries.
SWEPT = f"{ROOT}/sweeps/{{dataset}}/{{sweep}}/{{value}}.json"


def swept_with(wildcards):
    """What trials of the swept system read, as `trunk_for` says it."""
    return trunk_of(wildcards.dataset, SUITE.sweeps[wildcards.sweep].system)


if SUITE.ablations:

    rule sweep:
        input:
            unpack(swept_with), **TABLES_OF_DATA,
        output:
            swept=SWEPT
        message: "try {wildcards.sweep} {wildcards.value} on development queries of {wildcards.dataset}"
        log: f"{LOGS}/sweep/{{dataset}}/{{sweep}}/{{value}}.log"
        params: spec=spec_of("sweep"), code=code_of("sweep"), pairs=pairs_argument
        resources: gpu=1
        shell:
            "python -m maw.stages.sweep --spec {params.spec:q} --code {params.code} "
            f"{TRAINING_ARGUMENTS}"
            "--swept {output.swept} " + TELL


    rule ablations:
        input:
            specification=specified("ablations"),
            comparisons=f"{SUMMARY}/comparisons.parquet", leaderboard=f"{SUMMARY}/leaderboard.parquet",
            runs=f"{SUMMARY}/runs.parquet",
            prices=expand(f"{SYSTEM}/price.json", dataset=SUITE.datasets, system=specs.priced(SUITE)),
            trials=[
                SWEPT.format(dataset=dataset, sweep=name, value=repr(value))
                for dataset in SUITE.datasets for name, asked in SUITE.sweeps.items()
                for value in asked.values],
        output:
            ablations=f"{SUMMARY}/ablations.parquet", sweeps=f"{SUMMARY}/sweeps.parquet",
            ablations_csv=f"{ROOT}/tables/ablations.csv", sweeps_csv=f"{ROOT}/tables/sweeps.csv",
        message: "put the ablations in tables"
        log: f"{LOGS}/ablations.log"
        params:
            code=code_of("ablations"),
            trials=lambda wildcards, input: f"--trials {input.trials}" if input.trials else "",
        shell:
            "python -m maw.stages.ablations --spec {input.specification} --code {params.code} "
            "--comparisons {input.comparisons} --leaderboard {input.leaderboard} --runs {input.runs} "
            "--prices {input.prices} {params.trials} "
            "--ablations {output.ablations} --sweeps {output.sweeps} "
            "--ablations-csv {output.ablations_csv} --sweeps-csv {output.sweeps_csv} "
            "> {log} 2>&1 && tail -n 1 {log}"
