"""What is stored about imports: the job, its file, each row's outcome, receipts and saved mappings."""

from piccolo.columns import (
    JSONB,
    UUID,
    BigSerial,
    Boolean,
    Bytea,
    ForeignKey,
    Integer,
    Text,
    Timestamptz,
    Varchar,
)
from piccolo.columns.base import OnDelete
from piccolo.constraints import Check
from piccolo.table import Table

from portal.core.tenancy import one_of
from portal.imports.states import ImportState, RowOutcome


class ImportJob(Table, tablename="imports_job"):
    """One file on its way in: what it is, how its columns are read, how far it has got."""

    id = UUID(primary_key=True)
    kind = Varchar(length=30, default=None)
    source_system = Varchar(length=40, default=None)
    file_name = Varchar(length=200, default=None)
    file_sha256 = Varchar(length=64, default=None)
    state = Varchar(length=12, default=ImportState.UPLOADED)
    shape = JSONB(default="{}")
    """How the file is read: encoding, separator, header, sheet."""
    mapping = JSONB(default="{}")
    """Field name to column index, with the answers to ambiguous columns."""
    dry_run = Boolean(default=False)
    rows_total = Integer(default=0)
    rows_done = Integer(default=0)
    counts = JSONB(default="{}")
    created_by = UUID(default=None)
    created_at = Timestamptz(default=None, index=True)
    started_at = Timestamptz(null=True, default=None)
    finished_at = Timestamptz(null=True, default=None)
    problem = Text(default="")

    known_import_state = Check(one_of("state", ImportState))


class ImportFile(Table, tablename="imports_file"):
    """The bytes as they came, apart from the job so that lists stay light."""

    job = ForeignKey(ImportJob, primary_key=True, default=None, on_delete=OnDelete.restrict)
    content = Bytea(default=None)


class ImportRow(Table, tablename="imports_row"):
    """What became of one row of the file, and why in words that can be translated."""

    id = BigSerial(primary_key=True)
    job = ForeignKey(ImportJob, null=False, default=None, on_delete=OnDelete.restrict)
    number = Integer(default=None)
    outcome = Varchar(length=12, default=None)
    problems = JSONB(default="[]")
    cells = JSONB(default="[]", db_column_name="raw")
    """The row as it came, when it was refused; Piccolo has a method of the column's name."""

    known_outcome = Check(one_of("outcome", RowOutcome))


class SourceReceipt(Table, tablename="imports_source_receipt"):
    """Which of our records a row of another system became: what makes an import idempotent."""

    id = BigSerial(primary_key=True)
    kind = Varchar(length=30, default=None)
    source_system = Varchar(length=40, default=None)
    source_id = Varchar(length=120, default=None)
    target_id = UUID(default=None, index=True)
    content_sha256 = Varchar(length=64, default="")
    at = Timestamptz(default=None)


class SavedMapping(Table, tablename="imports_saved_mapping"):
    """A mapping somebody named, to use again."""

    id = UUID(primary_key=True)
    kind = Varchar(length=30, default=None)
    name = Varchar(length=80, default=None)
    mapping = JSONB(default="{}")
    created_by = UUID(default=None)
    created_at = Timestamptz(default=None)
