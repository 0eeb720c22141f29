"""The part of the simulated carrier's HTTP interface that is about legs, rooms and phones; `app` describes it whole."""

from collections.abc import Callable

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from integrations.simulated.exchange import Exchange
from integrations.simulated.http import Endpoint, json_of, telling_errors
from integrations.simulated.orders import an_id, flag, read_ear, read_join, whole, word
from integrations.simulated.switchboard import Switchboard


class LegEndpoints:
    """The endpoints over one exchange."""

    def __init__(self, exchange: Exchange) -> None:
        self._exchange, self._switchboard = exchange, Switchboard(exchange)

    def routes(self) -> list[Route]:
        commands = {name: getattr(self, name) for name in ("hangup", "hold", "mute", "digits", "play", "listen", "record", "pause")}
        phone_acts = {name: getattr(self, f"phone_{name}") for name in ("join", "leave", "lose", "press", "speak")}
        return [
            _route("/legs", self.join, "POST"),
            _route("/legs/{leg}", self.look_up, "GET"),
            *(_route(f"/legs/{{leg}}/{name}", command, "POST") for name, command in commands.items()),
            _route("/rooms/{room}/close", self.close_room, "POST"),
            _route("/phones/{address}", self.phone, "GET"),
            _route("/phones/{address}", self.register, "PUT"),
            _route("/phones/{address}", self.withdraw, "DELETE"),
            *(_route(f"/phones/{{address}}/{name}", act, "POST") for name, act in phone_acts.items()),
        ]

    # ------------------------------------------------------------ legs

    async def join(self, request: Request) -> Response:
        return JSONResponse({"carrier_call_id": self._exchange.join(read_join(await json_of(request)))}, 201)

    async def look_up(self, request: Request) -> Response:
        return JSONResponse({"events": self._exchange.book.leg(_leg(request)).events})

    async def hangup(self, request: Request) -> Response:
        return _done(lambda: self._exchange.hang_up(_leg(request)))

    async def close_room(self, request: Request) -> Response:
        return _done(lambda: self._exchange.close_room(request.path_params["room"]))

    async def hold(self, request: Request) -> Response:
        on = flag(await json_of(request), "on")
        return _done(lambda: self._switchboard.hold(_leg(request), on))

    async def mute(self, request: Request) -> Response:
        on = flag(await json_of(request), "on")
        return _done(lambda: self._switchboard.mute(_leg(request), on))

    async def digits(self, request: Request) -> Response:
        digits = word(await json_of(request), "digits")
        return _done(lambda: self._switchboard.send_digits(_leg(request), digits))

    async def play(self, request: Request) -> Response:
        sound = word(await json_of(request), "sound")
        return _done(lambda: self._switchboard.play(_leg(request), sound))

    async def listen(self, request: Request) -> Response:
        ear, beside = read_ear(await json_of(request))
        return _done(lambda: self._switchboard.listen(_leg(request), ear, beside))

    async def record(self, request: Request) -> Response:
        return _done(lambda: self._switchboard.start_recording(_leg(request)))

    async def pause(self, request: Request) -> Response:
        on = flag(await json_of(request), "on")
        return _done(lambda: self._switchboard.pause_recording(_leg(request), on))

    # ------------------------------------------------------------ phones

    async def register(self, request: Request) -> Response:
        body, address = await json_of(request), an_id(request.path_params, "address")
        by_itself, expires_at = flag(body, "answers_by_itself"), whole(body, "expires_at")
        return _done(lambda: self._switchboard.register(address, by_itself, expires_at))

    async def withdraw(self, request: Request) -> Response:
        return _done(lambda: self._switchboard.withdraw(request.path_params["address"]))

    async def phone(self, request: Request) -> Response:
        """{"ringing": legs, "in": legs, "hears": tones in Hz, "keys": heard in the last leg}"""
        legs = self._switchboard.phones_legs(request.path_params["address"])
        heard = {voice.hz for leg in legs for voice in leg.room.heard_by(leg) if voice.hz}
        return JSONResponse(
            {
                "ringing": [leg.leg_id for leg in legs if leg.order.ring and not leg.is_in],
                "in": [leg.leg_id for leg in legs if leg.is_in],
                "hears": sorted(heard),
                "keys": legs[-1].keys_heard if legs else "",
            }
        )

    async def phone_join(self, request: Request) -> Response:
        leg_id = an_id(await json_of(request), "leg_id")
        return _done(lambda: self._switchboard.call_in(request.path_params["address"], leg_id))

    async def phone_leave(self, request: Request) -> Response:
        leg_id = an_id(await json_of(request), "leg_id")
        return _done(lambda: self._switchboard.leave(request.path_params["address"], leg_id))

    async def phone_lose(self, request: Request) -> Response:
        leg_id = an_id(await json_of(request), "leg_id")
        return _done(lambda: self._switchboard.lose(request.path_params["address"], leg_id))

    async def phone_press(self, request: Request) -> Response:
        body = await json_of(request)
        leg_id, digits = an_id(body, "leg_id"), word(body, "digits")
        return _done(lambda: self._switchboard.press(request.path_params["address"], leg_id, digits))

    async def phone_speak(self, request: Request) -> Response:
        body = await json_of(request)
        leg_id, hz = an_id(body, "leg_id"), whole(body, "hz")
        return _done(lambda: self._switchboard.speak(request.path_params["address"], leg_id, hz))


def _route(path: str, endpoint: Endpoint, method: str) -> Route:
    return Route(path, telling_errors(endpoint), methods=[method])


def _leg(request: Request) -> str:
    return request.path_params["leg"]


def _done(order: Callable[[], None]) -> Response:
    order()
    return Response(status_code=204)
