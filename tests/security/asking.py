"""Everybody who may ask, and how a question about a route is put to the application."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from litestar import Litestar

from partners.companies import service as companies
from partners.companies.rules import CompanyStatus
from portal.core import clock, db
from portal.core.actor import Actor
from portal.core.permissions import Role, Side
from portal.core.web.guard import served
from portal.core.web.visit import METHODS, SAFE_METHODS
from portal.identity import service, sessions
from tests import make
from tests.make import NOON, Cast
from tests.security.objects import WORDS, Ids, Objects, make_objects
from tests.security.rights import Row
from tests.security.sample import Asker, Sample
from tests.security.wire import FORM, JSON, Answer, Person, Wire, as_form, meet

ROLES: Final = {
    "pia": "sales", "paul": "admin", "pam": "marketing", "petra": "finance",
    "otto": "sales", "oona": "admin", "omar": "marketing", "olga": "finance",
    "dora": "admin", "vera": "MANAGER", "sam": "SALES", "cleo": "SUCCESS", "milo": "MARKETING", "faye": "FINANCE",
    "finn": "FINANCE", "audra": "AUDITOR", "ada": "ADMIN",
}  # fmt: skip
OF_ALPHA: Final = frozenset({"pia", "paul", "pam", "petra"})
OF_OMEGA: Final = frozenset({"otto", "oona", "omar", "olga"})
OUTSIDE: Final = ("nobody", "ended", "shut")
"""Never signed in; a live session of a membership that has ended; one of a company that is suspended."""
EVERYBODY: Final = (*ROLES, *OUTSIDE)
TRANSPORTS: Final[Mapping[str, Mapping[str, str]]] = {
    "page": {},
    "fragment": {"HX-Request": "true"},
    "json": {"Accept": "application/json"},
    "csv": {},
    "xlsx": {},
}
FORM_APIS: Final = frozenset({"POST /api/v1/imports"})
"""Programs send files as browsers do."""
_PARAMETER: Final = re.compile(r"\{(\w+):(\w+)\}")


def routes_of(app: Litestar) -> list[str]:
    """`METHOD path` of everything that can be reached."""
    return sorted(
        {f"{method} {route.path}" for route, handler in served(app) for method in METHODS & handler.http_methods}
        - {f"HEAD {route.path}" for route, _handler in served(app)}
    )


def is_safe(route: str) -> bool:
    """Whether it only reads."""
    return route.partition(" ")[0] in SAFE_METHODS


def is_api(route: str) -> bool:
    """Whether programs ask it."""
    return route.partition(" ")[2].startswith("/api/")


def transports_of(route: str) -> tuple[str, ...]:
    """In which ways it can be asked."""
    if "{file_type:str}" in route:
        return ("csv", "xlsx")
    if is_api(route) or not is_safe(route):
        return ("page", "json")
    return ("page", "fragment", "json")


@dataclass(frozen=True)
class Question:
    """One question to the application."""

    route: str
    caller: str
    owner: str = "none"
    transport: str = "page"
    sample: Sample | None = field(default=None, repr=False)

    @property
    def method(self) -> str:
        """The HTTP method."""
        return self.route.partition(" ")[0]

    def __str__(self) -> str:
        what = f" [{self.sample.name}]" if self.sample and self.sample.name else ""
        return f"{self.route}{what} by {self.caller} on {self.owner} as {self.transport}"


class Asking:
    """The people with their browsers, the objects, and the way to the application."""

    def __init__(self, app: Litestar, cast: Cast, objects: Objects) -> None:
        self.wire = Wire(app)
        self.cast = cast
        self.objects = objects
        self.actors: dict[str, Actor] = {**cast.everybody()}
        self.people: dict[str, Person] = {}

    @classmethod
    async def begin(cls, app: Litestar, cast: Cast) -> "Asking":
        """Make the objects, and let everybody open a browser."""
        asking = cls(app, cast, await make_objects(cast))
        p = Side.PARTNER
        shut = await make.company("Shut Down GmbH")
        asking.actors |= {
            "omar": await make.person("Omar Omega", p, [Role.PARTNER_MARKETING], cast.omega),
            "olga": await make.person("Olga Omega", p, [Role.PARTNER_FINANCE], cast.omega),
            "ended": await make.person("Emil Alpha", p, [Role.PARTNER_ADMIN], cast.alpha),
            "shut": await make.person("Sia Shut", p, [Role.PARTNER_ADMIN], shut),
        }
        for name in EVERYBODY:
            asking.people[name] = await meet(asking.wire, name, await asking._session(name))
        await service.end_membership(cast.paul, asking.actors["ended"].membership_id, cast.paul.membership_id, now=NOON)
        await companies.set_status(cast.vera, shut, CompanyStatus.SUSPENDED, note="", now=NOON)
        return asking

    async def _session(self, name: str) -> str | None:
        actor = self.actors.get(name)
        if actor is None:
            return None
        async with db.auth_transaction():
            return (await sessions.open_session(actor, device="test", now=clock.now())).token

    def ids(self, question: Question) -> Ids:
        """The objects that a question is about; where it is about none, those of the caller's own company."""
        side = "rival" if question.caller in OF_OMEGA else "own"
        owner = question.owner if question.owner in ("own", "rival") else side
        found = self.objects.of(owner)
        actor = self.actors.get(question.caller)
        return found | ({"self": str(actor.membership_id)} if actor else {"self": found["membership"]})

    def address(self, question: Question, row: Row) -> str:
        """The path with its parameters, and the query that it needs."""
        kind = (question.sample.on if question.sample else "") or row.on
        ids = self.ids(question)
        in_path = self.objects.missing if question.owner == "missing" else ids

        def fill(found: re.Match[str]) -> str:
            name, type_ = found.groups()
            if type_ == "uuid":
                return in_path[kind]
            return question.transport if name == "file_type" else WORDS[name]

        path = _PARAMETER.sub(fill, question.route.partition(" ")[2])
        return f"{path}?{row.query.format(**ids)}" if row.query else path

    async def ask(
        self,
        question: Question,
        row: Row,
        *,
        extra: Mapping[str, Any] | None = None,
        token: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """Put the question. `token`: another than the caller's own, none when empty; `extra`: more fields."""
        person = self.people[question.caller]
        sent = person.headers(**TRANSPORTS[question.transport], **(headers or {}))
        given = person.token if token is None else token
        if given:
            sent["X-CSRF-Token"] = given
        body, kind = self._body(question, extra or {})
        return await self.wire.send(question.method, self.address(question, row), {**sent, **kind}, body)

    def _body(self, question: Question, extra: Mapping[str, Any]) -> tuple[bytes, Mapping[str, str]]:
        sample = question.sample
        if sample is None:
            return b"", {}
        asker = Asker(ROLES.get(question.caller, "admin"), self.ids(question), question.owner)
        fields = {**sample.make(asker), **extra}
        if is_api(question.route) and question.route not in FORM_APIS:
            accept = dict(JSON) if question.transport == "json" else {"Content-Type": "application/json"}
            return json.dumps(fields).encode(), accept
        return as_form(fields), FORM


def owners_of(row: Row, *, sees_objects: bool) -> Iterator[str]:
    """Whose objects are asked for: all for those whom it depends on, one for those who are refused before."""
    if not row.on or row.on == "token":
        yield "none"
    elif sees_objects:
        yield from ("own", "rival", "missing")
    else:
        yield "own"
