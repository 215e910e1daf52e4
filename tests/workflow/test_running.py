"""Every command of docs/cluster.md in a dry run names existing files and the right jobs."""

import re
import subprocess

import pytest
import yaml

from tests.workflow.checkout import ROOT, Checkout, jobs_in

PAGE = (ROOT / "docs/cluster.md").read_text()
TABLE = dict(re.findall(r"^\| ([^|]+) \| `(snakemake [^`]+)` \|$", PAGE, re.MULTILINE))
BLOCK = "".join(re.findall(r"```sh\n(.*?)```", PAGE, re.DOTALL)).splitlines()
TRAINS = {"trial", "select", "make_run", "rank"}
MAKES = {
    "one dataset: its texts, split and frozen layers": {"prepare": 1, "encode": 1},
    "one system: its search, and every seed trained and scored": {
        **{"prepare": 1, "encode": 1, "trial": 3, "grid": 1, "select": 1},
        "make_run": 5,
    },
    "one seed of it": {
        **{"prepare": 1, "encode": 1, "trial": 3, "grid": 1, "select": 1},
        "make_run": 1,
    },
}


@pytest.fixture(scope="module")
def apart(smoke: Checkout, tmp_path_factory: pytest.TempPathFactory) -> Checkout:
    """Return a copy of the smoke checkout, because a dry run writes specifications, too."""
    return smoke.copy(tmp_path_factory.mktemp("running") / "checkout")


def dry(command: str, checkout: Checkout) -> dict[str, int]:
    """Return rule -> number of jobs that a command would run; fail where it is an error.

    command: `snakemake` with its arguments, and assignments of environment variables before it.
    """
    assignments, program, arguments = command.partition("snakemake ")
    assert program
    variables = dict(word.split("=") for word in assignments.split())
    words = subprocess.check_output(["bash", "-c", f"printf '%s\n' {arguments}"], text=True)
    output = checkout.run_snakemake([*words.splitlines(), "--dry-run"], variables=variables)
    return {rule: n for rule, n in jobs_in(output).items() if rule != "total"}


@pytest.mark.parametrize("what", TABLE)
def test_a_target_asks_for_the_jobs_that_the_page_says(what: str, apart: Checkout) -> None:
    planned = dry(TABLE[what], apart)
    if what in MAKES:
        assert planned == MAKES[what]
    elif what == "only the statistics":
        assert planned["compare"] == 1
        assert not planned.keys() & {"report", "tables", "figures", "theory"}
    else:
        assert planned["report"] == 1


@pytest.mark.parametrize("target", ["summary/comparisons.parquet", "report/index.html"])
def test_statistics_and_report_of_finished_runs_train_nothing(
    target: str, disturbed: Checkout
) -> None:
    (disturbed.results / target).unlink()
    planned = disturbed.planned(f"results/suites/smoke/{target}")
    assert planned
    assert not planned.keys() & {*TRAINS, "prepare", "encode", "evaluate", "collect"}


@pytest.mark.parametrize("line", BLOCK[1:])
def test_a_clusters_or_a_gpus_command_is_understood(line: str, apart: Checkout) -> None:
    if "profiles/slurm" in line:
        pytest.importorskip("snakemake_executor_plugin_slurm", reason="the extra [slurm]")
    planned = dry(line, apart)
    assert planned["report"] == 1


def test_the_extra_of_the_page_is_the_projects() -> None:
    assert ".[train,slurm]" in BLOCK[0]
    assert "\nslurm = [" in (ROOT / "pyproject.toml").read_text()


def test_the_slurm_profile_names_rules_that_there_are() -> None:
    text = "".join(path.read_text() for path in (ROOT / "workflow/rules").glob("*.smk"))
    rules = set(re.findall(r"^\s*rule (\w+):", text, re.MULTILINE))
    profile = yaml.safe_load((ROOT / "profiles/slurm/config.yaml").read_text())
    grouped = {entry.partition("=")[0] for entry in profile["groups"]}
    assert grouped <= rules
    assert set(profile["slurm-array-jobs"].split(",")) == {"price", "trial", "select"}
    assert not grouped & set(profile["slurm-array-jobs"].split(","))


def test_each_rule_says_how_much_memory_and_time_it_needs() -> None:
    for path in (ROOT / "workflow/rules").glob("*.smk"):
        for body in re.split(r"^\s*rule ", path.read_text(), flags=re.MULTILINE)[1:]:
            assert "resources: **" in body, f"{path.name}: {body.splitlines()[0]}"


def test_each_job_of_a_group_takes_its_only_lane() -> None:
    """Without it a group would ask for as many GPUs as it has jobs."""
    profile = yaml.safe_load((ROOT / "profiles/slurm/config.yaml").read_text())
    assert profile["resources"] == ["lane=1"]
    assert "lane=local" in profile["set-resource-scopes"]
    rules = (ROOT / "workflow/rules/common.smk").read_text()
    resources = re.findall(r"^[A-Z]+ = dict\((.*runtime=.*)\)", rules, re.MULTILINE)
    assert len(resources) == 3
    assert all("lane=1" in entry for entry in resources)


def test_a_key_that_stands_twice_in_the_configuration_runs_nothing(apart: Checkout) -> None:
    configuration = apart.folder / "twice.yaml"
    smoke = (ROOT / "workflow/config/smoke.yaml").read_text()
    configuration.write_text(f"{smoke}\nsuite: another\n")
    arguments = ["--dry-run", "--configfile", configuration.name]
    output = apart.run_snakemake(arguments, fails=True)
    line = smoke.count("\n") + 2
    assert f"twice.yaml:{line}: key 'suite' stands twice in one mapping" in output
