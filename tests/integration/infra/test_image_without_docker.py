"""The image's own build steps and start command, run on this machine without Docker."""

import json
import os
import shlex
import shutil
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path
from urllib.error import URLError
from urllib.request import ProxyHandler, build_opener

import pytest

from streamvision.assets import asset
from tests.support.cli import AT_EASE, Home, wait_until
from tests.support.dockerfile import command, instructions

ROOT = asset(".")
DOCKER = ROOT / "infra" / "docker"
DOCKERFILE = (DOCKER / "Dockerfile").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Do what the build stage does with uv, on the files that the build is given, and return its folder."""
    folder = tmp_path_factory.mktemp("image") / "app"
    for line in (DOCKER / "Dockerfile.dockerignore").read_text(encoding="utf-8").splitlines():
        if line.startswith("!"):
            _copy(ROOT / line[1:], folder / line[1:])
    uv = shutil.which("uv", path=f"{ROOT / '.venv-tools' / 'bin'}{os.pathsep}{os.environ['PATH']}")
    assert uv, "uv is neither on PATH nor in .venv-tools: make setup"
    # The layers' own settings are about downloads and links, which this machine has its own ways for.
    environment = {name: value for name, value in os.environ.items() if not name.startswith("VIRTUAL_ENV")}
    steps = [each.value for each in instructions(DOCKERFILE) if each.value.startswith("uv ")]
    assert len(steps) == 3
    for step in steps:
        ended = subprocess.run(  # noqa: S603 - the Dockerfile's own command, no shell
            [uv, *shlex.split(step.replace("${EXTRAS}", ""))[1:]],
            cwd=folder,
            env=environment,
            check=False,
            capture_output=True,
            text=True,
        )
        assert ended.returncode == 0, f"{step}\n{ended.stderr}"
    return folder


def test_the_image_has_what_the_commands_need(built: Path) -> None:
    """It is the wheel, with its files beside it, and neither tests nor tools of development."""
    program = built / ".venv" / "bin" / "streamvision"
    arn = "arn:aws:iam::123456789012:role/reader"
    for words in (
        ["--version"],
        ["warehouse", "plan", "--offline", "--role-arn", arn, "--external-id", "x1"],
    ):
        ended = subprocess.run(  # noqa: S603 - what was just built
            [program, *words],
            cwd=built.parent,
            env=os.environ | {"STREAMVISION_LAKE": "s3://example-lake/lake"},
            check=False,
            capture_output=True,
            text=True,
        )
        assert ended.returncode == 0, ended.stderr
    installed = {path.name.lower() for path in (built / ".venv" / "bin").iterdir()}
    assert not {"pytest", "mypy", "ruff", "fakesnow", "moto_server"} & installed


def test_the_bill_of_materials_names_what_is_installed(built: Path) -> None:
    """Every package with its version, and every file that it may come from with a checksum."""
    bill = json.loads((built / "sbom.cdx.json").read_text(encoding="utf-8"))
    assert (bill["bomFormat"], bill["specVersion"]) == ("CycloneDX", "1.5")
    named = {(_plain(each["name"]), each["version"]) for each in bill["components"]}
    site = next((built / ".venv" / "lib").glob("python*/site-packages"))
    installed = {
        (_plain(name), version)
        for name, version in (
            path.name.removesuffix(".dist-info").rsplit("-", 1) for path in site.glob("*.dist-info")
        )
        if name != "streamvision"
    }
    assert len(installed) > 80
    assert installed - named == set()
    assert all(
        file["hashes"][0]["alg"] == "SHA-256"
        for each in bill["components"]
        for file in each.get("externalReferences", [])
    )


@pytest.fixture
def served(built: Path, published_home: Path, tmp_path: Path) -> Iterator[int]:
    """Start what the image starts, in a home of its own, and lend the port: a home serves once at a time."""
    home = Home(tmp_path / "home")
    shutil.copytree(Home(published_home).published, home.published)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    words = [*command(DOCKERFILE, "ENTRYPOINT"), *command(DOCKERFILE, "CMD"), "--port", str(port)]
    # In a container it listens to all; here, to this machine alone.
    words[words.index("0.0.0.0")] = "127.0.0.1"  # noqa: S104 - it is taken out
    process = subprocess.Popen(  # noqa: S603 - the Dockerfile's own command, no shell
        [built / ".venv" / "bin" / words[0], *words[1:]],
        cwd=built.parent,
        env=os.environ | {"STREAMVISION_HOME": str(home.folder)},
        stderr=subprocess.DEVNULL,
    )
    try:
        yield port
    finally:
        process.terminate()
        process.wait()


def test_what_the_image_starts_becomes_healthy(served: int) -> None:
    """By the health check's own code, at the port that was chosen."""
    [check] = [each.value for each in instructions(DOCKERFILE) if each.name == "HEALTHCHECK"]
    assert "http://127.0.0.1:8501/_stcore/health" in check
    opener = build_opener(ProxyHandler({}))

    def is_well() -> bool:
        try:
            with opener.open(f"http://127.0.0.1:{served}/_stcore/health", timeout=4) as answer:
                return bool(answer.status == 200)
        except (URLError, OSError):
            return False

    wait_until(is_well, AT_EASE)


def _plain(name: str) -> str:
    return name.lower().replace("_", "-").replace(".", "-")


def _copy(path: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    if path.is_dir():
        shutil.copytree(path, target, ignore=shutil.ignore_patterns("__pycache__", "target", "logs"))
    else:
        shutil.copy(path, target)
