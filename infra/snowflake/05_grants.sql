-- What each role may do, and nothing more. SECURITYADMIN gives rights on what others own.
use role securityadmin;

-- LOADER writes RAW, QUARANTINE and OPS: it owns the tables that it makes there. It reads nothing else.
grant usage on warehouse loading_wh to role loader;
-- CREATE SCHEMA: what a load brings lands in a schema of its own, and a warehouse that is made anew stands beside
-- the old one until its rows take their place.
grant usage, create schema on database streamvision_wh to role loader;
grant usage, create table on schema streamvision_wh.raw to role loader;
grant usage, create table on schema streamvision_wh.quarantine to role loader;
grant usage, create table on schema streamvision_wh.ops to role loader;
grant usage on stage streamvision_wh.raw.s3_raw_stage to role loader;
grant usage on file format streamvision_wh.raw.parquet_files to role loader;
grant usage on file format streamvision_wh.raw.csv_files to role loader;
grant usage on file format streamvision_wh.raw.csv_gz_files to role loader;

-- TRANSFORMER reads RAW and OPS, and owns what it builds. It does not read QUARANTINE.
grant usage on warehouse transforming_wh to role transformer;
grant usage on schema streamvision_wh.raw to role transformer;
grant usage on schema streamvision_wh.ops to role transformer;
grant select on all tables in schema streamvision_wh.raw to role transformer;
grant select on future tables in schema streamvision_wh.raw to role transformer;
grant select on all tables in schema streamvision_wh.ops to role transformer;
grant select on future tables in schema streamvision_wh.ops to role transformer;

-- REPORTER reads what is published. Each publication gives it the same rights on the schemas that take these
-- places, before it shows them.
grant usage on warehouse reporting_wh to role reporter;
grant usage on database streamvision_wh to role reporter;
grant usage on schema streamvision_wh.core to role reporter;
grant usage on schema streamvision_wh.marts to role reporter;
grant select on all tables in schema streamvision_wh.core to role reporter;
grant select on future tables in schema streamvision_wh.core to role reporter;
grant select on all tables in schema streamvision_wh.marts to role reporter;
grant select on future tables in schema streamvision_wh.marts to role reporter;
