"""The image and the containers beside it, as they are written: no Docker is needed."""

import re
import shlex
from collections.abc import Mapping
from typing import Any

import pytest
import typer
import yaml

from streamvision.assets import asset
from streamvision.entrypoints.cli.main import app
from streamvision.settings import load_profile
from tests.support.dockerfile import command, instructions, problems
from tools.check_docs import known_commands

FOLDER = asset("infra") / "docker"
DOCKERFILE = (FOLDER / "Dockerfile").read_text(encoding="utf-8")
COMPOSE = (FOLDER / "compose.yml").read_text(encoding="utf-8")
SERVICES: Mapping[str, Any] = yaml.safe_load(COMPOSE)["services"]
OURS = {name for name, service in SERVICES.items() if "build" in service}
ENDING = {"bucket", "fill", "pipeline"}


def test_the_dockerfile_has_nothing_that_a_linter_minds() -> None:
    """Not root, no compiler, no secret, nothing that floats."""
    assert list(problems(DOCKERFILE)) == []


@pytest.mark.parametrize(
    ("old", "new", "wrong"),
    [
        ("USER 10001:10001\n", "", "it runs as root"),
        ("USER 10001:10001", "USER root", "it runs as root"),
        ("USER 10001:10001", "USER 10001\nUSER 0", "it runs as root"),
        ("USER 10001:10001", "USER streamvision", "a user without a number"),
        ("=python:3.11.14-slim-bookworm\n", "=python:latest\n", "the base has no tag"),
        ("=python:3.11.14-slim-bookworm\n", "=python\n", "the base has no tag"),
        ("COPY . .", "ADD https://example.org/x.tar.gz /x", "ADD fetches"),
        (
            "HEALTHCHECK --interval=30s --timeout=5s --start-period=60s --retries=3 \\\n",
            "# ",
            "there is no H",
        ),
        ("uv==0.13.9", "uv", "pip installs without a version"),
        ("VOLUME /data", "RUN apt-get update && apt-get install -y gcc", "apt's lists stay"),
        ("VOLUME /data", "RUN apt-get install -y gcc", "a compiler is in the image"),
        ("VOLUME /data", "ENV SNOWFLAKE_PASSWORD=hunter2", "a secret would stay"),
        ("VOLUME /data", "RUN curl https://example.org/i.sh | sh", "what is fetched is run unseen"),
        ("VOLUME /data", "COPY . /app", "the image takes files that were not built"),
        (
            'CMD ["dashboard", "--address", "0.0.0.0", "--without-login"]',
            "CMD dashboard",
            "CMD goes through a shell",
        ),
    ],
)
def test_a_mistake_in_the_dockerfile_is_found(old: str, new: str, wrong: str) -> None:
    """The lint would not pass whatever is written."""
    assert old in DOCKERFILE
    assert [found for found in problems(DOCKERFILE.replace(old, new)) if found.startswith(wrong)]


def test_the_image_is_built_with_the_projects_own_uv_and_lock() -> None:
    """From the lock as it is, from wheels alone: a compiler would have nothing to do."""
    setup = (asset("tools") / "setup.sh").read_text(encoding="utf-8")
    [version] = re.findall(r"^UV_VERSION=(\S+)$", setup, re.MULTILINE)
    assert f"uv=={version}" in DOCKERFILE
    syncs = [each.value for each in instructions(DOCKERFILE) if each.value.startswith("uv sync")]
    assert len(syncs) == 2
    assert all({"--locked", "--no-dev"} <= set(sync.split()) for sync in syncs)
    assert "--no-build" in syncs[0]


def test_no_secret_and_no_data_gets_into_the_image() -> None:
    """Of the checkout, only what is named goes to the build; what the wheel is packed from is among it."""
    lines = (FOLDER / "Dockerfile.dockerignore").read_text(encoding="utf-8").splitlines()
    allowed = {line[1:] for line in lines if line.startswith("!")}
    assert next(line for line in lines if line and line[0] not in "#!") == "*"
    project = (asset("pyproject.toml")).read_text(encoding="utf-8")
    packed = project.partition("force-include]\n")[2].partition("\n\n")[0]
    assert {line.split('"')[1] for line in packed.splitlines()} <= allowed
    assert not {".git", ".venv", ".streamvision", "streamvision.toml", "tests", ".env"} & allowed


def test_what_the_image_starts_is_a_command() -> None:
    """With options that it has."""
    assert command(DOCKERFILE, "ENTRYPOINT") == ["streamvision"]
    _check_command(command(DOCKERFILE, "CMD"))


@pytest.mark.parametrize("name", sorted(OURS))
def test_what_the_containers_start_is_a_command(name: str) -> None:
    """With options that it has; Airflow is started by a shell, after our own command."""
    command = SERVICES[name]["command"]
    if "entrypoint" in SERVICES[name]:
        (line,) = command
        command = shlex.split(line)
        assert command.pop(0) == "streamvision"
        command = command[: command.index("&&")]
    _check_command(command)


def test_the_containers_profile_is_one_that_settings_understand() -> None:
    """The variables are the project's own, and name a source, a lake and a warehouse."""
    environment = {
        name: re.sub(r"\$\{(\w+):\?[^}]*\}", "secret", str(value))
        for name, value in SERVICES["pipeline"]["environment"].items()
    }
    profile = load_profile(None, environment | {"STREAMVISION_HOME": "/data"}, FOLDER)
    assert profile.source == "postgresql://streamvision:secret@postgres:5432/streaming"
    assert (profile.lake, profile.extraction) == ("s3://streamvision-lake/streamvision", "changes")
    assert profile.warehouse.startswith("duckdb:///data/")
    assert "lake/streamvision-lake" in SERVICES["bucket"]["command"][0]


def test_the_services_that_were_asked_for_are_there() -> None:
    """PostgreSQL that keeps a log of changes, an S3 server, the dashboards, and Airflow with the DAGs."""
    assert {"postgres", "s3", "dashboards", "airflow", "pipeline"} <= SERVICES.keys()
    assert "wal_level=logical" in SERVICES["postgres"]["command"]
    [dags] = [each for each in SERVICES["airflow"]["volumes"] if isinstance(each, dict)]
    assert (dags["source"], dags["read_only"]) == ("../../dags", True)


@pytest.mark.parametrize("name", sorted(SERVICES))
def test_a_container_is_let_out_to_this_machine_alone(name: str) -> None:
    """A port without an address would be open to the whole network, past the firewall of most systems."""
    for port in SERVICES[name].get("ports", []):
        assert re.fullmatch(r"127\.0\.0\.1:\d+:\d+", port), port
    assert not {"network_mode", "privileged", "pid"} & SERVICES[name].keys()


@pytest.mark.parametrize("name", sorted(SERVICES))
def test_a_containers_image_has_a_tag_that_stays(name: str) -> None:
    """What is started today is what was started yesterday."""
    tag = SERVICES[name]["image"].rpartition(":")[2]
    assert name in OURS or (re.search(r"\d", tag) and tag != "latest")


@pytest.mark.parametrize("name", sorted(SERVICES.keys() - ENDING))
def test_a_container_that_goes_on_tells_whether_it_is_well(name: str) -> None:
    """And is started again when it ends by itself."""
    assert SERVICES[name]["healthcheck"]["test"][0] in {"CMD", "CMD-SHELL"}
    assert SERVICES[name]["restart"] == "unless-stopped"


def test_no_secret_stands_in_the_compose_file() -> None:
    """Each comes from the environment, and one that is missing is told instead of being empty."""
    secrets = re.findall(r"^\s+(\w*(?:PASSWORD|SECRET\w*)): *(.+)$", COMPOSE, re.MULTILINE)
    assert len(secrets) >= 4
    assert [name for name, value in secrets if not re.fullmatch(r"\$\{\w+:\?[^}]+\}", value)] == []
    in_urls = re.findall(r"://\w+:(.+?)@", COMPOSE)
    assert in_urls
    assert all(each.startswith("${") for each in in_urls)


@pytest.mark.parametrize("name", sorted(OURS))
def test_our_containers_have_no_rights_that_they_do_not_need(name: str) -> None:
    """Nothing but the home can be written, and no right can be won."""
    service = SERVICES[name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    written = [each for each in service["volumes"] if isinstance(each, str) or not each["read_only"]]
    assert written == ["home:/data"]


def _check_command(words: list[str]) -> None:
    commands = known_commands(typer.main.get_command(app))
    assert words[0] in commands, shlex.join(words)
    assert {word for word in words[1:] if word.startswith("-")} <= commands[words[0]]
