"""What the operator sees of the lines: how they are, how legs ended, how they sounded."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest

from engine.calls.leg import LegRole
from engine.calls.lifecycle import EndReason
from engine.calls.phone_kind import PhoneKind
from engine.ports.carrier_health import TellsHealth
from engine.services.house import Line
from engine.services.line_watch import line_states, recent_legs
from integrations.asterisk import AsteriskCarrier
from integrations.asterisk.fleet import HostHealth
from integrations.simulated.carrier import SimulatedCarrier
from integrations.twilio.carrier import TwilioCarrier
from tests.fakes.carrier import ScriptedCarrier
from tests.services.phoned import leg_hears, legs, talking, with_phones
from tests.services.world import World

pytestmark = pytest.mark.service


@dataclass
class WatchedCarrier(ScriptedCarrier):
    """A scripted carrier with one machine that is down since a moment."""

    since: datetime = datetime(2026, 11, 25, tzinfo=UTC)

    def health(self) -> list[HostHealth]:
        return [HostHealth("asterisk-1", False, self.since, 3, True, None, "ConnectError")]


def test_each_line_tells_what_it_reaches_and_by_whom(world: World) -> None:
    with_phones(world)
    (line,) = line_states(world.house)
    assert (line.trunk.name, line.trunk.kind, line.carrier, line.phones) == ("simulated", "simulated", "scripted", PhoneKind.simulated)
    assert (line.told, line.hosts) == (False, ())


def test_a_carrier_that_knows_its_machines_tells_how_they_are(world: World) -> None:
    trunk, now = world.house.lines["simulated"].trunk, world.clock.now()
    world.house.lines = {"simulated": Line(trunk, WatchedCarrier(world.clock, since=now))}
    (line,) = line_states(world.house)
    (host,) = line.hosts
    assert line.told
    assert (host.host, host.up, host.since, host.calls, host.draining, host.problem) == ("asterisk-1", False, now, 3, True, "ConnectError")


def test_carriers_that_are_elsewhere_tell_how_they_are() -> None:
    assert issubclass(AsteriskCarrier, TellsHealth)
    assert issubclass(TwilioCarrier, TellsHealth)
    assert not issubclass(SimulatedCarrier, TellsHealth)


def test_the_newest_legs_come_first_with_who_it_was_and_how_it_ended(world: World) -> None:
    with_phones(world)
    call_id = talking(world)
    agent = legs(world, call_id)[0]["id"]
    leg_hears(world, agent, "quality", detail={"loss": 0.004, "jitter_ms": 2.0, "round_trip_ms": 40.0})
    world.clock.advance(timedelta(seconds=5))
    world.hears(call_id, "ended", ended_by="customer", detail={"sip": 200, "cause": 16})
    phone, customer = recent_legs(world.house)
    assert (phone.role, phone.who, phone.call_id, phone.trunk) == (LegRole.agent, "周敏", call_id, "simulated")
    assert phone.quality == {"loss": 0.004, "jitter_ms": 2.0, "round_trip_ms": 40.0}
    assert not phone.is_poor
    assert (customer.role, customer.who, customer.reason) == (LegRole.customer, "王女士", EndReason.completed)
    assert (customer.sip, customer.cause) == (200, 16)
    assert customer.joined_at is not None
    assert customer.ended_at == world.clock.now()
    assert recent_legs(world.house, only_trouble=True) == []
    assert len(recent_legs(world.house, limit=1)) == 1


@pytest.mark.parametrize("reason", [EndReason.trunk_down, EndReason.congestion, EndReason.carrier_failure])
def test_a_line_that_failed_is_trouble(world: World, reason: EndReason) -> None:
    call_id = world.dial(world.lead_before())
    world.hears(call_id, "ended", reason=reason, detail={"sip": 503, "cause": 38})
    (leg,) = recent_legs(world.house, only_trouble=True)
    assert (leg.reason, leg.sip, leg.cause) == (reason, 503, 38)


@pytest.mark.parametrize("reason", [EndReason.busy, EndReason.no_answer, EndReason.rejected, EndReason.invalid_number])
def test_what_a_customer_did_is_no_trouble_of_the_line(world: World, reason: EndReason) -> None:
    call_id = world.dial(world.lead_before())
    world.hears(call_id, "ended", reason=reason)
    assert [leg.reason for leg in recent_legs(world.house)] == [reason]
    assert recent_legs(world.house, only_trouble=True) == []


def test_a_phone_that_was_not_there_is_trouble(world: World) -> None:
    with_phones(world)
    call_id = world.dial(world.lead_before())
    leg_hears(world, legs(world, call_id)[0]["id"], "ended", reason=EndReason.no_answer, detail={"offline": True})
    (leg,) = recent_legs(world.house, only_trouble=True)
    assert (leg.role, leg.offline) == (LegRole.agent, True)


@pytest.mark.parametrize("poor", [{"loss": 0.03}, {"jitter_ms": 40}, {"round_trip_ms": 400}])
def test_poor_sound_is_trouble(world: World, poor: dict[str, float]) -> None:
    with_phones(world)
    call_id = talking(world)
    leg_hears(world, legs(world, call_id)[0]["id"], "quality", detail=poor)
    (leg,) = recent_legs(world.house, only_trouble=True)
    assert leg.is_poor
    assert leg.quality == poor


def test_a_team_sees_the_legs_of_its_own_calls(world: World) -> None:
    world.dial(world.lead_before())
    assert len(recent_legs(world.house, team_id=world.agent.team_id)) == 1
    assert recent_legs(world.house, team_id="another team") == []
