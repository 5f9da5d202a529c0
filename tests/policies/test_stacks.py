"""Which stacks the workflows preview and deploy, and under which configuration."""

import json
from pathlib import Path

import pytest

from policies.stacks import SettingsError, main, stacks_on_aws


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
