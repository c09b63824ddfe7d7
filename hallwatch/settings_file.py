"""Reading `hallwatch.toml`: every fault at once, with line, reason and near miss."""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails
from pydantic_settings.exceptions import SettingsError

from hallwatch.inventory.faults import N_, Fault, near_miss, shown
from hallwatch.settings import Settings

DEFAULT_NAME = "hallwatch.toml"


class BadSettings(Exception):
    """The settings cannot be used; `faults` says why, all of them."""

    def __init__(self, faults: list[Fault]) -> None:
        super().__init__("; ".join(f"{fault.place}: {fault.reason}" for fault in faults))
        self.faults = faults


@dataclass(frozen=True, slots=True)
class Loaded:
    """Settings and the folder that their relative paths are meant from."""

    settings: Settings
    root: Path

    def path(self, path: Path) -> Path:
        """`path` as an absolute one."""
        return path if path.is_absolute() else self.root / path

    def database_url(self) -> str:
        """The database's address, a relative SQLite path made absolute."""
        url = self.settings.database.url
        prefix = "sqlite:///"
        if not url.startswith(prefix) or url.startswith(prefix + "/"):
            return url
        return f"{prefix}{self.root / url.removeprefix(prefix)}"


def load(file: Path | None) -> Loaded:
    """The settings of `file`, or of ./hallwatch.toml where there is one, else the defaults. Raises `BadSettings`."""
    if file is None:
        found = Path(DEFAULT_NAME)
        if not found.exists():
            return Loaded(_judge({}, "", "the environment"), Path.cwd())
        file = found
    text = _text(file)
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        line = re.search(r"line (\d+)", str(error))
        raise BadSettings(
            [_fault(str(file), N_("not TOML: {error}"), int(line[1]) if line else 1, error=shown(error))]
        ) from error
    return Loaded(_judge(document, text, str(file)), file.resolve().parent)


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except OSError as error:
        raise BadSettings([_fault(str(file), N_("cannot be read: {error}"), error=shown(error.strerror))]) from error
    except UnicodeDecodeError as error:
        raise BadSettings([_fault(str(file), N_("not UTF-8"))]) from error


def _fault(file: str, message: str, line: int = 0, **values: str) -> Fault:
    return Fault(file, line, "", message, values)


def _judge(document: dict[str, object], text: str, name: str) -> Settings:
    try:
        return Settings(**document)  # type: ignore[arg-type]
    except ValidationError as error:
        raise BadSettings(list(_faults(error, text, name))) from error
    except SettingsError as error:
        message = N_("a list or a whole section in the environment is written as JSON, such as {example}")
        raise BadSettings([_fault(_variable(str(error)), message, example='["halls.yaml"]')]) from error


def _variable(said: str) -> str:
    """The variables that may be meant: the library names the section only."""
    found = re.search(r'field "(\w+)"', said)
    prefix = f"HALLWATCH_{found[1].upper()}" if found else "HALLWATCH_"
    named = sorted(name for name in os.environ if name.upper().startswith(prefix))
    return ", ".join(named) or prefix


def _faults(error: ValidationError, text: str, name: str) -> Iterable[Fault]:
    for entry in error.errors(include_url=False, include_input=False):
        path = [str(part) for part in entry["loc"] if not str(part).startswith(("function-", "literal["))]
        place = ".".join(path)
        key = path[:-1] if path[-1:] and path[-1].isdigit() else path  # one of a list
        line = _line_of(text, key)
        source = name if line else f"{name} (or HALLWATCH_{'__'.join(key).upper()})"
        if entry["type"] == "extra_forbidden":
            yield Fault(source, line, place, N_("unknown key"), near_miss=_near(path))
        else:
            message, values = _told(entry)
            yield Fault(source, line, place, message, values)


def _told(entry: ErrorDetails) -> tuple[str, dict[str, str]]:
    """What is wrong in words of ours, where the library's are not for people."""
    expected = str(entry.get("ctx", {}).get("expected", ""))
    known = {
        "literal_error": (N_("one of: {expected}"), {"expected": expected}),
        "string_pattern_mismatch": (N_("letters, digits, dots, dashes and underscores only, at most 64"), {}),
        "tuple_type": (N_("a list, such as {example}"), {"example": '["halls.yaml"]'}),
        "model_type": (N_("a section of keys"), {}),
        "model_attributes_type": (N_("a section of keys"), {}),
    }
    usual = ("{reason}", {"reason": entry["msg"].removeprefix("Value error, ")})
    return known.get(entry["type"], usual)


def _near(path: list[str]) -> str | None:
    """The known key that is most like the last of `path`."""
    model: type[BaseModel] = Settings
    entries: object = None  # of a section of sections, such as `channels.NAME`
    for part in path[:-1]:
        field = model.model_fields.get(part)
        kind = entries or (field.annotation if field else None)
        _, entries = get_args(kind) if get_origin(kind) is dict else (None, None)
        if entries is not None:
            continue
        if not isinstance(kind, type) or not issubclass(kind, BaseModel):
            return None
        model = kind
    return near_miss(path[-1], model.model_fields)


def _line_of(text: str, path: list[str]) -> int:
    """The line where `path` stands in the TOML text, 0 where it does not (then it came from the environment)."""
    section = ""
    for number, line in enumerate(text.splitlines(), start=1):
        header = re.match(r"\s*\[+\s*([^\]]+?)\s*\]", line)
        if header:
            section = header[1].replace(" ", "")
            if section == ".".join(path):
                return number
            continue
        key = re.match(r"\s*([A-Za-z0-9_.\"'-]+)\s*=", line)
        if key and ".".join(filter(None, [section, key[1].strip("\"'")])) == ".".join(path):
            return number
    return 0
