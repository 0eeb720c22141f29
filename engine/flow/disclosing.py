"""The disclosures every offer has, and how they are put when the library has no line of its own for them.

The words themselves come with the offer: the policy's `offer.price`, `offer.scenario` and so on are the published texts.
"""

from engine.flow.definition import ALWAYS_DISCLOSED, EARLY_EXIT_FEE, Disclosure
from engine.flow.wording import Wording

DISCLOSURE_KEYS = (*ALWAYS_DISCLOSED, EARLY_EXIT_FEE)

_LABELS: dict[str, dict[str, str]] = {
    "price": {"zh": "资费", "en": "Price"},
    "scenario": {"zh": "适用范围", "en": "Who it is for"},
    "validity": {"zh": "有效期", "en": "Validity"},
    "restriction": {"zh": "限制条件", "en": "Restrictions"},
    "early_exit_fee": {"zh": "提前退订费用", "en": "Early exit fee"},
}


def standard_disclosures() -> dict[str, Disclosure]:
    """The five of CN-14, worded by the offer itself."""
    return {key: Disclosure(key, label, Wording.of({"zh": f"${{offer.{key}}}"}, {})) for key, label in _LABELS.items()}
