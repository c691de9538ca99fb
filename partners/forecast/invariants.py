"""What must always hold of snapshots, for `tributary verify`."""

from portal.core.invariants import Invariant, register

register(
    Invariant(
        "forecast.one_partner",
        "A deal in a snapshot belongs to the partner whose deal it is.",
        "SELECT f.id FROM partners_forecast_deal f JOIN partners_deal d ON d.id = f.deal"
        " WHERE f.partner_id <> d.partner_id",
    ),
    Invariant(
        "forecast.weighs_at_most_its_value",
        "No deal in a snapshot weighs more than it is worth.",
        "SELECT id FROM partners_forecast_deal WHERE weighted_minor > amount_minor",
    ),
)
