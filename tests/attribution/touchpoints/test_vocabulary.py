"""Words that no vocabulary knows: what waits, saying what it means, and taking that back."""

from typing import Any
from uuid import UUID

import pytest
from litestar import Litestar

from attribution.touchpoints import vocabulary
from attribution.touchpoints.importing import KIND, apply
from attribution.touchpoints.invariants import INVARIANTS
from attribution.touchpoints.rules import Meaning
from portal.core import db
from portal.core.actor import SYSTEM
from portal.core.errors import Conflict, Invalid, NotAllowed, NotFound
from portal.core.ids import new_id
from tests import make
from tests.make import NOON, Cast
from tests.partners.stand import events_of, parsed
from tests.web import Browser

TOUCH = {"source_id": "T-1", "occurred_at": "2026-03-04T10:30:00Z", "kind": "Demo", "visitor": "v-1"}


@pytest.fixture
async def words(cast: Cast) -> dict[str, UUID]:
    """Two words that wait, one with two touches; their ids."""
    rows = [
        TOUCH | {"source_id": f"T-{place}", "channel": name, "occurred_at": f"2026-03-0{place + 1}T10:00:00Z"}
        for place, name in enumerate(("Brieftaube", "Flaschenpost", "Brieftaube"))
    ]
    await apply(cast.vera, parsed(KIND, rows), source_system="crm", now=NOON)
    return {one.name: one.id for one in await vocabulary.list_words(cast.milo)}


async def sources(cast: Cast) -> list[str]:
    """Where each touch is said to come from, by id."""
    async with db.transaction(cast.vera):
        rows = await db.sql(
            "SELECT m.path FROM attribution_touchpoint t JOIN attribution_source_node n ON n.id = t.node"
            " JOIN attribution_source_node m ON m.id = coalesce(n.maps_to, n.id) ORDER BY t.source_id"
        )
    return [row["path"] for row in rows]


async def version() -> int:
    async with db.transaction(SYSTEM):
        return int(await db.sql_value("SELECT max(version) FROM attribution_source_node"))


async def test_what_waits_says_how_much_hangs_on_it(cast: Cast, words: dict[str, UUID]) -> None:
    await make.cost(node=words["Flaschenpost"])
    found = await vocabulary.list_words(cast.milo)
    assert [(one.name, one.touches, one.costs, one.means) for one in found] == [
        ("Brieftaube", 2, 0, ""), ("Flaschenpost", 1, 1, ""),
    ]  # fmt: skip
    assert found[0].last_seen_at is not None
    assert found[0].last_seen_at.day == 3


async def test_mapping_reads_old_and_new_touches_through_the_node_and_can_be_undone(
    cast: Cast, words: dict[str, UUID]
) -> None:
    before, email = await version(), await make.source_node("marketing/email")
    count = await vocabulary.map_words(cast.milo, list(words.values()), email, Meaning.NODE, now=NOON)
    again = [TOUCH | {"source_id": "T-9", "channel": "Brieftaube"}]
    await apply(cast.vera, parsed(KIND, again), source_system="crm", now=NOON)
    assert (count, await sources(cast)) == (2, ["Marketing / E-mail"] * 4)
    assert await vocabulary.list_words(cast.milo) == []
    assert await version() == before + 1
    [mapped] = [event for event in await events_of(words["Brieftaube"]) if event["name"] == "source.mapped"]
    assert mapped["changes"] == {"maps_to": [None, str(email)]}
    assert mapped["audience"] == "vendor"
    await vocabulary.unmap_words(cast.milo, [words["Brieftaube"]], now=NOON)
    assert [one.name for one in await vocabulary.list_words(cast.milo)] == ["Brieftaube"]
    assert [path.rpartition(" / ")[2] for path in await sources(cast)] == [
        "Brieftaube", "E-mail", "Brieftaube", "Brieftaube",
    ]  # fmt: skip
    assert await version() == before + 2
    assert [event["name"] for event in await events_of(words["Brieftaube"])] == ["source.mapped", "source.unmapped"]


@pytest.mark.parametrize(("meaning", "level"), [(Meaning.CAMPAIGN, "campaign"), (Meaning.CONTENT, "content")])
async def test_each_becomes_something_of_its_own_name_below(
    cast: Cast, words: dict[str, UUID], meaning: Meaning, level: str
) -> None:
    email = await make.source_node("marketing/email")
    await vocabulary.map_words(cast.vera, list(words.values()), email, meaning, now=NOON)
    assert sorted(set(await sources(cast))) == ["Marketing / E-mail / Brieftaube", "Marketing / E-mail / Flaschenpost"]
    async with db.transaction(SYSTEM):
        made = await db.sql("SELECT level FROM attribution_source_node WHERE parent = $1", email)
        broken = [await db.sql(one.sql) for one in INVARIANTS]
    assert {row["level"] for row in made} == {level}
    assert broken == [[]] * len(INVARIANTS)


async def test_what_cannot_be_is_refused(cast: Cast, words: dict[str, UUID]) -> None:
    email, one = await make.source_node("marketing/email"), words["Brieftaube"]
    with pytest.raises(NotAllowed):
        await vocabulary.map_words(cast.sam, [one], email, Meaning.NODE, now=NOON)
    with pytest.raises(Invalid):
        await vocabulary.map_words(cast.milo, [], email, Meaning.NODE, now=NOON)
    for target, chosen in ((one, [one]), (email, [email]), (email, [new_id()]), (new_id(), [one])):
        with pytest.raises(NotFound):
            await vocabulary.map_words(cast.milo, chosen, target, Meaning.NODE, now=NOON)
    with pytest.raises(Conflict):
        await vocabulary.unmap_words(cast.milo, [one], now=NOON)
    await vocabulary.map_words(cast.milo, [one], email, Meaning.NODE, now=NOON)
    with pytest.raises(Conflict):
        await vocabulary.map_words(cast.milo, [one], email, Meaning.NODE, now=NOON)


async def test_the_page_maps_and_undoes(app: Litestar, cast: Cast, words: dict[str, UUID]) -> None:
    milo = await Browser.of(app, cast.milo)
    page = (await milo.get("/touchpoints/unmapped")).text
    assert page.index("Brieftaube") < page.index("Flaschenpost")
    email = await make.source_node("marketing/email")
    chosen: dict[str, Any] = {"words": [str(one) for one in words.values()], "target": str(email), "meaning": "node"}
    nothing = await milo.post("/touchpoints/unmapped", {"target": str(email), "meaning": "node"})
    assert (nothing.status_code, "Choose the words first." in nothing.text) == (422, True)
    assert (await milo.post("/touchpoints/unmapped", chosen)).status_code == 303
    assert "Nothing waits" in (await milo.get("/touchpoints/unmapped")).text
    assert (await milo.post("/touchpoints/unmapped", chosen)).status_code == 409
    assert "Marketing / E-mail" in (await milo.get("/touchpoints/unmapped?shown=mapped")).text
    assert (await milo.post("/touchpoints/unmapped/undo", {"words": chosen["words"]})).status_code == 303
    assert "Brieftaube" in (await milo.get("/touchpoints/unmapped")).text


async def test_who_only_reads_sees_no_form(app: Litestar, cast: Cast, words: dict[str, UUID]) -> None:
    audra = await Browser.of(app, cast.audra)
    page = (await audra.get("/touchpoints/unmapped")).text
    assert "Brieftaube" in page
    assert 'name="words"' not in page
    assert (await audra.post("/touchpoints/unmapped", {"words": [str(words["Brieftaube"])]})).status_code == 403
    for actor in (cast.pia, cast.ada):
        assert (await (await Browser.of(app, actor)).get("/touchpoints/unmapped")).status_code == 403


async def test_the_navigation_counts_what_waits_for_those_who_map(app: Litestar, cast: Cast) -> None:
    assert vocabulary.waiting_count(cast.audra) is None
    question = vocabulary.waiting_count(cast.milo)
    assert question is not None
    async with db.transaction(cast.milo):
        assert await db.ask_together([question]) == [0]
    assert (await (await Browser.of(app, cast.milo)).get("/touchpoints")).status_code == 200


async def test_the_api_maps_and_undoes(app: Litestar, cast: Cast, words: dict[str, UUID]) -> None:
    milo = await Browser.of(app, cast.milo)
    listed = (await milo.json("/api/v1/touchpoints/unmapped")).json()
    assert [item["name"] for item in listed["items"]] == ["Brieftaube", "Flaschenpost"]
    target = next(one["id"] for one in listed["targets"] if one["path"] == "Marketing / E-mail")
    body = {"words": [str(words["Brieftaube"])], "target": target, "meaning": "campaign"}
    assert (await milo.send_json("POST", "/api/v1/touchpoints/unmapped", body)).json() == {"mapped": 1}
    undo = {"words": body["words"]}
    assert (await milo.send_json("POST", "/api/v1/touchpoints/unmapped/undo", undo)).json() == {"waiting": 1}
    wrong = await milo.send_json("POST", "/api/v1/touchpoints/unmapped", body | {"meaning": "keyword"})
    assert wrong.status_code == 422
