"""The command line: `stayline …`, or `python -m web.cli …` from the checkout. One module per noun."""

import typer

from web.cli import content, customers, demo, doctor, flows, playing, serving, users

app = typer.Typer(
    no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, help="Stayline: a calling desk for retention agents."
)
app.command("serve")(serving.serve)
app.command("doctor")(doctor.doctor)
app.add_typer(users.app, name="users")
app.add_typer(customers.app, name="customers")
app.add_typer(demo.app, name="demo")
app.add_typer(flows.app, name="flow")
assert playing.play  # adds itself to `flow`
app.add_typer(content.app, name="content")
