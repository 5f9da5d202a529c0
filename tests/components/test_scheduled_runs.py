"""A stack that runs by itself: what it runs, as whom, and what starts it."""

import json
import re
from typing import Any

from components.scheduled_runs import PULUMI, UV, ScheduledRuns, ScheduledRunsArgs, command
from tests.recording import LOG_GROUP, ROLE_POLICY, ROOT, Engine, declare, run_main, stack, stack_config

PROJECT = "aws:codebuild/project:Project"
SCHEDULE, RULE = "aws:scheduler/schedule:Schedule", "aws:cloudwatch/eventRule:EventRule"
TARGET = "aws:cloudwatch/eventTarget:EventTarget"
DEPLOY = "arn:aws:iam::123456789012:role/deploy"


def runs(**changes: Any) -> Engine:
    def program() -> None:
        given: dict[str, Any] = {
            "stack": stack(),
            "environment": "staging",
            "source": "https://github.com/shop/loads",
            "role": DEPLOY,
            "backend": "s3://state",
            "limit_minutes": 90,
        }
        ScheduledRuns("runs", ScheduledRunsArgs(**(given | changes)))

    return declare(program)


def test_project_runs_one_build_at_a_time_as_the_role_that_is_given() -> None:
    engine = runs(at="rate(1 day)", passphrase="arn:aws:secretsmanager:eu-west-1:1:secret:phrase")
    project = engine.one(PROJECT).inputs
    assert (project["concurrentBuildLimit"], project["serviceRole"]) == (1, DEPLOY)
    assert (project["source"]["type"], project["source"]["location"]) == (
        "GITHUB",
        "https://github.com/shop/loads",
    )
    (secret,) = [
        one for one in project["environment"]["environmentVariables"] if one["type"] == "SECRETS_MANAGER"
    ]
    assert secret["name"] == "PULUMI_CONFIG_PASSPHRASE"
    (logs,) = engine.of_type(LOG_GROUP)
    assert (logs.inputs["name"], logs.inputs["retentionInDays"]) == ("/aws/codebuild/shop-test-runs", 30)


def test_build_runs_what_a_person_would_with_the_versions_of_the_workflows() -> None:
    spec = json.loads(runs(at="rate(1 day)").one(PROJECT).inputs["source"]["buildspec"])
    assert spec["phases"]["build"]["commands"] == [command("test", "staging")]
    assert command("test", "staging").startswith("pulumi up --stack test --yes --skip-preview ")
    workflow = (ROOT / ".github/workflows/up.yml").read_text()
    assert re.findall(r"pulumi-version: (\S+)", workflow) == [PULUMI]
    assert re.findall(r"uv==(\S+)", workflow) == [UV]


def test_clock_starts_the_project_and_may_start_no_other() -> None:
    engine = runs(at="cron(0 2 * * ? *)", timezone="Europe/Lisbon")
    schedule = engine.one(SCHEDULE).inputs
    assert schedule["scheduleExpression"] == "cron(0 2 * * ? *)"
    assert schedule["scheduleExpressionTimezone"] == "Europe/Lisbon"
    assert schedule["target"]["arn"].endswith(":aws-sdk:codebuild:startBuild")
    assert json.loads(schedule["target"]["input"]) == {"ProjectName": "shop-test-runs"}
    (policy,) = engine.of_type(ROLE_POLICY)
    (statement,) = json.loads(policy.inputs["policy"])["Statement"]
    assert statement["Action"] == "codebuild:StartBuild"
    assert statement["Resource"].endswith(":shop-test-runs")
    assert engine.of_type(RULE) == []


def test_arrival_of_the_object_alone_starts_the_project() -> None:
    engine = runs(bucket="inbox", key="orders/done", source="s3://code/project.zip")
    pattern = json.loads(engine.one(RULE).inputs["eventPattern"])
    assert pattern["detail-type"] == ["Object Created"]
    assert pattern["detail"] == {"bucket": {"name": ["inbox"]}, "object": {"key": ["orders/done"]}}
    assert engine.one(TARGET).inputs["arn"].endswith(":shop-test-runs")
    source = engine.one(PROJECT).inputs["source"]
    assert (source["type"], source["location"]) == ("S3", "code/project.zip")
    assert engine.of_type(SCHEDULE) == []


def test_program_has_runs_when_they_are_asked_for_and_its_window_is_open() -> None:
    asked = {"at": "rate(1 day)", "source": "s3://code/p.zip", "role": DEPLOY, "backend": "s3://state"}
    for window, count in (("open", 1), ("closed", 0)):
        engine = run_main(stack_config("dev") | {"bulk:schedule": asked, "bulk:window": window})
        assert len(engine.of_type(PROJECT)) == count
