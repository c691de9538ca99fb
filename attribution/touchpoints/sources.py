"""The source tree in the database: told words into nodes, a fixed number of statements however many rows there are."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Final
from uuid import UUID

from attribution.touchpoints.rules import OPEN, UNMAPPED, Level, Node, Place, Told, Vocabulary
from portal.core import db
from portal.core.ids import new_id
from portal.core.text import fold

Child = tuple[UUID, str]
"""A parent, and the name of a node below it as it came."""

_GOVERNED: Final = (Level.ORIGIN, Level.CHANNEL, Level.PLATFORM, Level.UNMAPPED)


async def place_sources(told: Iterable[Told], *, now: datetime) -> dict[Told, UUID]:
    """The node of each source, on the open unit of the vendor; campaigns and below, and unknown words, are made."""
    rows = await db.sql(
        "SELECT id, parent, key, words FROM attribution_source_node WHERE level = any($1::text[]) ORDER BY key",
        list(_GOVERNED),
    )
    nodes = [Node(row["id"], row["parent"], row["key"], row["words"]) for row in rows]
    vocabulary = Vocabulary(nodes)
    unmapped = next(node.id for node in nodes if node.key == UNMAPPED)
    places = {one: vocabulary.find(one) for one in dict.fromkeys(told)}
    at = {one: place.node or unmapped for one, place in places.items()}
    words = {one: (unmapped, place.unknown) for one, place in places.items() if place.unknown}
    at |= await _below(words, Level.WORDS, now)
    for level in OPEN:
        children = {one: (at[one], name) for one, name in _names_at(places, level)}
        at |= await _below(children, level, now)
    return at


def _names_at(places: Mapping[Told, Place], level: Level) -> Iterable[tuple[Told, str]]:
    """What is told on this level; where a row leaves a level out, the next hangs on the one above."""
    for one, place in places.items():
        name = dict(place.below).get(level)
        if name and place.node is not None:
            yield one, name


async def _below(wanted: Mapping[Told, Child], level: Level, now: datetime) -> dict[Told, UUID]:
    """The nodes of these names below their parents, made where they are missing.

    Mapped words are still themselves: what hangs on them is read through `maps_to`, so that a mapping can be undone.
    """
    if not wanted:
        return {}
    names = {(parent, fold(name)): name for parent, name in wanted.values()}
    found = await _find(names, level)
    missing = {pair: name for pair, name in names.items() if pair not in found}
    if missing:
        await _make(missing, level, now)
        found |= await _find(missing, level)
    return {one: found[parent, fold(name)] for one, (parent, name) in wanted.items()}


async def _find(pairs: Iterable[Child], level: Level) -> dict[Child, UUID]:
    listed = list(pairs)
    rows = await db.sql(
        "SELECT n.parent, n.key, n.id FROM unnest($1::uuid[], $2::text[]) AS w (parent, key)"
        " JOIN attribution_source_node n ON n.parent = w.parent AND n.level = $3 AND n.key = w.key",
        [parent for parent, _key in listed], [key for _parent, key in listed], level,
    )  # fmt: skip
    return {(row["parent"], row["key"]): row["id"] for row in rows}


async def _make(missing: Mapping[Child, str], level: Level, now: datetime) -> None:
    """New nodes; one that somebody else has just made is left as it is."""
    await db.sql(
        "INSERT INTO attribution_source_node (id, parent, level, key, name, words, path, path_zh, created_at)"
        " SELECT w.id, w.parent, $1, w.key, w.name, '{}', p.path || ' / ' || w.name, p.path_zh || ' / ' || w.name, $2"
        " FROM unnest($3::uuid[], $4::uuid[], $5::text[], $6::text[]) AS w (id, parent, key, name)"
        " JOIN attribution_source_node p ON p.id = w.parent ON CONFLICT (parent, level, key) DO NOTHING",
        level, now, [new_id() for _ in missing], [parent for parent, _key in missing],
        [key for _parent, key in missing], list(missing.values()),
    )  # fmt: skip
