"""A small flow, a small library and a small policy that the flow tests share."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path

from engine.events.envelope import Json
from engine.flow.definition import Flow
from engine.flow.library import Library
from engine.flow.overlay import read_overlay
from engine.flow.reading import Reading, read_flow
from engine.flow.snapshot import load, publish
from engine.offers.decision import Decision, NotOffered, Offered, OfferRequest

HERE = Path(__file__).parent
FLOW_TEXT = (HERE / "sample.yaml").read_text()
OVERLAY_TEXT = (HERE / "sample.en.yaml").read_text()

LIBRARY_FILES = {
    "lines/notices.yaml": """
format: lines/1
id: notices
lines:
  recording: {zh: 本次通话会录音。, en: This call is recorded.}
  confirm:
    zh: 短信回复后才生效。
    en: It takes effect once you reply to the text.
""",
    "lines/answers.yaml": """
format: lines/1
id: answers
lines:
  value:
    zh: 理解。您用了${tenure_months}个月，我按用量给您算。
    en: I see. In ${tenure_months} months with us, this is what you used.
  explain_bill: {zh: 您的账单是这样组成的。, en: This is how your bill is made up.}
""",
    "lines/endings.yaml": """
format: lines/1
id: endings
lines:
  thanks: {zh: "谢谢您，再见。", en: Thank you. Goodbye.}
""",
    "objections.yaml": """
format: objections/1
id: sample
objections:
  price:
    label: 太贵了
    en: Too expensive
    signals: [太贵, 便宜点]
    acknowledge: {zh: 理解。, en: I understand.}
    explore: {zh: 平时流量用得多吗？, en: Do you use much data?}
    responses:
      default: {zh: 按用量算。, en: By what you use.}
    forbidden: [全网最低]
    next_step: {zh: 报合适的一档, en: Read the plan that fits}
""",
    "dispositions.yaml": """
format: dispositions/1
id: outcomes
dispositions:
  accepted_pending: {label: 口头同意，待确认, en: Verbal yes}
  care_only: {label: 关怀, en: Care only}
  cancel_registered: {label: 已登记停用, en: Cancellation registered}
  callback: {label: 约定回访, en: Call back}
  third_party: {label: 非机主, en: Someone else}
  refused: {label: 不再来电, en: Not to be called again}
""",
    "forbidden.yaml": """
format: forbidden/1
id: sample
phrases:
  - {code: absolutely, level: sales, scope: script, pattern: '绝对', hint: 去掉}
  - {code: never_wrong, level: l1, scope: script, pattern: '公司不会错', hint: 我马上核实}
  - {code: free, level: sales, scope: script, pattern: '免费', unless: '检测免费'}
""",
}

FACTS = {
    "company": "样例电信",
    "agent_name": "小周",
    "salutation": "王女士",
    "tenure_months": 30,
    "monthly_fee": "199.00",
    "contract_end": "2027-03-31",
}
PLAN_79 = ("plan_79", "r1", "79.00")
PLAN_99 = ("plan_99", "r2", "99.00")
DISCOUNT = ("discount_12", "r5", "149.00")
FREE_VISIT = ("free_visit", "r0", "0.00")


def offered(code: str, rung: str, fee: str) -> Offered:
    """An offer of the sample policy; the discount ties the customer and so has an early exit fee."""
    name = f"方案{code}"
    facts: dict[str, Json] = {
        "code": code,
        "name": name,
        "publication_no": f"样{code}",
        "fee": fee,
        "price": f"每月{fee}元",
        "scenario": "在网宽带客户",
        "validity": "12个月",
        "restriction": "期内不能叠加",
        "en": {"name": f"Plan {code}", "price": f"CNY {fee} a month"},
    }
    if code == "discount_12":
        facts["early_exit_fee"] = "剩余月数每月20元"
    return Offered(
        code, rung, facts["name"], facts, ("price", "scenario", "validity", "restriction"), "fits_reason", {"fact": "leave_reason"}
    )


@dataclass
class SamplePolicy:
    """Decides like a rule set would: by rung or code, the discount only after a lower rung was declined. Counts its decisions."""

    nothing: bool = False
    made: int = 0

    def __call__(self, request: OfferRequest) -> Decision:
        self.made += 1
        refused = (NotOffered("device_1", "r6", "终端补贴", "needs_manager", {"limit": "30.00"}, "2027-01-01"),)
        found: list[Offered] = []
        if not self.nothing:
            found += [offered(*one) for one in (PLAN_79, PLAN_99) if one[1] in request.rungs]
            found += [offered(*DISCOUNT)] if "r5" in request.rungs and request.declined else []
            found += [offered(*FREE_VISIT)] if "free_visit" in request.codes else []
        return Decision(f"decision-{self.made}", "policy-1", tuple(found), refused)


@cache
def library() -> Library:
    """The sample library."""
    return Library.load(LIBRARY_FILES)


def reading(text: str = FLOW_TEXT) -> Reading:
    """A flow text read against the sample library."""
    return read_flow(text, "flows/sample.yaml", library())


@cache
def flow() -> Flow:
    """The sample flow, published with its English and loaded back."""
    read = reading()
    assert read.flow is not None, [str(finding) for finding in read.findings]
    overlay = read_overlay(OVERLAY_TEXT, "flows/sample.en.yaml", read.flow).overlay
    assert overlay is not None
    return load(publish(read.flow, [overlay]).text)
