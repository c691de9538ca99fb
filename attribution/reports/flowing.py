"""How journeys flow to a purchase, and how far they come, put into words: a chart with its table, and rows."""

from collections import Counter
from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any, Final

from attribution.lifecycle.rules import KIND_LABELS, EventKind
from attribution.reports.paths import OTHERS, STAYED
from portal.core import formats
from portal.core.i18n import N_, ngettext
from portal.core.i18n import gettext as _
from portal.core.money import Money
from portal.core.web.charts import Chart

_STEPS: Final = (N_("Began with"), N_("Then came"), N_("Ended with"), N_("Bought as"))
_COLOURS: Final = (1, 2, 3, 5, 4, 6, 7)
"""Of the channels, from the one most journeys go through on."""
_GREY: Final = 8
_ENDS: Final = ((0, "source"), (1, "target"))
"""How many steps on each end of a link stands, and what it is called."""
Row = Mapping[str, Any]


def flow_chart(flows: Mapping[str, Any], names: Mapping[str, str], currency: str) -> Chart:
    """The flow of `paths.flows` that has links: widths are purchases, the table beneath tells their value too."""
    links: Sequence[Row] = flows["links"]
    channels = _channels(links)
    colours = dict(zip(channels, _COLOURS, strict=False))
    steps = [_nodes(links, step, channels) for step in range(len(_STEPS))]
    words = {**names, OTHERS: _("Other channels"), STAYED: _("No other channel")}
    words |= {kind.value: _(label) for kind, label in KIND_LABELS.items()}
    ordered = sorted(
        links, key=lambda one: (one["step"], *(steps[one["step"] + at].index(one[end]) for at, end in _ENDS))
    )
    whole = sum(one["journeys"] for one in links if one["step"] == 0)
    return Chart(
        _("purchases"),
        _sentence(flows, whole),
        {
            "kind": "flow",
            "format": {"style": "number"},
            "steps": [
                {"name": _(name), "nodes": [{"name": words.get(key, key), "colour": colours.get(key, _GREY)}
                                            for key in nodes]}
                for name, nodes in zip(_STEPS, steps, strict=True)
            ],
            "links": [
                [one["step"], *(steps[one["step"] + at].index(one[end]) for at, end in _ENDS), one["journeys"]]
                for one in ordered
            ],
        },
        {
            "head": [_("Step"), _("This step"), _("The next"), _("Purchases"), _("Share of all"), _("Revenue")],
            "rows": [
                [f"{_(_STEPS[one['step']])} → {_(_STEPS[one['step'] + 1])}",
                 *(words.get(one[end], one[end]) for _at, end in _ENDS), formats.number(one["journeys"]),
                 formats.percent(Fraction(one["journeys"], whole)), formats.money(Money(one["value_minor"], currency))]
                for one in ordered
            ],
        },
    )  # fmt: skip


def _channels(links: Sequence[Row]) -> list[str]:
    """The channels that stand alone, from the one most journeys go through on."""
    through: Counter[str] = Counter()
    for one in links:
        through[one["source"]] += one["journeys"]
    return [key for key, _count in through.most_common() if key not in {OTHERS, STAYED}]


def _nodes(links: Sequence[Row], step: int, channels: Sequence[str]) -> list[str]:
    """What stands at a step, in one order at all of them, so that a channel can be followed with the eye."""
    found = {one["source"] for one in links if one["step"] == step}
    found |= {one["target"] for one in links if one["step"] == step - 1}
    return [key for key in (*channels, OTHERS, STAYED, *EventKind) if key in found]


def _sentence(flows: Mapping[str, Any], whole: int) -> str:
    """What is drawn, what is left out, and what it does not prove."""
    said = ngettext(
        "%(count)s purchase of %(first)s to %(last)s by the channel that touched the customer first, the first other"
        " one after it, and the last. It shows the order in which channels met customers, not which of them made"
        " anybody buy.",
        "%(count)s purchases of %(first)s to %(last)s by the channel that touched the customer first, the first other"
        " one after it, and the last. It shows the order in which channels met customers, not which of them made"
        " anybody buy.",
        whole,
    ) % {"count": formats.number(whole), "first": flows["from"], "last": flows["to"]}
    if not flows["untouched"]:
        return said
    left_out = ngettext(
        "%(count)s purchase without a touch in the window is left out.",
        "%(count)s purchases without a touch in the window are left out.",
        flows["untouched"],
    )
    return f"{said} {left_out % {'count': formats.number(flows['untouched'])}}"


def funnel_rows(funnel: Sequence[Row], names: Mapping[str, str]) -> list[dict[str, str]]:
    """Journeys by the channel that they began in: how many reached what, in numbers and as a part of those begun.

    `lead` is empty where no journey of any channel has one.
    """
    has_leads = any(one["lead"] for one in funnel)

    def part(count: int, whole: int) -> str:
        if not whole:
            return "–"
        return _("%(count)s (%(part)s)") % {
            "count": formats.number(count), "part": formats.percent(Fraction(count, whole)),
        }  # fmt: skip

    return [
        {
            "channel": names.get(one["channel"], one["channel"]),
            "journeys": formats.number(one["journeys"]),
            "lead": part(one["lead"], one["journeys"]) if has_leads else "",
            "registration": part(one["registration"], one["journeys"]),
            "purchase": part(one["purchase"], one["journeys"]),
            "after": part(one["registered_bought"], one["registration"]),
        }
        for one in funnel
    ]
