"""The kinds of notices: each slice registers its own, and a person chooses for each what comes by mail."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from portal.core.actor import Actor
from portal.core.i18n import N_
from portal.core.permissions import Permission
from portal.notices.rules import Mail

MAIL_LABELS: Final[Mapping[Mail, str]] = {
    Mail.NOW: N_("At once"),
    Mail.DIGEST: N_("In the mail of the day"),
    Mail.NONE: N_("Not by mail"),
}


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of notice; `label` and `group` are marked for translation."""

    key: str
    label: str
    who: Permission
    """Whoever holds this right gets such notices, and is asked how."""
    default: Mail
    group: str
    icon: str
    asks: bool
    """Whether its reader has to act."""
    fixed: bool
    """Whether it always comes by mail at once, such as what is about one's own rights."""

    def mail(self, chosen: str | None) -> Mail:
        """What comes by mail for who chose this, or nothing yet."""
        return Mail.NOW if self.fixed else self.default if chosen is None else Mail(chosen)


_KINDS: Final[dict[str, Kind]] = {}


def notice_kind(
    key: str,
    label: str,
    who: Permission,
    default: Mail = Mail.NOW,
    *,
    group: str,
    icon: str,
    asks: bool = False,
    fixed: bool = False,
) -> str:
    """Register a kind of notice and give back its key; `label` and `group` by `N_`."""
    _KINDS[key] = Kind(key, label, who, default, group, icon, asks=asks, fixed=fixed)
    return key


def kind_of(key: str) -> Kind:
    """The kind of this key. Raises KeyError for one that nobody registered."""
    return _KINDS[key]


def find_kind(key: str) -> Kind | None:
    """The same, or None: a notice may be older than the code that knew its kind."""
    return _KINDS.get(key)


def kinds_for(actor: Actor) -> list[Kind]:
    """What this actor can get, group by group, in the order of registration."""
    mine = [kind for kind in _KINDS.values() if actor.may(kind.who)]
    groups = list(dict.fromkeys(kind.group for kind in mine))
    return sorted(mine, key=lambda kind: groups.index(kind.group))
