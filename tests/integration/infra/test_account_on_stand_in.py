"""The account's statements on a stand-in for Snowflake, as far as it understands them."""

import logging
import re

import pytest
import sqlglot
from sqlfluff.core import Linter
from sqlglot import exp

from streamvision.adapters.contracts.yaml_files import read_contracts
from streamvision.assets import asset
from streamvision.domain.account import Statement
from streamvision.domain.errors import WarehouseError
from streamvision.pipeline.provision.personal import TAG
from streamvision.pipeline.provision.step import apply, plan
from tests.integration.infra.conftest import AccountOnStandIn
from tests.support.account_files import account_files

DOCUMENTED = re.compile(r"^\| `([^`]+)` \| (yes|no) \| (yes|no) \| (yes|no) \|", re.MULTILINE)
FLUFF = Linter(dialect="snowflake")
CONTRACTS = read_contracts(asset("contracts"))


def _named(statement: Statement) -> str:
    """Return a statement's kind of sentence, as the documentation lists them."""
    words = " ".join(statement.sql.upper().split())
    if statement.action == "grant":
        if words.startswith("GRANT ROLE"):
            return "grant role"
        scope = {"one": "", "all": "all ", "future": "future "}[statement.grants[0].scope]
        return f"grant ... on {scope}{statement.kind.lower()}{'s' if scope else ''}"
    verb = {"create": "create", "set": "alter", "tag": "set tag on"}[statement.action]
    return f"{verb} {statement.kind.lower()}"


@pytest.fixture(scope="module")
def applied(account: AccountOnStandIn) -> tuple[list[Statement], list[Statement]]:
    """Apply the files once, and give what was said and what the stand-in did not understand."""
    said = apply(account, account_files(), CONTRACTS, lambda _: None)
    return said, list(account.refused)


def test_what_the_stand_in_understands_is_made_and_made_once(
    account: AccountOnStandIn, applied: tuple[list[Statement], list[Statement]]
) -> None:
    """To apply again changes nothing, and the plan says so: all of it through the real connector."""
    kinds = ("DATABASE", "SCHEMA", "STAGE", "FILE FORMAT")
    there = {kind: account.objects(kind) for kind in kinds}
    wanted = {
        kind: {each.name for each in applied[0] if (each.kind, each.action) == (kind, "create")}
        for kind in kinds
    }
    assert {kind: wanted[kind] - (there[kind] or set()) for kind in kinds} == {kind: set() for kind in kinds}
    understood = {statement.sql for statement in applied[0]} - {statement.sql for statement in applied[1]}
    changes = plan(account, account_files(), CONTRACTS)
    verbs = {
        change.what: change.verb
        for change in changes
        if change.statement and change.statement.action == "create" and change.statement.sql in understood
    }
    # The stand-in makes no list of tags: what it does not tell is not taken for missing.
    assert verbs.pop("TAG STREAMVISION_WH.GOVERNANCE.PERSONAL") == "make sure"
    assert set(verbs.values()) == {"keep"}
    apply(account, account_files(), CONTRACTS, lambda _: None)
    assert {kind: account.objects(kind) for kind in kinds} == there


def test_columns_that_are_loaded_are_found_and_tagged(
    account: AccountOnStandIn, applied: tuple[list[Statement], list[Statement]]
) -> None:
    """What is tagged are the tables of RAW that the account shows; views inherit their tags."""
    assert applied
    for sql in (
        "create table streamvision_wh.raw.users__changes (id number, email varchar, is_active boolean)",
        "create view streamvision_wh.raw.users as select * from streamvision_wh.raw.users__changes",
    ):
        account.run(Statement(sql, "here", "LOADER", "create", "TABLE", "USERS"))
    tags = [change.what for change in plan(account, account_files(), CONTRACTS) if change.verb == "tag"]
    assert tags == ["COLUMN RAW.USERS__CHANGES.EMAIL", "COLUMN RAW.USERS__CHANGES.ID"]


def test_what_is_refused_says_which_statement_and_what_to_do(account: AccountOnStandIn) -> None:
    """The file and the line are named."""
    wrong = Statement("create schema no_such.a.b.c", "03_database.sql:7", "LOADER", "create", "SCHEMA", "A.B")
    with pytest.raises(WarehouseError) as refused:
        super(AccountOnStandIn, account).run(wrong)
    assert refused.value.where == "03_database.sql:7"
    assert "streamvision warehouse apply" in refused.value.next_command


def _sqlglot_has_grammar(statement: Statement) -> bool:
    logging.disable(logging.WARNING)
    try:
        return not isinstance(sqlglot.parse_one(statement.sql, read="snowflake"), exp.Command)
    finally:
        logging.disable(logging.NOTSET)


def _sqlfluff_has_grammar(statement: Statement) -> bool:
    return not FLUFF.parse_string(statement.sql + ";\n").violations


def test_the_documentation_lists_how_far_each_statement_was_tried(
    applied: tuple[list[Statement], list[Statement]],
) -> None:
    """The table is held against what the stand-in and two parsers did: nothing is said that is not so."""
    said, refused = applied
    expected: dict[str, tuple[bool, bool, bool]] = {}
    for statement in said:
        tried = (statement not in refused, _sqlglot_has_grammar(statement), _sqlfluff_has_grammar(statement))
        before = expected.setdefault(_named(statement), tried)
        expected[_named(statement)] = tuple(map(min, before, tried))  # type: ignore[assignment] # three of each
    page = (asset("docs") / "reference" / "stand-ins.md").read_text(encoding="utf-8")
    section = page.partition("## The account, statement by statement")[2].partition("\n## ")[0]
    listed = {
        name: tuple(answer == "yes" for answer in answers) for name, *answers in DOCUMENTED.findall(section)
    }
    assert listed == expected


@pytest.mark.parametrize(
    ("role", "tag", "shown"),
    [
        ("LOADER", "direct", ("Ann", 7)),
        ("TRANSFORMER", "indirect", ("Ann", 7)),
        ("STREAMVISION_OWNER", "direct", ("Ann", 7)),
        ("REPORTER", "direct", ("***", None)),
        ("REPORTER", "indirect", ("***", "pseudonym")),
        ("REPORTER", "category", ("Ann", 7)),
        ("PUBLIC", "direct", ("***", None)),
    ],
)
def test_masks_show_to_each_role_what_it_may_see(
    account: AccountOnStandIn, role: str, tag: str, shown: tuple[object, object]
) -> None:
    """The policies' own bodies, run by the stand-in with the role and tag that Snowflake would tell them."""
    text, number = (
        _masked(account, name, value, role, tag) for name, value in (("TEXT", "'Ann'"), ("NUMBER", "7"))
    )
    assert text == shown[0]
    if shown[1] == "pseudonym":
        assert number not in (None, 7)
        # The same user is the same pseudonym, another another: distinct users can be counted.
        assert (
            number == _masked(account, "NUMBER", "7", role, tag) != _masked(account, "NUMBER", "8", role, tag)
        )
    else:
        assert number == shown[1]


def test_every_type_has_a_mask_and_none_but_text_and_numbers_shows_anything(
    account: AccountOnStandIn,
) -> None:
    """Dates, floats, documents: the reporter sees NULL. What is made and what is set is the same policy."""
    policies = {each.name.rpartition("_")[2] for each in account_files() if each.kind == "MASKING POLICY"}
    assert {
        "TEXT",
        "NUMBER",
        "FLOAT",
        "BOOLEAN",
        "DATE",
        "NTZ",
        "TZ",
        "BINARY",
        "VARIANT",
        "ARRAY",
    } == policies
    tag = next(each for each in account_files() if (each.kind, each.action) == ("TAG", "set"))
    for each in account_files():
        if each.kind == "MASKING POLICY":
            assert each.name.lower() in tag.sql
            assert len(_bodies(each.name)) == 1
    for name in policies - {"TEXT", "NUMBER"}:
        full = f"TIMESTAMP_{name}" if name in {"NTZ", "TZ"} else name
        assert _masked(account, full, "true", "REPORTER", "indirect") is None
        assert _masked(account, full, "true", "TRANSFORMER", "indirect") is True


def _bodies(name: str) -> set[str]:
    return {
        " ".join(each.sql.partition("->")[2].split())
        for each in account_files()
        if each.kind == "MASKING POLICY" and each.name == name
    }


def _masked(account: AccountOnStandIn, policy: str, value: str, role: str, tag: str) -> object:
    """Return what a policy makes of a value, for a session with one role and a column with one tag."""
    [body] = _bodies(f"STREAMVISION_WH.GOVERNANCE.MASK_{policy}")
    body = re.sub(r"is_role_in_session\('(\w+)'\)", lambda asked: str(asked[1] == role).lower(), body)
    body = body.replace(f"system$get_tag_on_current_column('{TAG}')", f"'{tag}'")
    assert "(" not in body.replace("hash(value)", "")
    cursor = account.connection.cursor()
    cursor.execute(f"select {body} from (select {value} as value)")  # noqa: S608 - the policy of ours
    row = cursor.fetchone()
    assert isinstance(row, tuple)
    return row[0]
