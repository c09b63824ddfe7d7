"""What the command line says: on a terminal with colour and progress, in a pipe as plain text."""

from __future__ import annotations

import json
import logging
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, Final, NoReturn

import structlog
import typer
from rich.console import Console

from hallwatch.translations import translator

Config = Annotated[
    Path | None, typer.Option("-c", "--config", metavar="FILE", help="Settings (default: ./hallwatch.toml)")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, for machines")]

out = Console(soft_wrap=True, highlight=False, markup=False)
err = Console(stderr=True, soft_wrap=True, highlight=False, markup=False)


def language() -> str:
    """The language of this terminal: HALLWATCH_LANGUAGE, else the locale's; `zh` or `en`."""
    for name in ("HALLWATCH_LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG"):
        value = os.environ.get(name)
        if value:
            return "zh" if value.lower().startswith("zh") else "en"
    return "en"


_: Callable[[str], str] = translator(language())


def fail(message: str, code: int = 1) -> NoReturn:
    """Say why on standard error and end."""
    err.print(message, style="red")
    raise typer.Exit(code)


def show_json(document: Any) -> None:
    """Print a document as JSON on standard output."""
    sys.stdout.write(json.dumps(document, ensure_ascii=False, indent=2, default=str) + "\n")


# A trace shows no local variables: there may be secrets in them.
_FOR_PEOPLE: Final = (structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback),)
_FOR_MACHINES: Final = (
    structlog.processors.ExceptionRenderer(structlog.tracebacks.ExceptionDictTransformer(show_locals=False)),
    structlog.processors.JSONRenderer(ensure_ascii=False),
)


def log_to_terminal(level: int = logging.INFO) -> None:
    """Logs to standard error: readable on a terminal, JSON lines elsewhere."""
    terminal = sys.stderr.isatty()
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            *(_FOR_PEOPLE if terminal else _FOR_MACHINES),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=False,
    )
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr)
