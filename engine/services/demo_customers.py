"""Makes the customers of a demo base: invented people in the proportions of a real operator (S06, S09)."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta

from engine.customers.customer import Consent, Contact, CustomerContent, CustomerNumber, Month, NumberKind, PortState, Tier
from engine.customers.dates import months_after
from engine.customers.reasons import ENDING_WITHIN
from engine.money import Money
from engine.services import demo_words as words
from engine.services.demo_words import Plan
from engine.services.dice import Dice

SOURCE = "demo"
TIERS = {Tier.diamond: 821, Tier.gold: 4_113, Tier.silver: 25_165, Tier.member: 46_286}
"""The VIP base of one city (S06)."""
_BANDS = {
    Tier.diamond: (("100_up", 100),),
    Tier.gold: (("100_up", 85), ("50_100", 15)),
    Tier.silver: (("100_up", 25), ("50_100", 55), ("under_50", 20)),
    Tier.member: (("100_up", 4), ("50_100", 24), ("under_50", 72)),
}
LIKELY_TO_LEAVE = 70
"""Churn score from which a customer counts as likely to leave."""
_LEAVERS_UNDER_50 = 0.87
_SCENARIOS = ("9901", "9902", "9903", "9904", "9906", "9907", "9908", "9911", "9915", "9916", "9921")
"""Last four digits the simulated carrier knows by heart: a few customers have them, so that every outcome can be met."""


@dataclass(frozen=True, slots=True)
class Person:
    """An invented customer with the contacts there were; `asked_to_cancel` is when and where, if they asked."""

    content: CustomerContent
    contacts: tuple[Contact, ...]
    asked_to_cancel: tuple[str, date] | None = None


def make_people(count: int, seed: int, now: datetime) -> list[Person]:
    """So many customers; the first is always Ms Wang, whose call the guides walk through."""
    dice = Dice(seed)
    tiers = dice.shuffled(quotas(TIERS, count))
    bands = [dice.weighted(_BANDS[tier]) for tier in tiers]
    leaving = _leavers(dice, bands)
    maker = _Maker(dice, now)
    people = [maker.person(number, tier, band, number in leaving) for number, (tier, band) in enumerate(zip(tiers, bands, strict=True), 1)]
    if people:
        people[0] = maker.ms_wang(people[0])
    return _with_households(people)


def quotas(parts: dict[Tier, int], count: int) -> list[Tier]:
    """So many tiers in the proportions given, by largest remainder: no tier is lost to rounding by more than one."""
    whole = sum(parts.values())
    exact = {tier: count * part / whole for tier, part in parts.items()}
    given = {tier: int(share) for tier, share in exact.items()}
    for tier in sorted(exact, key=lambda one: given[one] - exact[one])[: count - sum(given.values())]:
        given[tier] += 1
    return [tier for tier, many in given.items() for _ in range(many)]


def _leavers(dice: Dice, bands: Sequence[str]) -> frozenset[int]:
    """Numbers (from 1) of those likely to leave: about one in six, 87 % of them with an ARPU under 50 yuan (S09)."""
    wanted = len(bands) // 6
    low = dice.shuffled([number for number, band in enumerate(bands, 1) if band == "under_50"])
    high = dice.shuffled([number for number, band in enumerate(bands, 1) if band != "under_50"])
    under = min(round(wanted * _LEAVERS_UNDER_50), len(low))
    return frozenset(low[:under] + high[: wanted - under])


def _with_households(people: list[Person]) -> list[Person]:
    """One in a hundred shares the number of the customer before: a household."""
    shared = list(people)
    for index in range(60, len(people), 100):
        numbers = shared[index - 1].content.numbers[:1]
        shared[index] = replace(shared[index], content=replace(shared[index].content, numbers=numbers))
    return shared


class _Maker:
    """Makes one customer after the other."""

    def __init__(self, dice: Dice, now: datetime) -> None:
        self._dice, self._now = dice, now
        self._on_lists = 0
        self._today = now.date()
        self._months = [months_after(self._today.replace(day=1), -back).isoformat()[:7] for back in range(12, 0, -1)]

    def person(self, number: int, tier: Tier, band: str, leaving: bool) -> Person:
        dice, today = self._dice, self._today
        name, salutation = self._name()
        province, city, zone = dice.weighted(words.PLACES)
        plan = dice.pick(words.PLANS[band])
        tenure_start = today - timedelta(days=dice.between(40, 4200))
        start, end = self._contract(tenure_start)
        asked = (dice.pick(("shop", "call", "app")), today - timedelta(days=dice.between(2, 20))) if leaving and dice.chance(350) else None
        port, port_at = self._port(leaving)
        content = CustomerContent(
            source=SOURCE,
            external_id=f"D{number:06d}",
            name=name,
            salutation=salutation,
            province=province,
            city=city,
            zone=zone,
            language="en" if dice.chance(20) else "zh-CN",
            birthday=date(dice.between(1948, 2007), dice.between(1, 12), dice.between(1, 28)),
            tier=tier,
            star={Tier.diamond: 7, Tier.gold: dice.between(5, 6), Tier.silver: dice.between(3, 5), Tier.member: dice.between(0, 3)}[tier],
            tenure_start=tenure_start,
            plan_name=plan.name,
            contract_start=start,
            contract_end=end,
            currency="CNY",
            monthly_charge=Money("CNY", plan.fee),
            history=self._history(plan, leaving),
            complaint_open=dice.chance(15),
            port_state=port,
            port_changed_at=port_at,
            vulnerable_needs=(dice.pick(words.NEEDS),) if dice.chance(30) else (),
            churn_reasons=(dice.weighted(words.CHURN_REASONS),) if leaving else (),
            churn_score=dice.between(LIKELY_TO_LEAVE, 97) if leaving else dice.between(3, LIKELY_TO_LEAVE - 1),
            numbers=self._numbers(asked is not None or (end is not None and end <= today + timedelta(days=ENDING_WITHIN))),
            consents=self._consents(tenure_start),
        )
        return Person(content, self._contacts(asked), asked)

    def ms_wang(self, person: Person) -> Person:
        """A gold customer in Chengdu whose contract ends in 37 days, who uses a fifth of her data and asked how to cancel."""
        plan = words.PLANS["100_up"][1]
        asked = ("shop", self._today - timedelta(days=5))
        used = (14.0, 13.2, 15.1, 12.8, 13.9, 12.4, 13.0, 12.7, 12.1, 13.3, 12.4, 12.6)
        fees = (19900, 19900, 21400, 16900, 16900, 16900, 19900, 19900, 19900, 19900, 19900, 19900)
        months = zip(self._months, fees, used, strict=True)
        content = replace(
            person.content,
            name="王芳",
            salutation="王女士",
            province="四川",
            city="成都",
            zone="Asia/Shanghai",
            language="zh-CN",
            tier=Tier.gold,
            star=5,
            tenure_start=months_after(self._today, -30),
            plan_name=plan.name,
            contract_start=months_after(self._today + timedelta(days=37), -24),
            contract_end=self._today + timedelta(days=37),
            monthly_charge=Money("CNY", plan.fee),
            history=tuple(Month(month, fee, gb, 120, plan.data_gb) for month, fee, gb in months),
            complaint_open=False,
            port_state=PortState.none,
            port_changed_at=None,
            vulnerable_needs=(),
            churn_reasons=("unfit_plan",),
            churn_score=86,
            numbers=(CustomerNumber("+99913800001234"), CustomerNumber("+99902886000042", NumberKind.landline, 2)),
            consents=self._both(datetime(2024, 12, 31, tzinfo=UTC)),
            extra={"副卡": "1 张，近 2 个月未用", "上次装维": "换光猫", "性格": "爽快，不喜欢绕弯"},
        )
        return Person(content, self._contacts(asked, words.ASKED_TO_CANCEL[0]), asked)

    def _name(self) -> tuple[str, str]:
        dice = self._dice
        surname, woman = dice.pick(words.SURNAMES), dice.chance(500)
        given = dice.pick(words.GIVEN_WOMEN if woman else words.GIVEN_MEN)
        return surname + given, surname + ("女士" if woman else "先生")

    def _contract(self, tenure_start: date) -> tuple[date | None, date | None]:
        """One in five has none; of the others one in four ends within 60 days."""
        dice = self._dice
        if dice.chance(200):
            return None, None
        ends_in = dice.between(1, 60) if dice.chance(250) else dice.between(61, 700)
        end = self._today + timedelta(days=ends_in)
        return max(tenure_start, months_after(end, -24)), end

    def _history(self, plan: Plan, leaving: bool) -> tuple[Month, ...]:
        """A steady year; some of those who may leave use little, some had a bill that rose, some spend less and less."""
        dice = self._dice
        share = dice.between(8, 28) if leaving and dice.chance(400) else dice.between(35, 98)
        rise = dice.between(25, 60) if dice.chance(80) else 0
        fall = dice.between(25, 50) if not rise and leaving and dice.chance(300) else 0
        found: list[Month] = []
        for index, month in enumerate(self._months):
            spend = plan.fee + (dice.between(0, 6) * 100 if dice.chance(300) else 0)
            if index == 11:
                spend += plan.fee * rise // 100
            if index >= 9:
                spend -= plan.fee * fall // 100
            data = round(plan.data_gb * max(2, share + dice.between(-6, 6)) / 100, 1)
            found.append(Month(month, spend, data, plan.voice_min * dice.between(15, 90) // 100, plan.data_gb))
        return tuple(found)

    def _port(self, leaving: bool) -> tuple[PortState, datetime | None]:
        if not leaving or not self._dice.chance(60):
            return PortState.none, None
        states = (PortState.eligibility_query, PortState.code_issued, PortState.in_progress)
        return self._dice.pick(states), self._now - timedelta(hours=self._dice.between(3, 90))

    def _numbers(self, on_a_list: bool) -> tuple[CustomerNumber, ...]:
        """An ordinary ending for nearly all: above 9900, and on 94 to 99, lie the simulated carrier's scenarios."""
        dice = self._dice
        ending = f"{dice.below(99):02d}{dice.below(94):02d}"
        if on_a_list:
            self._on_lists += 1
            scenario, rest = divmod(self._on_lists, 12)
            if rest == 0 and scenario <= len(_SCENARIOS):
                ending = _SCENARIOS[scenario - 1]
        mobile = CustomerNumber(f"+999{dice.pick(words.PREFIXES)}{dice.below(10_000):04d}{ending}")
        if not dice.chance(150):
            return (mobile,)
        landline = CustomerNumber(f"+99902{dice.between(0, 9)}8{dice.below(10_000):04d}{dice.below(990):03d}", NumberKind.landline, 2)
        return mobile, landline

    def _consents(self, tenure_start: date) -> tuple[Consent, ...]:
        """Most gave both; some gave one, some none, some took it back."""
        dice = self._dice
        given = datetime.combine(tenure_start, time(2), UTC)
        both = self._both(given)
        kind = dice.below(100)
        if kind < 5:
            return ()
        if kind < 8:
            withdrawn = self._now - timedelta(days=dice.between(1, 30))
            return tuple(replace(consent, valid_until=withdrawn) for consent in both)
        return both[:1] if kind < 20 else both

    def _both(self, given: datetime) -> tuple[Consent, ...]:
        return Consent("retention", "入网协议", given), Consent("marketing", "入网协议", given)

    def _contacts(self, asked: tuple[str, date] | None, line: str | None = None) -> tuple[Contact, ...]:
        """Three to nine contacts over the last year, newest first."""
        dice = self._dice
        days = sorted({dice.between(21, 360) for _ in range(dice.between(3, 8))} | {24, 90, 200})[: dice.between(3, 8)]
        told = [Contact(self._at(self._today - timedelta(days=back)), *dice.pick(words.CONTACTS)) for back in days]
        if asked is not None:
            told.insert(0, Contact(self._at(asked[1]), asked[0], "in", line or dice.pick(words.ASKED_TO_CANCEL)))
        return tuple(told)

    def _at(self, day: date) -> datetime:
        """Some time in the working hours of a day, in Beijing."""
        return datetime.combine(day, time(1 + self._dice.below(10), self._dice.below(60)), UTC)
