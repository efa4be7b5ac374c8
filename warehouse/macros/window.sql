{# A build may go on from the one that is shown. Then it is told which batches came since, as a window
   [changed_from, changed_before) that the caller reckons from the accounts of the batches, and never from the
   times of events: a row of long ago that arrives, changes or goes in one of these batches is seen. Without a
   window both are empty, and every table is made anew. #}
{% macro changed_from() -%}
    {{- return(env_var('STREAMVISION_DBT_CHANGED_FROM', '') if execute else '') -}}
{%- endmacro %}

{% macro changed_before() -%}
    {{- return(env_var('STREAMVISION_DBT_CHANGED_BEFORE', '') if execute else '') -}}
{%- endmacro %}

{# Whether a batch of the window began or ended a version. #}
{% macro changed_in_window(valid_from, valid_to) -%}
    (
        ({{ valid_from }} >= '{{ changed_from() }}' and {{ valid_from }} < '{{ changed_before() }}')
        or ({{ valid_to }} >= '{{ changed_from() }}' and {{ valid_to }} < '{{ changed_before() }}')
    )
{%- endmacro %}

{# Whether the table that is being built goes on with the rows that it has; in a unit test there is none. #}
{% macro goes_on() -%}
    {{- return(this is not none and is_incremental() and changed_from() != '') -}}
{%- endmacro %}

{# Before a fact takes rows: take out of it those that changed, or all where it is to be made anew. What is
   put in afterwards is every one of them that is still there, so a table that is built twice is the same. #}
{% macro take_out_changed(key, changed) -%}
    {%- if goes_on() -%}
        delete from {{ this }} where {{ key }} in (select changed.{{ key }} from {{ changed }} as changed)
    {%- elif is_incremental() -%}
        delete from {{ this }}
    {%- endif -%}
{%- endmacro %}

{# The condition that a row changed, where the fact goes on; nothing where it is made anew. #}
{% macro only_changed(key, changed) -%}
    {%- if goes_on() -%}
        where {{ key }} in (select changed.{{ key }} from {{ changed }} as changed)
    {%- endif -%}
{%- endmacro %}

{# The table beside one of core that keeps what this build has found there, as long as the build goes on. #}
{% macro before(relation) -%}
    {{- return(relation.incorporate(path={'identifier': '_' ~ relation.identifier ~ '__before'})) -}}
{%- endmacro %}

{# Whether there is a table to go on from, be it that the new one is made in its place. In a unit test there
   is none. #}
{% macro was_there() -%}
    {{- return(execute and this is not none and changed_from() != '' and load_relation(this) is not none) -}}
{%- endmacro %}

{# Before a table is made in the place of the one that was there: keep that one. A table that is built twice
   in a build must not take what this build has made for what it has found. #}
{% macro keep_before() -%}
    {%- if was_there() -%}
        create table if not exists {{ before(this) }} as
        select * from {{ this }}
    {%- endif -%}
{%- endmacro %}

{# The same of the rows of a fact that are to be taken out. #}
{% macro keep_changed_before(key, changed) -%}
    {%- if goes_on() -%}
        create table if not exists {{ before(this) }} as
        select * from {{ this }} where {{ key }} in (select changed.{{ key }} from {{ changed }} as changed)
    {%- endif -%}
{%- endmacro %}

{# Before a mart takes rows: take out those whose keys are touched, or all where it is to be made anew. The
   keys are pairs of names, that of the mart's column first; none of them is ever NULL. #}
{% macro take_out_touched(keys, changes) -%}
    {%- if goes_on() -%}
        delete from {{ this }}
        where
            ({{ keys | map('first') | join(', ') }})
            in (select {{ keys | map('last') | join(', ') }} from {{ changes }})
    {%- elif is_incremental() -%}
        delete from {{ this }}
    {%- endif -%}
{%- endmacro %}

{# The condition that a row of a fact has touched keys, where the mart goes on. #}
{% macro only_touched(keys, changes) -%}
    {%- if goes_on() -%}
        where ({{ keys | join(', ') }}) in (select {{ keys | join(', ') }} from {{ changes }})
    {%- endif -%}
{%- endmacro %}
