"""The dbt project on RAW tables written by hand."""
