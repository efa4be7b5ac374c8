"""The Power BI project: a semantic model generated from what dbt knows, and a report kept as files."""
