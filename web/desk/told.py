"""Moments, people and contacts as the desk tells them."""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_datetime

from engine.clock import to_millis
from engine.customers.customer import Contact, Customer
from web.desk.wording import CHANNELS, TIERS, name_of


def babel_of(tag: str) -> str:
    return "en" if tag == "en" else "zh_CN"


def short_day(day: date, tag: str) -> str:
    """11-25 / 25 Nov."""
    return f"{day:%m-%d}" if tag != "en" else format_date(day, "d MMM", locale="en")


def day_and_time(at: datetime, tag: str) -> str:
    """11月26日 周四 15:30 / Thu 26 Nov 15:30, on the clock the moment carries."""
    return format_datetime(at, "EEE d MMM HH:mm" if tag == "en" else "M月d日 EEE HH:mm", locale=babel_of(tag))


def clock_and_day(at: datetime, tag: str) -> str:
    """10:04 周二 / 10:04 Tue."""
    return format_datetime(at, "HH:mm EEE", locale=babel_of(tag))


def who(customer: Customer, masked_number: str, now: datetime, company_zone: str, tag: str) -> dict[str, Any]:
    """What the bar shows of a customer. Their clock is told with how far it is from UTC, so that the page can let it run."""
    zone = ZoneInfo(customer.zone or company_zone)
    local = now.astimezone(zone)
    offset = local.utcoffset()
    return {
        "name": customer.salutation or customer.name,
        "number": masked_number,
        "city": customer.city,
        "tier": name_of(tag, TIERS, customer.tier.value),
        "tier_code": customer.tier.value,
        "local": clock_and_day(local, tag),
        "offset": 0 if offset is None else int(offset.total_seconds()),
        "needs": bool(customer.vulnerable_needs),
    }


def contacts(found: Sequence[Contact], zone: str, tag: str) -> list[dict[str, str]]:
    """Contacts with their day on the company's calendar."""
    told: list[dict[str, str]] = []
    for one in found:
        local = one.at.astimezone(ZoneInfo(zone))
        told.append(
            {
                "day": short_day(local.date(), tag),
                "full": f"{local:%Y-%m-%d %H:%M}",
                "channel": name_of(tag, CHANNELS, one.channel),
                "summary": one.summary,
            }
        )
    return told


def millis(at: datetime | None) -> int | None:
    return None if at is None else to_millis(at.astimezone(UTC))
