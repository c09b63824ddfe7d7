"""The forms of a report: the document as JSON, and its book as CSV, XLSX, PDF and HTML; all say the same numbers."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from reports.forms import csv_form, html_form, json_form, pdf_form, xlsx_form
from reports.forms.form import Form, NoTable

__all__ = ("FORMS", "Form", "NoTable")

XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
FORMS: Final[Mapping[str, Form]] = MappingProxyType(
    {
        one.name: one
        for one in (
            Form("json", "application/json", "json", json_form.write),
            Form("csv", "text/csv; charset=utf-8", "csv", csv_form.write),
            Form("xlsx", XLSX, "xlsx", xlsx_form.write, binary=True),
            Form("pdf", "application/pdf", "pdf", pdf_form.write, binary=True),
            Form("html", "text/html; charset=utf-8", "html", html_form.write),
        )
    }
)
