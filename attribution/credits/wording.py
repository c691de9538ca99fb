"""What happens to runs in words: events, why one failed, what changed between two."""

from collections.abc import Mapping
from typing import Final

from attribution.credits import comparing
from portal.core.i18n import N_
from portal.core.i18n import gettext as _
from portal.core.permissions import Permission
from portal.history.queries import Subject, Wording, knows, tells

tells(
    run__requested=Wording(N_("asked for the run"), "player-play", "us"),
    run__begun=Wording(N_("began to freeze its inputs"), "refresh"),
    run__frozen=Wording(N_("froze its inputs"), "lock"),
    run__sealed=Wording(N_("sealed it: every event is credited, to the cent"), "shield-check", "good"),
    run__failed=Wording(N_("could not carry it out"), "alert-triangle", "bad"),
    run__reproduction_requested=Wording(N_("asked for it to be reckoned again"), "refresh"),
    run__reproduced=Wording(
        N_("reckoned it again from its frozen inputs: the same, to the bit"), "shield-check", "good"
    ),
    run__not_reproduced=Wording(N_("reckoned it again: the result differs"), "shield-x", "bad"),
)
knows(
    run=Subject(
        N_("Attribution runs"),
        "/runs/{id}",
        frozenset({Permission.RUNS_READ}),
        "hierarchy",
        table="attribution_run",
        name="number",
        is_vendors=True,
        fields={
            "number": N_("Run"),
            "observed_until": N_("Observed until"),
            "outputs_sha256": N_("Hash of the results"),
            "events": N_("Events"),
            "differing": N_("What differs"),
        },
    ),
)

FAILURES: Final[Mapping[str, str]] = {
    "no_rate": N_("There is no rate of %(currency)s on %(day)s or in the seven days before. Import exchange rates, then"
                  " ask for a new run."),
    "refused": N_("The inputs cannot be reckoned: %(text)s"),
    "missing_file": N_("A frozen file is missing or damaged: %(text)s. Restore the data directory, or ask for a new"
                       " run."),
    "broken": N_("Something broke on our side. It is tried again by itself."),
}  # fmt: skip
"""Why a run stopped, by the code that is kept with it."""

TOUCH_CHANGES: Final[Mapping[str, str]] = {
    comparing.ADDED: N_("Touchpoints added"),
    comparing.REMOVED: N_("Touchpoints no longer looked at"),
    comparing.DECIDED: N_("Touchpoints decided on"),
    comparing.MOVED: N_("Touchpoints at another account (merged, undone or recognised)"),
    comparing.OTHER_KEY: N_("Touchpoints of another party or channel (words were mapped)"),
    comparing.RENAMED: N_("Touchpoints read as another kind"),
}
EVENT_CHANGES: Final[Mapping[str, str]] = {
    comparing.ADDED: N_("Events added"),
    comparing.REMOVED: N_("Events gone (derived anew)"),
    comparing.REVALUED: N_("Events of another value (credit notes, refunds or rates)"),
    comparing.MOVED: N_("Events at another account (merged or undone)"),
    comparing.RENAMED: N_("Events of another kind or day"),
}
"""What became of inputs between two runs; a number follows."""
SHORT_CHANGES: Final[Mapping[str, str]] = {
    comparing.ADDED: N_("added: %(count)s"),
    comparing.REMOVED: N_("gone: %(count)s"),
    comparing.DECIDED: N_("decided on: %(count)s"),
    comparing.MOVED: N_("at another account: %(count)s"),
    comparing.OTHER_KEY: N_("came from elsewhere: %(count)s"),
    comparing.RENAMED: N_("of another kind: %(count)s"),
}
"""The same of one key's touches, in a cell."""


def failure_words(failure: Mapping[str, str]) -> str:
    """Why a run failed or halts, in the reader's language; empty where nothing is wrong."""
    code = failure.get("code", "")
    return _(FAILURES[code]) % dict(failure) if code else ""
