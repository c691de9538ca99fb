"""The tables and migrations of `partners`."""

from pathlib import Path

from piccolo.conf.apps import AppConfig

from partners.chains.tables import DealChain, DealStep
from partners.companies.tables import Company, CompanyParent, CompanyTerritory
from partners.conflicts.tables import Conflict, ConflictAgreement, ConflictAward, ConflictClaim, ConflictDecision
from partners.contacts.tables import Contact
from partners.customers.tables import Account, AccountTag, CardContact, CardLink, CardUnlink, CustomerCard, Tag
from partners.deals.tables import (
    Deal,
    DealAmendment,
    DealExtension,
    DealHandover,
    DealLine,
    DealProtection,
    DealReminder,
    DealRevocation,
    PriceConsent,
)
from partners.forecast.tables import Snapshot, SnapshotDeal
from partners.matching.tables import AccountKey
from partners.merging.tables import AccountAlias, AccountPair, MergeRequest
from partners.opportunities.tables import Opportunity
from partners.products.tables import Product, ProductGroup
from partners.response.tables import ResponseClock, ResponseFigure, ResponsePause, ResponseStep

APP_CONFIG = AppConfig(
    app_name="partners",
    migrations_folder_path=str(Path(__file__).parent / "piccolo_migrations"),
    table_classes=[
        ProductGroup,
        Product,
        Company,
        CompanyParent,
        CompanyTerritory,
        Account,
        AccountKey,
        CustomerCard,
        CardContact,
        CardLink,
        Deal,
        DealLine,
        DealProtection,
        DealExtension,
        DealAmendment,
        DealHandover,
        DealRevocation,
        DealReminder,
        PriceConsent,
        Contact,
        Opportunity,
        AccountAlias,
        MergeRequest,
        AccountPair,
        CardUnlink,
        Tag,
        AccountTag,
        Snapshot,
        SnapshotDeal,
        DealChain,
        DealStep,
        Conflict,
        ConflictClaim,
        ConflictDecision,
        ConflictAgreement,
        ConflictAward,
        ResponseClock,
        ResponsePause,
        ResponseStep,
        ResponseFigure,
    ],
    migration_dependencies=["portal.piccolo_app"],
    commands=[],
)
