"""Facts that customer records have, by the names records and tariff rules know them by: nobody has to know such a name to use one."""

from engine.flow.editing_shown import FactRow

_CUSTOMER = "customer"
_TIERS = (("diamond", "钻卡"), ("gold", "金卡"), ("silver", "银卡"), ("member", "会员"))
_PORTING = (("none", "没有"), ("eligibility_query", "查询过资格"), ("code_issued", "已发授权码"), ("in_progress", "办理中"))
KNOWN_FACTS: tuple[tuple[FactRow, str], ...] = (
    (FactRow("salutation", "text", _CUSTOMER, "称呼", (), ()), "Form of address"),
    (FactRow("plan_name", "text", _CUSTOMER, "现套餐", (), ()), "Present plan"),
    (FactRow("monthly_fee", "money", _CUSTOMER, "现月费", (), ()), "Present monthly fee"),
    (FactRow("spend_3m", "money", _CUSTOMER, "近三月均消费", (), ()), "Average spend of three months"),
    (FactRow("tenure_months", "integer", _CUSTOMER, "在网月数", (), ()), "Months with us"),
    (FactRow("contract_end", "date", _CUSTOMER, "合约到期", (), ()), "End of the contract"),
    (FactRow("contract_months_left", "integer", _CUSTOMER, "合约剩余月数", (), ()), "Months left of the contract"),
    (FactRow("data_used_gb", "number", _CUSTOMER, "月均流量GB", (), ()), "Data used a month, GB"),
    (FactRow("data_plan_gb", "number", _CUSTOMER, "套餐流量GB", (), ()), "Data of the plan, GB"),
    (FactRow("star", "integer", _CUSTOMER, "星级", (), ()), "Stars"),
    (FactRow("churn_score", "integer", _CUSTOMER, "离网评分", (), ()), "Churn score"),
    (FactRow("last_offer_rung_date", "date", _CUSTOMER, "上次优惠日期", (), ()), "Day of the last discount"),
    (FactRow("complaint_open", "boolean", _CUSTOMER, "有未结投诉", (), ()), "Has an open complaint"),
    (FactRow("vulnerable", "boolean", _CUSTOMER, "需要特别照顾", (), ()), "Needs special care"),
    (FactRow("tier", "choice", _CUSTOMER, "级别", _TIERS, ()), "Tier"),
    (FactRow("port_state", "choice", _CUSTOMER, "携转状态", _PORTING, ()), "State of porting"),
    (FactRow("city", "text", _CUSTOMER, "城市", (), ()), "City"),
)
"""Each with its English label."""
_DECIDING = (
    *("monthly_fee", "spend_3m", "tenure_months", "contract_months_left", "data_used_gb", "data_plan_gb", "last_offer_rung_date"),
    *("vulnerable", "tier", "port_state"),
)
DECIDING_FACTS: tuple[FactRow, ...] = tuple(fact for fact, _ in KNOWN_FACTS if fact.name in _DECIDING)
"""What tariff rules go by. A flow that offers declares them, or a rehearsal and an embedded test could not tell what would be offered."""


def known_fact(label: str) -> FactRow | None:
    """The fact that people call so, in Chinese or English, or by its name."""
    wanted = "".join(label.lower().split())
    for fact, english in KNOWN_FACTS:
        if wanted in (fact.name, fact.label.lower(), "".join(english.lower().split())):
            return fact
    return None
