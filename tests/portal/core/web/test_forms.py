"""Forms and JSON bodies: what is refused, in which words, and that nothing typed is lost."""

import datetime as dt
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Any, Literal
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from litestar import Litestar, Response, get, post
from litestar.params import JSONBody
from pydantic import BaseModel, Field, TypeAdapter, ValidationError, model_validator

from portal.core import formats
from portal.core.errors import Invalid
from portal.core.i18n import using
from portal.core.money import Money, exponent
from portal.core.web import messages
from portal.core.web.fields import Currency, TypedAmount, TypedDate, read_amount, read_date, refuse
from portal.core.web.forms import Body, Form, Typed, decode_body, empty_form, typed_form
from portal.core.web.guard import PUBLIC
from portal.core.web.pages import Page, Redirect
from portal.core.web.visit import AnyRequest
from tests.portal.core.web.tiny import FORM, PAGE, Browser, tiny_app

NUL = "\0"


class Color(StrEnum):
    RED = "red"


class Registration(Form):
    title: str = Field(min_length=1, max_length=20)
    currency: Currency = "EUR"
    amount: TypedAmount | None = None
    due: TypedDate | None = None
    tags: list[str] = Field(default_factory=list)
    seats: int | None = Field(default=None, ge=1)
    urgent: bool = False
    color: Color | None = None
    partner: UUID | None = None


def typed(*pairs: tuple[str, str]) -> Typed[Registration]:
    form = Typed(Registration, pairs)
    form.check()
    return form


def test_a_good_form() -> None:
    data = typed(
        ("title", "  Insight  "),
        ("amount", "1,234.50"),
        ("due", "2026-03-31"),
        ("tags", "a"),
        ("tags", "b"),
        ("seats", "5"),
        ("urgent", "on"),
        ("color", "red"),
        ("csrf_token", "x"),
        ("idempotency_key", "y"),
    ).data
    assert data.title == "Insight"
    assert data.amount == Money(123450, "EUR")
    assert data.due == dt.date(2026, 3, 31)
    assert [data.tags, data.seats, data.urgent, data.color] == [["a", "b"], 5, True, Color.RED]


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("title", "", "This is needed."),
        ("title", "   ", "This is needed."),
        ("title", "x" * 21, "Write at most 20 characters."),
        ("title", f"a{NUL}b", "This text has characters that cannot be stored."),
        ("title", "a\ud800b", "This text has characters that cannot be stored."),
        ("amount", "many", "Write an amount, for example 1,234.50."),
        ("amount", "1.234", "Write an amount, for example 1,234.50."),
        ("amount", "1,23", "Write an amount, for example 1,234.50."),
        ("amount", "1e5", "Write an amount, for example 1,234.50."),
        ("amount", "9" * 30, "Write an amount, for example 1,234.50."),
        ("amount", "--1", "Write an amount, for example 1,234.50."),
        ("amount", "NaN", "Write an amount, for example 1,234.50."),
        ("amount", "9" * 100_000, "Write an amount, for example 1,234.50."),
        ("currency", "EURO", "Choose a currency."),
        ("due", "31.02.2026", "Write a date, for example 2026-03-31."),
        ("due", "2026-02-30", "Write a date, for example 2026-03-31."),
        ("due", "1/2/26", "Write a date, for example 2026-03-31."),
        ("due", "9999999999-1-1", "Write a date, for example 2026-03-31."),
        ("seats", "0", "This must be at least 1."),
        ("seats", "1.5", "Write a whole number."),
        ("urgent", "maybe", "Answer yes or no."),
        ("color", "blue", "Choose one of the values offered."),
        ("partner", "x", "Choose one of the values offered."),
        ("partner_id", "", "This field is not known here."),
        ("role", "admin", "This field is not known here."),
    ],
)
def test_each_mistake_is_said_beside_its_field(name: str, value: str, message: str) -> None:
    form = typed(("title", "good"), (name, value)) if name != "title" else typed((name, value))
    assert form.errors == {name: message}
    assert form.value(name) == value
    assert form.value("title") == ("good" if name != "title" else value)
    with pytest.raises(Invalid) as refusal:
        _ = form.data
    assert refusal.value.errors == form.errors


def test_a_field_sent_twice_is_refused_unless_it_is_a_list() -> None:
    form = typed(("title", "one"), ("title", "two"), ("tags", "x"), ("tags", f"{NUL}"))
    assert form.errors == {"title": "Write text.", "tags": "This text has characters that cannot be stored."}


def test_an_amount_needs_its_currency() -> None:
    assert typed(("title", "a"), ("currency", "??"), ("amount", "1")).errors == {
        "currency": "Choose a currency.",
        "amount": "Choose a currency first.",
    }
    assert typed(("title", "a"), ("currency", "jpy"), ("amount", "１，２３４")).data.amount == Money(1234, "JPY")


def test_a_currency_of_its_own_stands_before_the_shared_one() -> None:
    class Priced(Form):
        currency: Currency
        price_currency: Currency
        price: TypedAmount

    form = Typed(Priced, [("currency", "EUR"), ("price_currency", "JPY"), ("price", "7")])
    form.check()
    assert form.data.price == Money(7, "JPY")


def test_a_rule_over_several_fields_can_name_one() -> None:
    class Period(Form):
        start: TypedDate
        end: TypedDate

        @model_validator(mode="after")
        def _in_order(self) -> "Period":
            message = "It ends before it starts."
            if self.end <= self.start:
                raise refuse(message, field="end")
            return self

    form = Typed(Period, [("start", "2026-02-01"), ("end", "2026-01-01")])
    form.check()
    assert form.errors == {"end": "It ends before it starts."}


def test_what_stands_in_a_form_at_first() -> None:
    form = empty_form(Registration, title="Draft", tags=["a", 2], seats=3)
    assert [
        form.value("title"),
        form.value("amount"),
        form.values("tags"),
        form.value("seats"),
        form.error("title"),
    ] == ["Draft", "", ["a", "2"], "3", ""]


def test_a_service_that_refuses_puts_its_words_beside_the_fields() -> None:
    form, errors, message = typed(("title", "taken")), dict[str, str](), "Not today."
    with form.refusals():
        raise Invalid({"title": "There is one of this name."})
    with form.refusals():
        raise Invalid(errors, message)
    assert form.errors == {"title": "There is one of this name.", "": "Not today."}
    assert form.value("title") == "taken"


@given(
    minor=st.integers(-(2**53), 2**53),
    currency=st.sampled_from(["EUR", "JPY", "KWD"]),
    locale=st.sampled_from(["en", "zh_CN"]),
)
def test_an_amount_reads_back_as_it_was_written(minor: int, currency: str, locale: str) -> None:
    amount = Money(minor, currency)
    with using(locale):
        shown = formats.number(amount.decimal, exponent(currency))
        assert read_amount(shown, currency) == amount


@given(day=st.dates(dt.date(1000, 1, 1)), locale=st.sampled_from(["en", "zh_CN"]))
def test_a_day_reads_back_as_it_was_written(day: dt.date, locale: str) -> None:
    with using(locale):
        assert read_date(day.isoformat()) == day
        assert read_date(f"{day.year}/{day.month}/{day.day}") == day
        if locale == "zh_CN":
            assert read_date(formats.date(day)) == day


@get("/token", needs=PUBLIC, unit=False)
async def token() -> Page:
    return Page(PAGE, "panel", word="token")


def refuse_taken(title: str) -> None:
    if title == "taken":
        raise Invalid({"title": "There is one of this name."})


@post("/register", needs=PUBLIC, unit=False)
async def register(request: AnyRequest) -> Response[bytes]:
    form = typed_form(request, Registration)
    with form.refusals():
        refuse_taken(form.data.title)
        return Redirect("/done")
    return Page(FORM, "form", status_code=422, form=form)


class NewThing(Body):
    title: Annotated[str, Field(max_length=10)]
    amount_minor: int
    day: dt.date | None = None
    rate: Decimal | None = None
    partner: UUID | None = None
    color: Color = Color.RED
    kind: Literal["a", "b"] = "a"


@post("/api/v1/things", needs=PUBLIC, unit=False)
async def create(data: JSONBody[NewThing]) -> NewThing:
    return data


@pytest.fixture
def app() -> Litestar:
    return tiny_app(token, register, create)


async def browser_with_token(app: Litestar) -> Browser:
    browser = Browser(app)
    text = await browser.token()
    browser.http.headers["X-CSRF-Token"] = text.split("token ")[1][:64]
    return browser


async def test_a_refused_form_comes_back_as_typed(app: Litestar) -> None:
    browser = await browser_with_token(app)
    pairs = [("title", "x" * 21), ("amount", "<1,2>"), ("tags", "a"), ("tags", "b")]
    answer = await browser.post("/register", pairs, token=None)
    assert answer.status_code == 422
    assert (
        f"title={'x' * 21}|{'x' * 21}|Write at most 20 characters.;amount=&lt;1,2&gt;|&lt;1,2&gt;|Write an amount, for example 1,234.50.;tags=b|a,b|;"
        in answer.text
    )
    taken = await browser.post("/register", {"title": "taken", "amount": "5"}, token=None)
    assert [taken.status_code, "title=taken|taken|There is one of this name.;amount=5|5|;" in taken.text] == [422, True]
    assert (await browser.post("/register", {"title": "new"}, token=None)).status_code == 303


@pytest.mark.security
@pytest.mark.parametrize(
    ("body", "errors"),
    [
        ({"title": "a", "amount_minor": "1"}, {"amount_minor": "Write a whole number."}),
        ({"title": "a", "amount_minor": 1.0}, {"amount_minor": "Write a whole number."}),
        ({"title": "a", "amount_minor": True}, {"amount_minor": "Write a whole number."}),
        ({"title": 1, "amount_minor": 1}, {"title": "Write text."}),
        ({"title": "a" * 11, "amount_minor": 1}, {"title": "Write at most 10 characters."}),
        ({"title": "a\0", "amount_minor": 1}, {"title": "This text has characters that cannot be stored."}),
        ({"amount_minor": 1}, {"title": "This is needed."}),
        ({"title": "a", "amount_minor": 1, "partner_id": "x"}, {"partner_id": "This field is not known here."}),
        ({"title": "a", "amount_minor": 1, "partner": "x", "color": "blue", "kind": "c", "day": "soon", "rate": "x"},
         {"partner": "Choose one of the values offered.", "color": "Choose one of the values offered.", "kind": "Choose one of the values offered.",
          "day": "Write a date, for example 2026-03-31.", "rate": "Write a number."}),
        ([1], {"": "Send an object with named fields."}),
    ],
)  # fmt: skip
async def test_a_json_body_is_strict(app: Litestar, body: Any, errors: dict[str, str]) -> None:
    answer = await (await browser_with_token(app)).http.post("/api/v1/things", json=body)
    assert answer.status_code == 422
    assert {one["field"]: one["message"] for one in answer.json()["errors"]} == errors


async def test_a_good_json_body(app: Litestar) -> None:
    body = {"title": " a ", "amount_minor": 2**60, "day": "2026-01-02", "rate": "0.07", "partner": str(UUID(int=5))}
    answer = await (await browser_with_token(app)).http.post("/api/v1/things", json=body)
    assert [answer.status_code, answer.json()] == [201, {**body, "title": "a", "color": "red", "kind": "a"}]


async def test_malformed_json_is_400_and_none_is_422(app: Litestar) -> None:
    browser = await browser_with_token(app)
    kind = {"Content-Type": "application/json"}
    assert (await browser.http.post("/api/v1/things", content=b"{", headers=kind)).status_code == 400
    assert (await browser.http.post("/api/v1/things", content=b"", headers=kind)).status_code in {400, 422}


def test_a_body_never_reads_what_it_does_not_know() -> None:
    with pytest.raises(Invalid):
        decode_body(NewThing, {"title": "a", "amount_minor": 1, "x": 1})


def test_every_message_can_be_filled() -> None:
    class Everything(BaseModel):
        text: Annotated[str, Field(min_length=3, pattern="^a")]
        few: Annotated[list[int], Field(min_length=2, max_length=3)]
        more: Annotated[int, Field(gt=5)]
        less: Annotated[int, Field(lt=5)]
        digits: Annotated[Decimal, Field(max_digits=3, decimal_places=1)]

    for value in (
        {"text": "b", "few": [1], "more": 1, "less": 9, "digits": "1.23"},
        {"text": "bbb", "few": [1] * 9, "more": 5, "less": 5, "digits": "12345"},
    ):
        with pytest.raises(ValidationError) as error:
            Everything.model_validate(value)
        found = messages.messages_of(error.value)
        assert len(found) == 5
        assert "%" not in str(found)
        assert messages._NOT_VALID not in found.values()


def test_an_unknown_kind_of_mistake_has_words_too() -> None:
    with pytest.raises(ValidationError) as error:
        TypeAdapter(dt.timedelta).validate_python("x")
    assert messages.messages_of(error.value) == {"": "This is not a valid value."}
