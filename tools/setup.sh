#!/bin/sh
# Creates .venv with the locked dependencies, and with extras: `--extra airflow`. Called by make, in the root of
# the checkout.
set -eu

UV_VERSION=0.13.9

# pip runs as root in a container, into a folder of its own.
export PIP_ROOT_USER_ACTION=ignore

fail() {
    printf 'setup: %s\n' "$@" >&2
    exit 1
}

# Prints the first Python in which a statement works; a name that is there and does not work is passed over.
python_that_can() {
    for name in python3.13 python3.12 python3.11 python3 python; do
        if "$name" -c "$1" >/dev/null 2>&1; then
            echo "$name"
            return
        fi
    done
}

# Debian packages venv apart from Python. Only CI installs a system package without being asked.
install_venv_in_ci() {
    [ "${CI:-}" = true ] && [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1 || return 0
    [ -n "$(python_that_can 'import ensurepip, venv')" ] && return 0
    apt-get update -qq && apt-get install -qq -y python3-venv >/dev/null
}

# Installs the pinned uv into .venv-tools, with venv where a Python has it, else with the pip that is there.
fetch_uv() {
    [ -n "$(python_that_can 'pass')" ] || fail "no Python was found" \
        "next: install Python 3.11, 3.12 or 3.13 (or uv), then run the same command again"
    echo "setup: uv is not on PATH; fetching uv $UV_VERSION into .venv-tools"
    rm -rf .venv-tools
    install_venv_in_ci
    with_venv=$(python_that_can 'import ensurepip, venv')
    with_pip=$(python_that_can 'import pip')
    if [ -n "$with_venv" ]; then
        "$with_venv" -m venv .venv-tools
        .venv-tools/bin/python -m pip install -qq --disable-pip-version-check "uv==$UV_VERSION"
    elif [ -n "$with_pip" ]; then
        "$with_pip" -m pip install -qq --disable-pip-version-check --target .venv-tools "uv==$UV_VERSION"
    else
        fail "Python is here, but neither venv nor pip, which some systems package apart" \
            "next, on Debian or Ubuntu: apt-get install python3-venv" \
            "next, elsewhere: install uv (https://docs.astral.sh/uv), then run the same command again"
    fi
}

if command -v uv >/dev/null 2>&1; then
    uv=uv
else
    uv=.venv-tools/bin/uv
    [ "$("$uv" --version 2>/dev/null | cut -d ' ' -f 2)" = "$UV_VERSION" ] || fetch_uv
fi

# An environment that is active in this shell is not the one to fill.
unset VIRTUAL_ENV
export UV_PROJECT_ENVIRONMENT=.venv

# CI checks the Power BI model with Microsoft's own reader too.
[ "${CI:-}" = true ] && set -- --group tom "$@"

stamp=.venv/.setup-stamp
if [ -f "$stamp" ] && [ "$(cat "$stamp")" != "$PWD" ]; then
    echo "setup: .venv was made in another folder; making it anew"
    rm -rf .venv
fi

"$uv" sync --locked "$@" || fail "the environment could not be made; .venv may be incomplete" \
    "StreamVision needs Python 3.11, 3.12 or 3.13; uv picks one that is installed, or fetches one" \
    "next: read uv's message above, then run the same command again; \`make distclean\` begins anew"
