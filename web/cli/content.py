"""`stayline content …`: taking in what trainers wrote."""

from pathlib import Path
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
    message: Annotated[str, typer.Option(help="What changed, for the list of versions and for whoever approves it.")],
    data: DataOption = None,
) -> None:
    """Take in changed files of flows/ and scripts_library/.

    Into an empty installation everything is published. Later the library is published at once, and changed flows become drafts in review:
    another person approves them in the studio. A draft somebody is writing is never overwritten. Calls under way keep their versions.
    """
    from integrations.wiring import load_content

    settings = read_settings(data)
    with told_plainly(), writing(settings) as door:
        report = load_content(door.database, settings, settings.content_directory, by="operator", message=message)
    for kind, name in report.taken:
        print(f"+ {kind} {name}")
    for name in report.drafts:
        print(f"~ flow {name}")
    for problem in report.problems:
        print(problem)
    say(
        n_("%(taken)s published, %(drafts)s drafts wait for approval, %(problems)s problems."),
        taken=len(report.taken),
        drafts=len(report.drafts),
        problems=len(report.problems),
    )
    raise typer.Exit(1 if report.problems else 0)


@app.command("export")
def export(
    directory: Annotated[Path, typer.Argument(help="The folder to write flows/ and scripts_library/ into.")],
    data: DataOption = None,
) -> None:
    """Write everything that is live back as files, byte for byte as it was written: to keep under version control, or to load elsewhere."""
    from integrations.wiring import export_content

    settings = read_settings(data)
    with told_plainly(), writing(settings) as door:
        written, without = export_content(door.database, directory)
    for path in written:
        print(f"> {path}")
    for name in without:
        say(n_("The files of the live version of %(name)s were not kept; load it again once, then export."), name=name)
    say(n_("%(written)s files written; the others were the same."), written=len(written))
    raise typer.Exit(1 if without else 0)
