"""Published content as the domain uses it: looked up live or by the version a call pinned, compiled once."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, TypeVar, cast
from zoneinfo import ZoneInfo

from engine.calls.disposition import Disposition, read_dispositions
from engine.campaigns.clearance_policy import ClearancePolicy, read_policy as read_calling_policy
from engine.clock import from_millis
from engine.errors import NotFound
from engine.flow import snapshot
from engine.flow.definition import Flow
from engine.offers.policy import Policy
from engine.offers.reading import read_policy as read_offer_policy
from engine.quality.scorecard import Scorecard
from engine.quality.scorecard_reading import read_scorecard
from engine.services.house import Company
from engine.storage.call_log import StoredCall
from engine.storage.content import content_body, live_bodies, live_version
from engine.storage.database import Transaction
from engine.yaml_text import read_yaml

OFFERS, DISPOSITIONS, MESSAGES, POLICIES, SCORECARDS, FLOWS, REASONS, OBJECTIONS, LIBRARY = (
    "offers",
    "dispositions",
    "messages",
    "calling_policy",
    "scorecard",
    "flow",
    "churn_reasons",
    "objections",
    "library",
)
"""The kinds of content. A file of the scripts library is stored twice: under what it is, if calls read it, and as "library", by its path,
for the checker, which needs them all."""
_LARGEST = 256
_compiled: dict[tuple[str, str, object], object] = {}
"""(kind/name, version, what it was compiled with) → what came of it."""
T = TypeVar("T")
moment = from_millis


def script_language(language: str) -> str:
    """The script language of a customer: flows are written in Chinese with an English overlay."""
    return "en" if language.lower().startswith("en") else "zh"


def flow_of(tx: Transaction, call: StoredCall) -> Flow:
    """The very version this call is pinned to."""
    return flow_version(tx, call.flow_id, call.flow_version)


def flow_version(tx: Transaction, flow_id: str, sha256: str) -> Flow:
    """A version of a flow, compiled. Raises NotFound."""
    return _version(tx, FLOWS, flow_id, sha256, _flow)


def live_flow_version(tx: Transaction, flow_id: str) -> str:
    """The version new calls are pinned to. Raises NotFound."""
    return live_version(tx, FLOWS, flow_id)


def offer_policy(tx: Transaction, name: str = "retention") -> Policy:
    """The live offer policy, as of this statement."""
    return _live(tx, OFFERS, name, read_offer_policy)


def calling_policy(tx: Transaction, name: str) -> ClearancePolicy:
    """The live calling policy of a name."""
    return _live(tx, POLICIES, name, read_calling_policy)


def dispositions(tx: Transaction) -> dict[str, Disposition]:
    """The live dispositions by code, in rank order."""
    return _live(tx, DISPOSITIONS, "outcomes", read_dispositions)


def scorecard(tx: Transaction, name: str, sha256: str | None = None) -> Scorecard:
    """The live scorecard of a name, or the version an evaluation is pinned to."""
    if sha256 is None:
        return _live(tx, SCORECARDS, name, read_scorecard)
    return _version(tx, SCORECARDS, name, sha256, read_scorecard)


def library_data(tx: Transaction, kind: str, name: str) -> Mapping[str, Any]:
    """The plain data of a library file that has no domain class: churn reasons, objections."""
    return _live(tx, kind, name, _plain_data)


def library_files(tx: Transaction) -> dict[str, str]:
    """Path → text of the live scripts library: what flows are checked against."""
    return live_bodies(tx, LIBRARY)


def message_template(tx: Transaction, kind: str, language: str) -> str:
    """The wording of a message kind in a language. Raises NotFound."""
    messages = library_data(tx, MESSAGES, "follow_up")["messages"]
    if kind not in messages:
        raise NotFound("message.no_template", kind=kind)
    return messages[kind].get(language) or messages[kind]["zh"]


def customer_zone(tx: Transaction, customer_id: str) -> str | None:
    """The customer's IANA zone, if the record has one."""
    row = tx.row("SELECT zone FROM customer WHERE id = :id", id=customer_id)
    return row["zone"] if row else None


def company_facts(company: Company, agent_name: str, agent_number: str, language: str, now: datetime) -> dict[str, Any]:
    """The facts every call starts with: who calls, from where, and what part of the day it is there."""
    local = now.astimezone(ZoneInfo(company.zone))
    parts = {"zh": ("早上好", "下午好", "晚上好"), "en": ("Good morning", "Good afternoon", "Good evening")}[language]
    return {
        "company": company.name[language],
        "department": company.department[language],
        "service_number": company.service_number,
        "agent_name": agent_name,
        "agent_number": agent_number,
        "today": f"{local:%Y-%m-%d}",
        "authority": "agent",
        "part_of_day": parts[0 if local.hour < 12 else 1 if local.hour < 18 else 2],
    }


def _flow(text: str, _path: str) -> Flow:
    return snapshot.load(text)


def _plain_data(text: str, path: str) -> Mapping[str, Any]:
    return cast(Mapping[str, Any], read_yaml(text, path).data)


def _live(tx: Transaction, kind: str, name: str, compile_text: Callable[[str, str], T]) -> T:
    return _version(tx, kind, name, live_version(tx, kind, name), compile_text)


def _version(tx: Transaction, kind: str, name: str, sha256: str, compile_text: Callable[[str, str], T]) -> T:
    """Compiled once per process; versions are immutable, so nothing here can go stale."""
    key = (f"{kind}/{name}", sha256, compile_text)
    found = _compiled.get(key)
    if found is None:
        if len(_compiled) >= _LARGEST:
            _compiled.pop(next(iter(_compiled)))
        found = _compiled[key] = compile_text(content_body(tx, kind, name, sha256), name)
    return cast(T, found)
