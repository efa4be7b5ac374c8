"""The two places that the tables are read from, each by a function of its own in the project.

A choice between them within one function would make the service ask for the credentials of both.
"""

from streamvision.pipeline.powerbi.power_query import DataSource, Parameter

_PARQUET_FUNCTION = """\
(schema as text, name as text) as table =>
    let
        Path = ParquetFolder & "\\" & schema & "\\" & name & ".parquet",
        Table = Parquet.Document(File.Contents(Path))
    in
        Table"""

# The driver of ADBC is what the connector calls 2.0. Names of columns alone change: the source can still be
# asked for what a later step selects.
_SNOWFLAKE_FUNCTION = """\
(schema as text, name as text) as table =>
    let
        Account = Snowflake.Databases(
            SnowflakeServer, SnowflakeWarehouse, [Role = SnowflakeRole, Implementation = "2.0"]
        ),
        Database = Account{[Name = SnowflakeDatabase, Kind = "Database"]}[Data],
        Schema = Database{[Name = Text.Upper(schema), Kind = "Schema"]}[Data],
        Table = Schema{[Name = Text.Upper(name), Kind = "Table"]}[Data],
        Named = Table.TransformColumnNames(Table, Text.Lower)
    in
        Named"""

PARQUET = DataSource(
    name="parquet",
    parameters=(
        Parameter(
            "ParquetFolder",
            r"C:\StreamVision\parquet",
            "The folder that `streamvision publish --parquet` has written.",
        ),
    ),
    read_table=_PARQUET_FUNCTION,
    refreshes_in_parts=False,
)

SNOWFLAKE = DataSource(
    name="snowflake",
    parameters=(
        Parameter("SnowflakeServer", "ACCOUNT.snowflakecomputing.com", "The host name of the account."),
        Parameter("SnowflakeWarehouse", "REPORTING_WH", "The warehouse that answers for reports."),
        Parameter("SnowflakeDatabase", "STREAMVISION_WH", "The database that is published into."),
        Parameter("SnowflakeRole", "REPORTER", "The role that may read what is published."),
    ),
    read_table=_SNOWFLAKE_FUNCTION,
    refreshes_in_parts=True,
)

SOURCES = {source.name: source for source in (PARQUET, SNOWFLAKE)}
