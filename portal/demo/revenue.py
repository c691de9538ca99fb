"""Revenue: an invoice line per order line, its payments, and what was credited or refunded afterwards."""

from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from fractions import Fraction
from typing import Final

from portal.core.money import round_half_away
from portal.demo.catalogue import Catalogue
from portal.demo.companies import MAIN
from portal.demo.deals import Protections
from portal.demo.orders import Bundle
from portal.demo.rates import decimal_text
from portal.demo.registrations import is_covered
from portal.demo.source import OrderLine
from portal.demo.timeline import written
from portal.demo.world import Row, World

_TERM: Final = timedelta(days=30)
_SECOND_TERM: Final = timedelta(days=45)
_IN_PARTS_PERCENT: Final = 12
_CREDITED_PER_MILLE: Final = 10
_REFUNDED_PER_MILLE: Final = 20
_MORE_FOR_MAIN: Final = 4
"""How many times as often all of these happen to the tour's partner, so that there is something to see."""
_NAMED_PERCENT: Final = 10
"""Of the covered bundles, how many invoices name the deal."""
_PARTS: Final = (Fraction(1), Fraction(1, 2), Fraction(1, 4), Fraction(1, 5))


class _Ledger:
    """What happens to one bundle's invoice lines up to yesterday."""

    def __init__(self, world: World, catalogue: Catalogue, bundle: Bundle, deal: str) -> None:
        self._world = world
        self._catalogue = catalogue
        self._bundle = bundle
        self._deal = deal
        self._often = _MORE_FOR_MAIN if bundle.partner.reseller.key == MAIN else 1

    def rows(self, line: OrderLine) -> Iterator[Row]:
        """The invoice line, then what followed, each only if it is not in the future."""
        rates, currency = self._world.source.rates, self._bundle.partner.currency
        net = rates.exchange(line.sales, currency, line.day)
        cost = decimal_text(rates.exchange(line.cost, currency, line.day))
        yield self._row("invoice_line", line, line.id, self._bundle.day, net, cost=cost)
        events = self._events(line, net)
        yield from (self._row(*event) for event in events if event[3] < self._world.today)

    def _events(self, line: OrderLine, net: int) -> Iterator[tuple[str, OrderLine, str, date, int]]:
        seeded, day = self._world.seeded, self._bundle.day
        due = net
        if seeded.below(1000, "credited", line.id) < _CREDITED_PER_MILLE * self._often:
            credited = round_half_away(net * seeded.pick(_PARTS, "credit", line.id))
            due -= credited
            credit_day = day + timedelta(days=seeded.between(4, 20, "credit day", line.id))
            if credited:
                yield "credit_note", line, f"{line.id}-C1", credit_day, -credited
        if due == 0:
            return
        paid_on = day + _TERM
        first = self._first_part(line, due)
        yield "payment", line, f"{line.id}-P1", paid_on, first
        if first != due:
            paid_on = day + _SECOND_TERM
            yield "payment", line, f"{line.id}-P2", paid_on, due - first
        if seeded.below(1000, "refunded", line.id) < _REFUNDED_PER_MILLE * self._often:
            refunded = round_half_away(due * seeded.pick(_PARTS, "refund", line.id))
            refund_day = paid_on + timedelta(days=seeded.between(2, 12, "refund day", line.id))
            if refunded:
                yield "refund", line, f"{line.id}-R1", refund_day, -refunded

    def _first_part(self, line: OrderLine, due: int) -> int:
        """Some customers pay everything in two parts; the first is between two and three fifths."""
        seeded, bundle = self._world.seeded, self._bundle
        if not seeded.chance(_IN_PARTS_PERCENT * self._often, "in parts", bundle.customer.id):
            return due
        return max(1, round_half_away(Fraction(due * seeded.between(40, 60, "part", line.order), 100)))

    def _row(self, kind: str, line: OrderLine, source_id: str, day: date, cents: int, cost: str = "") -> Row:
        invoice = kind == "invoice_line"
        return {
            "kind": kind,
            "source_id": source_id,
            "parent_source_id": "" if invoice else line.id,
            "account_source_id": self._bundle.customer.id,
            "partner_source_id": self._bundle.partner.code,
            "deal_source_id": self._deal,
            "product_sku": self._catalogue.sku(line.product),
            "ordered_on": written(self._bundle.day),
            "occurred_on": written(day),
            "quantity": str(line.quantity) if invoice else "0",
            "net_amount": decimal_text(cents),
            "cost_amount": cost,
            "currency": self._bundle.partner.currency,
        }


def revenue_rows(
    world: World, catalogue: Catalogue, bundles: Iterable[Bundle], protections: Protections
) -> Iterator[Row]:
    """All lines by day, so that an invoice line comes before what refers to it."""
    rows: list[Row] = []
    for bundle in bundles:
        deal = is_covered(bundle, protections)
        named = deal if deal and world.seeded.chance(_NAMED_PERCENT, "named", bundle.id) else ""
        ledger = _Ledger(world, catalogue, bundle, named)
        for line in bundle.lines:
            rows.extend(ledger.rows(line))
    yield from sorted(rows, key=lambda row: (row["occurred_on"], row["kind"] != "invoice_line", row["source_id"]))
