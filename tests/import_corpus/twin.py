"""A generated twin of Telco-Customer-Churn.csv: the same columns, 7,043 rows, 1,869 of them churned, 11 with a blank TotalCharges."""

import csv
import random
from pathlib import Path

ROWS, CHURNED, BLANKS = 7_043, 1_869, 11
COLUMNS = (
    *("customerID", "gender", "SeniorCitizen", "Partner", "Dependents", "tenure", "PhoneService", "MultipleLines", "InternetService"),
    *("OnlineSecurity", "OnlineBackup", "DeviceProtection", "TechSupport", "StreamingTV", "StreamingMovies", "Contract"),
    *("PaperlessBilling", "PaymentMethod", "MonthlyCharges", "TotalCharges", "Churn"),
)
_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_PAYMENTS = ("Electronic check", "Mailed check", "Bank transfer (automatic)", "Credit card (automatic)")


def write_twin(path: Path, seed: int = 7043) -> Path:
    """Write the twin; the same seed gives the same bytes."""
    dice = random.Random(seed)
    churned = set(dice.sample(range(ROWS), CHURNED))
    blank = set(dice.sample([number for number in range(ROWS) if number not in churned], BLANKS))
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(COLUMNS)
        writer.writerows(_row(dice, number, number in churned, number in blank) for number in range(ROWS))
    return path


def _row(dice: random.Random, number: int, churned: bool, blank: bool) -> tuple[str, ...]:
    def yes_no() -> str:
        return dice.choice(("Yes", "No"))

    internet = dice.choice(("DSL", "Fiber optic", "No"))
    services = [yes_no() if internet != "No" else "No internet service" for _ in range(6)]
    tenure = 0 if blank else dice.randint(1, 72)
    cents = dice.randint(1825, 11875)
    charge = f"{cents / 100:.2f}".rstrip("0").rstrip(".")
    total = " " if blank else f"{tenure * cents / 100:.2f}".rstrip("0").rstrip(".")
    phone = yes_no()
    lines = yes_no() if phone == "Yes" else "No phone service"
    contract = "Two year" if blank else dice.choice(("Month-to-month", "Month-to-month", "One year", "Two year"))
    external_id = f"{number:04d}-{''.join(dice.choices(_LETTERS, k=5))}"
    senior = "1" if dice.random() < 0.16 else "0"
    return (
        *(external_id, dice.choice(("Female", "Male")), senior, yes_no(), yes_no(), str(tenure), phone, lines, internet),
        *(*services, contract, yes_no(), dice.choice(_PAYMENTS), charge, total, "Yes" if churned else "No"),
    )
