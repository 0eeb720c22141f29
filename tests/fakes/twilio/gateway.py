"""A fake of Twilio's signalling gateway: the real Voice SDK in a real browser talks to it, with real WebRTC sound.

    gateway = Gateway(twilio, folder)
    options = {"chunderw": gateway.address}       # for the SDK's Device; Chromium is started with CHROMIUM_SWITCHES

Its calls are calls of the API fake: `device.connect({params})` goes through the voice webhook into a room, the room's tones are heard in
the browser, and what the microphone says is what the room hears (its loudest tone; silence while it is muted).
"""

import asyncio
import threading
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any, TypeVar

from aiohttp import WSMsgType, web
from aioice import ice

from tests.fakes.twilio.api import FakeTwilio
from tests.fakes.twilio.certificate import server_context
from tests.fakes.twilio.gateway_call import GatewayCall
from tests.fakes.twilio.gateway_line import Line

T = TypeVar("T")
CHROMIUM_SWITCHES = [
    "--ignore-certificate-errors",
    "--use-fake-device-for-media-stream",
    "--use-fake-ui-for-media-stream",
    "--allow-loopback-in-peer-connection",
    "--autoplay-policy=no-user-gesture-required",
]
HEARTBEAT = 5.0
PATIENCE = 20.0


class Gateway:
    """Runs in a thread of its own on a loopback port. `calls` by sid: those of browsers, also ended ones."""

    def __init__(self, twilio: FakeTwilio, folder: Path) -> None:
        self.twilio = twilio
        self.lines: list[Line] = []
        self.calls: dict[str, GatewayCall] = {}
        self.messages: list[tuple[str, dict[str, Any]]] = []
        """What browsers sent: type and payload, without tokens and SDP."""
        self.port, self.plugged_in = 0, True
        self.loop = asyncio.new_event_loop()
        self._context = server_context(folder)
        self._changed = threading.Condition()
        self._own_addresses = ice.get_host_addresses
        ice.get_host_addresses = self._with_loopback
        self._thread = threading.Thread(target=self.loop.run_forever, name="fake-twilio-gateway", daemon=True)
        self._thread.start()
        self._run(self._start())

    @property
    def address(self) -> str:
        """For the SDK's option chunderw."""
        return f"127.0.0.1:{self.port}"

    def close(self) -> None:
        self._run(self._stop())
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join()
        self.loop.close()
        ice.get_host_addresses = self._own_addresses

    def unplug(self) -> None:
        """The network is gone for signalling: sockets break, new ones are refused; sound goes on."""
        self.plugged_in = False
        self._run(self._break_all())

    def plug_in(self) -> None:
        self.plugged_in = True

    def break_sockets(self) -> None:
        """Every socket breaks; browsers may come back at once."""
        self._run(self._break_all())

    def wait_for(self, holds: Callable[[], T], patience: float = PATIENCE) -> T:
        """Wait until `holds()` is true; what it returned."""
        with self._changed:
            assert self._changed.wait_for(holds, patience), f"the gateway never came to it; {self.messages}"
            return holds()

    def call(self, count: int = 1) -> GatewayCall:
        """The `count`-th call of any browser, once it is there."""
        return self.wait_for(lambda: list(self.calls.values())[count - 1 : count])[0]

    # ---------------------------------------------------------------- for lines and calls

    def note(self) -> None:
        """Something changed that a test may wait for."""
        with self._changed:
            self._changed.notify_all()

    def soon(self, work: Coroutine[Any, Any, None]) -> None:
        """From any thread."""
        asyncio.run_coroutine_threadsafe(work, self.loop)

    async def aside(self, work: Callable[[], T]) -> T:
        """What blocks, off the loop."""
        return await self.loop.run_in_executor(None, work)

    # ---------------------------------------------------------------- its server

    def _run(self, work: Coroutine[Any, Any, None]) -> None:
        asyncio.run_coroutine_threadsafe(work, self.loop).result(PATIENCE)

    async def _start(self) -> None:
        app = web.Application()
        app.router.add_get("/signal", self._signal)
        self._runner = web.AppRunner(app, shutdown_timeout=0.5)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0, ssl_context=self._context)
        await site.start()
        self.port = self._runner.addresses[0][1]

    async def _stop(self) -> None:
        await self._break_all()
        for call in self.calls.values():
            await call.close()
        await self._runner.cleanup()
        tasks = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self.loop.shutdown_default_executor()
        for _ in range(20):
            await asyncio.sleep(0)  # a broken socket is closed in the loop's next turns

    async def _break_all(self) -> None:
        for line in self.lines:
            line.cut()

    async def _signal(self, request: web.Request) -> web.StreamResponse:
        if not self.plugged_in:
            raise web.HTTPServiceUnavailable
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        line = Line(self, socket, request.transport)
        self.lines.append(line)
        beats = asyncio.create_task(self._beat(socket))
        try:
            async for message in socket:
                if message.type is WSMsgType.TEXT and message.data != "\n":
                    await line.take(message.data)
                    self.note()
        finally:
            beats.cancel()
            await line.gone()
            self.note()
        return socket

    async def _beat(self, socket: web.WebSocketResponse) -> None:
        while not socket.closed:
            await socket.send_str("\n")
            await asyncio.sleep(HEARTBEAT)

    def _with_loopback(self, use_ipv4: bool, use_ipv6: bool) -> list[str]:
        """Also where the tests' network has nothing but loopback."""
        return ["127.0.0.1", *self._own_addresses(use_ipv4, False)]
