"""What group robots are told of conflicts: the customer, how many claim it and by what it was settled; never who."""

from collections.abc import Mapping
from typing import Final

from partners.conflicts.rules import GROUND_LABELS
from portal.core import db, formats
from portal.core.events import Recorded
from portal.core.i18n import N_, current_locale, ngettext
from portal.core.i18n import gettext as _
from portal.robots.doors import News, Told, announces

LABELS: Final = {
    "conflict.found": N_("A conflict is found"),
    "conflict.decided": N_("A conflict is settled"),
    "conflict.reopened": N_("A settled conflict is appealed"),
}
_TITLES: Final[Mapping[str, str]] = {
    "conflict.found": N_("Conflict: several claim %(customer)s"),
    "conflict.decided": N_("Conflict settled: %(customer)s"),
    "conflict.reopened": N_("Conflict appealed: %(customer)s"),
}


async def read_news(event: Recorded) -> News | None:
    """The conflict as it is now; None where it is gone.

    A group is told of it for the managers of all partners in it. Who they are stands in the room alone, which only
    those may open who may read conflicts.
    """
    row = await db.sql_one(
        "SELECT c.id, c.account_name AS customer, c.ground, (SELECT count(*) FROM partners_conflict_claim k"
        " WHERE k.conflict = c.id AND k.result <> 'left') AS claims, array(SELECT DISTINCT p.manager"
        " FROM partners_conflict_claim k JOIN partners_company p ON p.id = k.partner_id WHERE k.conflict = c.id"
        " AND p.manager IS NOT NULL) AS managers, array(SELECT g.name FROM partners_product_group g"
        " WHERE g.id = any(c.product_groups) ORDER BY g.name) AS groups, array(SELECT coalesce(nullif(g.name_zh, ''),"
        " g.name) FROM partners_product_group g WHERE g.id = any(c.product_groups) ORDER BY g.name) AS groups_zh"
        " FROM partners_conflict c WHERE c.id = $1",
        event.subject_id,
    )
    if row is None:
        return None

    def compose() -> Told:
        groups = row["groups_zh"] if current_locale() == "zh_CN" else row["groups"]
        count = ngettext("%(count)s claim", "%(count)s claims", row["claims"])
        facts = [count % {"count": formats.number(row["claims"])}, *groups]
        if event.name == "conflict.decided":
            ground = GROUND_LABELS[row["ground"]]
            facts = [_("Settled by: %(ground)s") % {"ground": _(ground)}]
        title = _(_TITLES[event.name]) % {"customer": row["customer"]}
        return Told(title, (", ".join(facts),), f"/partners/conflicts/{row['id']}")

    return News(row["managers"], compose)


announces(LABELS, read_news)
