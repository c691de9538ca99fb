"""Forms and JSON bodies: strict models, and forms that give back everything typed when something is wrong."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from types import UnionType
from typing import Any, ClassVar, Final, Generic, TypeVar, Union, get_args, get_origin

from litestar.datastructures import UploadFile
from litestar.serialization import encode_json
from pydantic import BaseModel, ConfigDict, ValidationError, field_validator

from portal.core.errors import Invalid
from portal.core.i18n import gettext as _
from portal.core.web.fields import refuse
from portal.core.web.messages import messages_of
from portal.core.web.visit import AnyRequest, visit_of

PLUMBING: Final = frozenset({"csrf_token", "idempotency_key"})
"""Fields that every form carries for the floor; no model sees them."""
LONGEST_TEXT: Final = 10_000
"""Characters of any text that says no shorter limit itself."""

F = TypeVar("F", bound="Form")


class _Incoming(BaseModel):
    """What comes in: unknown fields are refused, texts are stripped, bounded and free of NUL."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        str_strip_whitespace=True,
        str_max_length=LONGEST_TEXT,
        hide_input_in_errors=True,
        arbitrary_types_allowed=True,
    )

    @field_validator("*", mode="after")
    @classmethod
    def _storable(cls, value: Any) -> Any:
        """Refuse NUL, which PostgreSQL cannot store. After the rest, because JSON stays strict only so."""
        if any("\0" in text for text in _texts(value)):
            raise refuse(_("This text has characters that cannot be stored."))
        return value


def _texts(value: Any) -> Iterator[str]:
    """All texts in a value, however deep."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for pair in value.items():
            yield from _texts(pair)
    elif isinstance(value, list | tuple | set | frozenset):
        for one in value:
            yield from _texts(one)


class Body(_Incoming):
    """The base of JSON bodies: strict, so `"1"` is no number; ids, dates and decimals are strings."""

    model_config = ConfigDict(strict=True)


class Form(_Incoming):
    """The base of URL-encoded forms. Everything arrives as text; an empty optional field is None."""

    lists: ClassVar[frozenset[str]]
    """Fields that may come several times; found from the annotations."""

    @classmethod
    def __pydantic_init_subclass__(cls, **kwargs: Any) -> None:
        """Find the fields that hold several values."""
        super().__pydantic_init_subclass__(**kwargs)
        cls.lists = frozenset(name for name, field in cls.model_fields.items() if _holds_several(field.annotation))


def _holds_several(annotation: Any) -> bool:
    origin = get_origin(annotation)
    if origin in {Union, UnionType}:
        return any(_holds_several(one) for one in get_args(annotation))
    return origin in {list, set, frozenset, tuple}


class Typed(Generic[F]):
    """A form as a person typed it: the values to show again, what is wrong, and the data when nothing is."""

    def __init__(
        self,
        model: type[F],
        pairs: Sequence[tuple[str, str]] = (),
        *,
        initial: Mapping[str, Any] | None = None,
    ) -> None:
        self.model = model
        self.errors: dict[str, str] = {}
        self._values: dict[str, list[str]] = {}
        self._initial = dict(initial or {})
        self._data: F | None = None
        for name, value in pairs:
            if name not in PLUMBING:
                self._values.setdefault(name, []).append(value)

    def value(self, name: str) -> str:
        """What stands in the field: as typed, else the initial value."""
        typed = self._values.get(name)
        if typed is not None:
            return typed[-1]
        first = self._initial.get(name)
        return "" if first is None else str(first)

    def values(self, name: str) -> list[str]:
        """All that is chosen in a field with several values."""
        typed = self._values.get(name)
        if typed is not None:
            return typed
        first = self._initial.get(name) or []
        return [str(one) for one in first]

    def error(self, name: str) -> str:
        """What is wrong with the field, or nothing."""
        return self.errors.get(name, "")

    @property
    def data(self) -> F:
        """The checked data. Raises Invalid when something is wrong, for `refusals` to catch."""
        if self._data is None:
            raise Invalid(self.errors, _("Correct what is marked and send it again."))
        return self._data

    @contextmanager
    def refusals(self) -> Iterator[None]:
        """Catch Invalid, also of a service, and put its sentences beside the fields."""
        try:
            yield
        except Invalid as refusal:
            self.errors.update(refusal.errors or {"": refusal.message})

    def check(self) -> None:
        """Check what was typed against the model."""
        try:
            self._data = self.model.model_validate(self._arranged())
        except ValidationError as error:
            self.errors = messages_of(error)

    def _arranged(self) -> dict[str, Any]:
        """The values as the model wants them: lists as lists, one value as itself, and an empty one left out.

        A field sent twice where one is wanted stays a list, which the model refuses.
        """
        arranged: dict[str, Any] = {}
        for name, typed in self._values.items():
            if name in self.model.lists:
                arranged[name] = [value for value in typed if value.strip()]
            elif len(typed) > 1:
                arranged[name] = typed
            elif typed[0].strip() or name not in self.model.model_fields:
                arranged[name] = typed[0]
        return arranged


def typed_form(request: AnyRequest, model: type[F]) -> Typed[F]:
    """The form that was sent, checked; what is wrong stands in `errors`, not in an exception."""
    form = Typed(model, visit_of(request.scope).fields)
    form.check()
    return form


def uploaded_file(request: AnyRequest, name: str) -> UploadFile | None:
    """The file sent in this field, if one was chosen; open until the end of the request."""
    found = (file for field, file in visit_of(request.scope).files if field == name and file.filename)
    return next(found, None)


def empty_form(model: type[F], **initial: Any) -> Typed[F]:
    """A form to fill in, with what stands in it at first."""
    return Typed(model, initial=initial)


def decode_body(model: type[Body], value: Any) -> Body:
    """A JSON body as its model, in Pydantic's strict JSON mode. Raises Invalid."""
    try:
        return model.model_validate_json(encode_json(value))
    except ValidationError as error:
        raise Invalid(messages_of(error)) from error
