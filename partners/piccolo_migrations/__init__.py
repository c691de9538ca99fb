"""Migrations, in order of their names; run by `tributary migrate`."""
