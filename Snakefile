# snakemake --cores all                                           the embedded suite
# snakemake --cores all --configfile workflow/config/smoke.yaml   another suite
include: "workflow/Snakefile"

# Snakemake ignores the `default_target` of a file that is included, so it is repeated here.
workflow.default_target = "all"
