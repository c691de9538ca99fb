"""Where the catalogue is found: products and their groups, and the API."""

from typing import Any, Final
from uuid import UUID

from litestar import Controller, Request, get, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody
from litestar.response import Stream

from partners.products import queries, service
from partners.products.lists import STATES, products
from partners.products.queries import local_name
from partners.products.schemas import GroupBody, GroupForm, ProductBody, ProductForm
from portal.core import clock
from portal.core.actor import Actor
from portal.core.i18n import N_
from portal.core.i18n import gettext as _
from portal.core.money import Money
from portal.core.permissions import Permission, Side
from portal.core.web import navigation
from portal.core.web.export import FileType, export_list
from portal.core.web.forms import Typed, empty_form, typed_form
from portal.core.web.lists import ItemPage, list_items, list_page
from portal.core.web.pages import Page, Redirect
from portal.history import queries as history
from portal.history.queries import Subject, Wording, knows, tells

AnyRequest = Request[Any, Any, Any]
LIST: Final = "partners/products/pages/list.html"
SHOW: Final = "partners/products/pages/show.html"
EDIT: Final = "partners/products/pages/edit.html"
GROUPS: Final = "partners/products/pages/groups.html"
GROUP: Final = "partners/products/pages/group.html"
CURRENCIES: Final = ("EUR", "USD", "GBP", "CNY", "CHF", "AUD", "CAD", "JPY")
"""Offered beside those that are in use."""

tells(
    product__created=Wording(N_("added the product"), "plus", "good"),
    product__changed=Wording(N_("changed the product"), "pencil"),
    product_group__saved=Wording(N_("saved the product group"), "pencil"),
)
_READS: Final = frozenset({Permission.PRODUCTS_READ})
_NAMES: Final = {"name": N_("Name in English"), "name_zh": N_("Name in Chinese")}
knows(
    product=Subject(
        N_("Products"),
        "/products/{id}",
        _READS,
        "package",
        table="partners_product",
        name="name",
        is_vendors=True,
        fields=_NAMES
        | {
            "sku": N_("Article number"),
            "group": N_("Group"),
            "unit": N_("Unit"),
            "list_price_minor": N_("List price, in the smallest unit"),
            "currency": N_("Currency"),
            "active": N_("On sale"),
        },
    ),
    product_group=Subject(
        N_("Product groups"),
        "/products?group={id}",
        _READS,
        "package",
        table="partners_product_group",
        name="name",
        is_vendors=True,
        fields=_NAMES | {"code": N_("Code")},
    ),
)
navigation.register(
    "products", label=N_("Products"), icon="package", href="/products", order=40,
    permission=Permission.PRODUCTS_READ, side=Side.PARTNER,
)  # fmt: skip
navigation.register(
    "products", label=N_("Products"), icon="package", href="/products", order=60,
    permission=Permission.PRODUCTS_READ, side=Side.STAFF,
)  # fmt: skip


async def _choices(actor: Actor) -> dict[str, Any]:
    """What the product form lets one choose from."""
    used = await queries.list_currencies(actor)
    return {
        "groups": [(str(row["id"]), local_name(row)) for row in await queries.list_groups(actor)],
        "currencies": list(dict.fromkeys([*used, *CURRENCIES])),
    }


async def _record(actor: Actor, product_id: UUID) -> dict[str, Any]:
    """All that the page of a product shows. Raises NotFound."""
    product = await queries.get_product(actor, product_id)
    return {
        "product": product,
        "name": local_name(product),
        "group_name": local_name(product, "group_name"),
        "price": Money(product["list_price_minor"], product["currency"]),
        "state": STATES["active" if product["active"] else "retired"],
        "timeline": [] if actor.is_partner else await history.timeline(actor, product_id),
    }


class ProductPages(Controller):
    """The catalogue, for both sides."""

    path = "/products"

    @get("/", needs=Permission.PRODUCTS_READ)
    async def index(self, request: AnyRequest, actor: NamedDependency[Actor]) -> Page:
        """The list."""
        return Page(LIST, listing=await list_page(products(), actor, request.query_params, now=clock.now()))

    @get("/export/{file_type:str}", needs=Permission.PRODUCTS_READ)
    async def export(self, request: AnyRequest, actor: NamedDependency[Actor], file_type: FromPath[FileType]) -> Stream:
        """What the list shows, all of it, as a file."""
        return await export_list(products(), actor, request.query_params, file_type, now=clock.now())

    @get("/new", needs=Permission.PRODUCTS_WRITE)
    async def show_new(self, actor: NamedDependency[Actor]) -> Page:
        """An empty product form."""
        choices = await _choices(actor)
        form = empty_form(ProductForm, active="yes", list_price_currency=choices["currencies"][0])
        return Page(EDIT, form=form, product=None, **choices)

    @post("/new", needs=Permission.PRODUCTS_WRITE)
    async def create(self, request: AnyRequest, actor: NamedDependency[Actor]) -> Page | Redirect:
        """Add a product."""
        form = typed_form(request, ProductForm)
        with form.refusals():
            product_id = await service.save_product(actor, None, form.data.product(), now=clock.now())
            return Redirect(f"/products/{product_id}", said=_("The product is in the catalogue."))
        return Page(EDIT, form=form, product=None, status_code=422, **await _choices(actor))

    @get("/{product_id:uuid}", needs=Permission.PRODUCTS_READ)
    async def show(self, actor: NamedDependency[Actor], product_id: FromPath[UUID]) -> Page:
        """One product."""
        return Page(SHOW, **await _record(actor, product_id))

    @get("/{product_id:uuid}/edit", needs=Permission.PRODUCTS_WRITE)
    async def show_edit(self, actor: NamedDependency[Actor], product_id: FromPath[UUID]) -> Page:
        """The form with what stands now."""
        product = await queries.get_product(actor, product_id)
        return Page(EDIT, form=_filled(product), product=product, **await _choices(actor))

    @post("/{product_id:uuid}/edit", needs=Permission.PRODUCTS_WRITE)
    async def change(
        self, request: AnyRequest, actor: NamedDependency[Actor], product_id: FromPath[UUID]
    ) -> Page | Redirect:
        """Write a product anew."""
        product = await queries.get_product(actor, product_id)
        form = typed_form(request, ProductForm)
        with form.refusals():
            await service.save_product(actor, product_id, form.data.product(), now=clock.now())
            return Redirect(f"/products/{product_id}", said=_("Saved."))
        return Page(EDIT, form=form, product=product, status_code=422, **await _choices(actor))


def _filled(product: dict[str, Any]) -> Typed[ProductForm]:
    price = Money(product["list_price_minor"], product["currency"])
    return empty_form(
        ProductForm, sku=product["sku"], name=product["name"], name_zh=product["name_zh"], group=product["group"],
        unit=product["unit"], list_price=price.decimal, list_price_currency=price.currency,
        active="yes" if product["active"] else "",
    )  # fmt: skip


class GroupPages(Controller):
    """Product groups: what a deal is registered for and protected in."""

    path = "/products/groups"

    @get("/", needs=Permission.PRODUCTS_READ)
    async def index(self, actor: NamedDependency[Actor]) -> Page:
        """All groups."""
        return Page(GROUPS, groups=await queries.list_groups_with_counts(actor), local_name=local_name)

    @get("/new", needs=Permission.PRODUCTS_WRITE)
    async def show_new(self) -> Page:
        """An empty group form."""
        return Page(GROUP, form=empty_form(GroupForm), group=None)

    @post("/new", needs=Permission.PRODUCTS_WRITE)
    async def create(self, request: AnyRequest, actor: NamedDependency[Actor]) -> Page | Redirect:
        """Add a group."""
        form = typed_form(request, GroupForm)
        with form.refusals():
            await service.save_group(actor, None, **form.data.model_dump(), now=clock.now())
            return Redirect("/products/groups", said=_("Saved."))
        return Page(GROUP, form=form, group=None, status_code=422)

    @get("/{group_id:uuid}/edit", needs=Permission.PRODUCTS_WRITE)
    async def show_edit(self, actor: NamedDependency[Actor], group_id: FromPath[UUID]) -> Page:
        """The form of a group."""
        group = await queries.get_group(actor, group_id)
        form = empty_form(GroupForm, code=group["code"], name=group["name"], name_zh=group["name_zh"])
        return Page(GROUP, form=form, group=group)

    @post("/{group_id:uuid}/edit", needs=Permission.PRODUCTS_WRITE)
    async def change(
        self, request: AnyRequest, actor: NamedDependency[Actor], group_id: FromPath[UUID]
    ) -> Page | Redirect:
        """Write a group anew."""
        group = await queries.get_group(actor, group_id)
        form = typed_form(request, GroupForm)
        with form.refusals():
            await service.save_group(actor, group_id, **form.data.model_dump(), now=clock.now())
            return Redirect("/products/groups", said=_("Saved."))
        return Page(GROUP, form=form, group=group, status_code=422)


class ProductApi(Controller):
    """The catalogue as JSON."""

    path = "/api/v1/products"
    tags = ("products",)

    @get("/", needs=Permission.PRODUCTS_READ)
    async def index(self, request: AnyRequest, actor: NamedDependency[Actor]) -> ItemPage:
        """A page of products and the cursor of the next."""
        return await list_items(products(), actor, request.query_params, now=clock.now())

    @get("/{product_id:uuid}", needs=Permission.PRODUCTS_READ)
    async def show(self, actor: NamedDependency[Actor], product_id: FromPath[UUID]) -> dict[str, Any]:
        """One product."""
        return _public(await queries.get_product(actor, product_id))

    @post("/", needs=Permission.PRODUCTS_WRITE)
    async def create(self, actor: NamedDependency[Actor], data: JSONBody[ProductBody]) -> dict[str, Any]:
        """Add a product."""
        product_id = await service.save_product(actor, None, data.product(), now=clock.now())
        return _public(await queries.get_product(actor, product_id))

    @put("/{product_id:uuid}", needs=Permission.PRODUCTS_WRITE)
    async def change(
        self, actor: NamedDependency[Actor], product_id: FromPath[UUID], data: JSONBody[ProductBody]
    ) -> dict[str, Any]:
        """Write a product anew."""
        await service.save_product(actor, product_id, data.product(), now=clock.now())
        return _public(await queries.get_product(actor, product_id))

    @get("/groups", needs=Permission.PRODUCTS_READ)
    async def groups(self, actor: NamedDependency[Actor]) -> dict[str, Any]:
        """All groups."""
        return {"items": await queries.list_groups_with_counts(actor)}

    @post("/groups", needs=Permission.PRODUCTS_WRITE)
    async def create_group(self, actor: NamedDependency[Actor], data: JSONBody[GroupBody]) -> dict[str, Any]:
        """Add a group."""
        group_id = await service.save_group(actor, None, **data.model_dump(), now=clock.now())
        return await queries.get_group(actor, group_id)

    @put("/groups/{group_id:uuid}", needs=Permission.PRODUCTS_WRITE)
    async def change_group(
        self, actor: NamedDependency[Actor], group_id: FromPath[UUID], data: JSONBody[GroupBody]
    ) -> dict[str, Any]:
        """Write a group anew."""
        await service.save_group(actor, group_id, **data.model_dump(), now=clock.now())
        return await queries.get_group(actor, group_id)


def _public(product: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": product["id"],
        "sku": product["sku"],
        "name": product["name"],
        "name_zh": product["name_zh"],
        "group": {"id": product["group"], "code": product["group_code"], "name": product["group_name"]},
        "unit": product["unit"],
        "list_price": {"minor": product["list_price_minor"], "currency": product["currency"]},
        "active": product["active"],
    }
