"""The container and the service run the command as it is, and not as root."""

import re
import shlex

import pytest
from prometheus_client.parser import text_string_to_metric_families

from api import body_limit, load, server, timeouts
from api.cli import main
from api.metrics import Metrics
from search.config import Settings
from tests.support import ROOT

CONTAINER = (ROOT / "deploy" / "Containerfile").read_text("utf-8")
SERVICE = (ROOT / "deploy" / "answers.service").read_text("utf-8")
OPERATION = (ROOT / "docs" / "operation.md").read_text("utf-8")


def help_of(command: str, capsys: pytest.CaptureFixture[str]) -> str:
    assert main([command, "--help"]) == 0
    return capsys.readouterr().out


def test_the_container_copies_what_is_packaged_and_is_not_root() -> None:
    stages = CONTAINER.split("\nFROM ")[1:]
    assert len(stages) == 2
    assert {"search", "indexer", "api"} <= set(re.findall(r"^COPY (\w+) ", CONTAINER, re.MULTILINE))
    user = re.search(r"^USER (\d+):(\d+)$", stages[-1], re.MULTILINE)
    assert user is not None
    assert int(user[1]) > 0
    assert "pip install" not in stages[-1]


def test_the_service_gives_options_that_exist(capsys: pytest.CaptureFixture[str]) -> None:
    line = re.search(r"^ExecStart=(.+)$", SERVICE, re.MULTILINE)
    assert line is not None
    words = shlex.split(line[1])
    shown = help_of(words[1], capsys)
    assert [word for word in words if word.startswith("--") and word not in shown] == []
    assert "DynamicUser=yes" in SERVICE


@pytest.mark.parametrize("text", [CONTAINER, SERVICE, OPERATION])
def test_settings_that_are_named_exist(text: str) -> None:
    known = {f"ANSWERS_{name.upper()}" for name in Settings.model_fields}
    assert set(re.findall(r"ANSWERS_[A-Z_]+", text)) <= known


def test_series_that_are_named_exist() -> None:
    metrics = Metrics()
    metrics.builds.labels("0").inc()
    families = text_string_to_metric_families(metrics.render().decode())
    known = {family.name for family in families}
    for name in set(re.findall(r"`?(answers_[a-z_]+)", OPERATION)):
        assert any(name in {each, f"{each}_total", f"{each}_count"} for each in known), name


def test_limits_are_those_of_the_program() -> None:
    rows = dict(re.findall(r"^\| ([^|]+) \| ([^|]+) \|", OPERATION, re.MULTILINE))
    assert rows["headers, body"].startswith(f"{timeouts.HEADER_S:g} s each")
    assert timeouts.BODY_S == timeouts.HEADER_S
    assert rows["a client that does not read"] == f"{timeouts.WRITE_S:g} s"
    assert rows["an idle connection"] == f"{server.KEEP_ALIVE_S} s"
    assert rows["connections"] == f"{timeouts.MAX_CONNECTIONS:,}"
    assert rows["body"] == f"{body_limit.MAX_BODY_BYTES // 1024} KB"
    kb = body_limit.MAX_HEADER_BYTES // 1024
    assert rows["address; headers"] == f"{kb} KB; {body_limit.MAX_HEADERS} headers of {kb} KB"
    assert body_limit.MAX_TARGET_BYTES == body_limit.MAX_HEADER_BYTES
    settings = Settings.model_fields
    assert rows["requests at a time"] == f"`max_concurrent`, {settings['max_concurrent'].default}"
    assert rows["time to an answer"] == f"`request_s`, {settings['request_s'].default:g} s"
    assert settings["max_concurrent"].default == load.MAX_CONCURRENT
    assert settings["request_s"].default == load.REQUEST_S
    assert f"get {server.DRAIN_S} s" in OPERATION
