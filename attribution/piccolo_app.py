"""The tables and migrations of `attribution`."""

from pathlib import Path

from piccolo.conf.apps import AppConfig

from attribution.claims.tables import Claim
from attribution.commissions.tables import Commission, DealQuote
from attribution.credits.tables import Run, RunCredit, RunEffect, RunSum
from attribution.health.tables import Health, HealthMonth, Survey, Ticket, UsageReading
from attribution.lifecycle.tables import LifecycleEvent, LifecycleLine, LifecycleStanding, LifecycleTarget
from attribution.reports.tables import PartnerCredit, Report
from attribution.revenue.tables import RevenueLine
from attribution.terms.tables import Term
from attribution.touchpoints.tables import CostRecord, SourceNode, Touchpoint, TouchpointDecision
from attribution.value.tables import CustomerValue, GroupValue, PartyValue, Valuation
from attribution.visits.tables import Visit, Visitor, VisitorLink

APP_CONFIG = AppConfig(
    app_name="attribution",
    migrations_folder_path=str(Path(__file__).parent / "piccolo_migrations"),
    table_classes=[
        RevenueLine,
        Commission,
        DealQuote,
        Term,
        SourceNode,
        Touchpoint,
        CostRecord,
        TouchpointDecision,
        Claim,
        Visitor,
        Visit,
        VisitorLink,
        LifecycleEvent,
        LifecycleLine,
        LifecycleStanding,
        LifecycleTarget,
        Run,
        RunSum,
        RunEffect,
        RunCredit,
        Valuation,
        CustomerValue,
        PartyValue,
        GroupValue,
        Report,
        PartnerCredit,
        UsageReading,
        Ticket,
        Survey,
        Health,
        HealthMonth,
    ],
    migration_dependencies=["partners.piccolo_app"],
    commands=[],
)
