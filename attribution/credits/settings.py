"""The policy `attribution`: which models are reckoned, which one pays, and over which windows."""

from dataclasses import replace
from typing import Annotated, Final

from pydantic import AfterValidator, Field

from attribution.credits.rules import MODEL_LABELS
from attribution.engine import policy as policies
from attribution.engine.intervals import SHARDS
from attribution.engine.kernel import Plan
from attribution.engine.positions import Settings
from attribution.lifecycle.rules import KIND_LABELS, EventKind
from portal.core import formats
from portal.core.i18n import N_, ngettext
from portal.core.i18n import gettext as _
from portal.core.money import is_currency
from portal.policies.kinds import Document, Line, PolicyKind, register_kind

KEY: Final = "attribution"
ALWAYS: Final = ("first", "linear")
"""Reckoned in every run: what was sourced and what was influenced is read from them."""
_LONGEST_WINDOW: Final = 3_650
_MOST_DRAWS: Final = 2_000
_CARRIES: Final = frozenset({EventKind.UPSELL, EventKind.CROSS_SELL})


def _known_currency(code: str) -> str:
    if not is_currency(code):
        raise ValueError(_("Give a currency by its code of three letters, such as EUR."))
    return code


def _known_model(name: str) -> str:
    if name not in MODEL_LABELS:
        raise ValueError(_("There is no such model."))
    return name


class Window(Document):
    """Which touches count for one kind of event."""

    kind: EventKind
    lookback_days: int | None = Field(default=None, ge=1, le=_LONGEST_WINDOW)
    """None: no limit but the event that opens the window."""
    carry_over_percent: int = Field(default=0, ge=0, le=100)
    """Of an upsell or cross-sell, how much goes to the touches that won the customer."""


class AttributionSettings(Document):
    """All that a run's result depends on besides its inputs."""

    currency: Annotated[str, AfterValidator(_known_currency)] = "EUR"
    """In which events are added up."""
    models: tuple[Annotated[str, AfterValidator(_known_model)], ...]
    paying_model: Annotated[str, AfterValidator(_known_model)]
    half_life_days: int = Field(default=7, ge=1, le=365)
    """Of time decay."""
    windows: tuple[Window, ...]
    draws: int = Field(default=200, ge=0, le=_MOST_DRAWS)
    """Of the bootstrap that gives intervals; 0 for none."""
    seed: int = Field(default=1, ge=0, le=2**31 - 1)

    @property
    def all_models(self) -> tuple[str, ...]:
        """Those that are reckoned, in the order of the list of models."""
        wanted = {*self.models, *ALWAYS, self.paying_model}
        return tuple(name for name in MODEL_LABELS if name in wanted)


def _default_windows() -> tuple[Window, ...]:
    return tuple(
        Window(kind=kind, lookback_days=rule.lookback_days, carry_over_percent=rule.carry_over_percent)
        for kind, rule in ((kind, policies.DEFAULT[kind]) for kind in EventKind)
    )


DEFAULT: Final = AttributionSettings(
    models=("first", "last", "linear", "u_shaped", "w_shaped", "full_path", "decay", "markov:1", "shapley"),
    # Of all models the one that a partner cannot raise by touching more often, whose result for a sale depends on that
    # sale's journey alone, so that later data never changes it, and that can be said in one sentence.
    paying_model="shapley",
    windows=_default_windows(),
)
"""What a new installation begins with, as a first version that finance can change."""


def plan_of(settings: AttributionSettings) -> Plan:
    """What the engine is told: models, the policy of windows, half-life, shards for the intervals."""
    rules = dict(policies.DEFAULT)
    for one in settings.windows:
        rules[one.kind] = replace(
            rules[one.kind], lookback_days=one.lookback_days, carry_over_percent=one.carry_over_percent
        )
    shards = SHARDS if settings.draws else 1
    return Plan(settings.all_models, rules, Settings(float(settings.half_life_days)), shards)


def lint(document: AttributionSettings) -> list[str]:
    """Every kind of event once; carrying over where there is something to carry; a paying model that can pay."""
    found = []
    if sorted(one.kind for one in document.windows) != sorted(EventKind):
        found.append(_("Every kind of event must stand in it exactly once."))
    for one in document.windows:
        if one.carry_over_percent and one.kind not in _CARRIES:
            sentence = _("%(kind)s: nothing is carried over here; only upsell and cross-sell follow an acquisition.")
            found.append(sentence % {"kind": _(KIND_LABELS[one.kind])})
    if not document.models:
        found.append(_("Choose at least one model."))
    return found


def model_words(models: tuple[str, ...]) -> str:
    """Models in the reader's words."""
    return _(", ").join(_(MODEL_LABELS[name]) for name in models)


def lookback_words(days: int | None) -> str:
    """A window in the reader's words."""
    if days is None:
        return _("no limit")
    return ngettext("%(count)s day", "%(count)s days", days) % {"count": formats.number(days)}


def lines(document: AttributionSettings) -> list[Line]:
    """What the settings say, one line a thing."""
    days = ngettext("%(count)s day", "%(count)s days", document.half_life_days)
    found = [
        Line("currency", "", _("Reporting currency"), document.currency),
        Line("models", "", _("Models"), model_words(document.all_models)),
        Line("paying_model", "", _("Paying model"), _(MODEL_LABELS[document.paying_model])),
        Line("half_life_days", "", _("Half-life"), days % {"count": formats.number(document.half_life_days)}),
        Line("draws", "", _("Draws for intervals"), formats.number(document.draws)),
        Line("seed", "", _("Seed"), str(document.seed)),
    ]
    for one in document.windows:
        part = _(KIND_LABELS[one.kind])
        found += [
            Line(f"{one.kind}.lookback_days", part, _("Look-back window"), lookback_words(one.lookback_days)),
            Line(f"{one.kind}.carry_over_percent", part, _("Carried over"), f"{one.carry_over_percent}%"),
        ]
    return found


SETTINGS: Final = register_kind(
    PolicyKind(
        key=KEY,
        title=N_("Attribution"),
        about=N_("Which models say who brought a sale, which one is paid by, and how far back touches count."),
        model=AttributionSettings,
        template="attribution/credits/pages/settings.html",
        lines=lines,
        money=True,
        first=DEFAULT,
        lint=lint,
    )
)
