-- Who works in the account. The pipeline's three roles hang below their owner, and that one below SYSADMIN.
use role useradmin;

create role if not exists streamvision_owner
    comment = 'Owns what StreamVision needs in this account; nobody works with it every day';
create role if not exists loader
    comment = 'Loads batches from the lake into RAW, QUARANTINE and OPS';
create role if not exists transformer
    comment = 'Builds and tests STAGING, CORE and MARTS from RAW, and publishes them';
create role if not exists reporter
    comment = 'Reads what is published in CORE and MARTS, without personal data';

grant role loader to role streamvision_owner;
grant role transformer to role streamvision_owner;
grant role reporter to role streamvision_owner;
grant role streamvision_owner to role sysadmin;

-- What the owner must be able to make; only the account's administrator can give it.
use role accountadmin;

grant create database, create warehouse, create integration on account to role streamvision_owner;
-- To tag columns of tables that others own, and to hang masking policies on the tag.
grant apply tag, apply masking policy on account to role streamvision_owner;
