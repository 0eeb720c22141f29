"""What reaches the log: nothing personal, and every request once."""

import json
import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from hypothesis import given, strategies as st

from engine.services.signing_in import make_link
from tests.web.conftest import Shell
from web.logs import configure_logs, mask_numbers

pytestmark = [pytest.mark.web, pytest.mark.safety]


@pytest.fixture
def log(tmp_path: Path) -> Iterator[Path]:
    root, access = logging.getLogger(), logging.getLogger("stayline.access")
    kept = (root.handlers[:], root.level, access.handlers[:], access.propagate)
    path = tmp_path / "logs" / "stayline.log"
    configure_logs(file=path)
    yield path
    for handler in [*root.handlers, *access.handlers]:
        handler.close()
    root.handlers[:], root.level, access.handlers[:], access.propagate = kept


def _lines(log: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in log.read_text(encoding="utf-8").splitlines()]


@pytest.mark.parametrize(
    ("said", "written"),
    [
        ("+8613800138000", "•••••8000"),
        ("call 13800138000 now", "call •••••8000 now"),
        ("138 0013 8000", "•••••8000"),
        ("138-0013-8000", "•••••8000"),
        ("+99912345678901", "•••••8901"),
        ("id 019ab3c4-1234-7abc-8def-0123456789ab", "id 019ab3c4-1234-7abc-8def-0123456789ab"),
        ("at 2026-11-25T04:02:41.123Z", "at 2026-11-25T04:02:41.123Z"),
        ("port 8000, step 12", "port 8000, step 12"),
    ],
)
def test_numbers_are_masked_and_ids_are_not(said: str, written: str) -> None:
    assert mask_numbers(said) == written


@given(st.from_regex(r"1[3-9][0-9]{9}", fullmatch=True), st.sampled_from(["", " ", "：", "，", "(", '"', "="]))
def test_no_mobile_number_survives(number: str, before: str) -> None:
    assert number not in mask_numbers(f"{before}{number}{before}")


def test_fields_nested_values_and_tracebacks_are_masked(log: Path) -> None:
    try:
        raise ValueError("cannot dial +8613800138000")
    except ValueError:
        logging.getLogger("engine").exception("dialing failed", extra={"number": "13800138000"})
    import structlog

    structlog.get_logger("engine").info("told", who={"phones": ["13800138000"]}, token="do-not-tell", password="do-not-tell")
    text = log.read_text(encoding="utf-8")
    assert "13800138000" not in text
    assert "do-not-tell" not in text
    assert "•••••8000" in text


def test_each_request_is_one_line_with_the_route_and_not_the_path(log: Path, client: TestClient, stayline: Shell) -> None:
    token = make_link(stayline.door, "agent", "test").token
    answer = client.get(f"/sign-in/link/{token}?next=/secret", headers={"User-Agent": "agent 13800138000"})
    assert answer.status_code == 200
    (line,) = (one for one in _lines(log) if one["event"] == "request")
    assert (line["route"], line["status"], line["method"]) == ("/sign-in/link/{token}", 200, "GET")
    assert line["request_id"] == answer.headers["x-request-id"]
    text = log.read_text(encoding="utf-8")
    for secret in (token, "/secret", "13800138000"):
        assert secret not in text


def test_a_line_break_in_a_value_starts_no_line_of_its_own(log: Path) -> None:
    logging.getLogger("engine").warning("told", extra={"what": 'x\n{"event": "request", "status": 200}'})
    assert len(_lines(log)) == 1
