"""The doctor's look at the lines out: whether each can be reached, and how to mend it. Nobody is rung, nothing is changed."""

import ipaddress
import re
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast
from urllib.parse import urlsplit

import httpx2

from engine.errors import BadInput
from engine.phone_number import TrunkKind
from integrations.settings import Settings, secret_of
from web.cli.common import in_words
from web.cli.findings import Finding, Verdict
from web.languages import n_

PATIENCE = 3.0
"""Seconds; an Asterisk nearby answers in a few milliseconds."""
_TOKEN = n_("Copy it from Twilio's Console again: docs/twilio.md says where each stands.")
_E164 = re.compile(r"\+[1-9][0-9]{6,14}")


def check_lines(settings: Settings) -> Iterator[Finding]:
    """Each line that is configured; the simulated one always is."""
    if settings.asterisk_url:
        yield from _asterisk(settings)
    if settings.twilio_account_sid:
        yield from _twilio(settings)
    if not settings.asterisk_url and not settings.twilio_account_sid:
        yield _only_simulated(settings)


def _only_simulated(settings: Settings) -> Finding:
    if settings.demo:
        return Finding(Verdict.good, in_words(n_("Calls go over the simulated line: nobody is rung.")))
    told = in_words(n_("No line reaches the telephone network: nobody can be called."))
    return Finding(Verdict.warning, told, in_words(n_("Set STAYLINE_ASTERISK_URL or STAYLINE_TWILIO_ACCOUNT_SID: docs/operator.md.")))


def _bad(told: str, mend: str, **values: object) -> Finding:
    return Finding(Verdict.bad, in_words(told, **values), in_words(mend, **values))


def _refused_in_demo(setting: str) -> Finding:
    return _bad(
        n_("A demo with a line to real people does not start (%(setting)s)."),
        n_("Set STAYLINE_DEMO=false in a new data directory, or take the line out."),
        setting=setting,
    )


# ---------------------------------------------------------------- Asterisk


def _asterisk(settings: Settings) -> Iterator[Finding]:
    if settings.demo and settings.asterisk_trunk_kind is TrunkKind.public:
        yield _refused_in_demo("STAYLINE_ASTERISK_TRUNK_KIND")
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}", settings.asterisk_trunk):
        yield _bad(
            n_("Asterisk: the line has no endpoint (%(name)s)."),
            n_("Name the PJSIP endpoint behind which customers are called in STAYLINE_ASTERISK_TRUNK."),
            name=settings.asterisk_trunk or "-",
        )
    yield from _phone_address(settings.asterisk_ws_url)
    yield from _secret_file(settings.asterisk_password_file)
    try:
        password = secret_of(settings.asterisk_password, settings.asterisk_password_file, "STAYLINE_ASTERISK_PASSWORD_FILE")
    except BadInput as problem:
        yield _unreadable(problem)
        return
    yield from _reach_asterisk(settings, password)


def _phone_address(address: str) -> Iterator[Finding]:
    """Where browsers register: encrypted, except on this machine."""
    parts = urlsplit(address)
    if not address:
        yield Finding(
            Verdict.warning,
            in_words(n_("Asterisk: agents' browsers have no address to register at.")),
            in_words(n_("Set STAYLINE_ASTERISK_WS_URL, e.g. wss://pbx.example.com/ws: docs/asterisk.md.")),
        )
    elif parts.scheme not in ("ws", "wss") or not parts.hostname:
        yield _bad(
            n_("Asterisk: %(address)s is no address for agents' browsers."),
            n_("STAYLINE_ASTERISK_WS_URL must begin with wss://, e.g. wss://pbx.example.com/ws."),
            address=address,
        )
    elif parts.scheme == "ws" and not _is_this_machine(parts.hostname):
        yield _bad(
            n_("Asterisk: agents' browsers would register unencrypted at %(address)s; browsers give no microphone then."),
            n_("Use wss:// in STAYLINE_ASTERISK_WS_URL, behind a certificate: docs/asterisk.md."),
            address=address,
        )
    else:
        yield Finding(Verdict.good, in_words(n_("Asterisk: agents' browsers register at %(address)s."), address=address))


def _is_this_machine(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _secret_file(path: Path | None) -> Iterator[Finding]:
    if path is not None and path.exists() and stat.S_IMODE(path.stat().st_mode) & 0o077:
        yield Finding(Verdict.bad, in_words(n_("Others can read the secret %(name)s."), name=path.name), f"chmod 600 {path}")


def _unreadable(problem: BadInput) -> Finding:
    return _bad(
        n_("The file %(file)s that %(setting)s names cannot be read: %(problem)s"),
        n_("Let the user who runs Stayline read it, and nobody else."),
        **problem.fields,
    )


def _reach_asterisk(settings: Settings, password: str) -> Iterator[Finding]:
    root = settings.asterisk_url.rstrip("/").removesuffix("/ari")
    try:
        with httpx2.Client(timeout=PATIENCE, trust_env=False, follow_redirects=False, auth=(settings.asterisk_user, password)) as client:
            info = client.get(f"{root}/ari/asterisk/info")
            yield _told_by_asterisk(info, settings)
            if info.status_code == 200 and settings.asterisk_trunk:
                yield _trunk(client.get(f"{root}/ari/endpoints/PJSIP/{settings.asterisk_trunk}"), settings.asterisk_trunk)
    except httpx2.TimeoutException:
        yield _bad(
            n_("Asterisk: no answer from %(url)s within %(seconds)s s."),
            n_("See whether a firewall lets this machine through, and whether Asterisk still runs."),
            url=root,
            seconds=f"{PATIENCE:g}",
        )
    except (httpx2.HTTPError, httpx2.InvalidURL, ValueError) as problem:
        yield _bad(
            n_("Asterisk: nobody answers at %(url)s (%(problem)s)."),
            n_("Start Asterisk, let its http.conf listen there, and see STAYLINE_ASTERISK_URL."),
            url=root,
            problem=type(problem).__name__,
        )


def _told_by_asterisk(answer: httpx2.Response, settings: Settings) -> Finding:
    if answer.status_code == 200:
        version = _version_of(answer)
        if version:
            return Finding(Verdict.good, in_words(n_("Asterisk %(version)s answers and takes our password."), version=version))
    if answer.status_code in (401, 403):
        return _bad(
            n_("Asterisk answers but refuses the user %(user)s: the password is wrong, or the user is not in ari.conf."),
            n_("Give the password of ari.conf in STAYLINE_ASTERISK_PASSWORD_FILE, then `ari reload` in Asterisk's console."),
            user=settings.asterisk_user,
        )
    return _bad(
        n_("Something answers at %(url)s, but not as an Asterisk's ARI does (HTTP %(status)s)."),
        n_("Set enabled = yes in ari.conf and http.conf, and see STAYLINE_ASTERISK_URL."),
        url=settings.asterisk_url,
        status=answer.status_code,
    )


def _version_of(answer: httpx2.Response) -> str:
    told = _object(answer).get("system")
    return str(cast("dict[str, Any]", told).get("version", ""))[:40] if isinstance(told, dict) else ""


def _object(answer: httpx2.Response) -> dict[str, Any]:
    try:
        told = answer.json()
    except ValueError:
        return {}
    return cast("dict[str, Any]", told) if isinstance(told, dict) else {}


def _trunk(answer: httpx2.Response, name: str) -> Finding:
    state = str(_object(answer).get("state", ""))[:20]
    if answer.status_code == 404:
        return _bad(
            n_("Asterisk knows no endpoint %(name)s."),
            n_("Write it into pjsip.conf (docs/asterisk.md), or name another in STAYLINE_ASTERISK_TRUNK."),
            name=name,
        )
    if state == "offline":
        return Finding(
            Verdict.warning,
            in_words(n_("Asterisk: the line %(name)s is offline: the other side does not answer Asterisk."), name=name),
            in_words(n_("See `pjsip show endpoint %(name)s` in Asterisk's console."), name=name),
        )
    return Finding(
        Verdict.good,
        in_words(
            n_("Asterisk: the line %(name)s is there and called %(state)s (checked only where pjsip.conf has qualify_frequency)."),
            name=name,
            state=state or "-",
        ),
    )


# ---------------------------------------------------------------- Twilio


def _twilio(settings: Settings) -> Iterator[Finding]:
    """Whether the settings can work, by their form: Twilio itself is not asked, so nothing is charged and nobody is named."""
    if settings.demo and not settings.twilio_api_base:
        yield _refused_in_demo("STAYLINE_TWILIO_ACCOUNT_SID")
    problems = [*_twilio_names(settings), *_twilio_secrets(settings), *_twilio_address(settings)]
    yield from problems
    if not problems:
        told = in_words(n_("Twilio: the settings are whole; it reaches us at %(url)s."), url=settings.effective_public_url)
        yield Finding(Verdict.good, told)


def _twilio_names(settings: Settings) -> Iterator[Finding]:
    for setting, value, form in (
        ("STAYLINE_TWILIO_ACCOUNT_SID", settings.twilio_account_sid, "AC[0-9a-fA-F]{32}"),
        ("STAYLINE_TWILIO_API_KEY_SID", settings.twilio_api_key_sid, "SK[0-9a-fA-F]{32}"),
        ("STAYLINE_TWILIO_APP_SID", settings.twilio_app_sid, "AP[0-9a-fA-F]{32}"),
    ):
        if not re.fullmatch(form, value):
            yield _bad(n_("Twilio: %(setting)s must be %(letters)s and 32 hexadecimal digits."), _TOKEN, setting=setting, letters=form[:2])
    if not _E164.fullmatch(settings.twilio_number):
        yield _bad(n_("Twilio: STAYLINE_TWILIO_NUMBER is not a number like +8613800001234."), n_("Give a number of the account."))


def _twilio_secrets(settings: Settings) -> Iterator[Finding]:
    for setting, given, path in (
        ("STAYLINE_TWILIO_AUTH_TOKEN_FILE", settings.twilio_auth_token, settings.twilio_auth_token_file),
        ("STAYLINE_TWILIO_API_KEY_SECRET_FILE", settings.twilio_api_key_secret, settings.twilio_api_key_secret_file),
    ):
        yield from _secret_file(path)
        try:
            secret = secret_of(given, path, setting)
        except BadInput as problem:
            yield _unreadable(problem)
            continue
        if len(secret) < 16 or not secret.isascii() or secret != secret.strip():
            yield _bad(n_("Twilio: the secret of %(setting)s is missing or too short."), _TOKEN, setting=setting)


def _twilio_address(settings: Settings) -> Iterator[Finding]:
    parts = urlsplit(settings.public_url)
    if parts.scheme != "https" or not parts.hostname or "_" in parts.hostname or parts.query or parts.fragment or "@" in parts.netloc:
        yield _bad(
            n_("Twilio: it cannot reach us at “%(url)s”: the address must begin with https:// and be known to everybody."),
            n_("Set STAYLINE_PUBLIC_URL to the address that Twilio uses, letter by letter: it is signed."),
            url=settings.public_url,
        )
