"""What receipts say, in Chinese and English."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from engine.campaigns.destinations import NumberKind
from engine.campaigns.policy_parts import RuleKind
from engine.money import Money

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")

_LABELS: dict[RuleKind, tuple[str, str]] = {
    RuleKind.number: ("号码有效", "Valid number"),
    RuleKind.number_space: ("号码与线路", "Number and trunk"),
    RuleKind.destination: ("拨往何处", "Destination"),
    RuleKind.erased: ("客户已删除", "Customer erased"),
    RuleKind.do_not_call: ("拒绝来电", "Do not call"),
    RuleKind.consent: ("客户同意", "Consent"),
    RuleKind.port_out: ("携号转出", "Moving the number away"),
    RuleKind.complaint: ("投诉处理中", "Open complaint"),
    RuleKind.vulnerable: ("特殊需要", "Needs"),
    RuleKind.open_attempt: ("正在呼叫", "Call under way"),
    RuleKind.contact_caps: ("交谈次数", "Conversations"),
    RuleKind.attempt_caps: ("拨打次数", "Attempts"),
    RuleKind.agent_caps: ("坐席拨打次数", "Dials of the agent"),
    RuleKind.abroad_caps: ("拨往境外", "Dials abroad"),
    RuleKind.spend_cap: ("通话费上限", "Spend"),
    RuleKind.window: ("呼叫时段", "Calling hours"),
    RuleKind.soft_times: ("避让时段", "Times to avoid"),
    RuleKind.west: ("新疆西藏时段", "Western hours"),
}

_REASONS: dict[str, tuple[str, str]] = {
    "rule_failed": ("规则 {rule} 无法判断，按禁止处理", "rule {rule} cannot be evaluated, so it counts as no"),
    "rule_not_in_force": ("规则 {rule} 不在有效期内，按禁止处理", "rule {rule} is not in force, so it counts as no"),
    "number.valid": ("号码有效", "the number is valid"),
    "number.invalid": ("号码不是完整有效的号码", "this is not a complete and valid number"),
    "number.not_a_number": ("号码不是完整有效的号码", "this is not a complete and valid number"),
    "number.empty": ("没有号码", "there is no number"),
    "number.emergency": ("这是紧急号码", "this is an emergency number"),
    "number.short": ("这是服务短号码", "this is a short service number"),
    "number_space.matches": ("号码与线路相符", "the trunk may dial this number"),
    "number_space.test_number": ("测试号码不能走公网线路", "a test number may not leave over a public trunk"),
    "number_space.public_number": ("真实号码不能走模拟或实验线路", "a public number may not be dialled over a simulated or lab trunk"),
    "number_space.mistaken": ("号码的类别登记错了", "the number is filed under the wrong kind"),
    "number_space.not_in_policy": ("策略“{policy}”不允许拨这类号码", "the policy “{policy}” does not allow numbers of this kind"),
    "destination.test_number": ("测试号码，不在任何国家", "a test number lies in no country"),
    "destination.allowed": ("目的地允许拨打", "the destination may be dialled"),
    "destination.country": ("{country} 不在允许拨打的国家和地区之列", "{country} is not among the countries that may be dialled"),
    "destination.kind": ("这是{number_kind}号码，不许拨打", "this is a {number_kind} number, which may not be dialled"),
    "destination.prefix": ("{prefix} 开头的号码不许拨打", "numbers beginning with {prefix} may not be dialled"),
    "erased.no": ("客户资料在册", "the customer is on file"),
    "erased.yes": ("客户资料已删除，不再联系", "the customer's data was erased; no contact any more"),
    "do_not_call.not_listed": ("没有拒绝来电", "no refusal is recorded"),
    "do_not_call.listed": ("该号码已要求不再来电，永久有效", "asked not to be called again, which never expires"),
    "do_not_call.listed_since": (
        "该号码 {since} 要求不再来电，永久有效",
        "asked on {since} not to be called again, which never expires",
    ),
    "consent.not_needed": ("这类来电不需要同意", "calls of this purpose need no consent"),
    "consent.given": ("客户已同意", "the customer consented"),
    "consent.none": ("客户没有同意这类来电，不表态等于不同意", "the customer did not consent to such calls; silence is a no"),
    "consent.ended": ("客户的同意已在 {until} 终止", "the customer's consent ended on {until}"),
    "consent.not_yet": ("客户的同意还没有生效", "the customer's consent is not valid yet"),
    "port_out.no": ("没有办理携转", "the number is not being moved away"),
    "port_out.moving": ("客户已进入携转环节，不得干扰", "the customer is moving the number away and may not be disturbed"),
    "port_out.not_this_purpose": ("携转中，但这类来电不受限", "the number is being moved away, which does not limit such calls"),
    "complaint.none": ("没有未结投诉", "no complaint is open"),
    "complaint.open": ("客户有未解决的投诉，暂停外呼", "the customer has an open complaint; calls are suspended until it is solved"),
    "complaint.not_this_purpose": ("投诉处理中，这类来电不受限", "a complaint is open, which does not limit such calls"),
    "vulnerable.no": ("没有登记特殊需要", "no needs are recorded"),
    "vulnerable.gently": ("客户有特殊需要，请用放慢的话术", "the customer has needs: use the slower script"),
    "vulnerable.not_for_sales": ("客户有特殊需要，不做营销", "the customer has needs; no marketing calls"),
    "open_attempt.none": ("没有进行中的呼叫", "no call to this number is under way"),
    "open_attempt.one": ("该号码正在呼叫，或上次结果还不清楚", "a call to this number is under way, or its outcome is still unknown"),
    "cap.free": ("次数未到上限", "below every cap"),
    "contact_caps.reached": (
        "{within}内已交谈 {counted} 次，上限 {at_most} 次",
        "{counted} conversations within {within}, at most {at_most} allowed",
    ),
    "attempt_caps.reached": (
        "{within}内已拨 {counted} 次，上限 {at_most} 次",
        "dialled {counted} times within {within}, at most {at_most} allowed",
    ),
    "agent_caps.reached": (
        "该坐席 {within}内已拨 {counted} 次，上限 {at_most} 次",
        "this agent dialled {counted} times within {within}, at most {at_most} allowed",
    ),
    "abroad_caps.at_home": ("不是境外号码", "not a number abroad"),
    "abroad_caps.reached": (
        "全公司 {within}内已拨境外 {counted} 次，上限 {at_most} 次",
        "{counted} numbers abroad were dialled within {within}, at most {at_most} allowed",
    ),
    "spend_cap.free": ("通话费未到上限", "the spend is below its cap"),
    "spend_cap.costs_nothing": ("拨打这个号码不花钱", "calling this number costs nothing"),
    "spend_cap.reached": (
        "{within}内通话费估计为 {spent}，再打会超出上限 {limit}，超出 {over}",
        "calls of {within} are estimated at {spent}, so one more would exceed the cap of {limit} by {over}",
    ),
    "hours.zone_unknown": ("不知道客户所在的时区", "the customer's time zone is unknown"),
    "hours.open": ("在可拨时段内", "within calling hours"),
    "hours.always_open": ("演示策略：全天开放", "demonstration policy: always open"),
    "hours.closed": ("客户当地 {local}，不在可拨时段", "it is {local} at the customer, outside calling hours"),
    "hours.ends_soon": ("客户当地 {local}，时段马上结束", "it is {local} at the customer, too close to the end of calling hours"),
    "soft_times.free": ("不在避让时段", "not a time to avoid"),
    "soft_times.now": ("客户当地 {local}，这个时段先不打", "it is {local} at the customer, a time to avoid"),
    "west.elsewhere": ("不在新疆、西藏", "not in Xinjiang or Tibet"),
    "west.closed": ("新疆、西藏当地 {local}，不在可拨时段", "it is {local} by the clock of Xinjiang and Tibet, outside calling hours"),
    "west.closed_unknown": (
        "客户省份不明，按新疆、西藏当地 {local} 算，不在可拨时段",
        "the province is unknown and by western time it is {local}, outside hours",
    ),
}
_NUMBER_KINDS: dict[NumberKind, tuple[str, str]] = {
    NumberKind.fixed_line: ("固定电话", "landline"),
    NumberKind.mobile: ("移动电话", "mobile"),
    NumberKind.fixed_line_or_mobile: ("固定或移动电话", "landline or mobile"),
    NumberKind.toll_free: ("被叫付费", "toll-free"),
    NumberKind.premium_rate: ("高资费", "premium-rate"),
    NumberKind.shared_cost: ("分摊付费", "shared-cost"),
    NumberKind.voip: ("网络电话", "internet telephony"),
    NumberKind.personal_number: ("个人号", "personal-number"),
    NumberKind.pager: ("寻呼", "pager"),
    NumberKind.uan: ("企业统一接入", "company access"),
    NumberKind.voicemail: ("语音信箱", "voicemail"),
    NumberKind.unknown: ("类型不明的", "not identified"),
}
_MONEY = frozenset({"spent", "limit", "over"})
"""Fields that hold minor units of the field `currency`."""
_SPANS = ((86_400, "天", "day", 172_800), (3_600, "小时", "hour", 3_600), (60, "分钟", "minute", 120), (1, "秒", "second", 0))
"""Seconds, names, and from how many seconds on the unit is used: 24 hours, but 2 days."""


def is_chinese(language: str) -> bool:
    return language.lower().startswith("zh")


def label(kind: RuleKind, language: str) -> str:
    """The name of a rule."""
    return _LABELS[kind][0 if is_chinese(language) else 1]


def reason(code: str, fields: Mapping[str, Any], language: str) -> str:
    """A reason, its fields filled in; no full stop."""
    shown = {name: _shown(name, value, fields, language) for name, value in fields.items()}
    return _REASONS[code][0 if is_chinese(language) else 1].format(**shown)


def _shown(name: str, value: Any, fields: Mapping[str, Any], language: str) -> Any:
    if name == "within":
        return _span(value, language)
    if name == "number_kind":
        return _NUMBER_KINDS[NumberKind(value)][0 if is_chinese(language) else 1]
    if name in _MONEY:
        return f"{Money(fields['currency'], value).amount} {fields['currency']}"
    return value


def allowed(local_time: str, demonstration: str | None, language: str) -> str:
    """The sentence of a receipt that allows. `demonstration` is the title of a policy that is always open."""
    clock = local_time[11:16]
    if is_chinese(language):
        return f"可以拨打：客户当地时间 {clock}" + (f"（{demonstration}，不看钟点）。" if demonstration else "。")
    return f"May be dialled: it is {clock} at the customer" + (f" ({demonstration}; the hour does not matter)." if demonstration else ".")


def refused(why: str, now: datetime, retry_at: datetime | None, language: str) -> str:
    """The sentence of a receipt that refuses, both moments in the callee's zone."""
    if is_chinese(language):
        return f"不能拨打：{why}。" if retry_at is None else f"现在不能拨打：{why}；{_moment_zh(retry_at, now)}起可以拨打（客户当地时间）。"
    return f"Do not dial: {why}." if retry_at is None else f"Not now: {why}; allowed from {_moment_en(retry_at, now)} at the customer."


def _moment_zh(at: datetime, now: datetime) -> str:
    at = _up_to_the_minute(at)
    year = f"{at.year}年" if at.year != now.year else ""
    return f"{at:%H:%M}" if at.date() == now.date() else f"{year}{at.month}月{at.day}日 {at:%H:%M}"


def _moment_en(at: datetime, now: datetime) -> str:
    at = _up_to_the_minute(at)
    year = f" {at.year}" if at.year != now.year else ""
    return f"{at:%H:%M}" if at.date() == now.date() else f"{at:%H:%M} on {at.day} {_MONTHS[at.month - 1]}{year}"


def _up_to_the_minute(at: datetime) -> datetime:
    """Rounded up, so that nobody is told a minute in which it is still refused."""
    cut = at.replace(second=0, microsecond=0)
    return cut if cut == at else cut + timedelta(minutes=1)


def _span(seconds: int, language: str) -> str:
    size, zh, en, _ = next(entry for entry in _SPANS if seconds % entry[0] == 0 and seconds >= entry[3])
    count = seconds // size
    return f"{count} {zh}" if is_chinese(language) else f"{count} {en}{'' if count == 1 else 's'}"
