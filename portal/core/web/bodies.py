"""Bodies of requests: read once, within limits, and a form as the pairs that were sent."""

from array import array
from itertools import accumulate
from typing import Final
from urllib.parse import parse_qsl

from litestar.datastructures import UploadFile
from litestar.enums import RequestEncodingType
from litestar.exceptions import ClientException, HTTPException

from portal.core.i18n import gettext as _
from portal.core.web.visit import AnyRequest, Pairs, visit_of

LARGEST_BODY: Final = 1024 * 1024
"""Bytes; a route for uploads raises it with Litestar's own `request_max_body_size=`."""
DEEPEST_JSON: Final = 32
_MOST_FIELDS: Final = 2000
_STEPS: Final = bytes.maketrans(b"[{]}", b"\x01\x01\xff\xff")
_NOT_BRACKETS: Final = bytes(byte for byte in range(256) if byte not in b"[]{}")


def _is_json(content_type: str) -> bool:
    return content_type == "application/json" or content_type.endswith("+json")


def is_too_deep(body: bytes, deepest: int = DEEPEST_JSON) -> bool:
    """Whether JSON nests deeper than `deepest`, found without parsing: brackets count one up or down."""
    steps = array("b", _without_strings(body).translate(_STEPS, _NOT_BRACKETS))
    return max(accumulate(steps), default=0) > deepest


def _without_strings(body: bytes) -> bytes:
    """The body without what stands between quotes; an escaped quote does not end a string."""
    plain = body.replace(b"\\\\", b"").replace(b'\\"', b"")
    return b"".join(plain.split(b'"')[::2])


def parse_form(body: bytes) -> Pairs:
    """The pairs of an URL-encoded form. Raises ClientException for what is no UTF-8, or too many fields."""
    try:
        text = body.decode("ascii")
        return parse_qsl(text, keep_blank_values=True, errors="strict", max_num_fields=_MOST_FIELDS)
    except ValueError as error:
        raise ClientException(_("The form could not be read.")) from error


async def read_body(request: AnyRequest) -> None:
    """Read the whole body into the visit.

    Raises HTTPException: 413 too large, 415 of a kind that no route takes, 400 malformed. The size is limited
    before anything is parsed; Litestar reads the limit from the route.
    """
    body = await request.body()
    kind = request.content_type[0]
    visit = visit_of(request.scope)
    if kind == RequestEncodingType.URL_ENCODED:
        visit.fields = parse_form(body)
    elif kind == RequestEncodingType.MULTI_PART:
        await _read_parts(request)
    elif _is_json(kind):
        if is_too_deep(body):
            raise ClientException(_("The JSON is nested too deep."))
    elif body:
        raise HTTPException(status_code=415, detail=_("This kind of content is not accepted here."))


async def _read_parts(request: AnyRequest) -> None:
    """Sort the parts of a multipart form into fields and files."""
    visit = visit_of(request.scope)
    form = await request.form()
    for name, value in form.multi_items():
        if isinstance(value, UploadFile):
            visit.files.append((name, value))
        else:
            visit.fields.append((name, value))


async def close_files(request: AnyRequest) -> None:
    """Let go of the uploaded files, whatever became of the request."""
    for _name, file in visit_of(request.scope).files:
        await file.close()
