#!/bin/sh
# Stops what runs under .streamvision, then removes that folder, build products and caches.
set -eu

home=.streamvision
if [ -d "$home" ] && [ -x .venv/bin/streamvision ]; then
    (
        # Whatever the file of profiles and the environment choose, it is this folder that goes.
        unset STREAMVISION_SOURCE STREAMVISION_LAKE STREAMVISION_WAREHOUSE
        STREAMVISION_HOME="$PWD/$home" .venv/bin/streamvision down --profile local
    )
fi
rm -rf "$home" build dist warehouse/target warehouse/logs logs \
    .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
find . -name .venv -prune -o -name .git -prune -o -type d -name __pycache__ -prune -exec rm -rf {} +

if [ -n "${STREAMVISION_HOME:-}" ]; then
    echo "clean: STREAMVISION_HOME names another folder, which stays as it is: $STREAMVISION_HOME"
fi
