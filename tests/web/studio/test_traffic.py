"""The traffic of a flow over HTTP: figures, days, versions, and the file for a spreadsheet."""

import csv
import io
import json
import re
from collections.abc import Callable
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from engine.clock import to_millis
from engine.flow import snapshot
from engine.measures.intervals import Interval
from engine.services.publishing import publish_files
from engine.storage.content import publish_content
from engine.storage.database import Transaction
from integrations.content_files import read_content
from tests.unit.library.cast import flow_of, overlay_of
from tests.web.conftest import Shell, person_named
from tests.web.rows import make_call
from web.studio.traffic_page import change, seconds

pytestmark = pytest.mark.web
SignIn = Callable[[str], TestClient]
FLOW = "bill_too_high"
PAGE = f"/flows/{FLOW}/traffic"
WALK = (("step.entered", "greet", "start"), ("answer.chosen", "greet", "self"), ("step.entered", "verify", "self"))


@pytest.fixture
def body(stayline: Shell) -> str:
    text = snapshot.publish(flow_of(FLOW), (overlay_of(FLOW),)).text
    outcomes = "scripts_library/dispositions.yaml"
    with stayline.database.transaction() as tx:
        publish(tx, stayline, text)
    publish_files(stayline.database, stayline.clock, {outcomes: read_content_file(outcomes)}, by="test", message="")
    return text


def read_content_file(path: str) -> str:
    return read_content(Path())[path]


def publish(tx: Transaction, stayline: Shell, text: str) -> str:
    version = sha256(text.encode()).hexdigest()
    publish_content(tx, "flow", FLOW, version, text, at=stayline.clock.now(), by="test", message="")
    return version


def call(stayline: Shell, text: str, at: datetime, *walk: tuple[str, str, str], disposition: str = "offer_declined") -> str:
    """A call that is over, walked so."""
    call_id = make_call(stayline.database, stayline.ids, person_named(stayline, "agent"), at, state="closed", events=1)
    version, began = sha256(text.encode()).hexdigest(), to_millis(at)
    with stayline.database.transaction() as tx:
        tx.run(
            "UPDATE call SET flow_id = :flow, flow_version = :version, answered_at = :at, ended_at = :end, closed_at = :end,"
            " disposition = :outcome WHERE id = :id",
            flow=FLOW, version=version, at=began, end=began + 60_000, outcome=disposition, id=call_id,
        )  # fmt: skip
        for number, (kind, step, key) in enumerate(walk, 2):
            data = {"step": step, ("via" if kind == "step.entered" else "reaction"): key}
            tx.run(
                "INSERT INTO call_event (call_id, sequence, type, at, actor, data) VALUES (:id, :n, :kind, :at, 'agent:x', :data)",
                id=call_id, n=number, kind=kind, at=began + number * 5_000, data=json.dumps(data),
            )  # fmt: skip
    return call_id


def test_without_calls_the_page_explains_itself_and_draws_the_flow(stayline: Shell, body: str, signed_in: SignIn) -> None:
    told = signed_in("supervisor").get(PAGE).text
    assert "这些天里还没有用这个流程打完的电话" in told
    assert 'data-step="greet"' in told
    assert 'stroke-width="' not in told


def test_calls_stand_on_the_lines_and_in_the_tables(stayline: Shell, body: str, signed_in: SignIn) -> None:
    now = stayline.clock.now()
    for days in (1, 2, 3):
        call(stayline, body, now - timedelta(days=days), *WALK)
    call(stayline, body, now - timedelta(days=40), *WALK)
    told = signed_in("trainer").get(PAGE).text
    assert "3 通 100%" in told
    assert re.search(r"是我 100%</text>", told)
    assert "不足 30 通" in told
    assert told.count('data-row-step="greet"') > 5
    assert " style=" not in told


def test_other_days_and_other_versions_are_counted_apart(stayline: Shell, body: str, signed_in: SignIn) -> None:
    now = stayline.clock.now()
    call(stayline, body, now - timedelta(days=1), *WALK)
    newer = body.replace("是我", "我就是")
    with stayline.database.transaction() as tx:
        version = publish(tx, stayline, newer)
    call(stayline, newer, now - timedelta(hours=1), *WALK[:1])
    call(stayline, newer, now - timedelta(hours=2), *WALK)
    client = signed_in("administrator")
    assert "3 通 100%" in client.get(PAGE).text
    alone = client.get(PAGE, params={"version": version, "with": sha256(body.encode()).hexdigest()}).text
    assert "2 通 100%" in alone
    assert "我就是 50%" in alone
    assert "对照：1" in alone
    assert "−50.0 (" in alone
    earlier = f"{now - timedelta(days=3):%Y-%m-%d}"
    assert "没有用这个流程打完" in client.get(PAGE, params={"from": "2026-01-01", "to": earlier}).text
    assert "对照：0" in client.get(PAGE, params={"with": "before"}).text


@pytest.mark.parametrize("wrong", [{"from": "2026-11-25", "to": "2026-11-01"}, {"from": "gestern"}, {"version": "0" * 64}, {"with": "x"}])
def test_days_and_versions_that_are_none_are_told_and_the_page_stays(
    stayline: Shell, body: str, signed_in: SignIn, wrong: dict[str, str]
) -> None:
    answer = signed_in("trainer").get(PAGE, params=wrong)
    assert answer.status_code == 422
    assert 'role="alert"' in answer.text
    assert 'data-step="greet"' in answer.text


def test_a_flow_nobody_published_is_not_found(signed_in: SignIn) -> None:
    assert signed_in("trainer").get("/flows/nothing/traffic").status_code == 404
    assert signed_in("trainer").get("/flows/nothing/traffic/table.csv").status_code == 404


def test_the_file_opens_in_excel_and_runs_no_formula(stayline: Shell, body: str, signed_in: SignIn) -> None:
    hostile = body.replace("是我", "=cmd()")
    with stayline.database.transaction() as tx:
        publish(tx, stayline, hostile)
    call(stayline, hostile, stayline.clock.now() - timedelta(hours=2), *WALK)
    answer = signed_in("trainer").get(f"{PAGE}/table.csv", params={"with": "before"})
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.headers["content-disposition"].startswith('attachment; filename="bill_too_high_2026-11-12_2026-11-25.csv"')
    assert answer.content.startswith("\ufeff步骤".encode())
    lines = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
    line = next(one for one in lines if one["步骤"] == "greet" and one["客户的回应"].endswith("cmd()"))
    assert line["客户的回应"] == "'=cmd()"
    assert (line["通话"], line["占比"], line["不足 30 通"], line["对照通数"]) == ("1", "1.0", "是", "0")
    assert answer.content.count(b"\r\n") == len(lines) + 1


def test_differences_and_times_are_told_in_few_figures() -> None:
    assert change(Interval(0.031, -0.01, 0.0724)) == "+3.1 (−1.0 … +7.2)"
    assert change(None) == "–"
    assert change(Interval(0.0, 0.0, 0.0)) == "0.0 (0.0 … 0.0)"
    assert [seconds(one) for one in (None, 0, 1_240, 12_600)] == ["–", "0.0", "1.2", "13"]
