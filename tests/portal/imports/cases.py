"""What every file of `files/` is taken for, and what becomes of each of its rows."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from portal.imports.shape import Wanted

FOUND: Final = Wanted()
US: Final = {"country": "US"}
BY_ORACLE_ID: Final = {"source_id": "ORACLE_ID__C", "legal_name": "NAME", "domain": "WEBSITE", "phone": "PHONE"}
BY_NAME: Final = {"source_id": "Name", "legal_name": "Name"}


@dataclass(frozen=True)
class Case:
    """One file: how it is taken in, and what is to become of it."""

    path: str
    kind: str = ""
    """Empty for a table that no kind of import is about: its rows are read, and that is all."""
    counts: Mapping[str, int] = field(default_factory=dict)
    """Rows by outcome; of a file that is only read, by what they are."""
    refused: Mapping[str, int] = field(default_factory=dict)
    """Reasons of the refused rows: field and code, how often."""
    columns: Mapping[str, str] = field(default_factory=dict)
    """Columns over what is guessed; an empty one leaves the field out."""
    constants: Mapping[str, str] = field(default_factory=dict)
    answers: Mapping[str, str] = field(default_factory=dict)
    """What is asked about the file, and what a person says."""
    seeds: Mapping[str, str] = field(default_factory=dict)
    """Kind of what rows refer to, by the column whose cells name it: they are there before."""
    wanted: Wanted = FOUND


CASES: Final = (
    # AdventureWorks: no headings, UTF-16, months side by side, marks of several characters with XML inside.
    Case(
        "adventureworks/DimReseller.pipe-noheader.csv", "accounts", {"imported": 701}, columns={"source_id": "C",
        "legal_name": "F", "phone": "D", "size": "G", "address": "M", "industry": "E"}, constants=US,
    ),
    Case(
        "adventureworks/ResellerSales_202006.utf16le.csv", "revenue", {"imported": 3004, "not_data": 1},
        columns={"occurred_on": "OrderDate", "account_source_id": "EmployeeKey"},
        constants={"kind": "invoice_line"}, answers={"*": "USD"}, seeds={"companies": "ResellerKey",
        "accounts": "EmployeeKey", "products": "ProductKey"},
    ),
    Case(
        "adventureworks/ResellerSalesTargets.csv", "revenue", {"imported": 809, "not_data": 164},
        columns={"account_source_id": "EmployeeID", "ordered_on": "Month", "occurred_on": "Month"},
        constants={"kind": "invoice_line", "product_sku": "TARGET"}, answers={"*": "USD"},
        seeds={"accounts": "EmployeeID", "products": "=TARGET"},
    ),
    Case(
        "adventureworks/Store.plus-pipe-xml.csv", "accounts", {"imported": 701}, columns={"source_id": "A",
        "legal_name": "B"}, constants=US,
    ),
    # Salesforce's samples: Windows-1252, every cell in quotes, its own time format; the results of an upload.
    Case(
        "salesforce-dataloader/accountData.csv", "accounts", {"refused": 3, "imported": 420, "not_data": 1},
        refused={"country: required": 3},
    ),
    Case(
        "salesforce-dataloader/opportunityData.csv", "opportunities", {"imported": 38, "not_data": 1},
        constants={"currency": "USD"}, seeds={"accounts": "ACCOUNTID"},
    ),
    Case(
        "salesforce-dataloader/success0413060133.csv", "opportunities", {"imported": 9, "not_data": 1},
        constants={"currency": "USD"}, seeds={"accounts": "ACCOUNTID"},
    ),
    Case(
        "salesforce-dataloader/error0413060133.csv", "opportunities", {"refused": 1, "imported": 10, "not_data": 1},
        refused={"source_id: repeated": 1}, constants={"currency": "USD"}, seeds={"accounts": "ACCOUNTID"},
    ),
    # Salesforce's test files: the same small table in every encoding, other separators, quotes within quotes.
    Case(
        "salesforce-dataloader/csvtext.csv", "accounts", {"imported": 2, "not_data": 1},
        columns={"source_id": "column1", "legal_name": "column2"}, constants=US,
    ),
    Case(
        "salesforce-dataloader/csvtext_BOM_UTF8.csv", "accounts", {"imported": 2, "not_data": 1},
        columns={"source_id": "column1", "legal_name": "column2"}, constants=US,
    ),
    Case(
        "salesforce-dataloader/csvtext_BOM_UTF16LE.csv", "accounts", {"imported": 2, "not_data": 1},
        columns={"source_id": "column1", "legal_name": "column2"}, constants=US,
    ),
    Case(
        "salesforce-dataloader/csvtext_BOM_UTF16BE.csv", "accounts", {"imported": 2, "not_data": 1},
        columns={"source_id": "column1", "legal_name": "column2"}, constants=US,
    ),
    Case(
        "salesforce-dataloader/csvtext_BOM_UTF32LE.csv", "accounts", {"imported": 2, "not_data": 1},
        columns={"source_id": "column1", "legal_name": "column2"}, constants=US,
    ),
    Case(
        "salesforce-dataloader/csvtext_BOM_UTF32BE.csv", "accounts", {"imported": 2, "not_data": 1},
        columns={"source_id": "column1", "legal_name": "column2"}, constants=US,
    ),
    Case(
        "salesforce-dataloader/csvSeparator.csv", "accounts", {"imported": 2, "not_data": 1},
        columns={"source_id": "column1,column2", "legal_name": "some,column3"}, constants=US,
        wanted=Wanted(separator="!"),
    ),
    Case(
        "salesforce-dataloader/csvEscapedQuotes.csv", "accounts", {"imported": 2, "not_data": 1},
        columns={"source_id": "column1", "legal_name": "column1", "industry": "column2"}, constants=US,
    ),
    Case(
        "salesforce-dataloader/20kRows.csv", "accounts", {"refused": 19990, "imported": 10,
        "not_data": 1}, refused={"source_id: repeated": 19990}, columns={"source_id": "COLUMN1",
        "legal_name": "COLUMN1"}, constants=US,
    ),
    # Salesforce's test files: accounts.
    Case(
        "salesforce-dataloader/bulkV2MultipleJobsCsvTemplate.csv", "accounts", {"imported": 100, "not_data": 1},
        columns=BY_ORACLE_ID, constants=US,
    ),
    Case(
        "salesforce-dataloader/insertAccountCsv.csv", "accounts", {"imported": 100, "not_data": 1},
        columns=BY_ORACLE_ID, constants=US,
    ),
    Case(
        "salesforce-dataloader/updateAccountWithExternalIdCsvTemplate.csv", "accounts", {"imported": 5,
        "not_data": 1}, columns=BY_ORACLE_ID, constants=US,
    ),
    Case(
        "salesforce-dataloader/upsertAccountCsvTemplate.csv", "accounts", {"imported": 100, "not_data": 1},
        columns=BY_ORACLE_ID, constants=US,
    ),
    Case(
        "salesforce-dataloader/upsertAccountSmallTemplate.csv", "accounts", {"imported": 10, "not_data": 1},
        columns=BY_ORACLE_ID, constants=US,
    ),
    Case(
        "salesforce-dataloader/upsertFkAccountNewFormatCsvTemplate.csv", "accounts", {"imported": 5, "not_data": 1},
        columns=BY_ORACLE_ID, constants=US,
    ),
    Case(
        "salesforce-dataloader/upsertFkAccountOldFormatCsvTemplate.csv", "accounts", {"imported": 50,
        "not_data": 1}, columns=BY_ORACLE_ID, constants=US,
    ),
    Case(
        "salesforce-dataloader/upsertWithRowOffsetTemplate.csv", "accounts", {"imported": 10, "not_data": 1},
        columns=BY_ORACLE_ID, constants=US,
    ),
    Case(
        "salesforce-dataloader/accountsForInsert.csv", "accounts", {"imported": 4, "not_data": 1}, columns=BY_NAME,
        constants=US,
    ),
    Case(
        "salesforce-dataloader/acctsWithBinaryDataInRTF.csv", "accounts", {"imported": 1, "not_data": 1},
        columns=BY_NAME, constants=US,
    ),
    Case(
        "salesforce-dataloader/constantMappingInCsv.csv", "accounts", {"imported": 2, "not_data": 1},
        columns=BY_NAME, constants=US,
    ),
    Case(
        "salesforce-dataloader/oneToManySforceFieldsMappingInCsv.csv", "accounts", {"imported": 2, "not_data": 1},
        columns=BY_NAME, constants=US,
    ),
    Case(
        "salesforce-dataloader/constantMappingInCsvClashing.csv", "accounts", {"imported": 2, "not_data": 1},
        columns={"source_id": "name", "legal_name": "name"}, constants=US,
    ),
    Case(
        "salesforce-dataloader/SoqlInClauseFromCSV.csv", "accounts", {"imported": 20, "not_data": 1},
        columns={"source_id": "Oracle_Id__c", "legal_name": "name"}, constants=US,
    ),
    Case(
        "salesforce-dataloader/insertAccountWithMultipleBatchesCSV.csv", "opportunities", {"refused": 1,
        "imported": 2, "not_data": 1}, refused={"opened_at: not_a_date": 1}, columns={"source_id": "oracle_id",
        "name": "name", "opened_at": "CustomDateTime"}, constants={"account": "X", "amount": "1 USD",
        "owner": "Sam Vendor"}, seeds={"accounts": "=X"},
    ),
    Case(
        "salesforce-dataloader/emptyFirstRowFieldValueInCsvTemplate.csv", "accounts", {"refused": 1, "imported": 1,
        "not_data": 1}, refused={"domain: not_a_domain": 1}, columns={"source_id": "ID", "legal_name": "NAME",
        "domain": "WEBSITE"}, constants=US,
    ),
    Case(
        "salesforce-dataloader/updateAccountCsvTemplate.csv", "accounts", {"imported": 100, "not_data": 1},
        columns={"source_id": "ID", "legal_name": "NAME", "domain": "WEBSITE"}, constants=US,
    ),
    # Salesforce's test files: days and times with zones, and one that is none.
    Case(
        "salesforce-dataloader/dateEndingInZ.csv", "opportunities", {"imported": 1, "not_data": 1},
        columns={"source_id": "ORACLE_ID__C", "name": "NAME", "account": "ACCOUNTNUMBER__C", "opened_at": "DATE",
        "expected_close_on": "DATE_ONLY", "amount": "ANNUALREVENUE"}, answers={"*": "USD"},
        seeds={"accounts": "ACCOUNTNUMBER__C"},
    ),
    Case(
        "salesforce-dataloader/dateUsingDefaultTimeZone.csv", "opportunities", {"imported": 1, "not_data": 1},
        columns={"source_id": "ORACLE_ID__C", "name": "NAME", "account": "ACCOUNTNUMBER__C", "opened_at": "DATE",
        "expected_close_on": "DATE_ONLY", "amount": "ANNUALREVENUE"}, answers={"*": "USD"},
        seeds={"accounts": "ACCOUNTNUMBER__C"},
    ),
    Case(
        "salesforce-dataloader/dateWithTimeZone.csv", "opportunities", {"imported": 2, "not_data": 1},
        columns={"source_id": "ORACLE_ID__C", "name": "NAME", "account": "ACCOUNTNUMBER__C", "opened_at": "DATE",
        "expected_close_on": "DATE_ONLY", "amount": "ANNUALREVENUE"}, answers={"*": "USD"},
        seeds={"accounts": "ACCOUNTNUMBER__C"},
    ),
    Case(
        "salesforce-dataloader/dateOnlyWithTimeZone.csv", "opportunities", {"imported": 2, "not_data": 1},
        columns={"source_id": "ORACLE_ID__C", "name": "NAME", "account": "ACCOUNTNUMBER__C",
        "opened_at": "DATE_ONLY", "amount": "ANNUALREVENUE"}, answers={"*": "USD"},
        seeds={"accounts": "ACCOUNTNUMBER__C"},
    ),
    Case(
        "salesforce-dataloader/timeZoneFormatTesting.csv", "opportunities", {"imported": 12, "not_data": 1},
        columns={"source_id": "Name", "name": "Name", "opened_at": "Date"}, constants={"account": "X",
        "amount": "1 USD"}, seeds={"accounts": "=X"},
    ),
    Case(
        "salesforce-dataloader/timeZoneFormatTestingWithErrors.csv", "opportunities", {"refused": 1, "imported": 5,
        "not_data": 1}, refused={"opened_at: not_a_date": 1}, columns={"source_id": "Name", "name": "Name",
        "opened_at": "Date"}, constants={"account": "X", "amount": "1 USD"}, seeds={"accounts": "=X"},
    ),
    # Salesforce's test files: ids of what is to be deleted, attachments and tasks. No kind of import takes these.
    Case("salesforce-dataloader/deleteAccountCsvTemplate.csv", counts={"header": 1, "data": 100}),
    Case("salesforce-dataloader/hardDelete1AccountCsvTemplate.csv", counts={"header": 1, "data": 1, "blank": 1}),
    Case("salesforce-dataloader/hardDeleteAccountCsvTemplate.csv", counts={"header": 1, "data": 100}),
    Case("salesforce-dataloader/hardDeleteBulkApiSetToFalseTemplate.csv", counts={"header": 1, "data": 1}),
    Case("salesforce-dataloader/hardDeleteEmptyCsvFileTemplate.csv", counts={"header": 1}),
    Case("salesforce-dataloader/hardDeleteIDFromOtherObjectFailsTemplate.csv", counts={"header": 1, "data": 1}),
    Case(
        "salesforce-dataloader/hardDeleteInvalidIDFailsOtherValidIDPassesTemplate.csv", counts={"header": 1,
        "data": 3},
    ),
    Case("salesforce-dataloader/hardDeleteInvalidInputTemplate.csv", counts={"header": 1, "data": 1, "blank": 1}),
    Case(
        "salesforce-dataloader/hardDeleteSameObjectIDSucceedsOtherObjectIDFailsTemplate.csv", counts={"header": 1,
        "data": 2, "blank": 1},
    ),
    Case("salesforce-dataloader/hardDeleteUserPermOffTemplate.csv", counts={"header": 1, "data": 100}),
    Case("salesforce-dataloader/createAttachmentTemplate.csv", counts={"header": 1, "data": 1}),
    Case("salesforce-dataloader/createAttachmentMultipleFilesTemplate.csv", counts={"header": 1, "data": 3}),
    Case("salesforce-dataloader/polymorphicRelationshipInAttachment.csv", counts={"header": 1, "data": 2}),
    Case("salesforce-dataloader/insertTaskWithContactAsWhoCsv.csv", counts={"header": 1, "data": 1}),
    # Salesforce and HubSpot as warehouses deliver them.
    Case(
        "fivetran-salesforce/sf_account_data.csv", "accounts", {"imported": 10, "not_data": 1},
        columns={"source_id": "id", "domain": "", "postcode": ""}, constants=US,
    ),
    Case(
        "fivetran-salesforce/sf_account_history_data.csv", "accounts", {"refused": 6, "imported": 4, "not_data": 1},
        refused={"domain: not_a_domain": 6, "postcode: too_long": 5}, columns={"source_id": "id"}, constants=US,
    ),
    Case(
        "fivetran-salesforce/sf_contact_data.csv", "contacts", {"imported": 4, "not_data": 1},
        columns={"name": "id", "country": ""}, constants={"account": "X"}, seeds={"accounts": "=X"},
    ),
    Case(
        "fivetran-salesforce/sf_contact_history_data.csv", "contacts", {"imported": 4, "not_data": 1},
        columns={"name": "id", "country": ""}, constants={"account": "X"}, seeds={"accounts": "=X"},
    ),
    Case("fivetran-salesforce/sf_lead_data.csv", "accounts", {"imported": 1, "not_data": 1}, constants=US),
    Case(
        "fivetran-salesforce/sf_opportunity_data.csv", "opportunities", {"imported": 10, "not_data": 1},
        columns={"stage": ""}, constants={"currency": "USD"}, seeds={"accounts": "account_id"},
    ),
    Case(
        "fivetran-salesforce/sf_opportunity_history_data.csv", "opportunities", {"imported": 10, "not_data": 1},
        columns={"stage": ""}, constants={"currency": "USD"}, seeds={"accounts": "account_id"},
    ),
    Case(
        "fivetran-salesforce/sf_opportunity_line_item_data.csv", "products", {"imported": 10, "not_data": 1},
        columns={"group": ""}, constants={"group": "salesforce"}, answers={"*": "USD"},
    ),
    Case(
        "fivetran-salesforce/sf_product_2_data.csv", "products", {"refused": 1, "imported": 1, "not_data": 1},
        refused={"group: required": 1}, constants={"list_price": "0 USD"},
    ),
    Case(
        "fivetran-salesforce/sf_order_data.csv", "opportunities", {"imported": 10, "not_data": 1},
        columns={"name": "order_number"}, answers={"*": "USD"}, seeds={"accounts": "account_id"},
    ),
    Case(
        "fivetran-salesforce/sf_user_data.csv", "contacts", {"imported": 10, "not_data": 1},
        columns={"source_id": "id", "email": "", "country": ""}, constants={"account": "X"},
        seeds={"accounts": "=X"},
    ),
    Case("fivetran-salesforce/sf_event_data.csv", counts={"header": 1, "data": 10}),
    Case("fivetran-salesforce/sf_task_data.csv", counts={"header": 1, "data": 10}),
    Case("fivetran-salesforce/sf_user_role_data.csv", counts={"header": 1, "data": 10}),
    Case("fivetran-hubspot/company_data.csv", "accounts", {"imported": 24, "not_data": 1}),
    Case(
        "fivetran-hubspot/contact_data.csv", "contacts", {"imported": 22, "not_data": 1}, columns={"email": ""},
        constants={"account": "X"}, seeds={"accounts": "=X"},
    ),
    Case(
        "fivetran-hubspot/deal_data.csv", "opportunities", {"imported": 44, "not_data": 1},
        constants={"account": "X", "currency": "USD"}, seeds={"accounts": "=X"},
    ),
    Case("fivetran-hubspot/contact_merge_audit_data.csv", counts={"header": 1, "data": 4}),
    Case("fivetran-hubspot/deal_company_data.csv", counts={"header": 1, "data": 2}),
    Case("fivetran-hubspot/deal_contact_data.csv", counts={"header": 1, "data": 11}),
    Case("fivetran-hubspot/deal_pipeline_data.csv", counts={"header": 1, "data": 6}),
    Case("fivetran-hubspot/deal_pipeline_stage_data.csv", counts={"header": 1, "data": 71}),
    Case("fivetran-hubspot/deal_property_history_data.csv", counts={"header": 1, "data": 100}),
    Case("fivetran-hubspot/deal_stage_data.csv", counts={"header": 1, "data": 14}),
    Case("fivetran-hubspot/engagement_meeting_data.csv", counts={"header": 1, "data": 100}),
    Case("fivetran-hubspot/merged_deal_data.csv", counts={"header": 1, "data": 14}),
    Case("fivetran-hubspot/owner_data.csv", counts={"header": 1, "data": 100}),
    Case("fivetran-hubspot/property_data.csv", counts={"header": 1, "data": 11}),
    # What AWS and Microsoft say of their sheets: fields, words and rules, and steps of a test.
    Case("aws-ace/ACE-Data-Model.xlsx", counts={"header": 1, "data": 86}),
    Case("aws-ace/CountriesWithoutPostalCode.csv", counts={"header": 1, "data": 59}),
    Case("aws-ace/Lead_-_StandardValues.csv", counts={"header": 1, "data": 249}),
    Case("aws-ace/Lead_-_Testing_Scenarios.xlsx", counts={"header": 1, "data": 12}),
    Case("aws-ace/Leads-Fields.csv", counts={"header": 1, "data": 33}),
    Case("aws-ace/Opportunity-Fields.csv", counts={"header": 1, "data": 88}),
    Case("aws-ace/Opportunity_-_StandardValues.csv", counts={"header": 1, "data": 251}),
    Case("aws-ace/Opportunity_-_Testing_Scenarios.xlsx", counts={"header": 1, "data": 29}),
    Case("aws-ace/PostalCodeValidations.csv", counts={"header": 1, "data": 149}),
    Case("ms-partner-center/cosell_download_columns.csv", counts={"header": 1, "data": 46}),
    Case("ms-partner-center/leads_download_columns.csv", counts={"header": 1, "data": 19}),
)  # fmt: skip

NO_TABLES: Final = {
    "aws-ace/Lead-Outbound-Sample.json": "JSON",
    "aws-ace/Lead-Results-Success-Sample.json": "JSON",
    "aws-ace/Lead-Results_With-Errors-Sample.json": "JSON",
    "aws-ace/Lead-Update-Inbound-Sample.json": "JSON",
    "aws-ace/Opoortunity-Results-Success-Sample.json": "JSON",
    "aws-ace/Opportunity-Create-Inbound-Sample.json": "JSON",
    "aws-ace/Opportunity-Outbound-Sample.json": "JSON",
    "aws-ace/Opportunity-Results_With-Errors-Sample.json": "JSON",
    "salesforce-ebikes/Accounts.json": "JSON",
    "salesforce-ebikes/Product__cs.json": "JSON",
}
"""Files that are refused as a whole, with the name of what they are."""

WORDS: Final = (
    ".gitattributes", "README.md",
    "adventureworks/LICENSE-PL-300.txt", "adventureworks/LICENSE-sql-server-samples.txt",
    "aws-ace/LICENSE",
    "fivetran-hubspot/LICENSE",
    "fivetran-salesforce/LICENSE",
    "salesforce-dataloader/NAProcessTest.sdl", "salesforce-dataloader/accountExtractMap.sdl",
    "salesforce-dataloader/accountExtractToDbMap.sdl", "salesforce-dataloader/accountInsertMap.sdl",
    "salesforce-dataloader/accountMasterMap.sdl", "salesforce-dataloader/accountUpdateMap.sdl",
    "salesforce-dataloader/basicMap.sdl", "salesforce-dataloader/binaryDataInRTFQueryResultMap.sdl",
    "salesforce-dataloader/bulkV2MultipleJobsCsvMap.sdl", "salesforce-dataloader/constantMappingInCsvMap.sdl",
    "salesforce-dataloader/createAttachmentMap.sdl",
    "salesforce-dataloader/createAttachmentMultipleFilesMap.sdl", "salesforce-dataloader/dateEndingInZMap.sdl",
    "salesforce-dataloader/dateOnlyWithTimeZoneMap.sdl", "salesforce-dataloader/dateUsingDefaultTimeZoneMap.sdl",
    "salesforce-dataloader/dateWithTimeZoneMap.sdl", "salesforce-dataloader/deleteAccountCsvMap.sdl",
    "salesforce-dataloader/descriptionAsConstantMappingInCsvMap.sdl",
    "salesforce-dataloader/emptyFirstRowFieldValueInCsvMap.sdl",
    "salesforce-dataloader/errorsGeneratedOnInvalidDateMatchWithOffset.sdl",
    "salesforce-dataloader/errorsGeneratedOnInvalidDateMatchingMap.sdl",
    "salesforce-dataloader/errorsGeneratedOnInvalidDateMatchingWithOffsetMap.sdl",
    "salesforce-dataloader/extractAccountCsvMap.sdl", "salesforce-dataloader/extractAccountDbMap.sdl",
    "salesforce-dataloader/extractAllMap.sdl", "salesforce-dataloader/fieldAndConstantFieldClashMap.sdl",
    "salesforce-dataloader/hardDelete1AccountCsvMap.sdl", "salesforce-dataloader/hardDeleteAccountCsvMap.sdl",
    "salesforce-dataloader/hardDeleteBulkApiSetToFalseMap.sdl",
    "salesforce-dataloader/hardDeleteEmptyCsvFileMap.sdl",
    "salesforce-dataloader/hardDeleteIDFromOtherObjectFailsMap.sdl",
    "salesforce-dataloader/hardDeleteInvalidIDFailsOtherValidIDPassesMap.sdl",
    "salesforce-dataloader/hardDeleteInvalidInputMap.sdl",
    "salesforce-dataloader/hardDeleteSameObjectIDSucceedsOtherObjectIDFailsMap.sdl",
    "salesforce-dataloader/hardDeleteUserPermOffMap.sdl", "salesforce-dataloader/insertAccountCsvMap.sdl",
    "salesforce-dataloader/insertAccountWithMultipleBatchesCSVMap.sdl",
    "salesforce-dataloader/insertNullsDBMap.sdl", "salesforce-dataloader/insertTaskWithContactAsWhoCsvMap.sdl",
    "salesforce-dataloader/license.txt", "salesforce-dataloader/maximumBatchRowsDbMap.sdl",
    "salesforce-dataloader/nonMappedFieldsPermittedInDLTransactionMap.sdl",
    "salesforce-dataloader/nullConstantAssignmentMap.sdl",
    "salesforce-dataloader/oneToManySforceFieldsMappingInCsvMap.sdl",
    "salesforce-dataloader/opportunityInsertMap.sdl", "salesforce-dataloader/opportunityUpdateMap.sdl",
    "salesforce-dataloader/opportunityUpsertMap.sdl",
    "salesforce-dataloader/polymorphicRelationshipExtractMap.sdl",
    "salesforce-dataloader/polymorphicRelationshipInAttachmentMap.sdl",
    "salesforce-dataloader/selectFieldsSoqlMap.sdl", "salesforce-dataloader/soqlWithRelationshipsMap.sdl",
    "salesforce-dataloader/timezoneNotTruncatedMap.sdl", "salesforce-dataloader/updateAccountCsvMap.sdl",
    "salesforce-dataloader/updateAccountWithExternalIdCsvMap.sdl",
    "salesforce-dataloader/upsertAccountCsvMap.sdl", "salesforce-dataloader/upsertAccountDbMap.sdl",
    "salesforce-dataloader/upsertAccountSmallMap.sdl",
    "salesforce-dataloader/upsertFkAccountNewFormatCsvMap.sdl",
    "salesforce-dataloader/upsertFkAccountOldFormatCsvMap.sdl",
    "salesforce-dataloader/upsertWithRowOffsetMap.sdl",
    "salesforce-ebikes/LICENSE",
    "servicenow-prm/LICENSE", "servicenow-prm/channel-partner-table-fields.md",
    "servicenow-prm/deal-registration-line-table-fields.md", "servicenow-prm/deal-registration-management.md",
    "servicenow-prm/deal-registration-table-fields.md", "servicenow-prm/deal-registration-type-table-fields.md",
    "servicenow-prm/partner-program-deal-type-relationship-table-fields.md",
    "servicenow-prm/partner-program-relationship-table-fields.md",
    "servicenow-prm/partner-program-table-fields.md", "servicenow-prm/register-a-deal-partner-portal.md",
)  # fmt: skip
"""Licences, descriptions of tables and maps of fields: `test_their_words` reads those that name fields."""
