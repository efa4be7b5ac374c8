"""Commands that set up the account of a warehouse in Snowflake, as infra/snowflake describes it."""

from collections.abc import Sequence
from typing import Annotated

import typer

from streamvision.bootstrap import account_setup, open_account, open_stack
from streamvision.domain.account import Statement
from streamvision.entrypoints.cli.options import FormatOption, OutputFormat, ProfileOption
from streamvision.entrypoints.cli.output import note, show, table_of
from streamvision.pipeline.provision.handshake import identity_of, shake_hands
from streamvision.pipeline.provision.placeholders import Placeholders
from streamvision.pipeline.provision.rights import Rights, levels
from streamvision.pipeline.provision.step import Change, apply, plan

warehouse = typer.Typer(help="Set up the account of a warehouse in Snowflake.", no_args_is_help=True)
_ROLES = ("LOADER", "TRANSFORMER", "REPORTER")

RoleArnOption = Annotated[
    str,
    typer.Option(
        "--role-arn",
        envvar="STREAMVISION_STORAGE_ROLE_ARN",
        help="The role in AWS with which Snowflake reads the lake.",
    ),
]
ExternalIdOption = Annotated[
    str,
    typer.Option(
        "--external-id",
        envvar="STREAMVISION_EXTERNAL_ID",
        help="What Snowflake shows to AWS to be let take on that role.",
    ),
]
LakeOption = Annotated[
    str | None, typer.Option("--lake", help="s3://bucket/prefix; without it, the profile's lake.")
]
CreditsOption = Annotated[
    int,
    typer.Option("--monthly-credits", help="How many credits each of the three warehouses may use a month."),
]
UserOption = Annotated[
    str,
    typer.Option("--user", help="Who may use ACCOUNTADMIN; without it, SNOWFLAKE_USER, then the profile's."),
]


@warehouse.command(name="plan")
def plan_(
    role_arn: RoleArnOption,
    external_id: ExternalIdOption,
    lake: LakeOption = None,
    monthly_credits: CreditsOption = 20,
    *,
    offline: Annotated[
        bool, typer.Option("--offline", help="Do not ask the account: tell what one without anything gets.")
    ] = False,
    user: UserOption = "",
    profile: ProfileOption = None,
    output: FormatOption = OutputFormat.TABLE,
) -> None:
    """Show what would be created, set and granted, and what each role may then do; nothing is changed."""
    setup = account_setup(
        profile, lambda url: Placeholders(lake or url, role_arn, external_id, monthly_credits)
    )
    if offline:
        changes = plan(None, setup.statements, setup.contracts)
    else:
        with open_account(profile, user) as account:
            changes = plan(account, setup.statements, setup.contracts)
    access = levels(Rights(setup.statements), _ROLES)
    rows = [(change.verb, change.what, change.where) for change in changes if change.verb != "keep"]
    document = {
        "changes": [{"verb": each.verb, "what": each.what, "where": each.where} for each in changes],
        "access": access,
    }
    schemas = list(dict.fromkeys(each.schema for each in access))
    by_schema = {(each.role, each.schema): each.level for each in access}
    levels_table = [
        (schema.rpartition(".")[2], *(by_schema[role, schema] for role in _ROLES)) for schema in schemas
    ]
    show(
        output,
        document,
        [
            table_of(["does", "what", "where it is written"], rows),
            _counted(changes),
            table_of(["schema", *_ROLES], levels_table),
        ],
    )


@warehouse.command(name="apply")
def apply_(
    role_arn: RoleArnOption,
    external_id: ExternalIdOption,
    lake: LakeOption = None,
    monthly_credits: CreditsOption = 20,
    user: UserOption = "",
    profile: ProfileOption = None,
    output: FormatOption = OutputFormat.TABLE,
) -> None:
    """Bring the account to what the files say; to do it again changes nothing.

    What is missing is created, and properties and grants are set; nothing is dropped or taken away. After the
    first load, apply again: columns with personal data can be tagged only when they are there.
    """
    setup = account_setup(
        profile, lambda url: Placeholders(lake or url, role_arn, external_id, monthly_credits)
    )
    with open_account(profile, user) as account:
        said = apply(account, setup.statements, setup.contracts, _tell)
    tagged = sum(statement.action == "tag" for statement in said)
    document = {"statements": len(said), "tagged_columns": tagged}
    show(output, document, [f"{len(said)} statements done, {tagged} columns with personal data tagged."])


@warehouse.command()
def handshake(
    stack: Annotated[
        str, typer.Option("--stack", help="The CloudFormation stack of the lake, whose role is told.")
    ] = "",
    user: UserOption = "",
    profile: ProfileOption = None,
    output: FormatOption = OutputFormat.TABLE,
) -> None:
    """Let the role in AWS trust Snowflake: ask the integration who it comes as, and tell the stack.

    Without --stack nothing is changed, and the parameters are printed that the stack is to get.
    """
    with open_account(profile, user) as account:
        identity = identity_of(account)
    outcome = shake_hands(identity, open_stack(stack)) if stack else "is to be told"
    parameters = identity.parameters()
    rows = [(name, value) for name, value in parameters.items()]
    document = {"role_arn": identity.role_arn, "outcome": outcome, "parameters": parameters}
    show(
        output, document, [table_of(["parameter", "value"], rows), f"The role {identity.role_arn} {outcome}."]
    )


def _tell(statement: Statement) -> None:
    note(f"  {statement.where}: {statement.action} {statement.kind} {statement.name}".rstrip())


def _counted(changes: Sequence[Change]) -> str:
    kept = sum(change.verb == "keep" for change in changes)
    return f"{len(changes) - kept} to do; {kept} are there already. Nothing was changed."
