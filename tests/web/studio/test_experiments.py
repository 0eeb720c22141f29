"""The page of experiments: begun, watched and stopped in the browser's words."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import ParamSpec, TypeVar

import pytest
from fastapi.testclient import TestClient

from engine.errors import Refused
from engine.services.background import run_due_jobs
from integrations.wiring import JOBS
from tests.fakes.workshop import Bench
from tests.web.conftest import Shell, person_named
from tests.web.studio.experiments_stage import FLOW, call_in, loaded, running_experiment, two_versions

pytestmark = pytest.mark.web

PAGE = f"/flows/{FLOW}/experiments"
P = ParamSpec("P")
T = TypeVar("T")
SignIn = Callable[[str], TestClient]


def in_english(client: TestClient) -> TestClient:
    client.post("/me", data={"language": "en", "theme": "light"})
    return client


def form(live: str, other: str, **changes: str) -> dict[str, str]:
    return {
        "title": "先关心再报价", "version_a": live, "version_b": other, "share_b": "40", "holdout": "5", "smallest_effect": "5",
        "expected_rate": "30", "window_days": "7", "maximum": "",
    } | changes  # fmt: skip


def test_with_one_version_the_page_says_what_is_missing(stayline: Shell, signed_in: SignIn) -> None:
    from tests.web.desk.stage import desk_world

    desk_world(stayline)
    text = in_english(signed_in("trainer")).get(PAGE).text
    assert "There is only one version" in text
    assert '<form class="begin"' not in text


def test_a_flow_that_never_was_has_no_page(stayline: Shell, signed_in: SignIn) -> None:
    assert signed_in("trainer").get("/flows/nobody/experiments").status_code == 404


def test_an_experiment_is_begun_watched_and_stopped(stayline: Shell, signed_in: SignIn) -> None:
    live, other = two_versions(stayline)
    client = in_english(signed_in("trainer"))
    empty = client.get(PAGE).text
    assert "What will happen" in empty
    assert "No experiment yet" in empty
    begun = client.post(PAGE, data=form(live, other))
    assert (begun.status_code, begun.headers["location"]) == (303, PAGE)
    text = client.get(PAGE).text
    assert "Go on" in text
    assert "a 60 % · b 40 %" in text
    assert "Too few customers for an interval" in text
    address = re.search(rf"{PAGE}/[0-9a-f-]+/stop", text)
    assert address is not None
    assert client.post(address.group(), data={"message": "够了"}).status_code == 303
    assert "The result is being written" in client.get(PAGE).text
    run_due_jobs(stayline, JOBS)
    after = client.get(PAGE).text
    assert "够了" in after
    assert "Begin an experiment" in after
    assert "Stopped before it decided" in after
    assert "As it was when the experiment stopped" in after


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"version_b": "same"}, "a version is never better than itself"),
        ({"version_b": "0" * 64}, "Choose two published versions"),
        ({"title": " "}, "Give the experiment a name"),
        ({"share_b": "viele"}, "viele is none"),
        ({"share_b": "100"}, "1 to 99 per cent"),
        ({"smallest_effect": "nan"}, "nan is none"),
        ({"holdout": "90"}, "0 to 50 per cent"),
        ({"maximum": "3"}, "50 to 1000000"),
    ],
)
def test_nonsense_comes_back_with_a_sentence_and_what_was_written(
    stayline: Shell, signed_in: SignIn, change: dict[str, str], told: str
) -> None:
    live, other = two_versions(stayline)
    if change.get("version_b") == "same":
        change = {"version_b": live}
    answer = in_english(signed_in("trainer")).post(PAGE, data=form(live, other, window_days="9") | change)
    assert answer.status_code == 422
    assert told in answer.text
    assert 'value="9"' in answer.text


def test_a_second_one_is_refused_with_a_sentence(stayline: Shell, signed_in: SignIn) -> None:
    running_experiment(stayline, person_named(stayline, "trainer"))
    live, other = two_versions(stayline)
    answer = in_english(signed_in("supervisor")).post(PAGE, data=form(live, other))
    assert answer.status_code == 409
    assert "Running" in answer.text


def test_it_is_not_stopped_without_a_word(stayline: Shell, signed_in: SignIn) -> None:
    experiment = running_experiment(stayline, person_named(stayline, "trainer"))
    answer = in_english(signed_in("trainer")).post(f"{PAGE}/{experiment}/stop", data={"message": " "})
    assert answer.status_code == 422
    assert "why it is stopped" in answer.text
    assert loaded(stayline, experiment).running


def test_the_figures_and_the_interval_are_shown_and_frozen_when_it_stops(stayline: Shell, signed_in: SignIn) -> None:
    trainer, agent = person_named(stayline, "trainer"), person_named(stayline, "agent")
    experiment = loaded(stayline, running_experiment(stayline, trainer))
    saves = {"a": 0, "b": 0, "holdout": 0}
    for number in range(120):
        outcome, confirmed = (("accepted_pending", number % 3 == 0), ("not_kept", False), ("refused", False))[number % 3]
        arm = call_in(stayline, experiment, agent, outcome, confirmed=confirmed)
        saves[arm.value] += confirmed
    client = in_english(signed_in("trainer"))
    assert "Too few customers for an interval" in client.get(PAGE).text  # nobody's time to confirm is over
    stayline.clock.advance(timedelta(days=2, minutes=1))
    client = in_english(signed_in("trainer"))
    text = client.get(PAGE).text
    row = re.search(r"Confirmed saves</th>(.*?)</tr>", text)
    assert row is not None
    assert re.findall(r">(\d+)<", row.group(1)) == [str(saves[arm]) for arm in ("a", "b", "holdout")]
    assert 'class="whisker"' in text
    assert "One agent carries 100 % of a version" in text
    assert " style=" not in text
    client.post(f"{PAGE}/{experiment.id}/stop", data={"message": "看够了"})
    run_due_jobs(stayline, JOBS)
    result = loaded(stayline, experiment.id).result
    assert result is not None
    assert result["arms"]["b"]["saves"] == saves["b"]
    call_in(stayline, experiment, agent, "not_kept")
    stayline.clock.advance(timedelta(days=3))
    assert loaded(stayline, experiment.id).result == result


def test_one_that_stopped_by_itself_says_why(stayline: Shell, signed_in: SignIn) -> None:
    from engine.services.experiments import stop_by_itself
    from engine.services.looking_after_experiments import look_after

    experiment = loaded(stayline, running_experiment(stayline, person_named(stayline, "trainer")))
    with stayline.database.transaction() as tx:
        stop_by_itself(stayline, tx, experiment, "version_unpublishable F101 F204")
    client = in_english(signed_in("trainer"))
    assert "The result is being written" in client.get(PAGE).text
    look_after(stayline, experiment.id)
    text = client.get(PAGE).text
    assert "would not be published today (F101 F204)" in text
    assert "The result is being written" not in text


def test_when_the_counting_is_busy_the_experiment_can_still_be_stopped(stayline: Shell, signed_in: SignIn) -> None:
    class Busy(Bench):
        def run(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
            raise Refused("workshop.busy")

    experiment = running_experiment(stayline, person_named(stayline, "trainer"))
    stayline.counting = Busy()
    client = in_english(signed_in("trainer"))
    assert "The figures cannot be counted now" in client.get(PAGE).text
    assert client.post(f"{PAGE}/{experiment}/stop", data={"message": "够了"}).status_code == 303
    assert not loaded(stayline, experiment).running


def test_in_chinese_too(stayline: Shell, signed_in: SignIn) -> None:
    running_experiment(stayline, person_named(stayline, "trainer"))
    text = signed_in("trainer").get(PAGE).text
    assert "挽留率" in text
    assert "Save rate" not in text
