"""The Power BI project: a semantic model generated from what dbt knows, and a report that is kept as files."""
