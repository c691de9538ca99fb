"""The application: the controllers of the slices inside everything that the floor does for them."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Final

from litestar import Litestar, Router
from litestar.config.app import AppConfig
from litestar.datastructures import State
from litestar.di import Provide
from litestar.openapi import OpenAPIConfig
from litestar.openapi.plugins import JsonRenderPlugin
from litestar.openapi.spec import Components, SecurityScheme
from litestar.plugins import InitPlugin
from litestar.plugins.pydantic import PydanticDIPlugin, PydanticInitPlugin, PydanticSchemaPlugin
from litestar.types import ControllerRouterHandler
from litestar.utils.predicates import is_class_and_subclass

from portal.core import formats, i18n
from portal.core.actor import Actor
from portal.core.settings import Settings
from portal.core.web import cursors
from portal.core.web.bodies import LARGEST_BODY
from portal.core.web.csrf import CsrfMiddleware
from portal.core.web.errors import respond
from portal.core.web.forms import Body, decode_body
from portal.core.web.guard import SIGNED_IN, check_routes, guard
from portal.core.web.platform import RememberLocale, health, language_switch
from portal.core.web.shell import Resolve, Shell
from portal.core.web.site import STATE_KEY as SITE
from portal.core.web.site import Site
from portal.core.web.static import serve_static
from portal.core.web.unit import UnitMiddleware
from portal.core.web.visit import AnyRequest, visit_of

Hook = Callable[[], Awaitable[None]]
API: Final = "/api/"


class _BodyPlugin(InitPlugin):
    """Reads JSON bodies in Pydantic's strict JSON mode; stands before Litestar's own decoder."""

    def on_app_init(self, app_config: AppConfig) -> AppConfig:
        """Put our decoder first."""
        ours = (lambda kind: is_class_and_subclass(kind, Body), decode_body)
        app_config.type_decoders = [ours, *(app_config.type_decoders or [])]
        return app_config


async def provide_actor(request: AnyRequest) -> Actor | None:
    """The actor of the request; the guard has made sure of one unless the handler is public."""
    return visit_of(request.scope).actor


def _openapi(version: str) -> OpenAPIConfig:
    """The schema as JSON behind sign-in; no viewer, because those load their scripts from elsewhere."""
    session = SecurityScheme(type="apiKey", security_scheme_in="cookie", name="session")
    return OpenAPIConfig(
        title="Tributary",
        version=version,
        use_handler_docstrings=True,
        components=Components(security_schemes={"session": session}),
        security=[{"session": []}],
        openapi_router=Router(
            "/schema", route_handlers=[], opt={"needs": SIGNED_IN, "unit": False}, include_in_schema=False
        ),
        render_plugins=[JsonRenderPlugin(path=["/", "/openapi.json"])],
    )


def _is_api(controller: ControllerRouterHandler) -> bool:
    """Whether it belongs into the schema, by its address."""
    path = getattr(controller, "path", "")
    return isinstance(path, str) and f"/{path.strip('/')}/".startswith(API)


def build_app(
    *,
    controllers: Sequence[ControllerRouterHandler],
    resolve: Resolve,
    settings: Settings,
    remember_locale: RememberLocale | None = None,
    on_startup: Sequence[Hook] = (),
    on_shutdown: Sequence[Hook] = (),
    version: str = "0",
) -> Litestar:
    """The whole application: guard, CSRF, units of work, errors, headers, static files, health and schema.

    `resolve` finds the actor from the cookies, outside any unit of work. Controllers whose path begins with
    `/api/` make up the schema. Raises RuntimeError for a handler without guard, ValueError for a catalogue
    that cannot be read.
    """
    i18n.load_catalogues()
    formats.use_time_zone(settings.time_zone)
    cursors.use_secret(settings.secret_key)
    site = Site.at(
        settings.public_url, secret=settings.secret_key, vendor_name=settings.vendor_name, demo=settings.demo
    )
    pages = [one for one in controllers if not _is_api(one)]
    app = Litestar(
        route_handlers=[
            *(one for one in controllers if _is_api(one)),
            Router("/", route_handlers=pages, include_in_schema=False),
            health,
            serve_static,
            language_switch(remember_locale),
        ],
        dependencies={"actor": Provide(provide_actor)},
        guards=[guard],
        middleware=[CsrfMiddleware(), UnitMiddleware()],
        exception_handlers={Exception: respond},
        plugins=[PydanticInitPlugin(), PydanticSchemaPlugin(), PydanticDIPlugin(), _BodyPlugin()],
        openapi_config=_openapi(version),
        request_max_body_size=LARGEST_BODY,
        logging_config=None,
        on_startup=list(on_startup),
        on_shutdown=list(on_shutdown),
        state=State({SITE: site}),
        debug=False,
    )
    check_routes(app)
    app.asgi_handler = Shell(app.asgi_handler, site, resolve)
    return app
