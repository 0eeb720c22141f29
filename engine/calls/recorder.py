"""The recorder of a call: whether it runs, and when it must."""

from enum import StrEnum

from engine.state_table import StateTable


class RecorderState(StrEnum):
    """Where the recorder is. `lost` means that it ran and stopped by itself though the call goes on."""

    off = "off"
    on = "on"
    paused = "paused"
    lost = "lost"


class RecordingMode(StrEnum):
    """When a campaign's calls are recorded. `always`: the whole call, and no agent is heard before the recorder runs (CN-11);
    `after_notice`: from the moment the notice was read out; `on_demand`: by the agent's key; `never`.
    """

    always = "always"
    after_notice = "after_notice"
    on_demand = "on_demand"
    never = "never"


RECORDER = StateTable(
    "recorder",
    RecorderState,
    [
        ("start", [RecorderState.off, RecorderState.lost], RecorderState.on),
        ("pause", [RecorderState.on], RecorderState.paused),
        ("resume", [RecorderState.paused], RecorderState.on),
        ("lose", [RecorderState.off, RecorderState.on, RecorderState.paused], RecorderState.lost),
    ],
)

LONGEST_PAUSE_SECONDS = 120
"""A pause longer than this is an alarm: somebody forgot to go on recording."""
