"""What becomes of consents when a file tells of them again."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from engine.customers.customer import Consent


def merged(stored: Sequence[Consent], told: Sequence[Consent], now: datetime) -> tuple[Consent, ...]:
    """Stored consents brought in line with a file, never in favour of calling more.

    One that is new is added; one the file no longer gives ends now; one the file ends earlier ends earlier. None is prolonged: it may
    have been withdrawn on a call that the file does not know of. A renewal is a consent with a new beginning.
    """
    given = {_key(consent): consent for consent in told}
    kept: list[Consent] = []
    for consent in stored:
        again = given.pop(_key(consent), None)
        ends = now if again is None else again.valid_until
        earlier = ends is not None and (consent.valid_until is None or ends < consent.valid_until)
        kept.append(replace(consent, valid_until=ends) if earlier else consent)
    return (*kept, *given.values())


def _key(consent: Consent) -> tuple[str, str, datetime]:
    return consent.purpose, consent.source, consent.valid_from
