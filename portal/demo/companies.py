"""The 701 resellers as partner companies: kinds, tiers, territories, managers and who is below whom."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, timedelta
from typing import Final, NamedTuple

from portal.demo.reading import read_table
from portal.demo.seeded import Seeded
from portal.demo.source import Reseller
from portal.demo.texts import domain, registry_id, slug
from portal.demo.timeline import written
from portal.demo.world import Row, World

MAIN: Final = "697"
"""The tour's partner: Brakes and Gears, Tooele, Utah."""
RIVALS: Final = ("146", "506")
"""Who registers the same customers: Latest Sports Equipment and Great Bikes."""
CHINESE: Final = "393"
"""Whose people read Chinese: Gears and Parts Company, Milsons Point, New South Wales."""
TOUR: Final = frozenset({MAIN, CHINESE, *RIVALS})
"""The partners whose people sign in to the demo."""
STAFF_DOMAIN: Final = "adventureworks.example"

CURRENCIES: Final = {"US": "USD", "CA": "CAD", "AU": "AUD", "GB": "GBP", "DE": "EUR", "FR": "EUR"}
_LANGUAGES: Final = {"FR": ("fr", "en"), "DE": ("de", "en")}
_YEAR: Final = timedelta(days=365)
_BEFORE_FIRST: Final = (210, 360)
"""Days from joining to the first order: longer than any registration lies before its order."""
_TIERS: Final = (("platinum", 3), ("gold", 12), ("silver", 36))
"""Tiers with the percent of resellers that stand in them or above, by sales of the last year."""
_SILENT_KINDS: Final = (
    (("agent",), 3),
    (("referral",), 3),
    (("technology",), 2),
    (("integrator", "service"), 2),
)
"""Kinds with weights for who never ordered: partners that never invoice anything."""
_BELOW_PERCENT: Final = 40
_MOVED_PERCENT: Final = 12
_REGIONAL: Final = "605"
"""The distributor below which some resellers came only lately."""


class Partner(NamedTuple):
    """A partner company of the demo."""

    reseller: Reseller
    local_name: str
    domain: str
    kinds: tuple[str, ...]
    tier: str
    status: str
    territories: tuple[str, ...]
    manager: str
    currency: str
    languages: tuple[str, ...]
    joined_on: date
    parents: tuple[tuple[str, date], ...]
    """Distributors, by source key, with the day from which; the last one counts now."""

    @property
    def code(self) -> str:
        """The company's id in the source system."""
        return self.reseller.code

    @property
    def active(self) -> bool:
        """Whether it may register deals."""
        return self.status == "active"

    @property
    def chinese(self) -> bool:
        """Whether its people write Chinese."""
        return self.languages[0] == "zh_CN"


class _Past(NamedTuple):
    """What the order lines say about a reseller, dates before moving."""

    first: date
    last: date
    sales: int
    """US cents of the last year of the data."""
    salesperson: str


def staff_email(name: str) -> str:
    """The address of one of the vendor's people."""
    return f"{slug(name).replace('-', '.')}@{STAFF_DOMAIN}"


def _pasts(world: World) -> dict[str, _Past]:
    found: dict[str, _Past] = {}
    recent = world.source.newest_order - _YEAR
    for line in world.source.lines:
        before = found.get(line.reseller)
        found[line.reseller] = _Past(
            first=before.first if before else line.day,
            last=line.day,
            sales=(before.sales if before else 0) + (line.sales if line.day > recent else 0),
            salesperson=line.salesperson,
        )
    return found


def _tiers(pasts: Mapping[str, _Past], resellers: Iterable[str]) -> dict[str, str]:
    ranked = sorted(resellers, key=lambda key: (-pasts[key].sales if key in pasts else 0, int(key)))
    tiers = {}
    for place, key in enumerate(ranked):
        percent = place * 100 // len(ranked)
        tiers[key] = next((tier for tier, limit in _TIERS if percent < limit), "registered")
    return tiers


def _raised(tier: str) -> str:
    """At least gold: distributors and the tour's partners have more open registrations than lower tiers allow."""
    return "gold" if tier in {"registered", "silver"} else tier


def _kinds(seeded: Seeded, reseller: Reseller, *, ordered: bool, distributes: bool) -> tuple[str, ...]:
    if distributes:
        return ("distributor", "reseller")
    if not ordered:
        return seeded.weighted(_SILENT_KINDS, "kinds", reseller.key)
    if reseller.business == "Value Added Reseller":
        extra = seeded.weighted((("service", 7), ("integrator", 3), ("", 10)), "kinds", reseller.key)
        return ("reseller", extra) if extra else ("reseller",)
    return ("reseller",)


def _statuses(world: World, pasts: Mapping[str, _Past], fixed: Iterable[str]) -> dict[str, str]:
    """A few of those without an order in the last year only applied, are suspended, or were terminated."""
    quiet = world.source.newest_order - _YEAR
    past_by_key = {key: pasts.get(key) for key in world.source.resellers if key not in fixed}
    silent = [key for key, past in past_by_key.items() if past is None]
    gone = [key for key, past in past_by_key.items() if past is not None and past.last < quiet]
    applied = world.seeded.shuffled(silent, "applied")[:5]
    stopped = world.seeded.shuffled(gone, "stopped")[:8]
    named = [(applied, "applied"), (stopped[:4], "suspended"), (stopped[4:], "terminated")]
    return {key: status for keys, status in named for key in keys}


def _joined(world: World, key: str, past: _Past | None, status: str, *, distributes: bool) -> date:
    """Some months before the first order; distributors before everybody else, the tour's partners early."""
    seeded = world.seeded
    if distributes:
        return world.today - timedelta(days=seeded.between(1300, 1700, "joined", key))
    if key in TOUR:
        return world.today - timedelta(days=seeded.between(1000, 1250, "joined", key))
    if status == "applied":
        return world.today - timedelta(days=seeded.between(2, 20, "joined", key))
    if past is None:
        return world.today - timedelta(days=seeded.between(60, 900, "joined", key))
    return past.first + world.orders_move - timedelta(days=seeded.between(*_BEFORE_FIRST, "joined", key))


def _parents(
    world: World, reseller: Reseller, joined: date, chain: Mapping[str, Row], serving: Mapping[str, str]
) -> tuple[tuple[str, date], ...]:
    """Below which distributor, since when. Some of the Northwest were first below the national one."""
    key, seeded = reseller.key, world.seeded
    if key in chain:
        parent = chain[key]["parent"]
        return ((parent, world.today - timedelta(days=1300)),) if parent else ()
    since = max(joined, world.today - timedelta(days=1290)) + timedelta(days=30)
    distributor = serving.get(reseller.territory)
    if distributor is None or not (key == MAIN or seeded.chance(_BELOW_PERCENT, "below", key)):
        return ()
    change = world.today - timedelta(days=seeded.between(50, 180, "change of parent", key))
    if distributor == _REGIONAL and since < change and seeded.chance(_MOVED_PERCENT, "moved", key):
        return ((chain[_REGIONAL]["parent"], since), (distributor, change))
    return ((distributor, since),)


def _territories(reseller: Reseller, chain: Mapping[str, Row]) -> tuple[str, ...]:
    if reseller.key in chain:
        return tuple(chain[reseller.key]["territories"].split(";"))
    return ("AU", "CN") if reseller.key == CHINESE else (reseller.territory,)


def _languages(reseller: Reseller) -> tuple[str, ...]:
    if reseller.key == CHINESE:
        return ("zh_CN", "en")
    if reseller.state == "Quebec":
        return ("fr", "en")
    return _LANGUAGES.get(reseller.country, ("en",))


def _domains(resellers: Iterable[Reseller]) -> dict[str, str]:
    """A domain per company; two that share a name have their town in it."""
    resellers = list(resellers)
    shared = Counter(reseller.name for reseller in resellers)
    towns = {reseller.key: f" {reseller.city}" if shared[reseller.name] > 1 else "" for reseller in resellers}
    return {reseller.key: domain(reseller.name + towns[reseller.key]) for reseller in resellers}


def make_partners(world: World) -> dict[str, Partner]:
    """All companies by source key; distributors first, each above before those below it."""
    source, seeded = world.source, world.seeded
    chain = {row["key"]: row for row in read_table("tributary/distributors.csv")}
    serving = {territory: key for key, row in chain.items() for territory in row["serves"].split(";")}
    local = {
        row["key"]: row["local_name"] for row in read_table("tributary/chinese_names.csv") if row["kind"] == "partner"
    }
    pasts = _pasts(world)
    tiers = _tiers(pasts, source.resellers)
    statuses = _statuses(world, pasts, {*chain, *TOUR})
    domains = _domains(source.resellers.values())
    found = {}
    for key in [*chain, *(key for key in source.resellers if key not in chain)]:
        reseller, past = source.resellers[key], pasts.get(key)
        status = statuses.get(key, "active")
        joined = _joined(world, key, past, status, distributes=key in chain)
        sellers = [past.salesperson] if past else source.territory_sellers[reseller.territory][:2]
        found[key] = Partner(
            reseller=reseller,
            local_name=local.get(key, ""),
            domain=domains[key],
            kinds=_kinds(seeded, reseller, ordered=past is not None, distributes=key in chain),
            tier=_raised(tiers[key]) if key in chain or key in TOUR else tiers[key],
            status=status,
            territories=_territories(reseller, chain),
            manager=source.salespeople[seeded.pick(sellers, "manager", key)],
            currency=CURRENCIES[reseller.country],
            languages=_languages(reseller),
            joined_on=joined,
            parents=_parents(world, reseller, joined, chain, serving) if status == "active" else (),
        )
    return found


def _row(seeded: Seeded, partner: Partner, parent: tuple[str, date] | None, codes: Mapping[str, str]) -> Row:
    reseller = partner.reseller
    return {
        "source_id": partner.code,
        "legal_name": reseller.name,
        "local_name": partner.local_name,
        "domain": partner.domain,
        "country": reseller.country,
        "region": reseller.state,
        "city": reseller.city,
        "registry_id": registry_id(seeded, reseller.country, "partner", reseller.key),
        "kinds": ";".join(partner.kinds),
        "tier": partner.tier,
        "territories": ";".join(partner.territories),
        "manager_email": staff_email(partner.manager),
        "currency": partner.currency,
        "phone": reseller.phone,
        "languages": ";".join(partner.languages),
        "status": partner.status,
        "parent_source_id": codes[parent[0]] if parent else "",
        "parent_from": written(parent[1]) if parent else "",
        "joined_on": written(partner.joined_on),
    }


def company_rows(world: World, partners: Mapping[str, Partner]) -> Iterator[Row]:
    """One row per company, below the distributor that it was first below."""
    codes = {key: partner.code for key, partner in partners.items()}
    for partner in partners.values():
        yield _row(world.seeded, partner, partner.parents[0] if partner.parents else None, codes)


def company_change_rows(world: World, partners: Mapping[str, Partner]) -> Iterator[Row]:
    """The same rows again for those that changed their distributor, as a later import brings them."""
    codes = {key: partner.code for key, partner in partners.items()}
    for partner in partners.values():
        for parent in partner.parents[1:]:
            yield _row(world.seeded, partner, parent, codes)
