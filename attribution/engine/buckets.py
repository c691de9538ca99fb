"""The local runner: files of any size, cut by a fixed hash of the account into buckets that fit into memory."""

import itertools
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import numpy as np
import pyarrow as pa  # type: ignore[import-untyped]  # it has no annotations
import pyarrow.compute as pc  # type: ignore[import-untyped]  # as above
from pyarrow import parquet

from attribution.engine import columns, running
from attribution.engine.columns import Ints, Log, column_of, hashed, ids_of, text
from attribution.engine.errors import OptionError
from attribution.engine.files import EVENT_COLUMNS, TOUCH_COLUMNS, Source
from attribution.engine.kernel import Plan
from attribution.engine.running import Result, Told

BUCKET: Final = 2_000_000
"""Rows per bucket, about: what is read, sorted and credited at once, under a gigabyte."""
_WAITING: Final = 2_000_000
_MOST_BUCKETS: Final = 400
"""Files of touchpoints and of ids that are open at once stay below what systems allow."""


@dataclass(frozen=True)
class Files:
    """What a run over files reads: the two files, the column that credit goes to, and until when it was observed.

    `observed_until` is microseconds since 1970, None not asked; `buckets` None is as many as the size needs.
    """

    touchpoints: Path
    events: Path
    by: str = "key"
    observed_until: int | None = None
    buckets: int | None = None


def bucket_of(hashes: Ints, buckets: int) -> Ints:
    """The bucket of each hash: equal ranges, so that buckets one after another are in the order of the hash."""
    return (hashes.astype(np.int64) * buckets) >> 32


class Cut:
    """Rows by bucket, each bucket in a Parquet file of its own."""

    def __init__(self, folder: Path, name: str, buckets: int) -> None:
        self.paths = [folder / f"{name}-{number}.parquet" for number in range(buckets)]
        self._writers: list[parquet.ParquetWriter] = []
        self._waiting: list[list[pa.Table]] = [[] for _ in self.paths]
        self._rows = 0

    def add(self, table: pa.Table, buckets: Ints) -> None:
        """Rows, and the bucket of each."""
        if not self._writers:
            self._writers = [parquet.ParquetWriter(path, table.schema, compression="lz4") for path in self.paths]
        order = np.argsort(buckets, kind="stable")
        ends = np.concatenate([[0], np.cumsum(np.bincount(buckets, minlength=len(self.paths)))]).tolist()
        sorted_rows = table.take(pa.array(order))
        for waiting, (low, high) in zip(self._waiting, itertools.pairwise(ends), strict=True):
            if high > low:
                waiting.append(sorted_rows.slice(low, high - low))
        self._rows += len(table)
        if self._rows > _WAITING:
            self._write()

    def _write(self) -> None:
        for writer, waiting in zip(self._writers, self._waiting, strict=True):
            if waiting:
                writer.write_table(pa.concat_tables(waiting))
                waiting.clear()
        self._rows = 0

    def close(self) -> None:
        """Write what waits."""
        self._write()
        for writer in self._writers:
            writer.close()


def _account_hashes(table: pa.Table, what: str) -> Ints:
    encoded = text(ids_of(table, "account_id", what)).dictionary_encode()
    found: Ints = hashed(encoded.dictionary).astype(np.int64)[encoded.indices.to_numpy(zero_copy_only=False)]
    return found


class Cutting:
    """One file cut into buckets by account; its ids, cut by themselves, show whether one stands for two accounts."""

    def __init__(self, folder: Path, source: Source, id_name: str, what: str, buckets: int) -> None:
        self.source, self.id_name, self.what, self.buckets = source, id_name, what, buckets
        self.rows = Cut(folder, what, buckets)
        self.ids = Cut(folder, f"{what}-ids", buckets)

    def run(self, each: Callable[[pa.Table], None]) -> None:
        """Cut the whole file; `each` sees every piece. Raises RefusedError for what `columns` would refuse."""
        for piece in self.source.pieces():
            each(piece)
            hashes = _account_hashes(piece, self.what)
            self.rows.add(piece, bucket_of(hashes, self.buckets))
            counting, _ = columns.counted(piece)
            ids = ids_of(counting, self.id_name, self.what)
            of_accounts = hashes if len(counting) == len(piece) else _account_hashes(counting, self.what)
            self.ids.add(pa.table({"id": ids, "account": of_accounts}), self._by_id(ids))
        self.rows.close()
        self.ids.close()
        for path in self.ids.paths:
            table = parquet.read_table(path)
            columns.without_repeats(columns.order_of(table["id"].combine_chunks()), [table["account"].to_numpy()],
                                    self.what)  # fmt: skip

    def _by_id(self, ids: pa.Array) -> Ints:
        if pa.types.is_integer(ids.type):
            spread = np.asarray(ids.to_numpy(zero_copy_only=False)).astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15)
            return bucket_of((spread >> np.uint64(32)).astype(np.int64), self.buckets)
        return bucket_of(hashed(ids).astype(np.int64), self.buckets)


def buckets_for(rows: int) -> int:
    """How many buckets so many rows need."""
    return min(_MOST_BUCKETS, max(1, -(-rows // BUCKET)))


def run(
    files: Files,
    plan: Plan,
    *,
    draws: int = 0,
    seed: int = 0,
    rows_to: Callable[[pa.Table], None] | None = None,
    tell: Told = lambda *_: None,
) -> Result:
    """A run over two files. Results do not depend on the number of buckets, nor on the order of rows.

    Raises RefusedError for what the table in `columns` refuses, TooLargeError beyond the limits stated there,
    OptionError for more buckets than files can be open.
    """
    touchpoints = Source(files.touchpoints, (*TOUCH_COLUMNS, files.by))
    events = Source(files.events, EVENT_COLUMNS)
    buckets = files.buckets or buckets_for(touchpoints.rows() + events.rows())
    if buckets == 1:
        tell("reading", 0, 1)
        log = columns.read(touchpoints.table(), events.table(), by=files.by, observed_until=files.observed_until)
        return running.run(*running.logs([log]), plan, draws=draws, seed=seed, rows_to=rows_to, tell=tell)
    if buckets > _MOST_BUCKETS:
        message = f"At most {_MOST_BUCKETS} buckets, not {buckets}."
        raise OptionError(message)
    with TemporaryDirectory(prefix="tributary-") as folder:
        part = _parts(Path(folder), touchpoints, events, files, buckets, tell)
        return running.run(part, buckets, plan, draws=draws, seed=seed, rows_to=rows_to, tell=tell)


def _parts(
    folder: Path, touchpoints: Source, events: Source, files: Files, buckets: int, tell: Told
) -> Callable[[int], Log]:
    """Cut both files; a function that reads bucket number i as a log."""
    found: set[str] = set()
    done = 0

    def gather(piece: pa.Table) -> None:
        nonlocal done
        counting, _ = columns.counted(piece)
        found.update(text(pc.unique(column_of(counting, files.by, "touchpoints"))).drop_null().to_pylist())
        done += len(piece)
        tell("cutting into buckets", done, touchpoints.rows())

    of_touches = Cutting(folder, touchpoints, "touchpoint_id", "touchpoints", buckets)
    of_touches.run(gather)
    of_events = Cutting(folder, events, "event_id", "events", buckets)
    of_events.run(lambda _: None)
    keys = pa.array(sorted(found - {""}), columns.type_of_text)

    def part(number: int) -> Log:
        one, other = (parquet.read_table(cut.rows.paths[number]) for cut in (of_touches, of_events))
        return columns.read(one, other, by=files.by, observed_until=files.observed_until, keys=keys)

    return part
