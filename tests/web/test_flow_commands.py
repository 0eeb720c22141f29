"""`stayline flow …` on a small content folder: check, explain, test, format, schema and play."""

import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from tests.unit.flow.sample_cast import FLOW_TEXT, LIBRARY_FILES
from web.cli import app

pytestmark = pytest.mark.web
runner = CliRunner()


@pytest.fixture(autouse=True)
def english(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    from web.cli.common import language

    monkeypatch.setenv("LANG", "C")
    monkeypatch.delenv("LC_ALL", raising=False)
    monkeypatch.setenv("STAYLINE_DATA_DIRECTORY", str(tmp_path / "data"))
    language.cache_clear()


@pytest.fixture
def flow(tmp_path: Path) -> Path:
    """The sample flow, its library beside it."""
    for name, text in LIBRARY_FILES.items():
        path = tmp_path / "scripts_library" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    path = tmp_path / "flows" / "sample.yaml"
    path.parent.mkdir()
    path.write_text(
        FLOW_TEXT.replace("offered: [plan_79]", "offered: []").replace("accepted_pending, offered", "care_only, offered"), "utf-8"
    )
    return path


def run(*arguments: str, typed: str = "") -> tuple[int, str]:
    """(exit code, what was printed) of `stayline flow …`."""
    result = runner.invoke(app, ["flow", *arguments], input=typed)
    assert "Traceback" not in result.output
    return result.exit_code, result.output


def test_check_tells_place_code_and_remedy_of_one_file_or_of_all(flow: Path) -> None:
    assert run("check", str(flow)) == (0, "flows/sample.yaml: nothing to mend\n")
    flow.write_text(FLOW_TEXT.replace("-> third_party", "-> third_part", 1), encoding="utf-8")
    code, told = run("check", str(flow.parents[1]))
    assert code == 1
    wanted = r"^flows/sample\.yaml:\d+:\d+: F101 没有步骤“third_part” / there is no step 'third_part' .*third_party"
    assert re.search(wanted, told, re.MULTILINE)


def test_check_of_a_folder_tells_what_is_wrong_in_its_library_too(flow: Path) -> None:
    (flow.parents[1] / "scripts_library" / "rules.yaml").write_text(
        "format: properties/1\nid: x\nproperties:\n  - never: offers\n", "utf-8"
    )
    code, told = run("check", str(flow.parents[1]))
    assert code == 1
    assert "scripts_library/rules.yaml:4:12: F707" in told


def test_a_path_with_nothing_in_it_is_told(tmp_path: Path) -> None:
    assert run("check", str(tmp_path / "nowhere"))[0] == 1


def test_explain_prints_the_page_of_a_code() -> None:
    code, told = run("explain", "f101")
    assert code == 0
    assert told.startswith("# F101 ")
    code, told = run("explain", "F1011")
    assert code == 1
    assert "F101" in told


def test_test_tells_what_no_test_walks_and_proposes_tests_for_approval(flow: Path) -> None:
    bare = FLOW_TEXT[: FLOW_TEXT.index("tests:\n")]
    flow.write_text(f"{bare}tests:\n  - name: 一\n    path: [greet.other]\n    expect: {{end: third_party}}\n", encoding="utf-8")
    code, told = run("test", str(flow))
    assert code == 0
    assert "1 passed, 0 failed" in told
    assert re.search(r"1 of \d+ ways walked", told)
    assert run("test", str(flow), "--complete")[0] == 1
    assert "greet.self" in told
    code, told = run("test", str(flow), "--write-missing")
    proposed = flow.with_name("sample.proposed.yml").read_text(encoding="utf-8")
    assert proposed.startswith("tests:\n  # 待审")
    assert "greet.busy" in proposed
    assert "no walk found to" in told, "there is no offer policy here, so no offer is ever made"
    assert "tests:" in run("test", str(flow), "--write-missing", "--to-screen")[1]


def test_format_changes_a_file_only_when_asked(flow: Path) -> None:
    loose = FLOW_TEXT.replace("facts:\n", "facts:   # 变量\n") + "\n\n"
    flow.write_text(loose, encoding="utf-8")
    assert run("format", str(flow), "--check")[0] == 1
    assert flow.read_text(encoding="utf-8") == loose
    assert run("format", str(flow))[0] == 0
    assert run("format", str(flow), "--check")[0] == 0
    assert "# 变量" in flow.read_text(encoding="utf-8")


def test_schema_is_printed() -> None:
    assert '"$schema"' in run("schema")[1]


def test_play_walks_by_keys_and_keeps_the_walk_as_a_test(flow: Path) -> None:
    flow.write_text(FLOW_TEXT, encoding="utf-8")
    typed = "1\n1\nz\n/\nb\n1\n1\nx\n"
    code, told = run("play", str(flow), "-g", "salutation=王女士", "-g", "tenure_months=3", "--save", "走一遍", typed=typed)
    assert code == 0, told
    assert "王女士" in told
    assert "There is no such key here." in told
    assert "太贵了" in told
    assert "= cancel_registered" in told
    kept = flow.read_text(encoding="utf-8")
    assert "- name: 走一遍" in kept
    assert "path: [greet.self, verify.match, back, verify.match, ask_leave.agree, cancel]" in kept
    assert "given: {salutation: 王女士, tenure_months: 3}" in kept


def test_play_stops_on_q_and_refuses_what_it_cannot_use(flow: Path) -> None:
    flow.write_text(FLOW_TEXT, encoding="utf-8")
    assert run("play", str(flow), typed="q\n")[0] == 0
    assert run("play", str(flow), "-g", "nothing=1")[0] == 1
    assert run("play", str(flow), "-g", "tenure_months=long")[0] == 1
    flow.write_text(FLOW_TEXT.replace("-> third_party", "-> nowhere"), encoding="utf-8")
    assert run("play", str(flow))[0] == 1


def test_i18n_marks_a_translation_as_looked_at(flow: Path) -> None:
    beside = flow.with_name("sample.en.yaml")
    beside.write_text(
        "format: locale/1\nof: sample\nlocale: en\nsteps:\n  verify:\n    src: h000000\n    say: The last four digits?\n", "utf-8"
    )
    assert "F502" in run("check", str(flow))[1]
    assert run("i18n", str(flow)) == (0, "flows/sample.en.yaml: src renewed\n")
    assert "F502" not in run("check", str(flow))[1]
    assert run("i18n", str(flow)) == (0, "")
