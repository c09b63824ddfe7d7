"""How a proof ends: its figures on the screen, in a file where one is named, and in the exit code."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any


def tell(figures: dict[str, Any], clean: bool, file: Path | None) -> None:
    """Print, write, and exit with 0 where all is as it must be, else 1."""
    text = json.dumps(figures, indent=2)
    print(text)
    if file is not None:
        file.write_text(text + "\n")
    raise SystemExit(0 if clean else 1)
