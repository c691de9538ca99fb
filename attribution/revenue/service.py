"""What can be done about revenue: lines are added in bulk, once each, and never changed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from attribution.revenue.queries import look_up
from attribution.revenue.rules import Known, Line, NewLine, Problem, RevenueKind, problems_alone, problems_beside
from portal.core import clock, db, formats
from portal.core.actor import Actor
from portal.core.ids import new_id
from portal.core.permissions import Permission
from portal.imports.states import RowOutcome

_PASSES: Final = (
    frozenset({RevenueKind.INVOICE_LINE}),
    frozenset({RevenueKind.PAYMENT}),
    frozenset({RevenueKind.REFUND, RevenueKind.CREDIT_NOTE}),
)
"""What is named comes before what names it, wherever the two stand."""


@dataclass(frozen=True, slots=True)
class Added:
    """What became of one line: its id unless it was refused, and every reason why it was."""

    outcome: RowOutcome
    id: UUID | None = None
    problems: tuple[Problem, ...] = ()


async def add_lines(actor: Actor, lines: Sequence[NewLine], *, source_system: str, now: datetime) -> list[Added]:
    """Add lines of one source system; what became of each, in order.

    A line that is here already is left as it is: the same again does nothing, other values are refused. The
    import that calls it records the event. Raises NotAllowed.
    """
    actor.require(Permission.REVENUE_WRITE)
    async with db.transaction(actor):
        await db.lock_subject(f"revenue of {source_system}")
        batch = _Batch(await look_up(lines, source_system))
        added = batch.take(lines)
        await _insert(batch.fresh, source_system, now)
    return added


class _Batch:
    """Lines on their way in; those of the batch count as known for each other."""

    def __init__(self, known: Known) -> None:
        """Start with what is stored."""
        self.fresh: list[tuple[UUID, Line]] = []
        self._known = known
        self._lines = dict(known.lines)
        self._by_id = dict(known.lines.values())
        self._seen: set[str] = set()

    def take(self, lines: Sequence[NewLine]) -> list[Added]:
        """Each line checked, resolved and compared with what is stored."""
        found: dict[int, Added] = {}
        for kinds in _PASSES:
            found.update((place, self._take(line)) for place, line in enumerate(lines) if line.kind in kinds)
        return [found[place] for place in range(len(lines))]

    def _take(self, line: NewLine) -> Added:
        problems = problems_alone(line)
        if line.source_id in self._seen:
            problems.append(Problem("repeated", "source_id"))
        self._seen.add(line.source_id)
        resolved = None if problems else self._resolve(line, problems)
        if resolved is None or problems:
            return Added(RowOutcome.REFUSED, problems=tuple(problems))
        stored = self._known.lines.get(line.source_id)
        if stored is None:
            new = new_id()
            self.fresh.append((new, resolved))
            self._lines[line.source_id] = (new, resolved)
            self._by_id[new] = resolved
            return Added(RowOutcome.IMPORTED, new)
        if stored[1] != resolved:
            return Added(RowOutcome.REFUSED, problems=(Problem("changed", "source_id"),))
        return Added(RowOutcome.SAME, stored[0])

    def _resolve(self, line: NewLine, problems: list[Problem]) -> Line | None:
        """The line with our ids, or None when `problems` say what it names and we do not have."""
        known = self._known
        invoice_id = None if line.kind == RevenueKind.INVOICE_LINE else self._invoice(line, problems)
        account = _find("account", line.account, known.accounts, problems)
        partner = _find("partner", line.partner, known.partners, problems)
        deal = _find("deal", line.deal, known.deals, problems)
        product = _find("product", line.sku, known.products, problems)
        if problems:
            return None
        invoice = self._by_id.get(invoice_id) if invoice_id else None
        if invoice is not None:
            account, product = account or invoice.account, product or invoice.product
        ordered_on = line.ordered_on or (invoice.ordered_on if invoice else None)
        if account is None or product is None or ordered_on is None:
            message = f"{line.source_id} has passed without a customer, product or order day"
            raise TypeError(message)
        resolved = Line(
            line.kind, line.source_id, invoice_id, account, partner, deal, product, line.quantity, line.net,
            line.cost, ordered_on, line.occurred_on,
        )  # fmt: skip
        if invoice is not None:
            problems += problems_beside(resolved, invoice)
        return resolved

    def _invoice(self, line: NewLine, problems: list[Problem]) -> UUID | None:
        """The invoice line it belongs to; where the source names a payment, the one that was paid."""
        named = self._lines.get(line.parent)
        if named is None:
            code = "parent_refused" if line.parent in self._seen else "unknown_parent"
            problems.append(Problem(code, "parent_source_id", {"text": line.parent}))
            return None
        return named[1].parent or named[0]


def _find(what: str, source_id: str, known: Mapping[str, UUID], problems: list[Problem]) -> UUID | None:
    if source_id and source_id not in known:
        name = "product_sku" if what == "product" else f"{what}_source_id"
        problems.append(Problem(f"unknown_{what}", name, {"text": source_id}))
    return known.get(source_id)


async def _insert(lines: Sequence[tuple[UUID, Line]], source_system: str, now: datetime) -> None:
    """One statement; the order of the lines is kept in `seq`."""
    zone = formats.time_zone().key
    await db.sql(
        "INSERT INTO attribution_revenue (id, kind, source_system, source_id, parent, account, partner, deal,"
        " product, quantity, net_minor, cost_minor, currency, ordered_on, occurred_at, recorded_at)"
        " SELECT l.id, l.kind, $1, l.source_id, l.parent, l.account, l.partner, l.deal, l.product, l.quantity,"
        " l.net, l.cost, l.currency, l.ordered_on, l.occurred_at, $2"
        " FROM unnest($3::uuid[], $4::text[], $5::text[], $6::uuid[], $7::uuid[], $8::uuid[], $9::uuid[],"
        " $10::uuid[], $11::int[], $12::bigint[], $13::bigint[], $14::text[], $15::date[], $16::timestamptz[])"
        " WITH ORDINALITY AS l (id, kind, source_id, parent, account, partner, deal, product, quantity, net, cost,"
        " currency, ordered_on, occurred_at, place) ORDER BY l.place",
        source_system,
        now,
        [id_ for id_, _line in lines],
        [line.kind.value for _id, line in lines],
        [line.source_id for _id, line in lines],
        [line.parent for _id, line in lines],
        [line.account for _id, line in lines],
        [line.partner for _id, line in lines],
        [line.deal for _id, line in lines],
        [line.product for _id, line in lines],
        [line.quantity for _id, line in lines],
        [line.net.minor for _id, line in lines],
        [line.cost.minor if line.cost else None for _id, line in lines],
        [line.net.currency for _id, line in lines],
        [line.ordered_on for _id, line in lines],
        [clock.start_of(line.occurred_on, zone) for _id, line in lines],
    )
