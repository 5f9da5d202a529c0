"""A stack's settings: what a wrong one is told."""

import gzip
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from dynamodb_bulk.spec.errors import InputError
from tests.recording import Engine, run_main

pytestmark = [pytest.mark.usefixtures("server_of_module"), pytest.mark.xdist_group("settings")]

RUNS = {
    "source": "https://github.com/shop/loads",
    "role": "arn:aws:iam::123456789012:role/deploy",
    "backend": "s3://state",
}
LOADS = [{"dataset": "tests/stacks/orders.yaml"}]


def mistake(config: Mapping[str, Any]) -> tuple[str, Engine]:
    engine = Engine()
    with pytest.raises(InputError) as caught:
        run_main(config, engine)
    return str(caught.value), engine


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("bulk:enviroment", "x", "bulk:enviroment: unknown key; did you mean environment?"),
        ("bulk:environment", "prod", "'prod' is not one of development, staging, production"),
        ("bulk:window", "shut", "window: 'shut' is not one of open, closed"),
        ("bulk:loads", [{"datset": "x"}], "loads[0].datset: unknown key; did you mean dataset?"),
        (
            "bulk:loads",
            [{**LOADS[0], "method": "copy"}],
            "loads[0].method: 'copy' is not one of auto, native, bulk_put, dms",
        ),
        ("bulk:loads", LOADS * 2, "bulk:loads[1]: two datasets are named orders"),
        ("bulk:loads", [{"dataset": "no/such.yaml"}], "no/such.yaml: the file does not exist"),
        ("bulk:network", {"mode": "existing"}, "network: mode existing needs `subnet_ids`"),
        ("bulk:network", {"mode": "private"}, "mode: 'private' is not one of default, existing, create"),
        ("bulk:network", {"mode": "create", "subnet_ids": ["subnet-1"]}, "are for mode existing"),
        ("bulk:network", {"cidr": "10.0.0.0/24"}, "network.cidr: only for mode create"),
        *(
            ("bulk:network", {"mode": "create", "cidr": cidr}, f"network.cidr: {said}")
            for cidr, said in (
                ("10.0.0.1/24", "not an address range such as 10.0.0.0/24"),
                ("fd00::/64", "not an address range such as 10.0.0.0/24"),
                ("10.0.0.0/15", "10.0.0.0/15 is not a private range"),
                ("10.0.0.0/28", "10.0.0.0/28 is not a private range"),
                ("52.95.0.0/16", "52.95.0.0/16 is not a private range"),
            )
        ),
        ("bulk:monitoring", {"notify": {"email": ["ops"]}}, "notify.email[0]: string should match pattern"),
        ("bulk:monitoring", {"stalled_minutes": 1}, "monitoring.stalled_minutes: input should be greater"),
        ("bulk:monitoring", {"mail": []}, "monitoring.mail: unknown key"),
        ("bulk:schedule", RUNS, "schedule: nothing starts a run; set `at`, `on_arrival` or both"),
        ("bulk:schedule", RUNS | {"at": "cron(0 2 * * *)"}, "schedule.at: "),
        ("bulk:schedule", RUNS | {"at": "rate(1 day)", "timezone": "Lisbon"}, "did you mean Europe/Lisbon?"),
        ("bulk:schedule", RUNS | {"on_arrival": "s3://inbox/orders/"}, "schedule.on_arrival: string should"),
        (
            "bulk:schedule",
            RUNS | {"on_arrival": "s3://inbox/x", "role": "deploy"},
            "expected the ARN of a role",
        ),
        ("bulk:dms", {"instance_class": "t3.medium"}, "dms.instance_class: string should match pattern"),
        ("bulk:role_path", "loads", "role_path: a path of roles begins and ends with a slash, as /loads/"),
        ("bulk:role_path", "/lo*ds/", "role_path: * is a wildcard"),
        ("bulk:permissions_boundary", "bound", "permissions_boundary: expected the ARN of a managed policy"),
        ("bulk:dms", {"account_roles": "overwrite"}, "'overwrite' is not one of adopt, create"),
        (
            "bulk:dms",
            {"engine_version": "3.4.6"},
            "dms.engine_version: 3.4.6 cannot assume the roles of the stack: 3.4.7 is the first that can",
        ),
        ("bulk:dms", {"serverless": {"max": 3}}, "dms.serverless.max: "),
        ("bulk:dms", {"serverless": {"min": 8, "max": 4}}, "dms.serverless.min: is more than `max`, 4"),
        (
            "bulk:dms",
            {"serverless": {"max": 4}, "storage_gb": 50},
            "dms.storage_gb: is of a replication instance, which `serverless` does without",
        ),
        ("bulk:dms", {"engine_version": "latest"}, "dms.engine_version: string should match pattern"),
        ("bulk:exports", [{"tabel": "orders"}], "exports[0].tabel: unknown key; did you mean table?"),
        ("bulk:exports", [{"table": "orders"}] * 2, "bulk:exports[1]: two exports are named orders"),
        (
            "bulk:exports",
            [{"table": "orders", "since": "2026-11-24"}],
            "bulk:exports[0]: since: only for incremental exports: use `at` for a full one",
        ),
        (
            "bulk:exports",
            [{"table": "orders", "type": "incremental", "since": "2026-11-24"}],
            "bulk:exports[0].until: an incremental export of a stack needs a fixed end",
        ),
        (
            "bulk:exports",
            [{"table": "orders", "type": "incremental", "since": "2026-11-23", "until": "2026-11-25"}],
            "since: a window of 48.0 hours: an incremental export covers 15 minutes to 24 hours",
        ),
        (
            "bulk:exports",
            [{"table": "orders", "schedule": {"full": "daily"}}],
            "exports[0].schedule.full: string should match pattern",
        ),
        *(
            ("bulk:exports", [{"table": "orders", "schedule": schedule}], f"exports[0].schedule{said}")
            for schedule, said in (
                ({}, ": empty; set `full`, `incremental_minutes` or both"),
                ({"ful": "rate(1 day)"}, ".ful: unknown key; did you mean full?"),
                ({"full": "cron(0 2 * * ?)"}, ".full: Incorrect number of values in '0 2 * * ?'. 6 required"),
                ({"full": "cron(0 25 * * ? *)"}, ".full: Invalid hour value '25'; a cron has minute, hour"),
                ({"full": "cron(0 2 * * * *)"}, ".full: Invalid combination of day-of-month '*' and"),
                ({"full": "rate(0 days)"}, ".full: a rate is a positive number and minutes, hours or days"),
                ({"incremental_minutes": 14}, ".incremental_minutes: input should be greater than or equal"),
                ({"incremental_minutes": 1441}, ".incremental_minutes: input should be less than or equal"),
                (
                    {"incremental_minutes": 45},
                    ".incremental_minutes: windows of 45 minutes do not fill a day",
                ),
                (
                    {"incremental_minutes": "hourly"},
                    ".incremental_minutes: expected a whole number, got 'hourly'",
                ),
                (
                    {"full": "rate(1 day)", "timezone": "Europe/Lisbo"},
                    ".timezone: 'Europe/Lisbo' is not a time zone; did you mean Europe/Lisbon?",
                ),
            )
        ),
        *(
            ("bulk:exports", [{"table": "orders", "schedule": {"full": "rate(1 day)"}, **more}], said)
            for more, said in (
                ({"bucket": "other"}, "exports[0].schedule: scheduled exports are of entire tables"),
                ({"selection": {"filter": "a = :b"}}, "exports[0].schedule: scheduled exports are of entire"),
            )
        ),
        (
            "bulk:loads",
            [{**LOADS[0], "wait": False, "verify": True}],
            "loads[0].verify: a load with `wait: false` cannot be verified",
        ),
        (
            "bulk:loads",
            [{**LOADS[0], "wait": False, "write_units": 50}],
            "loads[0].write_units: with `wait: false` nothing would put the capacity back",
        ),
    ],
)
def test_settings_when_wrong_name_file_key_and_what_was_expected(key: str, value: object, said: str) -> None:
    text, _ = mistake({"bulk:loads": LOADS, key: value})
    assert said in text
    assert text.startswith(("Pulumi.test.yaml: bulk:", "no/such.yaml"))


def test_settings_when_wrong_declare_nothing() -> None:
    assert mistake({"bulk:loads": LOADS, "bulk:envronment": "x"})[1].declared == []


def test_settings_when_the_method_cannot_carry_the_dataset_say_why(tmp_path: Path) -> None:
    columns = "columns: [{name: id, type: STRING, length: 9}]\ntable: {partition_key: {name: id}}\n"
    file = tmp_path / "dataset.yaml"
    file.write_text(f"name: a\nsource: {{files: [a.csv.gz], compression: gzip}}\n{columns}")
    (tmp_path / "a.csv.gz").write_bytes(gzip.compress(b"1\n"))
    text, engine = mistake({"bulk:loads": [{"dataset": str(file), "method": "dms"}]})
    assert "AWS does not document that DMS reads files compressed with gzip" in text
    assert engine.declared == []


@pytest.mark.parametrize("method", ["native", "bulk_put"])
def test_settings_when_a_method_other_than_dms_has_to_apply_changes_say_so(
    method: str, tmp_path: Path
) -> None:
    text = (
        "name: a\nsource: {location: s3://some-bucket/import/a/}\ntable: {partition_key: {name: id}}\n"
        "columns: [{name: id, type: STRING, length: 9}]\ndms: {migration_type: cdc, cdc_path: changes}\n"
    )
    (tmp_path / "dataset.yaml").write_text(text)
    said, _ = mistake({"bulk:loads": [{"dataset": str(tmp_path / "dataset.yaml"), "method": method}]})
    assert "loads[0].method: " in said
    assert "does not apply ongoing changes" in said
    assert "set `method: dms`" in said


@pytest.mark.parametrize(
    ("changes", "load", "message"),
    [
        ("", {"wait_for": "CDC1.csv"}, "loads[0].wait_for: a has no changes to wait for"),
        (
            "dms: {migration_type: cdc, cdc_path: changes}\n",
            {"verify": True},
            "loads[0].verify: changes go on after the load of a",
        ),
        ("", {"wait_for": "CDC1.csv", "wait": False}, "`wait: false` waits for nothing"),
    ],
)
def test_settings_when_a_load_asks_for_what_its_changes_do_not_allow_say_so(
    changes: str, load: dict[str, Any], message: str, tmp_path: Path
) -> None:
    text = (
        "name: a\nsource: {location: s3://some-bucket/import/a/}\ntable: {partition_key: {name: id}}\n"
        f"columns: [{{name: id, type: STRING, length: 9}}]\n{changes}"
    )
    (tmp_path / "dataset.yaml").write_text(text)
    loads = [{"dataset": str(tmp_path / "dataset.yaml"), "method": "dms", **load}]
    assert message in mistake({"bulk:loads": loads})[0]


def test_settings_when_a_load_is_broken_declare_nothing_of_the_others() -> None:
    loads = [*LOADS, {"dataset": "no/such.yaml"}]
    assert mistake({"bulk:loads": loads})[1].declared == []


def test_settings_when_local_without_the_endpoint_of_this_machine_say_what_to_run(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "https://dynamodb.eu-west-1.amazonaws.com")
    text, engine = mistake({"bulk:local": True})
    assert "this stack is for local AWS, but AWS_ENDPOINT_URL is https://" in text
    assert '`eval "$(.venv/bin/bulk local env)"`' in text
    assert engine.declared == []


@pytest.mark.parametrize(
    ("key", "text", "said"),
    [
        ("bulk:loads", "[" * 100_000, "bulk:loads: nested deeper than 100 levels"),
        ("bulk:dms", '{"a": 1, "a": 2}', "bulk:dms: a: given twice in one object"),
        ("bulk:dms", '{"storage_gb": 1e999}', "bulk:dms: 1e999 is not a finite number"),
        ("bulk:tags", '{"a": "\\u0000"}', "bulk:tags: a text with the character \\u0000"),
        ("bulk:environment", "\x1b[2J", "environment: '\\x1b[2J' is not one of"),
        ("bulk:exports", '[{"table": "t", "name": "a*"}]', "exports[0].name: * is a wildcard"),
        (
            "bulk:exports",
            '[{"table": "t", "name": "../a"}]',
            "exports[0].name: a name must not contain a slash",
        ),
        ("bulk:exports", '[{"table": "t", "kms_key": "*"}]', "exports[0].kms_key: * is a wildcard"),
    ],
)
def test_setting_is_one_line_when_it_is_hostile(key: str, text: str, said: str) -> None:
    told, _ = mistake({key: text})
    assert said in told
    assert told.isprintable()


@pytest.mark.parametrize(
    ("webhook", "said"),
    [
        ("https://hooks.example.com/very-secret", "in plain text; remove it, and run `pulumi config set"),
        ("ftp://hooks.example.com/very-secret", "not an address that begins with https://"),
        (["https://hooks.example.com/very-secret"], "bulk:monitoring.notify.webhook: "),
    ],
)
def test_webhook_is_refused_without_being_shown_when_it_is_no_secret_or_no_address(
    webhook: object, said: str
) -> None:
    told, engine = mistake({"bulk:monitoring": {"notify": {"webhook": webhook}}})
    assert said in told
    assert "bulk:monitoring.notify.webhook" in told
    assert "very-secret" not in told
    assert engine.declared == []
