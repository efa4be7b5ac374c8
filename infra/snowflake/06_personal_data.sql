-- Personal data. The contracts say what is personal; `streamvision warehouse apply` tags those columns of RAW,
-- and the rows in QUARANTINE. The tag goes with the data into views and tables made of them, and the policies go
-- with the tag.
--
-- Whoever loads or builds sees values as they are. Everybody else sees:
--   direct    nothing: *** or NULL
--   indirect  a pseudonym where it is a number, so that distinct users can be counted; *** where it is text
--   category  one of a few listed values, such as a country or an age group, as it is
use role streamvision_owner;

create tag if not exists streamvision_wh.governance.personal
    allowed_values 'direct', 'indirect', 'category'
    propagate = on_dependency_and_data_movement
    on_conflict = allowed_values_sequence
    comment = 'How a column tells of persons; written in contracts/';

create masking policy if not exists streamvision_wh.governance.mask_text as (value varchar) returns varchar ->
    case
        when is_role_in_session('STREAMVISION_OWNER') then value
        when is_role_in_session('LOADER') then value
        when is_role_in_session('TRANSFORMER') then value
        when system$get_tag_on_current_column('streamvision_wh.governance.personal') = 'category' then value
        when value is null then null
        else '***'
    end;
alter masking policy streamvision_wh.governance.mask_text set body ->
    case
        when is_role_in_session('STREAMVISION_OWNER') then value
        when is_role_in_session('LOADER') then value
        when is_role_in_session('TRANSFORMER') then value
        when system$get_tag_on_current_column('streamvision_wh.governance.personal') = 'category' then value
        when value is null then null
        else '***'
    end;

create masking policy if not exists streamvision_wh.governance.mask_number as (value number) returns number ->
    case
        when is_role_in_session('STREAMVISION_OWNER') then value
        when is_role_in_session('LOADER') then value
        when is_role_in_session('TRANSFORMER') then value
        when system$get_tag_on_current_column('streamvision_wh.governance.personal') = 'category' then value
        when system$get_tag_on_current_column('streamvision_wh.governance.personal') = 'indirect' then hash(value)
        else null
    end;
alter masking policy streamvision_wh.governance.mask_number set body ->
    case
        when is_role_in_session('STREAMVISION_OWNER') then value
        when is_role_in_session('LOADER') then value
        when is_role_in_session('TRANSFORMER') then value
        when system$get_tag_on_current_column('streamvision_wh.governance.personal') = 'category' then value
        when system$get_tag_on_current_column('streamvision_wh.governance.personal') = 'indirect' then hash(value)
        else null
    end;

create masking policy if not exists streamvision_wh.governance.mask_float as (value float) returns float ->
    case
        when is_role_in_session('STREAMVISION_OWNER') then value
        when is_role_in_session('LOADER') then value
        when is_role_in_session('TRANSFORMER') then value
        when system$get_tag_on_current_column('streamvision_wh.governance.personal') = 'category' then value
        else null
    end;
alter masking policy streamvision_wh.governance.mask_float set body ->
    case
        when is_role_in_session('STREAMVISION_OWNER') then value
        when is_role_in_session('LOADER') then value
        when is_role_in_session('TRANSFORMER') then value
        when system$get_tag_on_current_column('streamvision_wh.governance.personal') = 'category' then value
        else null
    end;

create masking policy if not exists streamvision_wh.governance.mask_boolean as (value boolean) returns boolean ->
    case
        when is_role_in_session('STREAMVISION_OWNER') then value
        when is_role_in_session('LOADER') then value
        when is_role_in_session('TRANSFORMER') then value
        when system$get_tag_on_current_column('streamvision_wh.governance.personal') = 'category' then value
        else null
    end;
alter masking policy streamvision_wh.governance.mask_boolean set body ->
    case
        when is_role_in_session('STREAMVISION_OWNER') then value
        when is_role_in_session('LOADER') then value
        when is_role_in_session('TRANSFORMER') then value
        when system$get_tag_on_current_column('streamvision_wh.governance.personal') = 'category' then value
        else null
    end;

create masking policy if not exists streamvision_wh.governance.mask_date as (value date) returns date ->
    case
        when is_role_in_session('STREAMVISION_OWNER') then value
        when is_role_in_session('LOADER') then value
        when is_role_in_session('TRANSFORMER') then value
        when system$get_tag_on_current_column('streamvision_wh.governance.personal') = 'category' then value
        else null
    end;
alter masking policy streamvision_wh.governance.mask_date set body ->
    case
        when is_role_in_session('STREAMVISION_OWNER') then value
        when is_role_in_session('LOADER') then value
        when is_role_in_session('TRANSFORMER') then value
        when system$get_tag_on_current_column('streamvision_wh.governance.personal') = 'category' then value
        else null
    end;

create masking policy if not exists streamvision_wh.governance.mask_timestamp_ntz as (value timestamp_ntz) returns timestamp_ntz ->
    case
        when is_role_in_session('STREAMVISION_OWNER') then value
        when is_role_in_session('LOADER') then value
        when is_role_in_session('TRANSFORMER') then value
        when system$get_tag_on_current_column('streamvision_wh.governance.personal') = 'category' then value
        else null
    end;
alter masking policy streamvision_wh.governance.mask_timestamp_ntz set body ->
    case
        when is_role_in_session('STREAMVISION_OWNER') then value
        when is_role_in_session('LOADER') then value
        when is_role_in_session('TRANSFORMER') then value
        when system$get_tag_on_current_column('streamvision_wh.governance.personal') = 'category' then value
        else null
    end;

create masking policy if not exists streamvision_wh.governance.mask_timestamp_tz as (value timestamp_tz) returns timestamp_tz ->
    case
        when is_role_in_session('STREAMVISION_OWNER') then value
        when is_role_in_session('LOADER') then value
        when is_role_in_session('TRANSFORMER') then value
        when system$get_tag_on_current_column('streamvision_wh.governance.personal') = 'category' then value
        else null
    end;
alter masking policy streamvision_wh.governance.mask_timestamp_tz set body ->
    case
        when is_role_in_session('STREAMVISION_OWNER') then value
        when is_role_in_session('LOADER') then value
        when is_role_in_session('TRANSFORMER') then value
        when system$get_tag_on_current_column('streamvision_wh.governance.personal') = 'category' then value
        else null
    end;

create masking policy if not exists streamvision_wh.governance.mask_binary as (value binary) returns binary ->
    case
        when is_role_in_session('STREAMVISION_OWNER') then value
        when is_role_in_session('LOADER') then value
        when is_role_in_session('TRANSFORMER') then value
        when system$get_tag_on_current_column('streamvision_wh.governance.personal') = 'category' then value
        else null
    end;
alter masking policy streamvision_wh.governance.mask_binary set body ->
    case
        when is_role_in_session('STREAMVISION_OWNER') then value
        when is_role_in_session('LOADER') then value
        when is_role_in_session('TRANSFORMER') then value
        when system$get_tag_on_current_column('streamvision_wh.governance.personal') = 'category' then value
        else null
    end;

create masking policy if not exists streamvision_wh.governance.mask_variant as (value variant) returns variant ->
    case
        when is_role_in_session('STREAMVISION_OWNER') then value
        when is_role_in_session('LOADER') then value
        when is_role_in_session('TRANSFORMER') then value
        when system$get_tag_on_current_column('streamvision_wh.governance.personal') = 'category' then value
        else null
    end;
alter masking policy streamvision_wh.governance.mask_variant set body ->
    case
        when is_role_in_session('STREAMVISION_OWNER') then value
        when is_role_in_session('LOADER') then value
        when is_role_in_session('TRANSFORMER') then value
        when system$get_tag_on_current_column('streamvision_wh.governance.personal') = 'category' then value
        else null
    end;

create masking policy if not exists streamvision_wh.governance.mask_array as (value array) returns array ->
    case
        when is_role_in_session('STREAMVISION_OWNER') then value
        when is_role_in_session('LOADER') then value
        when is_role_in_session('TRANSFORMER') then value
        when system$get_tag_on_current_column('streamvision_wh.governance.personal') = 'category' then value
        else null
    end;
alter masking policy streamvision_wh.governance.mask_array set body ->
    case
        when is_role_in_session('STREAMVISION_OWNER') then value
        when is_role_in_session('LOADER') then value
        when is_role_in_session('TRANSFORMER') then value
        when system$get_tag_on_current_column('streamvision_wh.governance.personal') = 'category' then value
        else null
    end;

-- FORCE: a policy that hangs there already is replaced, not refused.
alter tag streamvision_wh.governance.personal set
    masking policy streamvision_wh.governance.mask_text,
    masking policy streamvision_wh.governance.mask_number,
    masking policy streamvision_wh.governance.mask_float,
    masking policy streamvision_wh.governance.mask_boolean,
    masking policy streamvision_wh.governance.mask_date,
    masking policy streamvision_wh.governance.mask_timestamp_ntz,
    masking policy streamvision_wh.governance.mask_timestamp_tz,
    masking policy streamvision_wh.governance.mask_binary,
    masking policy streamvision_wh.governance.mask_variant,
    masking policy streamvision_wh.governance.mask_array
    force;
