"""Where an agent is. What the call itself is doing (dialling, ringing, wrap-up) is the call's state; here stands only whose turn it is."""

from enum import StrEnum

from engine.state_table import StateTable


class AgentState(StrEnum):
    """Where an agent is."""

    available = "available"
    preview = "preview"
    on_call = "on_call"
    on_break = "on_break"


AGENT = StateTable(
    "agent",
    AgentState,
    [
        ("reserve", [AgentState.available], AgentState.preview),
        ("release", [AgentState.preview], AgentState.available),
        ("dial", [AgentState.preview], AgentState.on_call),
        ("take_over", [AgentState.available, AgentState.preview], AgentState.on_call),
        ("close", [AgentState.on_call], AgentState.available),
        ("close_and_pause", [AgentState.on_call], AgentState.on_break),
        ("pause", [AgentState.available, AgentState.preview], AgentState.on_break),
        ("resume", [AgentState.on_break], AgentState.available),
    ],
)
