"""Settings → the lines out of an installation: its trunks, their carriers, and the phones of its agents."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from engine.clock import Clock
from engine.errors import BadInput
from engine.ids import Ids
from engine.phone_number import TrunkKind
from engine.ports.carrier import CarrierEvent, Trunk
from engine.ports.message_sender import MessageSender
from engine.services.house import Line
from integrations.asterisk import AsteriskCarrier, AsteriskHost, AsteriskTrunk, open_asterisk
from integrations.settings import Settings, secret_of
from integrations.simulated.carrier import SimulatedCarrier
from integrations.simulated.phones import SimulatedPhones
from integrations.simulated.process import RunningProcess, find_process, start_process
from integrations.twilio.opening import Twilio, open_twilio
from integrations.twilio.settings import TwilioSettings

CALLBACK_PATH = "/carriers/simulated/events"
ASTERISK = "asterisk"
TWILIO = "twilio"
Tell = Callable[[str, CarrierEvent], None]
"""(carrier, event): a carrier that holds a socket tells something."""
OptOut = Callable[[str, datetime, str], object]
Moved = Callable[[str, str, str | None], object]
Replied = Callable[[str, str], object]


@dataclass(slots=True)
class Lines:
    """What is open. `closing` ends it, last opened first."""

    by_name: dict[str, Line] = field(default_factory=dict[str, Line])
    asterisk: AsteriskCarrier | None = None
    twilio: Twilio | None = None
    messages: MessageSender | None = None
    closing: list[Callable[[], None]] = field(default_factory=list[Callable[[], None]])

    def demo_trunk(self) -> Trunk:
        """The line a demo's campaigns call over: a laboratory's where there is one, else the simulated one."""
        labs = [line.trunk for line in self.by_name.values() if line.trunk.kind is TrunkKind.lab]
        return labs[0] if labs else next(line.trunk for line in self.by_name.values() if line.trunk.kind is TrunkKind.simulated)

    def close(self) -> None:
        while self.closing:
            self.closing.pop()()


def start_simulated_carrier(settings: Settings, *, speed: float = 1.0) -> RunningProcess:
    """The simulated carrier's process, started if it is not running."""
    directory = settings.data_directory / "simulated_carrier"
    running = find_process(directory)
    callback_url = f"http://127.0.0.1:{settings.port}{CALLBACK_PATH}"
    if running is not None and running.callback_url == callback_url:
        return running
    return start_process(
        directory,
        callback_url=callback_url,
        secret_file=settings.data_directory / "simulated_carrier.key",
        port=settings.simulated_carrier_port,
        speed=speed,
    )


def open_lines(
    settings: Settings, base_url: str, secret: str, *, clock: Clock, ids: Ids, tell: Tell, opt_out: OptOut, moved: Moved, replied: Replied
) -> Lines:
    """The simulated line always (its process is at `base_url`), Asterisk's and Twilio's where the settings name them.

    Raises BadInput that says which setting to mend: settings.public_trunk_in_demo, settings.asterisk, settings.twilio, settings.no_secret.
    """
    lines = Lines()
    try:
        _simulated(lines, settings, base_url, secret, clock)
        if settings.asterisk_url:
            _asterisk(lines, settings, clock, ids, tell)
        if settings.twilio_account_sid:
            _twilio(lines, settings, clock, tell, opt_out, moved, replied)
    except BaseException:
        lines.close()
        raise
    return lines


def _simulated(lines: Lines, settings: Settings, base_url: str, secret: str, clock: Clock) -> None:
    trunk = Trunk("simulated", TrunkKind.simulated, settings.service_number)
    carrier = SimulatedCarrier(base_url, secret, [trunk], phones=settings.simulated_phones)
    lines.closing.append(carrier.close)
    phones = None
    if settings.simulated_phones:
        phones = SimulatedPhones(base_url, secret, clock)
        lines.closing.append(phones.close)
    lines.by_name[trunk.name] = Line(trunk, carrier, phones)


def _asterisk(lines: Lines, settings: Settings, clock: Clock, ids: Ids, tell: Tell) -> None:
    kind = settings.asterisk_trunk_kind
    if settings.demo and kind is TrunkKind.public:
        raise BadInput("settings.public_trunk_in_demo", setting="STAYLINE_ASTERISK_TRUNK_KIND")
    trunk = Trunk(ASTERISK, kind, settings.asterisk_caller_number or settings.service_number)
    media = settings.asterisk_media_address
    options = (("media_address", media), ("bind_rtp_to_media_address", "yes")) if media else ()
    try:
        host = AsteriskHost(
            name="asterisk-1",
            url=settings.asterisk_url,
            user=settings.asterisk_user,
            password=secret_of(settings.asterisk_password, settings.asterisk_password_file, "STAYLINE_ASTERISK_PASSWORD_FILE"),
            trunks=(AsteriskTrunk(trunk, settings.asterisk_trunk, settings.asterisk_lines, settings.asterisk_calls_per_second),),
            phone_url=settings.asterisk_ws_url,
            realm=settings.asterisk_realm,
            phone_options=options,
        )
    except ValueError as problem:
        raise BadInput("settings.asterisk", problem=str(problem)) from None
    carrier = open_asterisk(
        [host], clock=clock, ids=ids, journal_directory=_own(settings, ASTERISK), tell=lambda event: tell(ASTERISK, event)
    )
    lines.asterisk = carrier
    lines.closing.append(carrier.close)
    lines.by_name[trunk.name] = Line(trunk, carrier, carrier.phones)


def _twilio(lines: Lines, settings: Settings, clock: Clock, tell: Tell, opt_out: OptOut, moved: Moved, replied: Replied) -> None:
    kind = TrunkKind.lab if settings.twilio_api_base else TrunkKind.public
    if settings.demo and kind is TrunkKind.public:
        raise BadInput("settings.public_trunk_in_demo", setting="STAYLINE_TWILIO_ACCOUNT_SID")
    trunk = Trunk(TWILIO, kind, settings.twilio_number)
    try:
        account = TwilioSettings(
            account_sid=settings.twilio_account_sid,
            auth_token=secret_of(settings.twilio_auth_token, settings.twilio_auth_token_file, "STAYLINE_TWILIO_AUTH_TOKEN_FILE"),
            previous_auth_token=settings.twilio_previous_auth_token.get_secret_value(),
            api_key_sid=settings.twilio_api_key_sid,
            api_key_secret=secret_of(
                settings.twilio_api_key_secret, settings.twilio_api_key_secret_file, "STAYLINE_TWILIO_API_KEY_SECRET_FILE"
            ),
            app_sid=settings.twilio_app_sid,
            public_url=settings.effective_public_url,
            trunks=(trunk,),
            api_base=settings.twilio_api_base,
            calls_per_second=settings.twilio_calls_per_second,
            device_options=settings.twilio_device_options,
            message_number=settings.twilio_message_number,
            messaging_service_sid=settings.twilio_messaging_service_sid,
        )
    except ValueError as problem:
        raise BadInput("settings.twilio", problem=str(problem)) from None
    twilio = open_twilio(
        account,
        clock=clock,
        journal_directory=_own(settings, TWILIO),
        opt_out=opt_out,
        message_moved=moved,
        replied=replied,
        tell=lambda event: tell(TWILIO, event),
    )
    lines.twilio, lines.messages = twilio, twilio.messages
    lines.closing.append(twilio.close)
    lines.by_name[trunk.name] = Line(trunk, twilio.carrier, twilio.phones)


def _own(settings: Settings, carrier: str) -> Path:
    """A carrier's own folder, where its journal lies."""
    folder = settings.data_directory / carrier
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return folder
