"""Turning values into HTML: one Jinja environment per language, with what every page needs.

A route returns `page(request, "people/people.html", fragment="people/_list.html", …)`: the whole page for a visit by address,
the fragment alone when htmx asks for a part. Templates get values only; they query nothing.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_datetime, format_time
from fastapi import Request
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.responses import HTMLResponse

from engine.clock import to_millis
from engine.people.account import LOCALES, SignedIn, Theme
from web.assets import Assets
from web.languages import COOKIE, Language, choose_language, read_languages
from web.permissions import RIGHTS

TEMPLATES = Path(__file__).parent / "templates"
THEME_COOKIE = "theme"


class Pages:
    """The templates in every language. `zone` is the installation's: times on pages are told in it."""

    def __init__(self, assets: Assets, zone: str = "Asia/Shanghai") -> None:
        self.languages = read_languages()
        self._environments = {tag: _environment(language, assets, ZoneInfo(zone)) for tag, language in self.languages.items()}

    def html(self, request: Request, template: str, context: Mapping[str, Any]) -> str:
        language = self.language_of(request)
        person: SignedIn | None = getattr(request.state, "person", None)
        template_of = self._environments[language.tag].get_template(template)
        return template_of.render(
            nonce=request.state.nonce,
            person=person,
            language=language,
            theme=_theme(request, person),
            path=request.url.path,
            may=_rights_of(person),
            demo=request.app.state.stayline.settings.demo,
            now=to_millis(request.app.state.stayline.clock.now()),
            **context,
        )

    def language_of(self, request: Request) -> Language:
        """The person's language; before sign-in the cookie's or the browser's."""
        person: SignedIn | None = getattr(request.state, "person", None)
        if person is not None and person.locale in self.languages:
            return self.languages[person.locale]
        return self.languages[choose_language(request.cookies.get(COOKIE), request.headers.get("accept-language"))]


def page(request: Request, template: str, /, *, fragment: str | None = None, status: int = 200, **context: Any) -> HTMLResponse:
    """Answer with a page, or with its `fragment` when htmx asks for a part."""
    pages: Pages = request.app.state.pages
    chosen = fragment if fragment is not None and wants_fragment(request) else template
    return HTMLResponse(pages.html(request, chosen, context), status, headers={"Vary": "HX-Request-Type, Cookie"})


def wants_fragment(request: Request) -> bool:
    """Whether htmx asks for a part of a page. (HX-Request alone is also sent when the history restores a whole page.)"""
    return request.headers.get("hx-request-type") == "partial"


def translated(request: Request, message: str, **values: object) -> str:
    """A sentence in the language of the request, for what is said outside templates."""
    pages: Pages = request.app.state.pages
    text = pages.language_of(request).gettext(message)
    return text % values if values else text


@lru_cache(maxsize=4096)
def initials(text: str) -> str:
    """What to type to find a Chinese label: its pinyin initials, then its full pinyin.

    >>> initials("约回访")
    'yhf yuehuifang'
    """
    from pypinyin import Style, lazy_pinyin  # a fifth of a second that the start need not wait for

    parts = lazy_pinyin(text, style=Style.NORMAL)
    return f"{''.join(part[0] for part in parts if part.strip())} {''.join(parts)}".lower()


def _rights_of(person: SignedIn | None) -> Callable[[str], bool]:
    """`may("GET /desk")` in templates: whether the table of rights opens that route to whoever reads the page."""

    def may(route: str) -> bool:
        right = RIGHTS.get(route)
        return person is not None and right is not None and right.allows(person.role)

    return may


def _theme(request: Request, person: SignedIn | None) -> str:
    if person is not None:
        return person.theme.value
    cookie = request.cookies.get(THEME_COOKIE, "")
    return cookie if cookie in Theme.__members__ else Theme.system.value


def _environment(language: Language, assets: Assets, zone: ZoneInfo) -> Environment:
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
        extensions=["jinja2.ext.i18n"],
    )
    install: Any = environment
    install.install_gettext_callables(
        language.gettext, language.ngettext, newstyle=True, pgettext=language.pgettext, npgettext=language.npgettext
    )
    names: dict[str, Any] = environment.globals  # pyright: ignore[reportAssignmentType]
    names.update(static=assets.url, vendor=assets.vendor, imports=assets.imports(), all_languages=LOCALES)
    filters: dict[str, Any] = environment.filters  # pyright: ignore[reportAssignmentType]
    filters.update(initials=initials, millis=to_millis, **_told_in(language, zone))
    return environment


def _told_in(language: Language, zone: ZoneInfo) -> dict[str, Callable[[datetime], str]]:
    """Filters that tell a moment in the installation's zone: `at|time`, `at|day`, `at|moment`."""

    def time(at: datetime) -> str:
        return format_time(at.astimezone(zone), "HH:mm", locale=language.babel)

    def day(at: datetime) -> str:
        return format_date(at.astimezone(zone), "medium", locale=language.babel)

    def moment(at: datetime) -> str:
        return format_datetime(at.astimezone(zone), "yyyy-MM-dd HH:mm", locale=language.babel)

    return {"time": time, "day": day, "moment": moment}
