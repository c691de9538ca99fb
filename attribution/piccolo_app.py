"""The tables and migrations of `attribution`."""

from pathlib import Path

from piccolo.conf.apps import AppConfig

from attribution.commissions.tables import Commission
from attribution.revenue.tables import RevenueLine
from attribution.terms.tables import Term
from attribution.touchpoints.tables import CostRecord, SourceNode, Touchpoint

APP_CONFIG = AppConfig(
    app_name="attribution",
    migrations_folder_path=str(Path(__file__).parent / "piccolo_migrations"),
    table_classes=[
        RevenueLine,
        Commission,
        Term,
        SourceNode,
        Touchpoint,
        CostRecord,
    ],
    migration_dependencies=["partners.piccolo_app"],
    commands=[],
)
