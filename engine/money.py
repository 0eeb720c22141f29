"""Money: integer minor units and a currency. Two currencies are never added."""

from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from engine.errors import BadInput

_MINOR_DIGITS = {"CNY": 2, "USD": 2, "EUR": 2, "GBP": 2, "JPY": 0}


@dataclass(frozen=True, slots=True, order=True)
class Money:
    """An amount: `minor` in the currency's smallest unit (fen, cents)."""

    currency: str
    minor: int

    @classmethod
    def of(cls, amount: str | int | Decimal, currency: str = "CNY") -> "Money":
        """Read "199.00" as money. Raises BadInput for an unknown currency, a non-number or a fraction of a minor unit."""
        digits = _MINOR_DIGITS.get(currency)
        if digits is None:
            raise BadInput("money.unknown_currency", currency=currency)
        try:
            minor = Decimal(amount).scaleb(digits)
        except InvalidOperation:
            raise BadInput("money.not_a_number", value=str(amount)) from None
        if not minor.is_finite() or minor != minor.to_integral_value():
            raise BadInput("money.too_fine", value=str(amount), currency=currency)
        return cls(currency, int(minor))

    @property
    def amount(self) -> Decimal:
        """The amount in major units, e.g. Decimal("199.00")."""
        digits = _MINOR_DIGITS[self.currency]
        return Decimal(self.minor).scaleb(-digits).quantize(Decimal(1).scaleb(-digits))

    def __add__(self, other: "Money") -> "Money":
        return Money(self._same(other), self.minor + other.minor)

    def __sub__(self, other: "Money") -> "Money":
        return Money(self._same(other), self.minor - other.minor)

    def _same(self, other: "Money") -> str:
        if self.currency != other.currency:
            raise ValueError(f"{self.currency} and {other.currency} are never summed")
        return self.currency
