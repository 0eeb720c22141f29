"""What a customer's line carries over time: who is heard on it, music, tones, announcements, keys, and whether it is recorded."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Sounding:
    """What sounds from one moment until the next: left the customer, right everything they hear from our side."""

    recorded: bool = True
    agent: bool = True
    """Whether what the agent says reaches the customer."""
    music: bool = False
    left_hz: int = 0
    right_hz: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Played:
    """A sound by its name, or keys (`digits`), let into the right channel."""

    at: int
    sound: str = ""
    digits: str = ""


@dataclass(slots=True)
class SoundTrack:
    """Moments in ms; since 1970 as they are noted, since the answer in the recorder (`since`)."""

    soundings: list[tuple[int, Sounding]] = field(default_factory=list[tuple[int, Sounding]])
    played: list[Played] = field(default_factory=list[Played])

    def note(self, at: int, sounding: Sounding) -> None:
        """From now on it sounds so."""
        if not self.soundings or self.soundings[-1][1] != sounding:
            self.soundings.append((at, sounding))

    def play(self, played: Played) -> None:
        self.played.append(played)

    def since(self, answered: int) -> "SoundTrack":
        """The same with moments counted from the answer; what sounded before stands at or below 0."""
        return SoundTrack(
            [(at - answered, sounding) for at, sounding in self.soundings],
            [Played(one.at - answered, one.sound, one.digits) for one in self.played],
        )

    def stretches(self, duration: int) -> list[tuple[int, int, Sounding]]:
        """(from, to, what sounds) without gaps from 0 to `duration`; where nothing was noted an ordinary call."""
        noted = [(max(0, at), sounding) for at, sounding in self.soundings if at < duration]
        if not noted or noted[0][0] > 0:
            noted.insert(0, (0, Sounding()))
        ends = [at for at, _ in noted[1:]] + [duration]
        return [(start, end, sounding) for (start, sounding), end in zip(noted, ends, strict=True) if end > start]
