"""Each invariant of ledger and commissions goes red when what it says is broken behind the application's back."""

from datetime import date, timedelta

import pytest

from attribution.commissions import service
from attribution.commissions.invariants import INVARIANTS
from attribution.commissions.quotes import SUBMITTED, keep_quote
from portal.core import db as database
from portal.core.actor import SYSTEM
from portal.core.ids import new_id
from portal.core.invariants import registered, run_all
from portal.ledger.invariants import INVARIANTS as LEDGER
from portal.ledger.service import close_period
from tests.attribution.commissions.world import Sale, make_sale
from tests.make import NOON, Cast

C, E, P = "attribution_commission", "ledger_entry", "ledger_posting"
BREAKING = {
    "commissions.sealed": f"UPDATE {C} SET trace = jsonb_set(trace, '{{customer}}', '\"X\"')",
    "commissions.recompute": f"UPDATE {C} SET trace = jsonb_set(trace, '{{steps,0,result}}', '1') WHERE clause <> ''",
    "commissions.row_is_trace": f"UPDATE {C} SET currency = 'USD'",
    "commissions.whole": f"UPDATE {C} SET amount_minor = amount_minor + 1 WHERE outcome = 'accrued'",
    "commissions.ledger": f"UPDATE {P} SET amount_minor = amount_minor + 1",
    "commissions.report": f"UPDATE {P} SET amount_minor = amount_minor + 1 WHERE amount_minor ="
    f" (SELECT max(amount_minor) FROM {P})",
    "commissions.never_below_zero": f"UPDATE {C} SET amount_minor = -amount_minor WHERE outcome = 'accrued'",
    "commissions.cash_only": f"UPDATE {C} SET cash_minor = cash_minor + 1",
    "commissions.undone": f"UPDATE {C} SET amount_minor = amount_minor + 1 WHERE reverses IS NOT NULL AND amount_minor <> 0",
    "commissions.one_earns": f"UPDATE {C} SET clause = 'X' WHERE clause = '' AND reverses IS NULL",
    "commissions.credit": f"UPDATE {C} SET trace = jsonb_set(trace, '{{credit}}',"
    ' \'{"run_id": "00000000-0000-4000-8000-000000000000", "share_ppb": 1, "others_ppb": 999999999}\')',
    "commissions.agreement": f"UPDATE {C} SET trace = jsonb_set(trace, '{{agreement}}',"
    ' \'{"agreement_id": "00000000-0000-4000-8000-000000000000", "side": "lead", "divides": true,'
    ' "share_ppb": 1, "others_ppb": 999999999}\')',
    "commissions.plan": "UPDATE policies_version SET effective_from = '2027-01-01'",
    "commissions.own_deal": f"UPDATE {C} SET deal_id = (SELECT id FROM partners_deal LIMIT 1) WHERE clause = ''",
    "commissions.quotes_recompute": "UPDATE attribution_quote SET document = jsonb_set(document, '{total_minor}', '1')",
    "commissions.quote_is_document": "UPDATE attribution_quote SET amount_minor = amount_minor + 1",
    "ledger.entries": f"DELETE FROM {P}",
    "ledger.one_partner": f"UPDATE {P} SET currency = 'USD'",
    "ledger.accounts": "UPDATE ledger_account SET code = 'commission_expense'",
    "ledger.closed": f"UPDATE {E} SET at = at + interval '1 year'",
    "ledger.in_order": "INSERT INTO ledger_period (period, closed_at, closed_by) SELECT '2027-03-01', now(), closed_by FROM ledger_period",
    "ledger.closing_event": "DELETE FROM core_event WHERE name = 'period.closed'",
    "ledger.reversals": f"UPDATE {P} SET amount_minor = 1 WHERE entry IN (SELECT id FROM {E} WHERE reverses IS NOT NULL)",
    "ledger.append_only": f"DROP TRIGGER append_only ON {P}",
}
TABLES = (C, E, P, "attribution_quote", "ledger_account", "ledger_period", "policies_version", "core_event")


async def busy(cast: Cast) -> Sale:
    """A sale that earned, was refunded, closed, reckoned again, and one that earned nothing."""
    sale = await make_sale(cast)
    october = {"ordered_on": date(2026, 10, 1), "occurred_at": NOON - timedelta(days=40)}
    invoice = await sale.invoice(200_00, partner=cast.omega, **october)
    await sale.paid(invoice, 100_00, **october)
    await sale.paid(invoice, -30_00, **october)
    await service.accrue(SYSTEM, now=NOON)
    await close_period(cast.faye, date(2026, 10, 1), now=NOON)
    await service.reckon_again(SYSTEM, [invoice], now=NOON + timedelta(hours=1))
    await keep_quote(sale.deal, SUBMITTED, new_id(), now=NOON)
    return sale


def test_each_has_a_way_to_break_it() -> None:
    assert BREAKING.keys() == {one.name for one in (*INVARIANTS, *LEDGER)}
    assert BREAKING.keys() <= {one.name for one in registered()}


@pytest.mark.security
@pytest.mark.parametrize("name", BREAKING)
async def test_each_goes_red(cast: Cast, name: str) -> None:
    await busy(cast)
    assert [(one.name, count) for one, count in await run_all(cast.audra) if count] == []
    held = database.ENGINE.held
    for table in TABLES:
        await held.execute(f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY")
        await held.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
    await held.execute(BREAKING[name])
    assert name in [one.name for one, count in await run_all(cast.audra) if count]
