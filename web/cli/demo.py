"""`stayline demo …`: sample customers, and what they answer."""

from typing import Annotated

import typer

from engine.clock import SystemClock
from engine.ids import RandomIds
from engine.services.demo import seed_demo
from web.cli.common import DataOption, read_settings, say, told_plainly, writing
from web.cli.users import ask_server
from web.languages import n_

app = typer.Typer(no_args_is_help=True, help="The demo installation.")


@app.callback()
def demo() -> None:
    """The demo installation."""


@app.command("seed")
def seed(
    customers: Annotated[int, typer.Option(help="How many customers.", min=1, max=100_000)] = 2000,
    number: Annotated[int, typer.Option("--seed", help="The same number makes the same base.")] = 20261125,
    data: DataOption = None,
) -> None:
    """Make a Chinese telecom base with test numbers, once; a second time changes nothing."""
    settings = read_settings(data)
    clock = SystemClock()
    with told_plainly(), writing(settings) as door:
        base = seed_demo(door.database, clock, RandomIds(clock), seed=number, customers=customers)
    said = n_("%(customers)s customers made.") if base.made else n_("%(customers)s customers were here already; nothing was changed.")
    say(said, customers=base.customers)
    for name, leads in base.leads.items():
        print(f"  {name:28} {leads}")


@app.command("reply")
def reply(
    number: Annotated[str, typer.Argument(help="The customer's test number, e.g. +99913800001234.")],
    text: Annotated[str, typer.Argument(help='What the customer writes back: "Y", "N", or a wish not to be called.')],
    data: DataOption = None,
) -> None:
    """Let a simulated customer answer our message, as the message gateway would tell the running server."""
    settings = read_settings(data)
    with told_plainly():
        answer = ask_server(settings, "/operator/replies", {"number": number, "text": text})
    say(n_("The reply was taken as: %(outcome)s"), outcome=answer["outcome"])
