"""`stayline flow play`: walk a flow in the terminal as an agent would, and keep the walk as a test."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.text import Text

from engine.errors import StaylineError
from engine.events.envelope import Json
from engine.flow.advance import Decide, Turn, start
from engine.flow.definition import EmbeddedTest, Flow
from engine.flow.embedded_tests import take
from engine.flow.fact_values import read_value
from engine.flow.formatting import with_test
from engine.flow.texts import short
from engine.flow.view import StepView, drawer, view
from engine.flow.wording import plain
from engine.services.checking_flows import open_flow
from web.cli.common import in_words, say, sentence_of
from web.cli.flows import app, workplace
from web.languages import n_

KEYS = {"x": "cancel", "d": "do_not_call", "b": "back"}
GivenOption = Annotated[list[str] | None, typer.Option("--given", "-g", help="A fact known before the call: monthly_fee=199.00")]


@dataclass(slots=True)
class Walking:
    """A walk in the making: the flow, its facts and what was pressed so far."""

    flow: Flow
    decide: Decide
    turn: Turn
    path: list[str] = field(default_factory=list[str])

    def press(self, pressed: str) -> str | None:
        """Do what a key says. Returns a sentence when it cannot be done."""
        word = KEYS.get(pressed) or self._answer(pressed)
        if word is None:
            return in_words(n_("There is no such key here."))
        try:
            self.turn = take(self.flow, self.turn, word, self.decide)
        except StaylineError as error:
            return sentence_of(error)
        self.path.append(word)
        return None

    def _answer(self, pressed: str) -> str | None:
        shown = view(self.flow, self.turn.run)
        question = shown.question
        answers = [*(question.options if question else ()), *shown.answers]
        for one in answers:
            if pressed == str(one.digit):
                return f"{shown.step}.{one.key}"
        free = question is not None and not question.options and pressed.strip() != ""
        return f"{shown.step}.{pressed.strip()}" if free and not pressed.isdigit() else None


@app.command("play")
def play(
    path: Annotated[Path, typer.Argument(help="A flow file.")],
    given: GivenOption = None,
    as_of: Annotated[str | None, typer.Option(help="Decide offers as of a moment: 2026-11-22T10:00:00+08:00")] = None,
    save: Annotated[str | None, typer.Option(help="Keep the walk in the flow file, as a test of this name.")] = None,
) -> None:
    """Walk a flow: digits answer, / shows the objections, b goes back, x is cancel, d is do not call, q stops."""
    with workplace(path) as place:
        if place.only is None:
            say(n_("There is no flow at %(path)s."), path=path)
            raise typer.Exit(1)
        read, opened = open_flow(place.files, place.only, place.settings.names_never_said, place.now)
        if opened is None:
            print(*read.findings, sep="\n")
            raise typer.Exit(1)
        facts = {name: value for name, _, value in (one.partition("=") for one in given or ())}
        moment = as_of or place.now.isoformat(timespec="seconds")
        decide = opened.decide_at(moment)
        begun = start(opened.flow, {**place.session, **_typed(opened.flow, facts)}, short(opened.flow.locale), decide)
        walking = Walking(opened.flow, decide, begun)
        console = Console(highlight=False, soft_wrap=True)
        _walk(walking, console)
        run = walking.turn.run
        say(n_("walked: %(path)s"), path=", ".join(walking.path))
        if save is not None:
            test = EmbeddedTest(save, moment, facts, tuple(walking.path), run.ended, run.shown, {})
            where = place.root / place.only
            where.write_text(with_test(place.files[place.only], place.only, test), encoding="utf-8")
            say(n_("%(name)s: kept as a test in %(path)s"), name=save, path=place.only)


def _typed(flow: Flow, facts: Mapping[str, str]) -> dict[str, Json]:
    typed: dict[str, Json] = {}
    for name, value in facts.items():
        fact = flow.facts.get(name)
        if fact is None:
            say(n_("There is no fact %(name)s in this flow."), name=name)
            raise typer.Exit(1)
        typed[name] = read_value(fact.type, value, fact.options)
    return typed


def _walk(walking: Walking, console: Console) -> None:
    shown = view(walking.flow, walking.turn.run)
    _show(shown, console)
    while shown.ended is None:
        try:
            pressed = console.input("> ").strip()
        except (EOFError, KeyboardInterrupt):
            return
        if pressed == "q":
            return
        if pressed == "/":
            _show_drawer(walking, console)
            continue
        problem = walking.press(pressed)
        if problem is not None:
            console.print(Text(problem, "yellow"))
            continue
        shown = view(walking.flow, walking.turn.run)
        _show(shown, console)


def _show(shown: StepView, console: Console) -> None:
    console.print()
    console.print(Text(f"{shown.phase} · {shown.title}", "bold"))
    for line in shown.must_say:
        console.print(Text(f"  [{'x' if line.said else ' '}] {plain(line.text)}", "cyan"))
    if shown.say:
        console.print(Text(plain(shown.say)))
    for offer in shown.offers:
        console.print(Text(f"  {'→' if offer.presented else ' '} {offer.rung} {offer.code} {offer.name}", "green"))
    if shown.tip:
        console.print(Text(f"  ({plain(shown.tip)})", "dim"))
    for one in (*(shown.question.options if shown.question else ()), *shown.answers):
        waiting = f"  ✓ {', '.join(one.missing)}" if one.missing else ""
        console.print(Text(f"  {one.digit or '-'}  {one.label}{waiting}"))
    if shown.question is not None and not shown.question.options:
        console.print(Text(f"  … {shown.question.label or shown.question.fact} ({shown.question.type})"))
    if shown.ended is not None:
        console.print(Text(f"= {shown.ended}", "bold green"))


def _show_drawer(walking: Walking, console: Console) -> None:
    for one in drawer(walking.flow, walking.turn.run):
        console.print(Text(f"  {one.label}: {plain(one.acknowledge)} {plain(one.explore)} {plain(one.response)}", "magenta"))
