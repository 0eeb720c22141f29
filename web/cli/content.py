"""`stayline content …`: taking in what trainers wrote."""

from typing import Annotated

import typer

from web.cli.common import DataOption, read_settings, say, told_plainly, writing
from web.languages import n_

app = typer.Typer(no_args_is_help=True, help="What ships in flows/ and scripts_library/.")


@app.callback()
def content() -> None:
    """What ships in flows/ and scripts_library/."""


@app.command("load")
def load(
    message: Annotated[str, typer.Option(help="What changed, for the list of versions.")],
    data: DataOption = None,
) -> None:
    """Publish changed files of flows/ and scripts_library/: each as a new version; calls under way keep theirs."""
    from integrations.wiring import load_content

    settings = read_settings(data)
    with told_plainly(), writing(settings) as door:
        report = load_content(door.database, settings, settings.content_directory, by="operator", message=message)
    for kind, name in report.taken:
        print(f"+ {kind} {name}")
    for problem in report.problems:
        print(problem)
    say(n_("%(taken)s published, %(problems)s problems."), taken=len(report.taken), problems=len(report.problems))
    raise typer.Exit(1 if report.problems else 0)
