"""Airflow: the steps of the plan as tasks."""
