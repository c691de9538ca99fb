"""The list of mails, declared once for page and API."""

from typing import Final

from portal.core.i18n import LOCALES, N_
from portal.core.web.lists import Choice, Column, Filter, Kind, ListSpec, Sort, State, Tab, vendor_rows

SENT, FAILED, WAITING = "sent", "failed", "waiting"
STATES: Final = {
    SENT: State(N_("Sent"), "good", "circle-check"),
    FAILED: State(N_("Failed"), "bad", "alert-triangle"),
    WAITING: State(N_("In the outbox"), "us", "inbox"),
}
_STATE: Final = f"CASE WHEN t.sent_at IS NOT NULL THEN '{SENT}' WHEN t.error <> '' THEN '{FAILED}' ELSE '{WAITING}' END"

MAILS: Final = ListSpec(
    name="mails",
    title=N_("Mail"),
    path="/settings/mail",
    table="mail_message",
    visible=vendor_rows,
    columns=(
        Column(key="subject", label=N_("Subject"), sql="t.subject"),
        Column(key="to_name", label=N_("To"), sql="t.to_name"),
        Column(key="to_address", label=N_("Address"), sql="t.to_address"),
        Column(key="locale", label=N_("Language"), sql="t.locale", labels=LOCALES),
        Column(key="state", label=N_("State"), sql=_STATE, kind=Kind.STATE, states=STATES),
        Column(key="written", label=N_("Written"), sql="t.created_at", kind=Kind.DATETIME),
    ),
    sorts=(Sort(key="written", column="created_at", type="timestamptz", descending=True),),
    filters=(
        Filter(
            key="state",
            label=N_("State"),
            sql=f"{_STATE} = {{value}}",
            choices=tuple(Choice(value=key, label=state.label) for key, state in STATES.items()),
        ),
    ),
    tabs=(Tab(key="all", label=N_("All")),),
    row_href="/settings/mail/{id}",
)


def state_of(sent: object, error: str) -> State:
    """What has become of one mail."""
    return STATES[SENT if sent else FAILED if error else WAITING]
