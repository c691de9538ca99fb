"""Nobody writes what no form offers: every column, and every tempting name, as one field more of a right request."""

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any, Final

import pytest
from litestar import Litestar

from partners.companies import routes as company_routes
from partners.companies import service as company_service
from partners.companies.schemas import OwnProfileForm
from portal.core import db
from portal.core.actor import SYSTEM
from tests.make import Cast
from tests.security.answers import DONE, Act, acts
from tests.security.asking import FORM_APIS, ROLES, Asking, is_api
from tests.security.sample import Asker
from tests.security.wire import touched_tables, undone

pytestmark = pytest.mark.security

TEMPTING: Final = (
    *("id", "partner_id", "partner", "state", "status", "stage", "amount", "amount_minor", "role", "roles", "side"),
    *("tier", "owner", "is_admin", "approved_by", "protected_until", "created_at", "version", "membership_id", "now"),
)
"""Names that somebody would try, whatever the tables are called."""
_CUSTOMER: Final = {"city", "domain", "industry", "local_name", "region", "registry_id", "size"}
OFFERED: Final[Mapping[str, set[str]]] = {
    "partners_company": {
        "city",
        "domain",
        "local_name",
        "manager",
        "phone",
        "region",
        "registry_id",
        "tier",
        "joined_on",
    },
    "partners_account": _CUSTOMER | {"address", "phone", "postcode"},
    "partners_customer_card": _CUSTOMER | {"notes"},
    "partners_card_contact": {"consent", "email", "job_title", "phone"},
    "partners_deal": {
        *("competitor", "contact_name", "contact_email", "expected_close_on", "help_wanted", "notes", "reference"),
        *("decision_note", "role", "source", "price_reason", "price_wanted_until"),
    },
    "partners_product": {"active", "name_zh", "unit"},
    "partners_product_group": {"name_zh"},
    "approvals_request": {"note"},
    "attribution_claim": {"did", "evidence", "evidence_link", "decision_note"},
    "partners_account_alias": {"note"},
    "partners_deal_step": {"note"},
}
"""What a form offers beside the fields of its sample, by its first table."""
OWN_PROFILE: Final = {"local_name", "phone", "domain", "languages"}
"""What a partner may say of itself, in the same table."""
MARK: Final = "zqmassassigned"
NUMBER: Final = 987_654_321
DAY: Final = "2031-07-07"
ID: Final = "5eed5eed-5eed-4eed-8eed-5eed5eed5eed"


class Tables:
    """The columns of every table, with their types."""

    def __init__(self, columns: dict[str, dict[str, str]]) -> None:
        self.columns = columns

    @classmethod
    async def read(cls) -> "Tables":
        """As the database has them."""
        rows = await db.ENGINE.held.fetch(
            "SELECT table_name AS t, column_name AS c, data_type AS type FROM information_schema.columns"
            " WHERE table_schema = 'public' AND table_name NOT LIKE 'pgqueuer%' AND table_name <> 'migration'"
        )
        found: dict[str, dict[str, str]] = {}
        for row in rows:
            found.setdefault(row["t"], {})[row["c"]] = row["type"]
        return cls(found)

    def all_names(self) -> list[str]:
        """Every column's name."""
        return sorted({name for columns in self.columns.values() for name in columns})

    def type_of(self, name: str, tables: tuple[str, ...]) -> str:
        """Its type, where these tables have it."""
        return next((self.columns[table][name] for table in tables if name in self.columns[table]), "text")


def value_of(type_: str) -> Any:
    """A value of this type that stands nowhere yet."""
    if type_ == "uuid":
        return ID
    if type_ in ("bigint", "integer", "smallint", "numeric"):
        return NUMBER
    if type_ == "boolean":
        return True
    if type_ == "ARRAY":
        return [MARK]
    if type_ in ("date", "timestamp with time zone"):
        return DAY if type_ == "date" else f"{DAY}T00:00:00Z"
    return MARK


def fields_of(asking: Asking, act: Act) -> dict[str, Any]:
    """What the right request sends."""
    question = act.question
    sample = question.sample
    assert sample
    return dict(sample.make(Asker(ROLES.get(question.caller, "admin"), asking.ids(question), question.owner)))


def extras(asking: Asking, act: Act, tables: Tables) -> Iterator[dict[str, Any]]:
    """One field more at a time, then every column there is at once, then one inside each part of a body."""
    sample = act.question.sample
    assert sample
    own = fields_of(asking, act)
    names = dict.fromkeys([name for table in sample.tables for name in tables.columns[table]])
    for name in dict.fromkeys([*names, *TEMPTING]):
        if name not in own:
            yield {name: value_of(tables.type_of(name, sample.tables))}
    yield {name: MARK for name in tables.all_names() if name not in own}
    if is_api(act.question.route) and act.question.route not in FORM_APIS:
        for name, part in own.items():
            if isinstance(part, dict) and name != "columns":
                yield {name: part | {"partner_id": ID}}


def offered(act: Act) -> set[str]:
    """The columns that this form does offer."""
    if act.question.route == "POST /company":
        return OWN_PROFILE
    tables = act.question.sample.tables if act.question.sample else ()
    return OFFERED.get(tables[0], set()) if tables else set()


async def stored(tables: Tables, written: set[str]) -> list[str]:
    """The columns of the tables that were written in which a value of ours stands."""
    kinds = ("text", "character varying", "ARRAY", "bigint", "integer", "uuid", "date", "timestamp with time zone")
    wanted = f"^[{{]?({MARK}|{NUMBER}|{DAY}|{ID})"
    tests = [
        f"SELECT '{table}.{name}' AS place WHERE EXISTS (SELECT FROM {table} WHERE \"{name}\"::text ~ '{wanted}')"
        for table, columns in tables.columns.items()
        for name, type_ in columns.items()
        if table in written and type_ in kinds
    ]
    if not tests:
        return []
    async with db.transaction(SYSTEM):
        return [row["place"] for row in await db.sql(" UNION ALL ".join(tests))]


async def judged(asking: Asking, act: Act, extra: dict[str, Any], tables: Tables) -> str:
    """`refused`, `ignored`, `offered`, or what is wrong."""
    names = ", ".join(extra) if len(extra) == 1 else f"{len(extra)} fields"
    async with undone():
        before = await touched_tables()
        answer = await asking.ask(act.question, act.row, extra=extra)
        after = await touched_tables()
        if answer.status in (409, 422):
            return "refused" if after == before else f"{act.question} with {names}: refused, and written"
        if answer.status in DONE and set(extra) <= offered(act):
            return "offered"
        places = await stored(tables, {table for table in after if after[table] != before.get(table)})
        if answer.status in DONE and not places:
            return "ignored"
        return f"{act.question} with {names}: {answer.status} {places}"


async def try_all(asking: Asking, route: str = "") -> tuple[list[str], Counter[str]]:
    """What was stored, or accepted without being offered; and how often which answer came."""
    tables, verdicts = await Tables.read(), Counter[str]()
    for act in acts():
        if not route or act.question.route == route:
            for extra in extras(asking, act, tables):
                verdicts[await judged(asking, act, extra, tables)] += 1
    wrong = [verdict for verdict in verdicts if verdict not in ("refused", "ignored", "offered")]
    return wrong, verdicts


async def test_no_field_that_is_not_offered_is_taken(
    app: Litestar, cast: Cast, capsys: pytest.CaptureFixture[str]
) -> None:
    wrong, verdicts = await try_all(await Asking.begin(app, cast))
    with capsys.disabled():
        counts = ", ".join(f"{verdicts[name]} {name}" for name in ("refused", "ignored", "offered"))
        print(f"\nfields more than offered: {counts}, {len(wrong)} wrong")
    assert not wrong, "\n".join(wrong[:60])


# --- controls: forms that take a field too many ---


class WideProfile(OwnProfileForm):
    """A partner's own profile, with something that is not its own to say."""

    tier: str = ""


async def test_a_form_that_offers_too_much_is_found(app: Litestar, cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    """Form and service let it through; the partner's database role does not, and that is no answer either."""
    asking = await Asking.begin(app, cast)
    monkeypatch.setattr(company_routes, "OwnProfileForm", WideProfile)
    monkeypatch.setattr(company_service, "OWN_FIELDS", (*company_service.OWN_FIELDS, "tier"))
    wrong, _verdicts = await try_all(asking, "POST /company")
    assert any("with tier: 500" in one for one in wrong)


async def test_a_field_that_is_stored_is_found(app: Litestar, cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    asking = await Asking.begin(app, cast)
    monkeypatch.setitem(OFFERED, "partners_product_group", set())
    wrong, _verdicts = await try_all(asking, "POST /products/groups/new")
    assert any("with name_zh: 303 ['partners_product_group.name_zh']" in one for one in wrong)
