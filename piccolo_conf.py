"""Where Piccolo finds the database and the applications with tables."""

from piccolo.conf.apps import AppRegistry

from portal.core.db import ENGINE

DB = ENGINE
APP_REGISTRY = AppRegistry(apps=["portal.piccolo_app", "partners.piccolo_app", "attribution.piccolo_app"])
