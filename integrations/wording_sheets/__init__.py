"""Wording as XLSX, for translators who work in a spreadsheet: written by openpyxl, read back by calamine."""

from integrations.wording_sheets.reading import SheetBack, read_wording_sheet
from integrations.wording_sheets.writing import write_wording_sheet

__all__ = ["SheetBack", "read_wording_sheet", "write_wording_sheet"]
