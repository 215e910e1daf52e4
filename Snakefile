# snakemake --cores all                                   the embedded suite
# snakemake --cores all --configfile workflow/config/smoke.yaml   another one
if not config:
    configfile: "workflow/config/embedded.yaml"

include: "workflow/rules/common.smk"
include: "workflow/rules/data.smk"
include: "workflow/rules/runs.smk"
include: "workflow/rules/analysis.smk"
include: "workflow/rules/ablations.smk"
include: "workflow/rules/report.smk"

rule all:
    default_target: True
    input: PAGE, TABLES.values(), FIGURES
