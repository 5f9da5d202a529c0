"""A configuration with a slip of the pen is refused; each stack is judged by the one of its environment."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from policies.configuration import ENVIRONMENTS, HERE, ConfigurationError, level, read
from policies.pack import RULES
from policies.render_docs import PAGE, page
from policies.stacks import SettingsError, main, stacks_on_aws
from tests.policies.factories import BY_NAME


def mistakes(folder: Path, given: Any) -> str:
    file = folder / "mine.json"
    file.write_text(given if isinstance(given, str) else json.dumps(given))
    with pytest.raises(ConfigurationError) as caught:
        read(file)
    return str(caught.value).replace(f"{folder}/", "")


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (
            {"cost-instanse": "mandatory"},
            "mine.json: cost-instanse: unknown rule; did you mean cost-instance?",
        ),
        ({"data-kms": "mandatry"}, "mine.json: data-kms: unknown level: mandatry; did you mean mandatory?"),
        (
            {"data-kms": {"enforcementLevel": "off"}},
            "mine.json: data-kms: unknown level: off; use disabled, advisory, mandatory, remediate",
        ),
        ({"data-kms": 3}, "mine.json: data-kms: unknown level: 3"),
        (
            {"cost-instance": {"class": ["x"]}},
            "mine.json: cost-instance: unknown setting: class; did you mean classes?",
        ),
        (
            {"cost-instance": {"enforcmentLevel": "mandatory"}},
            "mine.json: cost-instance: unknown setting: enforcmentLevel; did you mean enforcementLevel?",
        ),
        ({"cost-instance": {"classes": "x"}}, 'mine.json: cost-instance.classes: "x" is not of type array'),
        ({"cost-instance": {"classes": [1]}}, "mine.json: cost-instance.classes: [1] is not a list of texts"),
        (
            {"cost-serverless": {"units": True}},
            "mine.json: cost-serverless.units: true is not of type integer",
        ),
        ({"cost-serverless": {"units": -1}}, "mine.json: cost-serverless.units: -1 is below 0"),
        (
            {"privilege-trust": {"unknown": "refuze"}},
            'privilege-trust.unknown: "refuze" is not one of note, refuse; did you mean refuse?',
        ),
        ({"naming-valid": "remediate"}, "mine.json: naming-valid: this rule cannot remediate; use mandatory"),
        ({"all": "mandatori"}, "mine.json: all: unknown level: mandatori; did you mean mandatory?"),
        ("{", "mine.json: not JSON: Expecting property name"),
        ("[" * 100_000, "mine.json: not JSON: maximum recursion depth exceeded"),
        ('{"data-kms": "mandatory", "data-kms": "disabled"}', "mine.json: data-kms is given twice"),
        ({"teardown-log-retention": {"days": 0}}, "mine.json: teardown-log-retention.days: 0 is below 1"),
        ([1], "mine.json: not an object of rules"),
    ],
)
def test_configuration_when_wrong_names_file_rule_and_the_nearest_name(
    tmp_path: Path, given: Any, said: str
) -> None:
    assert said in mistakes(tmp_path, given)


def test_configuration_reports_all_mistakes(tmp_path: Path) -> None:
    said = mistakes(tmp_path, {"cost-instanse": "mandatory", "data-kms": "mandatry"})
    assert len(said.splitlines()) == 2


def test_level_of_all_when_it_is_remediate_is_mandatory_for_a_rule_that_cannot() -> None:
    rules = {"all": {"enforcementLevel": "remediate"}}
    assert level(BY_NAME["tagging-owner"], rules) == "remediate"
    assert level(BY_NAME["data-kms"], rules) == "mandatory"


def test_configuration_reports_its_usage_without_a_file() -> None:
    asked = [sys.executable, "-m", "policies.configuration"]
    ended = subprocess.run(asked, capture_output=True, text=True, check=False)
    assert (ended.returncode, ended.stderr) == (2, "usage: python -m policies.configuration FILE...\n")


def test_configuration_reports_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"none.json: No such file"):
        read(tmp_path / "none.json")


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_shipped_configuration_is_right_and_for_its_environment(environment: str) -> None:
    rules = read(HERE / f"{environment}.json")
    assert rules["environment-matches"]["is"] == environment
    levels = {rule.name: level(rule, rules) for rule in RULES}
    assert levels["teardown-tables-kept"] == ("mandatory" if environment == "production" else "disabled")
    assert levels["teardown-deletable"] == ("disabled" if environment == "production" else "mandatory")


def test_staging_allows_whatever_development_allows() -> None:
    development, staging = (read(HERE / f"{environment}.json") for environment in ("development", "staging"))
    assert [level(rule, staging) for rule in RULES] == [level(rule, development) for rule in RULES]
    for rule in ("cost-instance", "cost-serverless", "cost-provisioned"):
        for name, value in development[rule].items():
            allowed = staging[rule][name]
            assert set(value) <= set(allowed) if isinstance(value, list) else value <= allowed


def test_level_of_all_applies_to_rules_without_one() -> None:
    rules = {"all": {"enforcementLevel": "advisory"}, "data-kms": {"enforcementLevel": "mandatory"}}
    assert level(BY_NAME["naming-valid"], rules) == "advisory"
    assert level(BY_NAME["data-kms"], rules) == "mandatory"


def test_command_when_a_file_is_wrong_exits_2_without_a_traceback(tmp_path: Path) -> None:
    file = tmp_path / "mine.json"
    file.write_text('{"data-kmss": "mandatory"}')
    ended = subprocess.run(
        [sys.executable, "-m", "policies.configuration", str(file), str(HERE / "staging.json")],
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 2
    assert ended.stderr == f"{file}: data-kmss: unknown rule; did you mean data-kms?\n"
    assert f"staging.json: {len(RULES)} rules: 2 remediate, 43 mandatory" in ended.stdout


def test_page_counts_the_rules_as_the_command_does() -> None:
    asked = [sys.executable, "-m", "policies.configuration", "policies/config/development.json"]
    ended = subprocess.run(asked, cwd=PAGE.parent.parent, capture_output=True, text=True, check=True)
    assert re.findall(r".*\b\d+ (?:policies|rules)\b.*\n", PAGE.read_text()) == [ended.stdout]


def test_page_about_policies_is_what_the_rules_say() -> None:
    text = PAGE.read_text()
    assert page(text) == text, "run `python -m policies.render_docs`"


def test_configuration_is_refused_when_it_is_not_a_file(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.json")
    (tmp_path / "device.json").symlink_to("/dev/zero")
    for name in ("pipe", "device", "."):
        place = tmp_path if name == "." else tmp_path / f"{name}.json"
        with pytest.raises(ConfigurationError, match=r": not a file$"):
            read(place)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "Pulumi.yaml").write_text("name: shop\n")
    (tmp_path / "Pulumi.prod.yaml").write_text("config: {bulk:environment: production}\n")
    (tmp_path / "Pulumi.dev.yaml").write_text("")
    (tmp_path / "Pulumi.local.yaml").write_text('config: {bulk:local: "true"}\n')
    return tmp_path


def test_stacks_on_aws_have_their_environments_and_no_local_stack(project: Path) -> None:
    assert list(stacks_on_aws(project)) == [
        {"stack": "dev", "environment": "development"},
        {"stack": "prod", "environment": "production"},
    ]


@pytest.mark.parametrize(
    "text",
    [
        "config: [\n",
        "- config\n",
        "config: [a]\n",
        "config: {bulk:environment: prod}\n",
        "config: {a: \x01}\n",
    ],
)
def test_stacks_on_aws_names_the_file_when_its_settings_are_wrong(project: Path, text: str) -> None:
    (project / "Pulumi.prod.yaml").write_text(text)
    with pytest.raises(SettingsError, match=r"Pulumi\.prod\.yaml: [^\n]+$"):
        list(stacks_on_aws(project))


def test_stacks_command_prints_json_and_fails_in_one_line_when_settings_are_wrong(
    project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(project)
    main()
    assert [each["stack"] for each in json.loads(capsys.readouterr().out)] == ["dev", "prod"]
    (project / "Pulumi.dev.yaml").write_text("config: {bulk:environment: prod}\n")
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 2
    assert capsys.readouterr().err.startswith(
        "error: Pulumi.dev.yaml: bulk:environment: 'prod' is not one of"
    )
