"""What an installation, or a market, allows in dialling: windows, caps, consents. Data, read from scripts_library/calling_policies."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from engine.campaigns import policy_reading as reading, toll_reading
from engine.campaigns.call_rates import SpendCap
from engine.campaigns.calling_hours import ALL_WEEK, Schedule, WeeklyHours, next_open_at
from engine.campaigns.campaign import CallPurpose
from engine.campaigns.days_dials import A_DAY
from engine.campaigns.destinations import Destinations, Places
from engine.campaigns.policy_parts import ATTEMPTS_LOOK_BACK, CONVERSATIONS_LOOK_BACK, Cap, Provenance, RuleKind, SoftTime, WestRule
from engine.phone_number import NumberSpace
from engine.yaml_fields import Fields
from engine.yaml_text import read_yaml


@dataclass(frozen=True, slots=True)
class ClearancePolicy:
    """A calling policy. `version` is the sha256 of its file; `always_open` policies may dial test numbers only."""

    id: str
    version: str
    title: Mapping[str, str]
    spaces: frozenset[NumberSpace]
    always_open: bool
    windows: WeeklyHours
    guard: timedelta
    """A dial needs this much of the window left, so that it does not ring past the end."""
    preferred: WeeklyHours
    """The better hours (S04): shown, never blocking."""
    soft_times: tuple[SoftTime, ...]
    west: WestRule
    consents: Mapping[CallPurpose, frozenset[CallPurpose]]
    """Purpose that needs a consent → purposes a consent to which will do."""
    port_states: frozenset[str]
    port_purposes: frozenset[CallPurpose]
    complaint_purposes: frozenset[CallPurpose]
    vulnerable_purposes: frozenset[CallPurpose]
    attempt_caps: tuple[Cap, ...]
    contact_caps: tuple[Cap, ...]
    destinations: Destinations
    home: Places
    """The countries that are not abroad."""
    agent_caps: tuple[Cap, ...]
    abroad_caps: tuple[Cap, ...]
    spend_cap: SpendCap
    provenance: Mapping[RuleKind, Provenance]
    not_soft: Mapping[CallPurpose, WeeklyHours] = field(init=False)
    """When calls of a purpose are not put off."""
    allowed: Mapping[CallPurpose, WeeklyHours] = field(init=False)
    """When calls of a purpose may start: windows without soft times."""

    def __post_init__(self) -> None:
        not_soft = {purpose: ALL_WEEK.without(_soft_hours(self.soft_times, purpose)) for purpose in CallPurpose}
        object.__setattr__(self, "not_soft", not_soft)
        object.__setattr__(self, "allowed", {purpose: self.windows.within(hours) for purpose, hours in not_soft.items()})

    @property
    def label(self) -> str:
        """The policy as a receipt names it, e.g. "cn_telecom@3f2a…" (the whole sha256)."""
        return f"{self.id}@{self.version}"

    def window_schedule(self, zones: tuple[str, ...]) -> Schedule:
        """The windows alone, in every zone the callee may be in."""
        return tuple((self.windows, zone) for zone in zones)

    def schedule(self, zones: tuple[str, ...], purpose: CallPurpose) -> Schedule:
        """When calls of a purpose may start, in every zone the callee may be in."""
        return tuple((self.allowed[purpose], zone) for zone in zones)


def _soft_hours(soft_times: tuple[SoftTime, ...], purpose: CallPurpose) -> WeeklyHours:
    listed = [soft.hours for soft in soft_times if purpose in soft.purposes]
    return WeeklyHours.of(([weekday], hours.days[weekday]) for hours in listed for weekday in range(7))


def next_open(
    policy: ClearancePolicy, zones: tuple[str, ...], now: datetime, purpose: CallPurpose = CallPurpose.retention
) -> datetime | None:
    """The first moment from `now` on at which the hours allow a call of a purpose, in UTC; None when no zone is known or none comes
    within two weeks. `zones` are those of callee_zone.callee_zones, the western one included."""
    return next_open_at(policy.schedule(zones, purpose), now, policy.guard)


def read_policy(text: str, path: str) -> ClearancePolicy:
    """Read a policy. Raises BadFile.

    A rule's hours are `{days: [mon, tue], open: ["09:00-12:00"]}` (no days: every day); a time is "60 s", "5 min", "24 h" or "30 d".
    """
    top = Fields.of(read_yaml(text, path))
    top.only(("format", "id", "title", "en", "spaces", "rules"))
    if top.text("format") != "calling_policy/1":
        raise top.refuse("format", "应该是 calling_policy/1 / must be calling_policy/1")
    rules = top.under("rules")
    rules.only(kind.value for kind in RuleKind)
    parts = {kind: rules.under(kind) for kind in RuleKind}
    for kind, part in parts.items():
        part.only(reading.allowed_keys(kind))
    spaces = frozenset(top.members("spaces", NumberSpace))
    window, always_open = parts[RuleKind.window], reading.read_always_open(parts[RuleKind.window])
    if not spaces or (always_open and NumberSpace.public in spaces):
        raise top.refuse("spaces", "全天开放的策略只能拨测试号码 / an always open policy may dial test numbers only", "spaces: [test]")
    return ClearancePolicy(
        id=top.text("id"),
        version=hashlib.sha256(text.encode()).hexdigest(),
        title={"zh-CN": top.text("title"), "en": top.under("en").text("title")},
        spaces=spaces,
        always_open=always_open,
        windows=ALL_WEEK if always_open else reading.read_hours(window, "windows"),
        guard=reading.read_guard(window),
        preferred=reading.read_hours(window, "preferred"),
        soft_times=tuple(reading.read_soft_time(part) for part in parts[RuleKind.soft_times].each("closed")),
        west=reading.read_west(parts[RuleKind.west]),
        consents=reading.read_consents(parts[RuleKind.consent]),
        port_states=reading.read_port_states(parts[RuleKind.port_out]),
        port_purposes=reading.read_purposes(parts[RuleKind.port_out]),
        complaint_purposes=reading.read_purposes(parts[RuleKind.complaint]),
        vulnerable_purposes=reading.read_purposes(parts[RuleKind.vulnerable]),
        attempt_caps=reading.read_caps(parts[RuleKind.attempt_caps], ATTEMPTS_LOOK_BACK),
        contact_caps=reading.read_caps(parts[RuleKind.contact_caps], CONVERSATIONS_LOOK_BACK),
        destinations=toll_reading.read_destinations(parts[RuleKind.destination]),
        home=toll_reading.read_places(parts[RuleKind.abroad_caps], "home"),
        agent_caps=reading.read_caps(parts[RuleKind.agent_caps], A_DAY),
        abroad_caps=reading.read_caps(parts[RuleKind.abroad_caps], A_DAY),
        spend_cap=toll_reading.read_spend_cap(parts[RuleKind.spend_cap]),
        provenance={kind: reading.read_provenance(part) for kind, part in parts.items()},
    )
