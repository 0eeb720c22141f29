"""The areas of the application. A new one adds its router here, its lines to web/permissions.py, its templates and its sentences.

Routers are made with `APIRouter()`, without a prefix: each route writes its whole path, as the table of rights does.
"""

from fastapi import APIRouter

from web import carriers, live, recordings
from web.desk import acting as desk_acts, phone, phone_line, routes as desk, transfer
from web.help import routes as help_pages
from web.people import accounts, home, lines, operator, signing_in
from web.review import mine, routes as review
from web.studio import editing, experiments, impact, life, picture, rehearsal, reviewing, text, translation
from web.supervise import routes as supervise

ROUTERS: tuple[APIRouter, ...] = (
    desk_acts.router,  # first: every press on a call comes here, and routes are tried in order
    live.router,
    carriers.router,
    signing_in.router,
    home.router,
    accounts.router,
    lines.router,
    operator.router,
    help_pages.router,
    life.router,
    reviewing.router,
    editing.router,
    text.router,
    picture.router,
    rehearsal.router,
    impact.router,
    experiments.router,
    translation.router,
    review.router,
    mine.router,
    recordings.router,
    supervise.router,
    phone.router,
    phone_line.router,
    transfer.router,
    desk.router,
)
