-- The way to the lake in S3. The integration is never replaced: that would make a new identity, which the
-- role in AWS does not trust.
use role streamvision_owner;

create storage integration if not exists streamvision_lake
    type = external_stage
    storage_provider = 'S3'
    enabled = true
    storage_aws_role_arn = '${STORAGE_ROLE_ARN}'
    storage_aws_external_id = '${EXTERNAL_ID}'
    storage_allowed_locations = ('${LAKE_URL}');
alter storage integration streamvision_lake set
    enabled = true
    storage_aws_role_arn = '${STORAGE_ROLE_ARN}'
    storage_aws_external_id = '${EXTERNAL_ID}'
    storage_allowed_locations = ('${LAKE_URL}')
    comment = 'StreamVision: reads the lake';

create stage if not exists streamvision_wh.raw.s3_raw_stage
    url = '${LAKE_URL}'
    storage_integration = streamvision_lake
    comment = 'The lake';
alter stage streamvision_wh.raw.s3_raw_stage set
    url = '${LAKE_URL}'
    storage_integration = streamvision_lake;

create file format if not exists streamvision_wh.raw.parquet_files
    type = parquet
    use_logical_type = true
    binary_as_text = false
    comment = 'lake_format = "parquet"';
-- As RFC 4180 has it: nothing at all is NULL, "" is the empty text, and no blank is trimmed.
create file format if not exists streamvision_wh.raw.csv_files
    type = csv
    compression = none
    skip_header = 1
    field_optionally_enclosed_by = '"'
    empty_field_as_null = true
    null_if = ()
    encoding = 'UTF8'
    comment = 'lake_format = "csv"';
create file format if not exists streamvision_wh.raw.csv_gz_files
    type = csv
    compression = gzip
    skip_header = 1
    field_optionally_enclosed_by = '"'
    empty_field_as_null = true
    null_if = ()
    encoding = 'UTF8'
    comment = 'lake_format = "csv.gz"';
