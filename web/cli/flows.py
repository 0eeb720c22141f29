"""`stayline flow …`: checking, testing, formatting and playing flow files, without a server."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from engine.clock import SystemClock
from engine.flow.document import flow_schema_text
from engine.flow.findings import Severity, did_you_mean, errors
from engine.flow.formatting import as_tests, formatted
from engine.services.checking_flows import TestedFlow, check_flows, library_findings, propose_tests, renewed_translations
from engine.services.content import company_facts
from engine.yaml_text import BadYaml
from integrations.settings import Settings
from web.cli.common import language, read_settings, say, told_plainly
from web.languages import n_

app = typer.Typer(no_args_is_help=True, help="Call flows.")
HELP_PAGES = Path(__file__).resolve().parents[2] / "docs" / "flow-checks"
SCHEMA = "flows/flow.schema.json"
PathArgument = Annotated[Path, typer.Argument(help="A flow file, or the folder that holds flows/ and scripts_library/.")]


@dataclass(frozen=True, slots=True)
class Workplace:
    """The files a command works on. `only`: the one flow it was given, relative to the root."""

    root: Path
    only: str | None
    files: dict[str, str]
    settings: Settings
    now: datetime

    @property
    def session(self) -> dict[str, object]:
        """The facts of the call itself, as a rehearsal has them."""
        from integrations.wiring import company_of

        return company_facts(company_of(self.settings), "周敏", "8016", "zh", self.now)

    def tested(self) -> list[TestedFlow]:
        """Every flow, or the one that was given, checked and tested."""
        return list(check_flows(self.files, self.settings.names_never_said, self.session, self.now, self.only))


@contextmanager
def workplace(path: Path) -> Iterator[Workplace]:
    """The files around a path. Ends the command with a sentence when there are none, or when one of them is broken."""
    from integrations.wiring import read_content

    where = path.resolve()
    root = where if where.is_dir() else next((one for one in where.parents if (one / "scripts_library").is_dir()), where.parent)
    if not where.exists() or not (root / "flows").is_dir():
        say(n_("There is no flow at %(path)s."), path=path)
        raise typer.Exit(1)
    with told_plainly():
        only = where.relative_to(root).as_posix() if where.is_file() else None
        yield Workplace(root, only, read_content(root), read_settings(), SystemClock().now())


@app.callback()
def flows() -> None:
    """Call flows."""


@app.command("check")
def check(path: PathArgument = Path()) -> None:
    """Check flow files: file, line, column, what is wrong, and a suggestion. `explain` tells more of a code."""
    failed = False
    with workplace(path) as place:
        for finding in library_findings(place.files) if place.only is None else ():
            print(finding)
            failed = failed or finding.severity is Severity.error
        for tested in place.tested():
            for finding in tested.flow.findings:
                print(finding)
            failed = failed or bool(errors(tested.flow.findings))
            if not tested.flow.findings:
                say(n_("%(path)s: nothing to mend"), path=tested.flow.path)
    if failed:
        raise typer.Exit(1)


@app.command("explain")
def explain(code: Annotated[str, typer.Argument(help="A finding's code, such as F101.")]) -> None:
    """Print the help page of a finding: what it means, a bad and a good example."""
    known = {page.stem: page for page in HELP_PAGES.glob("F*.md")}
    page = known.get(code.upper())
    if page is None:
        say(n_("There is no help page for %(code)s. %(hint)s"), code=code, hint=did_you_mean(code.upper(), sorted(known)))
        raise typer.Exit(1)
    print(page.read_text(encoding="utf-8"), end="")


@app.command("test")
def walk_tests(
    path: PathArgument = Path(),
    write_missing: Annotated[
        bool, typer.Option("--write-missing", help="Propose tests for what none walks, in <id>.proposed.yml beside the flow.")
    ] = False,
    to_screen: Annotated[bool, typer.Option("--to-screen", help="With --write-missing: print the proposals instead.")] = False,
    complete: Annotated[bool, typer.Option("--complete", help="Fail when a way is not walked.")] = False,
) -> None:
    """Walk the tests in the flow files with the real offer rules, and tell what no test walks."""
    passed = failed = 0
    short = False
    with workplace(path) as place:
        for tested in place.tested():
            _tell_tests(tested)
            good = sum(one.passed for one in tested.tests)
            passed, failed = passed + good, failed + len(tested.tests) - good + (tested.flow.snapshot is None)
            short = short or bool(tested.coverage and tested.coverage.missing)
            if write_missing:
                _propose(place, tested, to_screen)
    print(f"{passed} passed, {failed} failed")
    if failed or (complete and short):
        raise typer.Exit(1)


def _tell_tests(tested: TestedFlow) -> None:
    for result in tested.tests:
        if not result.passed:
            problem = result.problem_en if language().code == "en" else result.problem_zh
            print(f"{tested.flow.path}: {result.code} {result.name}: {problem}")
    if tested.flow.snapshot is None:
        print(*tested.flow.findings, sep="\n")
    covered = tested.coverage
    if covered is not None:
        say(n_("%(path)s: %(walked)s of %(all)s ways walked"), path=tested.flow.path, walked=covered.walked, all=len(covered.ways))
        if covered.missing:
            say(n_("  not walked: %(ways)s"), ways=", ".join(covered.missing))


def _propose(place: Workplace, tested: TestedFlow, to_screen: bool) -> None:
    found = propose_tests(place.files, tested, place.session, place.now)
    if found is None or not (found.tests or found.unfound):
        return
    text = as_tests([(test, f"待审 · proposed for: {', '.join(ways)}") for test, ways in found.tests]) if found.tests else ""
    if to_screen:
        print(text, end="")
    elif text:
        beside = place.root / f"{tested.flow.path.removesuffix('.yaml')}.proposed.yml"
        beside.write_text(text, encoding="utf-8")
        say(n_("%(count)s tests proposed in %(path)s: read each, then take it into the flow"), count=len(found.tests), path=beside)
    if found.unfound:
        say(n_("  no walk found to: %(ways)s"), ways=", ".join(found.unfound))


@app.command("format")
def put_in_form(
    path: PathArgument = Path(),
    only_check: Annotated[bool, typer.Option("--check", help="Change nothing; fail when a file is not in its form.")] = False,
) -> None:
    """Put flow files into their canonical form; comments stay."""
    changed = failed = 0
    with workplace(path) as place:
        for name, text in place.files.items():
            if not name.startswith("flows/") or place.only not in (None, name):
                continue
            try:
                neat = formatted(text, name)
            except BadYaml as problem:
                print(problem)
                failed += 1
                continue
            if neat != text:
                changed += 1
                say(n_("%(path)s: not in its form") if only_check else n_("%(path)s: put into its form"), path=name)
                if not only_check:
                    (place.root / name).write_text(neat, encoding="utf-8")
    if failed or (changed and only_check):
        raise typer.Exit(1)


@app.command("i18n")
def renew_translations(path: PathArgument = Path()) -> None:
    """Set `src` in translations to the originals as they are now, once every line that F502 names has been looked at."""
    with workplace(path) as place:
        for name, text in list(renewed_translations(place.files, place.settings.names_never_said, place.only)):
            (place.root / name).write_text(text, encoding="utf-8")
            say(n_("%(path)s: src renewed"), path=name)


@app.command("schema")
def schema(
    write: Annotated[Path | None, typer.Option(help="Write it to a file instead, such as flows/flow.schema.json.")] = None,
) -> None:
    """Print the JSON Schema of a flow file, for completion in an editor."""
    if write is None:
        print(flow_schema_text(), end="")
    else:
        write.write_text(flow_schema_text(), encoding="utf-8")
