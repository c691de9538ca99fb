"""Touches: the journeys that led to the order lines, and those that led to nothing, with an effect per partner planted.

A journey that ended in a purchase is a customer's, before the day of its order. One that ended in nothing is a
visitor's whom nobody ever knew, so that it belongs to no later purchase. How many of these there are for each partner
follows from `effects.py`: that is the effect which a report has to find.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Final, NamedTuple

from portal.demo.companies import Partner
from portal.demo.contacts import PERSONAS, contact_id
from portal.demo.effects import NOBODY, planted_effects
from portal.demo.orders import Bundle
from portal.demo.timeline import moment, written
from portal.demo.world import Row, World

_DIRECT_PERCENT: Final = 10
"""Of purchases, how many no partner touched."""
_ASSISTED_PERCENT: Final = 30
"""Of the others, how many a partner touched that never invoices anything."""
_TOUCHES: Final = (8, 14)
"""Of a journey that ended in a purchase, both included: eleven in the middle."""
_LOST_TOUCHES: Final = (2, 3)
_PEOPLE: Final = (5, 7)
"""Whom such a journey meets at the customer: six in the middle."""
_DAYS: Final = (30, 100)
"""How long a journey lasts before the order."""
_SELLING: Final = frozenset({"reseller", "distributor"})
_MOTIONS: Final = {"technology": "build", "integrator": "service"}
_JOINED: Final = timedelta(days=_DAYS[1])
_SEASONS: Final = ("Winter tune-up", "Spring ride", "Summer tour", "Autumn fair")

_EARLY: Final = ("web_visit", "asset_opened", "email", "social", "webinar", "event")
_LATE: Final = ("call", "meeting", "demo", "visit", "proof_of_concept")
_BY_PARTNERS: Final = {
    "sell": ("call", "visit", "meeting", "demo", "email", "registration"),
    "influence": ("email", "call", "meeting", "event"),
    "build": ("demo", "proof_of_concept", "webinar"),
    "service": ("implementation", "training", "support", "health_check"),
}
_SOURCES: Final = {
    "web_visit": (("Website", ""), ("Search", "Google"), ("Search", "Bing"), ("Social media", "LinkedIn")),
    "asset_opened": (("Website", ""), ("E-mail", ""), ("Social media", "LinkedIn")),
    "email": (("E-mail", ""),),
    "social": (("Social media", "LinkedIn"), ("Social media", "Community")),
    "webinar": (("Trade show", ""), ("E-mail", "")),
    "event": (("Trade show", ""),),
    "call": (("Call", ""), ("Cold call", "")),
    "meeting": (("Visit", ""),),
    "demo": (("Visit", ""),),
    "proof_of_concept": (("Visit", ""),),
}
_CHINESE_SOURCES: Final = {
    "web_visit": (("Search", "百度"), ("Social media", "微信公众号"), ("Website", "")),
    "asset_opened": (("Social media", "微信公众号"), ("Social media", "知乎")),
    "social": (("Social media", "视频号"), ("Social media", "抖音"), ("Social media", "B站")),
    "webinar": (("Social media", "直播"),),
}
_ODD: Final = ("Comparison portal", "")
"""A channel that the vocabulary does not know: something waits to be mapped."""
_ODD_OF: Final = 250


class Helper(NamedTuple):
    """A partner in a journey, and what it does there."""

    partner: Partner
    motion: str


class _Drawn:
    """Small choices cut from one hash, so that a touch costs one hash and not five."""

    def __init__(self, number: int) -> None:
        self._left = number

    def below(self, limit: int) -> int:
        """A whole number from 0 up to, not including, `limit`."""
        self._left, found = divmod(self._left, limit)
        return found

    def between(self, span: tuple[int, int]) -> int:
        """A whole number of the span, both ends included."""
        return span[0] + self.below(span[1] - span[0] + 1)


class Journeys:
    """All touches of one demo."""

    def __init__(self, world: World, partners: Mapping[str, Partner], bundles: Sequence[Bundle]) -> None:
        self._world = world
        self._bundles = bundles
        self._helpers: dict[str, list[Helper]] = {}
        for partner in partners.values():
            if partner.active and not _SELLING & set(partner.kinds):
                motion = next((_MOTIONS[kind] for kind in partner.kinds if kind in _MOTIONS), "influence")
                self._helpers.setdefault(partner.reseller.country, []).append(Helper(partner, motion))

    def rows(self) -> Iterator[Row]:
        """All touches as the importer reads them, purchase by purchase; those that led to nothing come after."""
        bought: dict[str, list[tuple[Bundle, Helper | None]]] = {}
        for bundle in self._bundles:
            helpers = self.helpers(bundle)
            for helper in helpers:
                bought.setdefault(helper.partner.reseller.key, []).append((bundle, helper))
            if not helpers:
                bought.setdefault("", []).append((bundle, None))
            yield from self._bought(bundle, helpers)
        for key, several in sorted(bought.items()):
            effect = planted_effects()[key] if key else NOBODY
            for number in range(effect.lost(len(several))):
                yield from self._lost(key, number, *several[number % len(several)])

    def helpers(self, bundle: Bundle) -> list[Helper]:
        """The partners in a purchase's journey: none, the one that invoiced it, or that and one that helped."""
        drawn = _Drawn(self._world.seeded.hash("journey", bundle.id))
        if drawn.below(100) < _DIRECT_PERCENT:
            return []
        found = [Helper(bundle.partner, "sell")]
        if drawn.below(100) < _ASSISTED_PERCENT:
            joined = bundle.day - _JOINED
            near = self._helpers.get(bundle.customer.country, ())
            others = [one for one in near if one.partner.joined_on < joined and one.partner != bundle.partner]
            if others:
                found.append(others[drawn.below(len(others))])
        return found

    def _bought(self, bundle: Bundle, helpers: Sequence[Helper]) -> Iterator[Row]:
        """A customer's touches up to the day before its order; each partner of the journey has at least one."""
        drawn = _Drawn(self._world.seeded.hash("touches", bundle.id))
        count, days, people = drawn.between(_TOUCHES), drawn.between(_DAYS), drawn.between(_PEOPLE)
        first = drawn.below(len(PERSONAS))
        for place in range(count):
            one = _Drawn(self._world.seeded.hash("touch", bundle.id, place))
            turn = place - (count - len(helpers))
            helper = helpers[turn] if turn >= 0 else _who(one, helpers)
            day = bundle.day - timedelta(days=max(1, days - days * place // count))
            person = (first + (place if place < people else one.below(people))) % len(PERSONAS)
            row = self._row(f"J-{bundle.id}-{place + 1}", day, one, helper, place * 2 < count, bundle)
            yield row | {"account": bundle.customer.id, "contact": contact_id(bundle.customer, person)}

    def _lost(self, key: str, number: int, bundle: Bundle, helper: Helper | None) -> Iterator[Row]:
        """A visitor's touches that led to nothing, at about the time of a purchase; the last is the partner's."""
        drawn = _Drawn(self._world.seeded.hash("lost", key, number))
        count, begins = drawn.between(_LOST_TOUCHES), bundle.day - timedelta(days=drawn.between((20, 90)))
        for place in range(count):
            one = _Drawn(self._world.seeded.hash("lost touch", key, number, place))
            who = helper if place == count - 1 else None
            row = self._row(f"L-{key or 0}-{number + 1}-{place + 1}", begins + timedelta(days=place * 6), one, who,
                            place < count - 1, bundle)  # fmt: skip
            yield row | {"visitor": f"v-{key or 0}-{number + 1}"}

    def _row(self, id_: str, day: date, one: _Drawn, helper: Helper | None, is_early: bool, bundle: Bundle) -> Row:  # noqa: FBT001 -- one touch
        kinds = _BY_PARTNERS[helper.motion] if helper else _EARLY if is_early else _LATE
        kind = kinds[one.below(len(kinds))]
        channel, platform, campaign = self._source(kind, day, one, bundle) if helper is None else ("", "", "")
        at: datetime = moment(day, minutes=7 * 60 + one.below(11 * 60))
        return {
            "source_id": id_,
            "occurred_at": written(at),
            "kind": kind,
            "account": "",
            "contact": "",
            "visitor": "",
            "partner_source_id": helper.partner.code if helper else "",
            "motion": helper.motion if helper else "",
            "channel": channel,
            "platform": platform,
            "campaign": campaign,
        }

    @staticmethod
    def _source(kind: str, day: date, one: _Drawn, bundle: Bundle) -> tuple[str, str, str]:
        """Channel, platform and campaign of a touch of the vendor's; its own people need none."""
        chinese = _CHINESE_SOURCES.get(kind) if bundle.customer.local_name else None
        options = chinese or _SOURCES.get(kind)
        if not options:
            return "", "", ""
        channel, platform = options[one.below(len(options))] if one.below(_ODD_OF) else _ODD
        named = kind in _EARLY and one.below(5) < 2  # noqa: PLR2004 -- two in five
        return channel, platform, f"{_SEASONS[(day.month - 1) // 3]} {day.year}" if named else ""


def _who(one: _Drawn, helpers: Sequence[Helper]) -> Helper | None:
    """Who makes a touch: the vendor, or one of the partners in about half of the cases."""
    turn = one.below(2 * len(helpers)) if helpers else 0
    return helpers[turn] if turn < len(helpers) else None


def counts(rows: Sequence[Row], bundles: Sequence[Bundle], journeys: Journeys) -> dict[str, int]:
    """What was generated, for people to read."""
    people: dict[str, set[str]] = {}
    kinds = Counter("bought" if row["source_id"].startswith("J-") else "lost" for row in rows)
    for row in rows:
        if row["contact"]:
            people.setdefault(row["source_id"].rpartition("-")[0], set()).add(row["contact"])
    worth = {bundle.id: sum(line.sales for line in bundle.lines) for bundle in bundles}
    through = sum(worth[bundle.id] for bundle in bundles if journeys.helpers(bundle))
    purchases = max(len(bundles), 1)
    return {
        "purchases": len(bundles),
        "touches before purchases": kinds["bought"],
        "touches that led to nothing": kinds["lost"],
        "touches per purchase, tenths": kinds["bought"] * 10 // purchases,
        "people per purchase, tenths": sum(map(len, people.values())) * 10 // purchases,
        "revenue through partners, percent": through * 100 // max(sum(worth.values()), 1),
    }
