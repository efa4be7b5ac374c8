#!/bin/sh
# Makes sure that the browser tests find a Chromium: installs the system's package where none is there and
# that is possible. Never fails by itself: without a browser its tests are skipped, or fail where CI=true.
set -u

browser_is_there() {
    for name in chromium chromium-browser google-chrome google-chrome-stable; do
        command -v "$name" >/dev/null 2>&1 && return 0
    done
    [ -x '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome' ] ||
        [ -x '/Applications/Chromium.app/Contents/MacOS/Chromium' ]
}

install_with() {
    echo "test: installing Chromium for the browser tests"
    "$@" apt-get update -qq && "$@" env DEBIAN_FRONTEND=noninteractive \
        apt-get install -qq -y --no-install-recommends chromium fonts-dejavu-core >/dev/null
}

browser_is_there && exit 0
if command -v apt-get >/dev/null 2>&1; then
    if [ "$(id -u)" = 0 ]; then
        install_with env && exit 0
    elif sudo -n true >/dev/null 2>&1; then
        install_with sudo -n && exit 0
    fi
fi
cat >&2 <<'TEXT'
********************************************************************************
** NO CHROMIUM: the browser tests will not run.
** next: install Chromium or Google Chrome (Debian: apt-get install chromium),
**       then run the same command again
********************************************************************************
TEXT
exit 0
