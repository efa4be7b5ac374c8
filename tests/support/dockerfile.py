"""Reads a Dockerfile into its instructions, and finds what a linter would mind."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass

_SECRET = re.compile(r"(?i)(password|secret|token|access_key)\w*[=: ]+[^\s$]+")
_COMPILERS = re.compile(r"\b(gcc|g\+\+|build-essential|clang|make|cargo|python3?-dev|libpq-dev)\b")


@dataclass(frozen=True)
class Instruction:
    """Hold one instruction of a stage; the one before any FROM has stage 0."""

    stage: int
    name: str
    value: str


def instructions(text: str) -> list[Instruction]:
    """Return the instructions, each on one line, without comments."""
    lines = "\n".join(line for line in text.splitlines() if not line.lstrip().startswith("#"))
    found: list[Instruction] = []
    stage = 0
    for line in re.sub(r"\\\n\s*", " ", lines).splitlines():
        name, _, value = line.strip().partition(" ")
        if name:
            stage += name.upper() == "FROM"
            found.append(Instruction(stage, name.upper(), value.strip()))
    return found


def problems(text: str) -> Iterator[str]:
    """Yield what is wrong with a Dockerfile whose last stage is the image."""
    found = instructions(text)
    last = max((each.stage for each in found), default=0)
    image = [each for each in found if each.stage == last]
    yield from _of_bases(found)
    for each in found:
        if each.name == "ADD":
            yield f"ADD fetches and unpacks what it is given: {each.value}"
        if each.name in {"ENV", "ARG", "RUN"} and _SECRET.search(each.value):
            yield f"a secret would stay in a layer: {each.name}"
        if each.name == "RUN":
            yield from _of_command(each.value)
        if each.name == "WORKDIR" and not each.value.startswith("/"):
            yield f"WORKDIR is relative: {each.value}"
    yield from _of_image(image)


def command(text: str, name: str) -> list[str]:
    """Return the words of an instruction that is written as a JSON list."""
    [value] = [each.value for each in instructions(text) if each.name == name]
    words: list[str] = json.loads(value)
    return words


def _of_bases(found: list[Instruction]) -> Iterator[str]:
    defaults = dict(each.value.split("=", 1) for each in found if each.name == "ARG" and "=" in each.value)
    stages = {each.value.split(" AS ")[1] for each in found if each.name == "FROM" and " AS " in each.value}
    for each in found:
        if each.name == "FROM":
            base = each.value.split()[0]
            base = re.sub(r"\$\{(\w+)\}", lambda name: defaults.get(name[1], name[0]), base)
            tag = base.rpartition(":")[2] if ":" in base else ""
            if base not in stages and (not re.search(r"\d+\.\d+", tag) or tag == "latest"):
                yield f"the base has no tag that stays: {base}"


def _of_command(value: str) -> Iterator[str]:
    if "apt-get install" in value:
        if "--no-install-recommends" not in value:
            yield "apt-get installs what it only recommends"
        if "rm -rf /var/lib/apt/lists" not in value:
            yield "apt's lists stay in the layer"
    if "pip install" in value and ("--no-cache-dir" not in value or "==" not in value):
        yield f"pip installs without a version, or keeps its cache: {value}"
    if re.search(r"\b(curl|wget)\b.*\|\s*(ba)?sh\b", value):
        yield "what is fetched is run unseen"
    if re.search(r"\bsudo\b", value):
        yield "sudo has no place in an image"


def _of_image(image: list[Instruction]) -> Iterator[str]:
    names = [each.name for each in image]
    users = [each.value for each in image if each.name == "USER"]
    if not users or users[-1].split(":")[0] in {"root", "0"}:
        yield "it runs as root"
    elif not users[-1].split(":")[0].isdecimal():
        yield "a user without a number cannot be told from root by an orchestrator"
    yield from (f"there is no {name}" for name in ("HEALTHCHECK", "ENTRYPOINT", "CMD") if name not in names)
    for each in image:
        if each.name == "RUN" and _COMPILERS.search(each.value):
            yield f"a compiler is in the image: {each.value}"
        if each.name in {"ENTRYPOINT", "CMD"} and not each.value.startswith("["):
            yield f"{each.name} goes through a shell, which does not pass signals on"
        if each.name == "COPY" and "--from=" not in each.value:
            yield f"the image takes files that were not built: {each.value}"
