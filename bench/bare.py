"""The smallest answer of the same framework: what the pages are measured against."""

from litestar import Litestar, MediaType, get


@get("/", media_type=MediaType.TEXT, sync_to_thread=False)
def hello() -> str:
    """A line of text."""
    return "Hello"


app = Litestar([hello], openapi_config=None, logging_config=None)
