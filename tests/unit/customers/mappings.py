"""One mapping and the day of the tests, for all tests of this folder."""

from datetime import date

TODAY = date(2026, 11, 25)
WHOLE = """\
format: mapping/1
id: list
title: 名单
encoding: auto
currency: CNY
fields:
  external_id: {column: 编号}
  name: {column: 姓名}
  tier: {column: 级别, values: {金: gold}, default: member}
  tenure_start: {months_before: 月数}
  monthly_charge: {column: 月费}
  zone: {constant: Asia/Shanghai}
numbers:
  - {kind: mobile, column: 手机号}
consents:
  - {purpose: retention, source: 协议, from: 2026-01-01, column: 是否同意}
source: billing
reference_date: 2026-11-01
ignore: [备注]
"""


def edited(old: str, new: str) -> str:
    """The mapping with one thing changed."""
    assert WHOLE.count(old) == 1
    return WHOLE.replace(old, new)
