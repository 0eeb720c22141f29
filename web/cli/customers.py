"""`stayline customers …`: bringing customers in."""

from pathlib import Path
from typing import Annotated

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from web.cli.common import DataOption, language, read_settings, say, told_plainly, writing
from web.languages import n_

app = typer.Typer(no_args_is_help=True, help="Customers.")


@app.callback()
def customers() -> None:
    """Customers."""


@app.command("import")
def import_customers(
    file: Annotated[Path, typer.Argument(help="A .csv or .xlsx file.")],
    mapping: Annotated[Path, typer.Option(help="The mapping from its columns to customer fields.")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Check every row and write nothing.")] = False,
    rejects: Annotated[Path | None, typer.Option(help="Where rejected rows are listed; otherwise FILE.rejects.csv.")] = None,
    campaign: Annotated[str | None, typer.Option(help="Put the customers on this campaign's list.")] = None,
    team: Annotated[str | None, typer.Option(help="The team that works the list.")] = None,
    data: DataOption = None,
) -> None:
    """Import customers. The same file again changes nothing; every row is either stored or listed with its reason."""
    from integrations.wiring import import_file

    settings = read_settings(data)
    listed = rejects or file.with_name(f"{file.name}.rejects.csv")
    with told_plainly(), writing(settings) as door, _bar() as bar:
        task = bar.add_task("", total=None)
        report = import_file(
            door.database,
            file,
            mapping,
            actor="operator",
            rejects=listed,
            dry_run=dry_run,
            campaign=campaign,
            team=team,
            progress=lambda done, total: bar.update(task, completed=done, total=total),
        )
    for line in report.lines(language().code):
        print(line)
    if report.problems:
        say(n_("Rejected rows are listed in %(file)s"), file=listed)


def _bar() -> Progress:
    """Rows done, on standard error and only for people, so that the report can be piped."""
    from rich.console import Console

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    return Progress(*columns, console=Console(stderr=True), transient=True)
