"""What is true of touchpoints: their kinds, and how the words of a file become a node of the source tree. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, NamedTuple
from uuid import UUID

from portal.core.i18n import N_
from portal.core.text import fold

LONGEST_NAME: Final = 200
"""Of a node of the source tree, in characters."""


class TouchKind(StrEnum):
    """How somebody met the customer."""

    REGISTRATION = "registration"
    LEAD = "lead"
    WEB_VISIT = "web_visit"
    ASSET_OPENED = "asset_opened"
    EMAIL = "email"
    SOCIAL = "social"
    WEBINAR = "webinar"
    EVENT = "event"
    CALL = "call"
    VISIT = "visit"
    MEETING = "meeting"
    DEMO = "demo"
    PROOF_OF_CONCEPT = "proof_of_concept"
    TRAINING = "training"
    IMPLEMENTATION = "implementation"
    SUPPORT = "support"
    HEALTH_CHECK = "health_check"
    RENEWAL_TALK = "renewal_talk"
    OTHER = "other"


TOUCH_KIND_LABELS: Final[Mapping[TouchKind, str]] = {
    TouchKind.REGISTRATION: N_("Registration of a deal"),
    TouchKind.LEAD: N_("Lead"),
    TouchKind.WEB_VISIT: N_("Visit to a website"),
    TouchKind.ASSET_OPENED: N_("Document opened"),
    TouchKind.EMAIL: N_("Mail answered"),
    TouchKind.SOCIAL: N_("Social media"),
    TouchKind.WEBINAR: N_("Webinar"),
    TouchKind.EVENT: N_("Event"),
    TouchKind.CALL: N_("Call"),
    TouchKind.VISIT: N_("Visit"),
    TouchKind.MEETING: N_("Meeting"),
    TouchKind.DEMO: N_("Demonstration"),
    TouchKind.PROOF_OF_CONCEPT: N_("Proof of concept"),
    TouchKind.TRAINING: N_("Training"),
    TouchKind.IMPLEMENTATION: N_("Implementation"),
    TouchKind.SUPPORT: N_("Support"),
    TouchKind.HEALTH_CHECK: N_("Health check"),
    TouchKind.RENEWAL_TALK: N_("Talk about renewal"),
    TouchKind.OTHER: N_("Other touch"),
}


class Motion(StrEnum):
    """What a partner does for a customer."""

    BUILD = "build"
    INFLUENCE = "influence"
    SELL = "sell"
    SERVICE = "service"
    MANAGE = "manage"


MOTION_LABELS: Final[Mapping[Motion, str]] = {
    Motion.BUILD: N_("Builds"),
    Motion.INFLUENCE: N_("Influences"),
    Motion.SELL: N_("Sells"),
    Motion.SERVICE: N_("Services"),
    Motion.MANAGE: N_("Runs it"),
}


class Decision(StrEnum):
    """What was decided about a touch. The latest holds; a touch about which nothing was decided counts."""

    CLAIMED = "claimed"
    """A partner says so, and nobody has looked at it: it earns nothing yet."""
    APPROVED = "approved"
    REJECTED = "rejected"


UNDECIDED: Final = "undecided"
"""How a touch without a decision is called in lists."""
DECISION_LABELS: Final[Mapping[str, str]] = {
    UNDECIDED: N_("Counts"),
    Decision.CLAIMED: N_("Claimed, not decided"),
    Decision.APPROVED: N_("Approved, counts"),
    Decision.REJECTED: N_("Rejected, does not count"),
}


class DecidedBy(StrEnum):
    """What a decision about a touch follows from."""

    REGISTRATION = "registration"
    CLAIM = "claim"


DECIDED_BY_LABELS: Final[Mapping[str, str]] = {
    DecidedBy.REGISTRATION: N_("follows the registration of the deal"),
    DecidedBy.CLAIM: N_("follows the contribution claim"),
}

OWN_SYSTEM: Final = "tributary"
"""The source system of touches that the product itself tells."""


class CostKind(StrEnum):
    """Whether a cost was planned or has arisen."""

    ACTUAL = "actual"
    PLANNED = "planned"


COST_KIND_LABELS: Final[Mapping[CostKind, str]] = {
    CostKind.ACTUAL: N_("Actual cost"),
    CostKind.PLANNED: N_("Planned cost"),
}


class Level(StrEnum):
    """How fine a node of the source tree is."""

    ORIGIN = "origin"
    CHANNEL = "channel"
    PLATFORM = "platform"
    CAMPAIGN = "campaign"
    CONTENT = "content"
    KEYWORD = "keyword"
    UNMAPPED = "unmapped"
    """The one node under which words wait that the vocabulary does not know."""
    WORDS = "words"
    """Such words, as they came."""


OPEN: Final = (Level.CAMPAIGN, Level.CONTENT, Level.KEYWORD)
"""Levels that grow with what files name; the ones above are a vocabulary that only its keepers change."""


UNMAPPED: Final = "unmapped"
"""The key of the node under which unknown words wait."""


class Meaning(StrEnum):
    """What words are said to mean: a node itself, or something of their own name below it."""

    NODE = "node"
    CAMPAIGN = "campaign"
    CONTENT = "content"


MEANING_LABELS: Final[Mapping[str, str]] = {
    Meaning.NODE: N_("They mean this source itself"),
    Meaning.CAMPAIGN: N_("Each is a campaign below it"),
    Meaning.CONTENT: N_("Each is content below it"),
}


class Told(NamedTuple):
    """Where a touch came from or what a cost was for, as a file says it."""

    origin: str = ""
    channel: str = ""
    platform: str = ""
    campaign: str = ""
    content: str = ""
    keyword: str = ""
    fallback: str = ""
    """The key of the governed node that holds when no origin, channel or platform is told."""


_BY_KIND: Final[Mapping[TouchKind, str]] = {
    TouchKind.WEB_VISIT: "marketing/website",
    TouchKind.EMAIL: "marketing/email",
    TouchKind.SOCIAL: "marketing/social",
    TouchKind.WEBINAR: "marketing/event",
    TouchKind.EVENT: "marketing/event",
    TouchKind.CALL: "sales/call",
    TouchKind.VISIT: "sales/visit",
    TouchKind.MEETING: "sales/visit",
}


def fallback_of(kind: TouchKind, *, by_partner: bool) -> str:
    """The key of the node that a touch belongs to when its file names no source; empty where nothing is known."""
    return "partner" if by_partner else _BY_KIND.get(kind, "")


class Node(NamedTuple):
    """A node of the governed part of the tree."""

    id: UUID
    parent: UUID | None
    key: str
    words: Sequence[str]


@dataclass(frozen=True, slots=True)
class Place:
    """Where told words belong: a governed node and what lies open below it, or words that nobody knows."""

    node: UUID | None
    below: tuple[tuple[Level, str], ...] = ()
    """Campaign, content and keyword, as far as they are told."""
    unknown: str = ""
    """The words as they came, when `node` is None."""


class Vocabulary:
    """The governed part of the tree, for finding nodes by the words for them."""

    def __init__(self, nodes: Iterable[Node]) -> None:
        """A word that two nodes claim is the one's that comes first."""
        self._nodes = {node.id: node for node in nodes}
        self._by_key = {node.key: node.id for node in self._nodes.values()}
        self._by_word: dict[str, UUID] = {}
        for node in self._nodes.values():
            for word in node.words:
                self._by_word.setdefault(word, node.id)

    def find(self, told: Told) -> Place:
        """The place of a source. Words that contradict each other are as unknown as a word that nobody knows."""
        said = [one for one in (told.origin, told.channel, told.platform) if one]
        below = tuple(
            (level, name[:LONGEST_NAME])
            for level, name in zip(OPEN, (told.campaign, told.content, told.keyword), strict=True)
            if name
        )
        found = [self._by_word.get(fold(word)) for word in said]
        node = self._by_key.get(told.fallback) if not said else self._deepest(found)
        if node is not None:
            return Place(node, below)
        return Place(None, unknown=" / ".join((*said, *(name for _level, name in below)))[:LONGEST_NAME])

    def _deepest(self, found: Sequence[UUID | None]) -> UUID | None:
        """The finest of these, if all others lie above it."""
        known = [one for one in found if one is not None]
        if len(known) < len(found):
            return None
        deepest = max(known, key=lambda one: len(self._line(one)))
        return deepest if set(known) <= self._line(deepest) else None

    def _line(self, node: UUID) -> set[UUID]:
        """The node and all above it."""
        line: set[UUID] = set()
        at: UUID | None = node
        while at is not None:
            line.add(at)
            at = self._nodes[at].parent
        return line


PROBLEMS: Final[Mapping[str, str]] = {
    "needs_somebody": N_("A touchpoint names its customer, its contact or a visitor."),
    "unknown_partner": N_("There is no partner “%(text)s”. Import the companies of this system first."),
    "unknown_contact": N_("There is no contact “%(text)s”. Import the contacts first, or leave this column out."),
    "other_account": N_("This contact belongs to another customer."),
    "motion_needs_partner": N_("What a partner does needs the partner who does it."),
    "negative_cost": N_("A cost is nothing or more."),
    "repeated": N_("Another row of this file has the same id."),
    "changed": N_("This was imported before with other values. Touchpoints never change: bring it with a new id."),
    "ends_before": N_("The last day is before the first day."),
    "no_source": N_("A cost names what it was for: at least an origin, a channel or a platform."),
}
"""A sentence for each reason why a row is refused."""
