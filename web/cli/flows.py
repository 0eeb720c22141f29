"""`stayline flow …`: checking flow files and walking their tests, without a server."""

from pathlib import Path
from typing import Annotated

import typer

from engine.clock import SystemClock
from engine.flow.findings import did_you_mean, errors
from engine.services.checking_flows import TestedFlow, check_flows
from engine.services.content import company_facts
from web.cli.common import language, read_settings, say, told_plainly
from web.languages import n_

app = typer.Typer(no_args_is_help=True, help="Call flows.")
HELP_PAGES = Path(__file__).resolve().parents[2] / "docs" / "flow-checks"
RootArgument = Annotated[Path, typer.Argument(help="The folder that holds flows/ and scripts_library/.")]


@app.callback()
def flows() -> None:
    """Call flows."""


@app.command("check")
def check(root: RootArgument = Path()) -> None:
    """Check every flow file: file, line, column, what is wrong, and a suggestion."""
    failed = False
    for tested in _tested(root):
        for finding in tested.flow.findings:
            print(finding)
        failed = failed or bool(errors(tested.flow.findings))
        if not tested.flow.findings:
            say(n_("%(path)s: nothing to mend"), path=tested.flow.path)
    if failed:
        raise typer.Exit(1)


@app.command("test")
def walk_tests(root: RootArgument = Path()) -> None:
    """Walk the tests in the flow files with the real offer rules."""
    passed = failed = 0
    for tested in _tested(root):
        for result in tested.tests:
            passed, failed = passed + result.passed, failed + (not result.passed)
            if not result.passed:
                problem = result.problem_en if language().code == "en" else result.problem_zh
                print(f"{tested.flow.path}: {result.code} {result.name}: {problem}")
        if tested.flow.snapshot is None:
            failed += 1
            print(*tested.flow.findings, sep="\n")
    print(f"{passed} passed, {failed} failed")
    if failed:
        raise typer.Exit(1)


@app.command("explain")
def explain(code: Annotated[str, typer.Argument(help="A finding's code, such as F101.")]) -> None:
    """Print the help page of a finding: what it means, a bad and a good example."""
    page = HELP_PAGES / f"{code.upper()}.md"
    if page.name not in {one.name for one in HELP_PAGES.glob("F*.md")}:
        close = did_you_mean(code.upper(), [one.stem for one in HELP_PAGES.glob("F*.md")])
        say(n_("There is no help page for %(code)s. %(hint)s"), code=code, hint=close)
        raise typer.Exit(1)
    print(page.read_text(encoding="utf-8"), end="")


def _tested(root: Path) -> list[TestedFlow]:
    from integrations.wiring import company_of, read_content

    settings = read_settings()
    clock = SystemClock()
    with told_plainly():
        session = company_facts(company_of(settings), "周敏", "8016", "zh", clock.now())
        return list(check_flows(read_content(root), settings.names_never_said, session, clock.now()))
