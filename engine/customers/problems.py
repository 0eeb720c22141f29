"""What can be wrong with a row, each with a stable code and one sentence in Chinese and English."""

from collections.abc import Mapping
from dataclasses import dataclass, field as made

from engine.customers.fields import FIELDS

SENTENCES: Mapping[str, tuple[str, str]] = {
    "row.too_many_cells": ("这一行有 {found} 格，表头只有 {wanted} 列", "the row has {found} cells, the header {wanted}"),
    "row.too_few_cells": ("这一行只有 {found} 格，表头有 {wanted} 列", "the row has only {found} cells, the header {wanted}"),
    "customer.same_id_twice": ("编号与第 {first_line} 行相同", "the same id as in line {first_line}"),
    "customer.erased": ("这位客户已按要求删除，不再导入", "this customer was erased on request and is not imported again"),
    "value.missing": ("不能空着", "must not be empty"),
    "value.unknown": ("不在对照表里；可用：{known}", "not in the value map; known: {known}"),
    "value.not_an_option": ("不是可用的值；可用：{known}", "not a possible value; known: {known}"),
    "text.too_long": ("超过 {limit} 个字", "longer than {limit} characters"),
    "text.control_character": ("含有控制字符", "holds a control character"),
    "integer.not_a_number": ("应该是整数", "must be a whole number"),
    "integer.out_of_range": ("应该在 {lowest} 到 {highest} 之间", "must be between {lowest} and {highest}"),
    "decimal.not_a_number": ("应该是数", "must be a number"),
    "cell.number_too_long": (
        "表格里的数字超过 15 位，末几位已丢失；请把这一列设为文本",
        "a number of more than 15 digits lost its last ones in the sheet; make the column text",
    ),
    "date.not_a_date": ("应该是日期，格式 {format}", "must be a date like {format}"),
    "date.out_of_range": ("日期不合理", "not a plausible date"),
    "date.in_future": ("不能晚于今天", "must not lie after today"),
    "contract.ends_before_start": ("合约到期早于开始", "the contract ends before it starts"),
    "consent.ends_before_start": ("同意的期限早于开始", "the consent ends before it starts"),
    "boolean.unclear": ("应该是“是”或“否”", "must be yes or no"),
    "zone.unknown": ("没有这个时区", "no such time zone"),
    "money.not_a_number": ("应该是金额", "must be an amount"),
    "money.too_fine": ("金额小数位太多", "more decimals than the currency has"),
    "money.negative": ("金额不能小于零", "must not be below zero"),
    "number.empty": ("没有号码", "no number"),
    "number.not_a_number": ("不是电话号码", "not a telephone number"),
    "number.invalid": ("号码无效", "not a valid number"),
    "number.emergency": ("紧急号码不能作为客户号码", "an emergency number cannot be a customer's"),
    "owner.unknown": ("没有这个登录名", "nobody signs in by that name"),
    "team.unknown": ("没有这个班组", "no such team"),
}
"""Code → sentence in Chinese, sentence in English; fields of the problem fill the braces."""


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a row is not stored: the line (1 is the header), the field or column, the value as it stood, the code."""

    line: int
    field: str
    value: str
    code: str
    told: Mapping[str, object] = made(default_factory=dict[str, object])

    def sentence(self, locale: str) -> str:
        """One sentence that says what is wrong."""
        zh, en = SENTENCES[self.code]
        return (en if locale.startswith("en") else zh).format_map(self.told)

    def field_label(self, locale: str) -> str:
        """The field as people name it; the column itself when it is no field of ours."""
        known = FIELDS.get(self.field)
        return known.label(locale) if known else self.field
