"""The names of public holidays in the reader's language, from those that the package `holidays` gives in English."""

import re
from datetime import date
from typing import Final

from portal.core import formats
from portal.core.i18n import N_
from portal.core.i18n import gettext as _

NAMES: Final = frozenset({
    N_("75th anniversary of the East German uprising of 1953"), N_("ANZAC Day"), N_("Adelaide Cup Day"),
    N_("All Saints' Day"), N_("Armistice Day"), N_("Ascension Day"), N_("Assumption Day"), N_("Australia Day"),
    N_("Autumnal Equinox Day"), N_("Battle of Naefels Victory Day"), N_("Battle of the Boyne"), N_("Boxing Day"),
    N_("British Columbia Day"), N_("Canada Day"), N_("Canberra Day"), N_("Children's Day"),
    N_("Chinese New Year (Spring Festival)"), N_("Chinese New Year's Eve"), N_("Christmas Day"), N_("Civic Holiday"),
    N_("Columbus Day"), N_("Coming of Age Day"), N_("Constitution Day"), N_("Corpus Christi"), N_("Culture Day"),
    N_("Discovery Day"), N_("Dragon Boat Festival"), N_("Easter Monday"), N_("Easter Saturday"), N_("Easter Sunday"),
    N_("Eight Hours Day"), N_("Emperor's Birthday"), N_("Epiphany"), N_("Family Day"), N_("Foundation Day"),
    N_("Friday before the AFL Grand Final"), N_("Genevan Fast"), N_("German Unity Day"), N_("Good Friday"),
    N_("Greenery Day"), N_("Heritage Day"), N_("Immaculate Conception"), N_("Independence Day"), N_("Islander Day"),
    N_("Juneteenth National Independence Day"), N_("King's Birthday"), N_("Labor Day"), N_("Labor Thanksgiving Day"),
    N_("Late Summer Bank Holiday"), N_("Louis Riel Day"), N_("Marine Day"), N_("Martin Luther King Jr. Day"),
    N_("May Day"), N_("Melbourne Cup Day"), N_("Memorial Day"), N_("Mid-Autumn Festival"), N_("Mountain Day"),
    N_("National Aboriginal Day"), N_("National Day"), N_("National Day for Truth and Reconciliation"),
    N_("National Holiday"), N_("National Patriots' Day"), N_("New Brunswick Day"), N_("New Year Holiday"),
    N_("New Year's Day"), N_("Nunavut Day"), N_("Pentecost"), N_("Pentecost Monday"), N_("Picnic Day"),
    N_("Prayer Monday"), N_("Proclamation Day"), N_("Reconciliation Day"), N_("Reformation Day"),
    N_("Remembrance Day"), N_("Repentance and Prayer Day"), N_("Republic Day"), N_("Respect for the Aged Day"),
    N_("Restoration Day"), N_("Saint Andrew's Day"), N_("Saint Berchtold's Day"), N_("Saint John the Baptist Day"),
    N_("Saint Joseph's Day"), N_("Saint Nicholas of Flüe"), N_("Saint Patrick's Day"), N_("Saint Stephen's Day"),
    N_("Saints Peter and Paul"), N_("Saskatchewan Day"), N_("Scotland's participation in the FIFA World Cup final"),
    N_("Second Day of Christmas"), N_("Showa Day"), N_("Sports Day"), N_("Spring Bank Holiday"),
    N_("Substitute Holiday"), N_("Summer Bank Holiday"), N_("Thanksgiving Day"), N_("The Royal Queensland Show"),
    N_("Tomb-Sweeping Day"), N_("Vernal Equinox Day"), N_("Veterans Day"), N_("Victoria Day"), N_("Victory Day"),
    N_("Washington's Birthday"), N_("Weekend between holidays"), N_("Western Australia Day"), N_("Women's Day"),
    N_("World Children's Day"),
})  # fmt: skip
"""All names that the offered places have; a test holds them against the package."""
_INSTEAD: Final = " (observed)"
_EXCHANGED: Final = re.compile(r"Day off \(substituted from (\d\d)/(\d\d)/(\d{4})\)")


def name_of(written: str) -> str:
    """A day's name as a reader says it: which holiday, whether it is kept instead, or for which worked day it is."""
    return " · ".join(_one(part) for part in written.split("; "))


def _one(written: str) -> str:
    if exchanged := _EXCHANGED.fullmatch(written):
        month, day, year = (int(part) for part in exchanged.groups())
        return _("In exchange for %(day)s") % {"day": formats.date(date(year, month, day))}
    if written.endswith(_INSTEAD):
        return _("%(holiday)s, kept on this day") % {"holiday": _(written.removesuffix(_INSTEAD))}
    return _(written)
