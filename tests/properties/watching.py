"""Experiments played with dice and looked at after every so many customers, by the very rule the product uses."""

import random
from dataclasses import dataclass

from engine.measures.experiments import Plan, interval_of
from engine.measures.proportions import Share, difference


@dataclass(frozen=True, slots=True)
class Watched:
    """Of all experiments: how many ever left zero out, how many intervals ever missed the truth, and after how many customers it was."""

    decided: int
    missed: int
    customers: tuple[int, ...]


def watched(
    rate_a: float,
    rate_b: float,
    *,
    share_b: float,
    maximum: int,
    experiments: int,
    seed: int,
    every: int = 50,
    agents: int = 1,
    spread: float = 0.0,
    guessed: float | None = None,
) -> Watched:
    """Play experiments; each agent's own level differs from the rates by up to `spread`. `guessed` is the rate the plan was made for."""
    dice = random.Random(seed)
    plan = Plan.make(0.05, guessed or rate_a, maximum, 7, round(share_b * 100))
    decided, missed, when = 0, 0, []
    for _ in range(experiments):
        level = [dice.uniform(-spread, spread) for _ in range(agents)]
        counts = [[[0, 0] for _ in range(agents)] for _ in range(2)]
        ever, wrong = False, False
        for customer in range(1, maximum + 1):
            agent = dice.randrange(agents)
            arm = int(dice.random() < share_b)
            cell = counts[arm][agent]
            cell[1] += 1
            cell[0] += dice.random() < (rate_b if arm else rate_a) + level[agent]
            if customer % every:
                continue
            a, b = ({str(n): Share(*cell) for n, cell in enumerate(arm_cells) if cell[1]} for arm_cells in counts)
            found = interval_of(plan, difference(a, b))
            if found is None:
                continue
            if not ever and not found.low <= 0 <= found.high:
                ever = True
                when.append(customer)
            wrong = wrong or not found.low <= rate_b - rate_a <= found.high
        decided += ever
        missed += wrong
    return Watched(decided, missed, tuple(when))
