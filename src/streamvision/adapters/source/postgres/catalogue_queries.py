"""The queries on the catalogue; names come to them as parameters."""

_ONE = "n.nspname = %(schema)s and c.relname = %(name)s"
_MATCHING = """
    not c.relispartition
    and (
        %(patterns)s::text[] = '{}'
        or n.nspname::text || '.' || c.relname::text like any (%(patterns)s::text[])
    )
"""

_LEAVES = """
    tree as (
        select chosen.oid as root, chosen.oid as relation
        from chosen
        where chosen.relkind = 'p'

        union all

        select tree.root, i.inhrelid
        from tree
        inner join pg_inherits as i on tree.relation = i.inhparent
        inner join pg_class as c on i.inhrelid = c.oid
        -- A partition that is being detached no longer shows its rows through its parent.
        where c.relispartition and not i.inhdetachpending
    )
"""

_DESCRIBE = """
    with recursive
    chosen as (
        select
            c.oid,
            n.oid as schema_oid,
            n.nspname,
            c.relname,
            c.relkind,
            c.relpersistence,
            c.relreplident,
            c.relispartition
        from pg_class as c
        inner join pg_namespace as n on c.relnamespace = n.oid
        where
            c.relkind = any(%(kinds)s::"char"[])
            and c.relpersistence <> 't'
            and n.nspname !~ '^pg_'
            and n.nspname <> 'information_schema'
            and /* chosen */
    ),
    /* leaves */,
    leaves as (
        select tree.root, c.oid, c.relkind, c.relpersistence, c.relreplident, c.relfilenode
        from tree
        inner join pg_class as c on tree.relation = c.oid
        where c.relkind <> 'p'
    ),
    -- By which columns the log names a row that was changed or deleted; with FULL it tells all of them. A
    -- key that can be deferred does not serve.
    identities as (
        select
            r.oid,
            i.indexrelid,
            array(
                select a.attname::text
                from unnest(i.indkey[0:i.indnkeyatts - 1]) as k (attnum)
                inner join pg_attribute as a on a.attrelid = i.indrelid and k.attnum = a.attnum
            ) as columns
        from (
            select oid, relreplident from chosen
            union
            select oid, relreplident from leaves
        ) as r
        inner join pg_index as i on r.oid = i.indrelid
        where
            (r.relreplident = 'd' and i.indisprimary and i.indimmediate)
            or (r.relreplident = 'i' and i.indisreplident)
    ),
    attributes as (
        select
            a.attrelid,
            coalesce(
                json_agg(
                    json_build_array(
                        a.attname,
                        format_type(a.atttypid, a.atttypmod),
                        -- Nobody has held the rows against it where it is a foreign server's, or not valid.
                        not a.attnotnull or chosen.relkind = 'f' or exists (
                            select 1
                            from pg_constraint as k
                            where
                                k.conrelid = a.attrelid
                                and k.contype = 'n'
                                and not k.convalidated
                                and a.attnum = any(k.conkey)
                        )
                    )
                    order by a.attnum
                ) filter (where not a.attisdropped),
                '[]'
            ) as columns,
            bool_or(a.attgenerated <> '' and not a.attisdropped) as has_generated,
            string_agg(
                concat_ws(' ', a.attnum, quote_ident(a.attname), a.atttypid, a.atttypmod, a.xmin), ', '
                order by a.attnum
            ) as attributes
        from pg_attribute as a
        inner join chosen on a.attrelid = chosen.oid
        where a.attnum > 0
        group by a.attrelid
    ),
    -- What the values of a type look like may change under the rows: a label renamed, an attribute added.
    -- The server's own types, which have the numbers below 16384, stay what they are.
    types as (
        select a.attrelid, a.atttypid as type
        from pg_attribute as a
        where a.attrelid in (select oid from chosen) and a.attnum > 0 and a.atttypid >= 16384

        union

        select types.attrelid, part.type
        from types
        inner join pg_type as t on types.type = t.oid
        cross join lateral (
            select unnest(array[t.typelem, t.typbasetype]) as type
            union all
            select r.rngsubtype from pg_range as r where t.oid in (r.rngtypid, r.rngmultitypid)
            union all
            select a.atttypid
            from pg_attribute as a
            where t.typtype = 'c' and t.typrelid = a.attrelid and a.attnum > 0
        ) as part
        where part.type >= 16384
    ),
    forms as (
        select types.attrelid, string_agg(form.text, ', ' order by types.type, form.text) as forms
        from types
        inner join pg_type as t on types.type = t.oid
        cross join lateral (
            select concat_ws(' ', e.enumtypid, e.oid, e.enumlabel) as text
            from pg_enum as e
            where types.type = e.enumtypid
            union all
            select concat_ws(' ', a.attrelid, a.attnum, a.atttypid, a.atttypmod, a.xmin)
            from pg_attribute as a
            where t.typtype = 'c' and t.typrelid = a.attrelid and a.attnum > 0
        ) as form
        group by types.attrelid
    )
    select
        chosen.oid,
        chosen.nspname as schema,
        chosen.relname as name,
        chosen.relkind::text,
        chosen.relpersistence::text,
        chosen.relreplident::text,
        chosen.relispartition,
        current_user as role,
        has_schema_privilege(chosen.schema_oid, 'USAGE') as may_use,
        has_table_privilege(chosen.oid, 'SELECT') as may_select,
        row_security_active(chosen.oid) as is_filtered,
        coalesce(attributes.columns, '[]') as columns,
        coalesce(attributes.has_generated, false) as has_generated,
        coalesce(attributes.attributes, '') as attributes,
        coalesce(forms.forms, '') as types,
        coalesce(identities.columns, '{}') as identity,
        identities.indexrelid as identity_index,
        array(
            select a.attname::text
            from pg_index as i
            cross join unnest(i.indkey[0:i.indnkeyatts - 1]) with ordinality as k (attnum, place)
            inner join pg_attribute as a on a.attrelid = i.indrelid and k.attnum = a.attnum
            where chosen.oid = i.indrelid and i.indisprimary
            order by k.place
        ) as key,
        coalesce(
            (
                select
                    json_agg(
                        json_build_object(
                            'oid', leaves.oid,
                            'relkind', leaves.relkind,
                            'relpersistence', leaves.relpersistence,
                            'relreplident', leaves.relreplident,
                            'relfilenode', leaves.relfilenode,
                            'identity', coalesce(own.columns, '{}')
                        )
                        order by leaves.oid
                    )
                from leaves
                left join identities as own on leaves.oid = own.oid
                where chosen.oid = leaves.root
            ),
            '[]'
        ) as leaves
    from chosen
    left join attributes on chosen.oid = attributes.attrelid
    left join forms on chosen.oid = forms.attrelid
    left join identities on chosen.oid = identities.oid
""".replace("/* leaves */", _LEAVES)

DESCRIBE_ONE = _DESCRIBE.replace("/* chosen */", _ONE)
DESCRIBE_MATCHING = _DESCRIBE.replace("/* chosen */", _MATCHING)

PIECES = """
    with recursive
    chosen as (
        select c.oid, c.relkind
        from pg_class as c
        inner join pg_namespace as n on c.relnamespace = n.oid
        where n.nspname = %(schema)s and c.relname = %(name)s and c.relkind in ('r', 'p', 'v', 'm', 'f')
    ),
    /* leaves */,
    relations as (
        select oid, true as is_root from chosen
        union all
        select c.oid, false
        from tree
        inner join pg_class as c on tree.relation = c.oid
        where c.relkind <> 'p'
    )
    select
        n.nspname as schema,
        c.relname as name,
        c.relkind::text,
        relations.is_root,
        coalesce(m.amname = 'heap', false) as is_heap,
        has_schema_privilege(n.oid, 'USAGE') and has_table_privilege(c.oid, 'SELECT')
        and not row_security_active(c.oid) as is_readable,
        current_setting('block_size')::int as block_size,
        greatest(c.reltuples, 0)::bigint as rows,
        case
            when c.relkind in ('r', 'm') then coalesce(pg_relation_size(c.oid, 'main'), 0) else 0
        end as bytes
    from relations
    inner join pg_class as c on relations.oid = c.oid
    inner join pg_namespace as n on c.relnamespace = n.oid
    left join pg_am as m on c.relam = m.oid
    order by relations.is_root desc, n.nspname, c.relname
""".replace("/* leaves */", _LEAVES)
