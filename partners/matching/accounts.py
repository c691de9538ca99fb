"""Which of the vendor's accounts a description may be: stored keys find a few, the scoring of the files weighs them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

import numpy as np

from partners.matching.keys import exact_numbers, near_numbers
from partners.matching.records import Codes, Description, Prepared, columns_of, named, prepare
from partners.matching.scoring import JOIN, REVIEW, Reason, reasons_of, score_pairs
from portal.core import db
from portal.core.actor import Actor
from portal.core.permissions import Permission

_OF_ONE_KEY: Final = 200
"""Accounts looked at for one key; a key that more share tells little, and their other keys find them."""
_COMPARED: Final = 200
_EXACT_WEIGHT, _NEAR_WEIGHT = 100, 1
_BATCH: Final = 2_000
_FACTS: Final = "legal_name, local_name, domain, registry_id, country, city, address, postcode, phone"


@dataclass(frozen=True, slots=True)
class Candidate:
    """An account that a description may be."""

    account_id: UUID
    canonical: UUID
    """The account under which it is found since accounts were merged."""
    legal_name: str
    city: str
    country: str
    score: float
    reasons: tuple[Reason, ...]

    @property
    def percent(self) -> int:
        """The score as it is shown and stored."""
        return round(self.score * 100)

    @property
    def joined(self) -> bool:
        """Whether it is that account without asking."""
        return self.score >= JOIN


async def find_candidates(actor: Actor, *names: Description, limit: int = 10) -> list[Candidate]:
    """The accounts that it may be, the surest first, from the review threshold on. Raises NotAllowed for partners.

    Described under several names the best of them counts. Only one can be joined: when two accounts reach that
    threshold, which of them it is stays a person's decision, and it is the caller who has to leave it to one.
    """
    actor.require(Permission.ACCOUNTS_READ)
    mine = [prepare(one) for one in names]
    exact = set[int]().union(*(exact_numbers(one) for one in mine))
    near = set[int]().union(*(near_numbers(one) for one in mine)) - exact
    async with db.transaction(actor):
        rows = await db.sql(
            f"SELECT a.id, {_FACTS}, partners_canonical_account(a.id) AS canonical"
            " FROM (SELECT k.account, sum(u.weight) AS shared"
            " FROM unnest($1::bigint[], $2::int[]) AS u (key, weight)"
            " CROSS JOIN LATERAL (SELECT account FROM partners_account_key WHERE keys @> ARRAY[u.key] LIMIT $3) k"
            " GROUP BY k.account ORDER BY shared DESC, k.account LIMIT $4) f"
            " JOIN partners_account a ON a.id = f.account",
            [*exact, *near], [_EXACT_WEIGHT] * len(exact) + [_NEAR_WEIGHT] * len(near), _OF_ONE_KEY, _COMPARED,
        )  # fmt: skip
    return _weighed(mine, rows)[:limit]


def reasons_between(one: Sequence[Description], other: Sequence[Description]) -> tuple[Reason, ...]:
    """Why two companies, each under all of its names, are or are not one: the reasons of their likest names."""
    codes = Codes()
    left, right = (columns_of([prepare(name) for name in names], codes) for names in (one, other))
    scored = score_pairs(
        left, right, np.repeat(np.arange(len(one)), len(other)), np.tile(np.arange(len(other)), len(one))
    )
    return reasons_of(int(scored.reasons[int(np.argmax(scored.scores))]))


def _weighed(mine: Sequence[Prepared], rows: Sequence[dict[str, Any]]) -> list[Candidate]:
    """Every row scored under each of its names, the best of an account kept."""
    theirs = [(row, prepare(one)) for row in rows for one in descriptions_of(row)]
    if not theirs:
        return []
    codes = Codes()
    left, right = columns_of(mine, codes), columns_of([one for _row, one in theirs], codes)
    at_left = np.repeat(np.arange(len(mine)), len(theirs))
    at_right = np.tile(np.arange(len(theirs)), len(mine))
    scored = score_pairs(left, right, at_left, at_right)
    best: dict[UUID, Candidate] = {}
    for at in np.argsort(-scored.scores, kind="stable"):
        row, score = theirs[at_right[at]][0], round(float(scored.scores[at]), 4)
        if score >= REVIEW and not scored.barred[at] and row["id"] not in best:
            best[row["id"]] = Candidate(
                row["id"], row["canonical"], row["legal_name"], row["city"], row["country"], score,
                reasons_of(int(scored.reasons[at])),
            )  # fmt: skip
    return sorted(best.values(), key=lambda one: (-one.score, one.account_id))


async def write_keys(rows: Iterable[dict[str, Any]]) -> None:
    """Store the keys of these accounts, over those from before, on the open unit. `rows` have the accounts' columns."""
    made: list[tuple[object, ...]] = [(row["id"], sorted(keys_of(row))) for row in rows]
    if made:
        await db.sql_many(
            "INSERT INTO partners_account_key (account, keys) VALUES ($1, $2)"
            " ON CONFLICT (account) DO UPDATE SET keys = excluded.keys",
            made,
        )


async def write_all_keys(actor: Actor) -> int:
    """Work out the keys of every account anew, as after a version that takes names apart differently; how many.

    Raises NotAllowed.
    """
    actor.require(Permission.ACCOUNTS_WRITE)
    done, after = 0, UUID(int=0)
    while True:
        async with db.transaction(actor):
            rows = await db.sql(
                f"SELECT id, {_FACTS} FROM partners_account WHERE id > $1 ORDER BY id LIMIT $2", after, _BATCH
            )
            await write_keys(rows)
        if not rows:
            return done
        done, after = done + len(rows), rows[-1]["id"]


def keys_of(row: dict[str, Any]) -> set[int]:
    """The keys of an account under each of its names."""
    prepared = [prepare(one) for one in descriptions_of(row)]
    return set[int]().union(*(exact_numbers(one) | near_numbers(one) for one in prepared))


def descriptions_of(row: dict[str, Any]) -> list[Description]:
    """An account as it is compared, once under each of its names."""
    fields = ("domain", "registry_id", "country", "city", "address", "postcode", "phone")
    return named(Description(row["legal_name"], **{name: row[name] for name in fields}), row["local_name"])
