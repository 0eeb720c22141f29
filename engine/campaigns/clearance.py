"""May this number be dialled now? Every rule is asked, every answer kept; a rule that cannot answer says no."""

from datetime import UTC, datetime

from engine.campaigns import attempt_caps, customer_rules, hours_rules, number_rules, toll_rules
from engine.campaigns.callee_zone import callee_zones
from engine.campaigns.clearance_case import Case, Finding, Rule, block
from engine.campaigns.clearance_policy import ClearancePolicy
from engine.campaigns.clearance_request import ClearanceRequest, InputMissing
from engine.campaigns.do_not_call import do_not_call
from engine.campaigns.policy_parts import RuleKind
from engine.campaigns.receipt import Receipt, RuleResult, Verdict

__all__ = ["ClearanceRequest", "Receipt", "RuleResult", "Verdict", "clear"]

RULES: tuple[tuple[RuleKind, Rule], ...] = (
    (RuleKind.number, number_rules.number),
    (RuleKind.number_space, number_rules.number_space),
    (RuleKind.destination, toll_rules.destination),
    (RuleKind.erased, customer_rules.erased),
    (RuleKind.do_not_call, do_not_call),
    (RuleKind.consent, customer_rules.consent),
    (RuleKind.port_out, customer_rules.port_out),
    (RuleKind.complaint, customer_rules.complaint),
    (RuleKind.vulnerable, customer_rules.vulnerable),
    (RuleKind.open_attempt, attempt_caps.open_attempt),
    (RuleKind.contact_caps, attempt_caps.contact_caps),
    (RuleKind.attempt_caps, attempt_caps.attempt_caps),
    (RuleKind.agent_caps, toll_rules.agent_caps),
    (RuleKind.abroad_caps, toll_rules.abroad_caps),
    (RuleKind.spend_cap, toll_rules.spend_cap),
    (RuleKind.window, hours_rules.window),
    (RuleKind.soft_times, hours_rules.soft_times),
    (RuleKind.west, hours_rules.west),
)
_SEARCHES = 12
"""A window, a time to avoid, a cap: each answer may run into the next rule, but not for ever."""


def clear(request: ClearanceRequest, policy: ClearancePolicy, now: datetime) -> Receipt:
    """Ask every rule of a policy about a request at an aware moment."""
    if now.tzinfo is None:
        raise ValueError("a naive datetime has no place in Stayline")
    results = _ask_all(Case(request, policy, now))
    decision = decide(results)
    zones = _zones(request, policy)
    local = Case(request, policy, now).local() if zones else now.astimezone(UTC)
    return Receipt(
        at=now,
        stage=request.stage,
        purpose=request.purpose,
        decision=decision,
        policy=policy.id,
        policy_version=policy.version,
        policy_title=policy.title,
        always_open=policy.always_open,
        zones=zones,
        local_time=local.isoformat(timespec="seconds"),
        rules=results,
        retry_at=None if decision is Verdict.allow else _retry_at(request, policy, now, results),
    )


def decide(results: tuple[RuleResult, ...]) -> Verdict:
    """Block outweighs defer, defer outweighs allow; a missing or doubled rule blocks."""
    if [result.kind for result in results] != [kind for kind, _ in RULES]:
        return Verdict.block
    verdicts = {result.verdict for result in results}
    return next((verdict for verdict in (Verdict.block, Verdict.defer) if verdict in verdicts), Verdict.allow)


def _ask_all(case: Case) -> tuple[RuleResult, ...]:
    return tuple(_ask(kind, rule, case) for kind, rule in RULES)


def _ask(kind: RuleKind, rule: Rule, case: Case) -> RuleResult:
    """One rule's answer; whatever goes wrong is a no."""
    name: str = kind.value
    try:
        provenance = case.policy.provenance[kind]
        name = provenance.id
        if not provenance.in_force(case.now.astimezone(UTC).date()):
            found = block(
                "rule_not_in_force", {"rule": name}, now=case.now.isoformat(), effective_from=provenance.effective_from.isoformat()
            )
        else:
            found = rule(case)
    except InputMissing as missing:
        found = block("rule_failed", {"rule": name}, missing=str(missing))
    except Exception as failure:  # noqa: BLE001 - fail closed: a rule that breaks must never let a call through
        found = block("rule_failed", {"rule": name}, failure=type(failure).__name__)
    return _result(name, kind, found)


def _result(id: str, kind: RuleKind, found: Finding) -> RuleResult:
    return RuleResult(id, kind, found.verdict, found.reason, found.fields, found.inputs, found.retry_at)


def _zones(request: ClearanceRequest, policy: ClearancePolicy) -> tuple[str, ...]:
    """The zones for the receipt; none when they cannot be told, in which case a rule has blocked."""
    try:
        return callee_zones(policy, request.number, request.zone, request.province)
    except Exception:  # noqa: BLE001 - the rules of the clock have said so already
        return ()


def _retry_at(request: ClearanceRequest, policy: ClearancePolicy, now: datetime, results: tuple[RuleResult, ...]) -> datetime | None:
    """The first moment at which every rule would allow, found by asking again where the rules point."""
    for _ in range(_SEARCHES):
        refusals = [result for result in results if result.verdict is not Verdict.allow]
        if not refusals:
            return now
        moments = [result.retry_at for result in refusals if result.retry_at is not None and result.retry_at > now]
        if len(moments) < len(refusals):
            return None
        now = max(moments)
        results = _ask_all(Case(request, policy, now))
    return None
