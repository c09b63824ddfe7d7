"""Alembic's scripts; they travel in the wheel, so an installed program migrates its own database."""
