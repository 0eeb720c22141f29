"""`stayline users …`: who may sign in."""

import sys
from typing import Annotated

import httpx2
import typer

from engine.errors import NotFound, Refused, StaylineError
from engine.people.role import Role
from engine.services.accounts import add_person, disable_person, list_accounts
from engine.services.signing_in import make_link
from engine.storage.installation_lock import is_held
from integrations.settings import Settings
from web.cli.common import DataOption, in_words, read_settings, say, told_plainly, writing
from web.languages import n_
from web.signed_in import OPERATOR_KEY_FILE

app = typer.Typer(no_args_is_help=True, help="Who may sign in.")


@app.command("list")
def list_people(data: DataOption = None) -> None:
    """List people: sign-in name, name, role, team, state."""
    settings = read_settings(data)
    with told_plainly(), writing(settings) as door:
        for account in list_accounts(door):
            person = account.person
            state = n_("disabled") if account.disabled_at else n_("active") if account.password_hash else n_("no password yet")
            print(f"{person.name:20} {person.display_name:16} {person.role.value:14} {account.team or '-':12} {in_words(state)}")


@app.command("link")
def link(name: Annotated[str, typer.Argument(help="The sign-in name.")], data: DataOption = None) -> None:
    """Make a sign-in link: it works once, for 24 hours, and earlier unused ones become worthless."""
    settings = read_settings(data)
    with told_plainly():
        if is_served(settings):
            display_name, token, until = _ask_server(settings, name)
        else:
            with writing(settings) as door:
                made = make_link(door, name, "operator")
                display_name, token, until = made.display_name, made.token, made.expires_at.isoformat()
    say(n_("Sign-in link for %(name)s, once, until %(until)s:"), name=display_name, until=until)
    print(f"{settings.effective_public_url}/sign-in/link/{token}")


@app.command("add")
def add(
    name: Annotated[str, typer.Argument(help="The sign-in name.")],
    role: Annotated[Role, typer.Option(help="What the person is here for.")],
    display_name: Annotated[str, typer.Option("--display-name", help="The name as shown; otherwise the sign-in name.")] = "",
    team: Annotated[str, typer.Option(help="The team; made when it is new.")] = "",
    agent_number: Annotated[str, typer.Option("--agent-number", help="The number agents tell customers.")] = "",
    data: DataOption = None,
) -> None:
    """Add a person and print a sign-in link for them."""
    settings = read_settings(data)
    with told_plainly(), writing(settings) as door:
        add_person(door, name, display_name or name, role.value, team=team, agent_number=agent_number, made_by="operator")
        made = make_link(door, name, "operator")
    say(n_("Added %(name)s. Their sign-in link, once, for 24 hours:"), name=made.display_name)
    print(f"{settings.effective_public_url}/sign-in/link/{made.token}")


@app.command("disable")
def disable(name: Annotated[str, typer.Argument(help="The sign-in name.")], data: DataOption = None) -> None:
    """Shut a person out at once: their sessions end, their links become worthless."""
    settings = read_settings(data)
    with told_plainly(), writing(settings) as door:
        account = next((one for one in list_accounts(door) if one.person.name == name), None)
        if account is None:
            raise NotFound("account.unknown", name=name)
        disable_person(door, account.person.user_id, "operator")
    say(n_("%(name)s is disabled."), name=account.person.display_name)


def is_served(settings: Settings) -> bool:
    """Whether a server holds this installation, so that writing has to go through it."""
    return settings.effective_database_url.startswith("sqlite") and settings.data_directory.exists() and is_held(settings.data_directory)


def _ask_server(settings: Settings, name: str) -> tuple[str, str, str]:
    """Have the running server make the link."""
    made = ask_server(settings, "/operator/sign-in-links", {"name": name})
    return made["display_name"], made["token"], made["expires_at"]


def ask_server(settings: Settings, path: str, wish: dict[str, str]) -> dict[str, str]:
    """Ask the running server for something, over loopback, with the operator's key. Raises Refused, NotFound."""
    key_file = settings.data_directory / OPERATOR_KEY_FILE
    try:
        key = key_file.read_text(encoding="utf-8").strip()
        answer = httpx2.post(
            f"http://127.0.0.1:{settings.port}{path}",
            json=wish,
            headers={"Authorization": f"Bearer {key}", "Host": f"127.0.0.1:{settings.port}"},
            timeout=10,
            trust_env=False,
        )
    except (OSError, httpx2.HTTPError) as problem:
        raise Refused("operator.unreachable", port=settings.port, problem=type(problem).__name__) from None
    if answer.status_code != 200:
        raise _told(answer.status_code, wish.get("name", ""))
    return answer.json()


def _told(status: int, name: str) -> StaylineError:
    if status == 404:
        return NotFound("account.unknown", name=name)
    if status == 409:
        return Refused("account.disabled", name=name)
    print(f"HTTP {status}", file=sys.stderr)
    return Refused("operator.refused")
