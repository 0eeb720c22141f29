"""Which version of a flow a customer gets in an experiment: a pure function of the experiment and the customer, so it never changes.

The hash is keyed with the experiment, so the same customers are not always the ones who get the new version. It is the customer who is
assigned, not the number: a household's number called for another customer of that household may be in the other arm.
"""

from enum import StrEnum
from hashlib import blake2b


class Arm(StrEnum):
    """Where a customer is in an experiment."""

    a = "a"
    b = "b"
    holdout = "holdout"


def arm_of(experiment_id: str, customer_id: str, share_b: int, holdout: int) -> Arm:
    """The customer's arm: `holdout` per cent of all customers are kept out, `share_b` per cent of the others get version b.

    >>> arm_of("e1", "c1", 100, 0), arm_of("e1", "c1", 0, 0), arm_of("e1", "c1", 50, 100)
    (<Arm.b: 'b'>, <Arm.a: 'a'>, <Arm.holdout: 'holdout'>)
    """
    digest = blake2b(customer_id.encode(), key=experiment_id.encode()[:64], digest_size=16).digest()
    if _percent(digest[:8]) < holdout:
        return Arm.holdout
    return Arm.b if _percent(digest[8:]) < share_b else Arm.a


def _percent(eight: bytes) -> float:
    """Eight bytes as a number from 0 up to 100."""
    return int.from_bytes(eight, "big") * 100 / 2**64
