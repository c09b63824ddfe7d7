"""Secrets by reference: `env:NAME`, `file:PATH`, or the text itself; never shown."""

from __future__ import annotations

import os
from pathlib import Path

from pydantic import SecretStr


class NoSecret(Exception):
    """A reference that leads nowhere; says where it leads, never what is there."""


def reveal(secret: SecretStr | str | None, key: str = "") -> str | None:
    """The secret's text; `key` names the setting. Raises `NoSecret` for an unset variable or an unreadable file."""
    if secret is None:
        return None
    text = secret.get_secret_value() if isinstance(secret, SecretStr) else secret
    if text.startswith("env:"):
        value = os.environ.get(text[4:])
        if value is None:
            raise NoSecret(f"{key}: the environment variable {text[4:]} is not set")
        return value
    if text.startswith("file:"):
        try:
            return Path(text[5:]).read_text(encoding="utf-8").strip()
        except OSError as error:
            raise NoSecret(f"{key}: {text[5:]} cannot be read: {error.strerror}") from error
        except UnicodeDecodeError as error:
            raise NoSecret(f"{key}: {text[5:]} cannot be read: it is no text") from error
    return text
