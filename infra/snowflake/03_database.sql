-- The database and its schemas. In a schema with managed access, who makes a table cannot let others read it.
use role streamvision_owner;

create database if not exists streamvision_wh
    comment = 'StreamVision: from the lake to the dashboards';

create schema if not exists streamvision_wh.raw
    comment = 'What the lake told, batch by batch, and the versions of each row';
create schema if not exists streamvision_wh.quarantine
    comment = 'Rows that broke their contract, with the reason';
create schema if not exists streamvision_wh.ops
    comment = 'The account of batches: extracted = loaded + quarantined';
create schema if not exists streamvision_wh.governance
    comment = 'The tag of personal data and its masking policies, apart from all that is swapped or dropped';

alter schema streamvision_wh.raw enable managed access;
alter schema streamvision_wh.quarantine enable managed access;
alter schema streamvision_wh.ops enable managed access;
alter schema streamvision_wh.governance enable managed access;

grant usage, create schema on database streamvision_wh to role transformer;

-- Builds stand in schemas beside these and change places with them, for which one role must own both. They
-- can be made again from RAW at any time, so nothing is paid for keeping their past.
use role transformer;

create transient schema if not exists streamvision_wh.staging
    comment = 'Views and tables on the way from RAW to CORE';
create transient schema if not exists streamvision_wh.core
    comment = 'Facts and dimensions, as published';
create transient schema if not exists streamvision_wh.marts
    comment = 'What dashboards show, as published';
