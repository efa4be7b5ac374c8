{# A TIMESTAMP WITH TIME ZONE as the UTC TIMESTAMP without one.
   Trap: a plain cast gives the wall clock of the session's time zone, another one on every machine. #}
{% macro to_utc(column) -%}
    {{ return(adapter.dispatch('to_utc', 'streamvision')(column)) }}
{%- endmacro %}

{# timezone('UTC', ...) says the same, and takes twenty times as long; infinity has no microseconds. #}
{% macro duckdb__to_utc(column) -%}
    case
        when isfinite({{ column }}) then make_timestamp(epoch_us({{ column }}))
        else timezone('UTC', {{ column }})
    end
{%- endmacro %}

{% macro snowflake__to_utc(column) -%}
    cast(convert_timezone('UTC', {{ column }}) as timestamp_ntz)
{%- endmacro %}
