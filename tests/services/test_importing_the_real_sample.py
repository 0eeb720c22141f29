"""The real telecom sample, where it is at hand: STAYLINE_SAMPLE_DATA names the folder. Its generated twin is imported everywhere."""

import os
from pathlib import Path

import pytest

from engine.clock import SetClock
from engine.ids import RandomIds
from engine.storage.database import Database
from tests.import_corpus.telecom_sample import check_the_sample

pytestmark = pytest.mark.service


def test_the_real_telecom_sample_comes_in_whole_and_in_under_five_seconds(database: Database, clock: SetClock, ids: RandomIds) -> None:
    folder = os.environ.get("STAYLINE_SAMPLE_DATA")
    if not folder:
        pytest.skip("STAYLINE_SAMPLE_DATA is not set: the generated twin stands in for Telco-Customer-Churn.csv")
    path = Path(folder) / "Telco-Customer-Churn.csv"
    assert path.is_file(), f"STAYLINE_SAMPLE_DATA is set, but {path} is not there"
    check_the_sample((database, clock, ids), path)
