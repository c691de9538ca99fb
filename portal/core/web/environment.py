"""The one Jinja environment: escapes everything, knows only pages, fails on what is not there."""

import re
from collections.abc import Callable
from functools import cache, lru_cache
from pathlib import Path
from typing import Any, Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template, TemplateNotFound
from jinja2.environment import TemplateModule
from jinja2_fragments import render_block
from markupsafe import Markup

from portal.core import formats, i18n
from portal.core.web.static import url_for_static

ROOT: Final = Path(__file__).resolve().parents[3]
PAGE_NAME: Final = re.compile(r"(?:[a-z_]+/)+pages/[a-z0-9_]+\.html")
"""Names of templates: `partners/deals/pages/show.html`."""


class _PagesLoader(FileSystemLoader):
    """Loads files in `pages` folders below the project's root, and nothing else."""

    def get_source(self, environment: Environment, template: str) -> tuple[str, str, Callable[[], bool]]:
        """The template's text. Raises TemplateNotFound for any other name."""
        if not PAGE_NAME.fullmatch(template):
            raise TemplateNotFound(template)
        return super().get_source(environment, template)


class _Template(Template):
    """A template whose macros are put together once a page, however often its blocks import them."""

    def make_module(
        self,
        vars: dict[str, Any] | None = None,  # noqa: A002 -- Jinja's name
        shared: bool = False,  # noqa: FBT001, FBT002 -- Jinja's
        locals: Any = None,  # noqa: A002 -- Jinja's name
    ) -> TemplateModule:
        """The module that this page already has, or a new one."""
        kept = (vars or {}).get(_MODULES) if shared else None
        if kept is None or not self.name:
            return super().make_module(vars, shared, locals)
        if self.name not in kept:
            kept[self.name] = super().make_module(vars, shared, None)
        module: TemplateModule = kept[self.name]
        return module


_MODULES: Final = "_modules"


def _filled(text: str, variables: dict[str, Any]) -> str:
    """The sentence with its values, each escaped unless it is markup already; without values as it stands."""
    return Markup.escape(text) % variables if variables else text


def page_gettext(message: str, **variables: Any) -> str:
    """`_("Hello %(name)s", name=…)`; `_("…") % {…}` works as well."""
    if not variables:
        return _plain(i18n.current_locale(), message)
    return _filled(i18n.gettext(message), variables)


@lru_cache(maxsize=4096)
def _plain(_locale: str, message: str) -> str:
    return i18n.gettext(message)


@lru_cache(maxsize=1024)
def _icon(address: str, name: str, label: str) -> Markup:
    spoken = Markup('role="img" aria-label="{}"').format(label) if label else Markup('aria-hidden="true"')
    return Markup('<svg class="i" viewBox="0 0 24 24" {}><use href="{}#{}"/></svg>').format(spoken, address, name)


def icon(name: str, label: str = "") -> Markup:
    """One icon of the sprite. Words beside it say the same; where there are none, give `label`."""
    return _icon(url_for_static("img/icons.svg"), name, label)


def page_ngettext(singular: str, plural: str, number: int, **variables: Any) -> str:
    """`ngettext("%(num)s deal", "%(num)s deals", count)`; `num` is the number unless it is given."""
    text = i18n.ngettext(singular, plural, number)
    if variables or "%(num)s" in text:
        variables.setdefault("num", number)
    return _filled(text, variables)


def page_names(root: Path = ROOT) -> list[str]:
    """Every page of the project."""
    found = (path.relative_to(root).as_posix() for path in root.glob("*/**/pages/*.html"))
    return sorted(name for name in found if PAGE_NAME.fullmatch(name))


def make_environment(root: Path = ROOT, *, reload: bool = False) -> Environment:
    """An environment over the pages below `root`; `reload` looks for changed files on every use."""
    environment = Environment(
        loader=_PagesLoader(root),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=reload,
        cache_size=-1,
        extensions=["jinja2.ext.i18n"],
    )
    environment.install_gettext_callables(page_gettext, page_ngettext)  # type: ignore[attr-defined]  # the extension adds it
    environment.template_class = _Template
    environment.filters.pop("safe")  # nothing is ever declared safe in a page
    environment.filters.update(_FILTERS)
    environment.globals.update(_GLOBALS)
    return environment


_FILTERS: Final[dict[str, Callable[..., Any]]] = {
    "money": formats.money,
    "money_short": formats.money_short,
    "number": formats.number,
    "percent": formats.percent,
    "date": formats.date,
    "month": formats.month,
    "time": formats.time,
    "datetime": formats.datetime_,
    "ago": formats.ago,
    "time_left": formats.time_left,
}
_GLOBALS: Final[dict[str, Any]] = {
    # Without the extension's own detour; what it installs stays for `{% trans %}`.
    "_": page_gettext,
    "draw_icon": icon,
    "url_for_static": url_for_static,
    "language_tag": i18n.language_tag,
    "locales": i18n.LOCALES,
}


@cache
def environment() -> Environment:
    """The environment of this process."""
    return make_environment()


def render(template: str, block: str | None, context: dict[str, Any]) -> bytes:
    """A page, or one block of it, as UTF-8."""
    context = {**context, _MODULES: {}}
    if block is None:
        return environment().get_template(template).render(context).encode()
    return render_block(environment(), template, block, context).encode()
