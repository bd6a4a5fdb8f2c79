"""What runs and asks on the hosting service: forms that it can read, and workflows that keep to what they need."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner

ROOT = Path(__file__).parents[2]
GITHUB = ROOT / ".github"
WORKFLOWS = sorted((GITHUB / "workflows").glob("*.yml"))
FORMS = sorted(path for path in (GITHUB / "ISSUE_TEMPLATE").glob("*.yml") if path.name != "config.yml")


def run(tool, *arguments):
    command = [Path(sys.executable).with_name(tool), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT)


def held_against(schema, *files):
    # In this process: to begin another takes longer than all the checks.
    from check_jsonschema import main

    return CliRunner().invoke(main, ["--builtin-schema", schema, *map(str, files)])


def steps(path):
    return [step for job in yaml.safe_load(path.read_text("utf-8"))["jobs"].values() for step in job["steps"]]


@pytest.mark.parametrize(
    ("schema", "files"),
    [
        ("vendor.github-workflows", WORKFLOWS),
        ("custom.github-workflows-require-timeout", WORKFLOWS),
        ("vendor.dependabot", [GITHUB / "dependabot.yml"]),
        ("vendor.github-issue-forms", FORMS),
        ("vendor.github-issue-config", [GITHUB / "ISSUE_TEMPLATE/config.yml"]),
        ("vendor.citation-file-format", [ROOT / "CITATION.cff"]),
    ],
)
def test_it_has_the_form_that_is_published_for_it(schema, files):
    assert files
    done = held_against(schema, *files)
    assert done.exit_code == 0, done.output


def test_a_wrong_form_is_noticed(tmp_path):
    wrong = tmp_path / "form.yml"
    wrong.write_text("name: a\ndescription: b\nbody:\n  - type: question\n", encoding="utf-8")
    done = held_against("vendor.github-issue-forms", wrong)
    assert done.exit_code == 1
    assert "'question' is not one of" in done.output


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_every_action_is_named_by_its_commit_and_its_version(path):
    uses = re.findall(r"uses: *(.*)", path.read_text("utf-8"))
    assert uses
    assert [line for line in uses if not re.fullmatch(r"[\w.-]+(/[\w.-]+)+@[0-9a-f]{40} # v\d+\.\d+\.\d+", line)] == []


def test_an_action_is_the_same_commit_wherever_it_is_used():
    lines = {line for path in WORKFLOWS for line in re.findall(r"uses: *(.*)", path.read_text("utf-8"))}
    assert len(lines) == len({line.split("@")[0] for line in lines}), sorted(lines)


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_a_workflow_may_read_and_only_jobs_that_run_nothing_of_ours_may_write(path):
    workflow = yaml.safe_load(path.read_text("utf-8"))
    assert workflow["permissions"] == {"contents": "read"}
    assert "concurrency" in workflow
    for job in workflow["jobs"].values():
        assert job["timeout-minutes"] <= 90
        if "permissions" in job:
            assert not [
                step for step in job["steps"] if "make " in step.get("run", "") or "checkout" in step.get("uses", "")
            ]
    checkouts = [step for step in steps(path) if step.get("uses", "").startswith("actions/checkout@")]
    assert all(step["with"]["persist-credentials"] is False for step in checkouts)


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_no_text_from_outside_is_pasted_into_a_command(path):
    assert not [step["run"] for step in steps(path) if "${{" in step.get("run", "")]


def test_zizmor_finds_nothing():
    done = run("zizmor", "--offline", "--no-progress", "--persona=pedantic", ".github")
    assert done.returncode == 0, done.stdout + done.stderr


def test_zizmor_would_find_something(tmp_path):
    folder = tmp_path / ".github/workflows"
    folder.mkdir(parents=True)
    text = "on: push\njobs:\n  a:\n    runs-on: x\n    steps:\n      - uses: actions/checkout@v4\n"
    (folder / "a.yml").write_text(text, encoding="utf-8")
    assert run("zizmor", "--offline", "--no-progress", tmp_path).returncode > 0


def test_dependabot_looks_after_every_kind_of_dependency_that_there_is():
    kinds = {
        update["package-ecosystem"]
        for update in yaml.safe_load((GITHUB / "dependabot.yml").read_text("utf-8"))["updates"]
    }
    assert kinds == {"github-actions", "pip"} | ({"npm"} if (ROOT / "package.json").exists() else set())
