#!/bin/sh
# Starts Airflow on 127.0.0.1 with the DAGs of dags/, for the profile in use. Called by `make airflow`, in the root
# of the checkout. Everything of it lives in .streamvision/airflow, or below STREAMVISION_HOME where that is set.
set -eu

STREAMVISION_HOME=${STREAMVISION_HOME:-$PWD/.streamvision}
mkdir -p "$STREAMVISION_HOME"
STREAMVISION_HOME=$(cd "$STREAMVISION_HOME" && pwd)
export STREAMVISION_HOME
# Tasks run in another folder: the file of profiles has to be named.
if [ -z "${STREAMVISION_CONFIG:-}" ] && [ -f streamvision.toml ]; then
    export STREAMVISION_CONFIG="$PWD/streamvision.toml"
fi

PATH=$PWD/.venv/bin:$PATH
export PATH
export AIRFLOW_HOME="${AIRFLOW_HOME:-$STREAMVISION_HOME/airflow}"
export AIRFLOW__CORE__DAGS_FOLDER="$PWD/dags"
export AIRFLOW__CORE__LOAD_EXAMPLES=False
# Whoever reaches 127.0.0.1 on this machine is an administrator; elsewhere, configure an auth manager.
export AIRFLOW__API__HOST=127.0.0.1
export AIRFLOW__API__PORT="${AIRFLOW__API__PORT:-8080}"
export AIRFLOW__CORE__EXECUTION_API_SERVER_URL="http://127.0.0.1:$AIRFLOW__API__PORT/execution/"
export AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_ALL_ADMINS=True
# Nothing is told to anybody outside.
export AIRFLOW__USAGE_DATA_COLLECTION__ENABLED=False
export AIRFLOW__COSMOS__ENABLE_TELEMETRY=False
export AIRFLOW__DAG_PROCESSOR__REFRESH_INTERVAL=30

streamvision models prepare
airflow db migrate
airflow pools set streamvision_warehouse 1 "What writes to the warehouse takes turns"
[ "${1:-}" = --prepare-only ] && exit
echo "airflow: http://127.0.0.1:$AIRFLOW__API__PORT, DAG streamvision_daily; end it with Ctrl-C"
exec airflow standalone
