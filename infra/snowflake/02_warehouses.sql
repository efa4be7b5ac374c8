-- One warehouse for each kind of work, so that each shows its own costs and has its own limit.
use role streamvision_owner;

-- The size is that of a new warehouse only: whoever needs a larger one may resize it, and keeps it.
create warehouse if not exists loading_wh
    warehouse_size = xsmall
    auto_suspend = 60
    auto_resume = true
    initially_suspended = true;
create warehouse if not exists transforming_wh
    warehouse_size = xsmall
    auto_suspend = 60
    auto_resume = true
    initially_suspended = true;
create warehouse if not exists reporting_wh
    warehouse_size = xsmall
    auto_suspend = 60
    auto_resume = true
    initially_suspended = true;

alter warehouse loading_wh set
    auto_suspend = 60
    auto_resume = true
    statement_timeout_in_seconds = 7200
    comment = 'StreamVision: COPY INTO RAW';
alter warehouse transforming_wh set
    auto_suspend = 60
    auto_resume = true
    statement_timeout_in_seconds = 7200
    comment = 'StreamVision: dbt';
-- People wait for dashboards: a query that takes minutes is a mistake, and should cost no more than that.
alter warehouse reporting_wh set
    auto_suspend = 60
    auto_resume = true
    statement_timeout_in_seconds = 300
    comment = 'StreamVision: dashboards';

-- Only the account's administrator can make resource monitors and give them to warehouses.
use role accountadmin;

create resource monitor if not exists loading_monitor with
    credit_quota = ${MONTHLY_CREDITS}
    frequency = monthly
    start_timestamp = immediately;
create resource monitor if not exists transforming_monitor with
    credit_quota = ${MONTHLY_CREDITS}
    frequency = monthly
    start_timestamp = immediately;
create resource monitor if not exists reporting_monitor with
    credit_quota = ${MONTHLY_CREDITS}
    frequency = monthly
    start_timestamp = immediately;

-- At 100 percent what runs may end; at 110 it is stopped.
alter resource monitor loading_monitor set
    credit_quota = ${MONTHLY_CREDITS}
    triggers on 80 percent do notify
    on 100 percent do suspend
    on 110 percent do suspend_immediate;
alter resource monitor transforming_monitor set
    credit_quota = ${MONTHLY_CREDITS}
    triggers on 80 percent do notify
    on 100 percent do suspend
    on 110 percent do suspend_immediate;
alter resource monitor reporting_monitor set
    credit_quota = ${MONTHLY_CREDITS}
    triggers on 80 percent do notify
    on 100 percent do suspend
    on 110 percent do suspend_immediate;

alter warehouse loading_wh set resource_monitor = loading_monitor;
alter warehouse transforming_wh set resource_monitor = transforming_monitor;
alter warehouse reporting_wh set resource_monitor = reporting_monitor;
