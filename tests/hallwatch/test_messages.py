"""What people read is there in Chinese and English."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from api import words
from hallwatch.translations import LANGUAGES, translator

ROOT = Path(__file__).parents[2]


@pytest.mark.slow
def test_every_string_is_translated_and_the_compiled_catalogues_are_up_to_date() -> None:
    ran = subprocess.run(
        [sys.executable, str(ROOT / "scripts" / "messages"), "--check"], capture_output=True, text=True, check=False
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr


def test_every_condition_of_a_kind_has_words() -> None:
    named = {
        name
        for file in (ROOT / "collector" / "kinds").rglob("*.yaml")
        for name in yaml.safe_load(file.read_text()).get("conditions") or {}
    }
    assert named <= set(words.CONDITIONS)


def test_every_kind_has_words_and_a_picture() -> None:
    kinds = {file.stem for file in (ROOT / "collector" / "kinds").glob("*.yaml")}
    pictures = set(re.findall(r'<symbol id="(\w+)"', (ROOT / "api" / "static" / "icons.svg").read_text()))
    assert kinds <= set(words.KINDS) & pictures


@pytest.mark.parametrize("language", LANGUAGES)
def test_codes_are_readable(language: str) -> None:
    translate = translator(language)
    for table in (words.CONDITIONS, words.CAUSES, words.KINDS, words.EVENTS, words.OWNERS, words.CLASSES):
        for code in table:
            assert not re.search(r"[a-z][A-Z]|_", translate(code)), code


def test_a_code_reads_as_words_of_the_language() -> None:
    assert translator("en")("noPaper") == "out of paper"
    assert translator("zh")("noPaper") == "缺纸"


def test_an_unknown_code_and_an_unknown_language_come_back_as_they_are() -> None:
    assert translator("zh")("ownCondition") == "ownCondition"
    assert translator("fr")("noPaper") == "out of paper"
    assert translator("../../etc")("noPaper") == "out of paper"
    assert translator("zh")("") == ""
