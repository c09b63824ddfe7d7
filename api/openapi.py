"""Print the description of the JSON interface: `python -m api.openapi > docs/schemas/openapi.json`."""

from __future__ import annotations

import json
import sys

from sqlalchemy import create_engine

from api.app import create_app
from api.context import Context


def described() -> str:
    """The OpenAPI document, the same for every installation."""
    app = create_app(Context(create_engine("sqlite://"), None, lambda: 0, version="1"))
    return json.dumps(app.openapi(), ensure_ascii=False, indent=1, sort_keys=True) + "\n"


if __name__ == "__main__":
    sys.stdout.write(described())
