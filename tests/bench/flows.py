"""How long checking and proving a flow takes, on generated flows: `python -m tests.bench.flows`.

Targets of the reference machine: 150 steps in under 150 ms, 1,000 steps in under 2 s (reading, every check, every proof).
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from time import perf_counter, process_time

from engine.flow.library import Library
from engine.flow.reading import read_flow
from engine.services.checking_drafts import check_files
from integrations.other_process import OtherProcess

LIBRARY_FILES = {
    "lines.yaml": "format: lines/1\nid: notices\nlines:\n  recording: 本次通话会录音。\n",
    "dispositions.yaml": "format: dispositions/1\nid: outcomes\ndispositions:\n"
    + "".join(f"  {end}: {{label: {end}}}\n" for end in ("accepted_pending", "care_only", "cancel_registered", "refused", "callback")),
    "forbidden.yaml": "format: forbidden/1\nid: x\nphrases:\n"
    + "".join(f"  - {{code: c{n}, level: l1, scope: script, pattern: '不能说{n}|禁语{n}', hint: x}}\n" for n in range(30)),
    "properties.yaml": "format: properties/1\nid: x\nproperties:\n  - never: end accepted_pending before must_say notices.recording\n"
    "  - at_most: 4 offer after objection\n",
}
LIBRARY = Library.load(LIBRARY_FILES)
SHELF = {f"scripts_library/{path}": text for path, text in LIBRARY_FILES.items()}
"""The same where the checker of drafts looks for it."""
HEAD = """format: flow/1
id: generated
locale: zh-CN
title: 生成的流程
use: [notices]
facts:
  salutation: {type: text, from: customer}
  monthly_fee: {type: money, from: customer}
  reason:
    type: choice
    options: {price: 太贵, quality: 网不好, moving: 搬家}
always:
  cancel: let_go
  do_not_call: stop_calling
opening:
  greet:
    must_say: notices.recording
    say: 您好，请问是${salutation}本人吗？
    hear:
      self: 是我 -> verify
      other: 不是 -> sorry
  verify:
    confirms: identity
    say: 麻烦您说一下证件后四位。
    hear:
      match: 一致 -> why
      mismatch: 不一致 -> sorry
discovery:
  why:
    say: 您主要是哪里不满意？
    ask: reason
    go: talk_0
"""
TAIL = """close:
  recap:
    say: 我复述一遍：${offer.name}。短信给您，回复才生效。
    end: accepted_pending
  thanks:
    say: 谢谢您，再见。
    end: care_only
  sorry:
    say: 打扰了。
    end: care_only
  let_go:
    say: 好的，现在为您登记停用。
    end: cancel_registered
  stop_calling:
    say: 好的，以后不再给您打营销电话。
    end: refused
tests:
  - name: 一开口就要停
    path: [greet.self, cancel]
    expect: {end: cancel_registered}
"""


@dataclass(frozen=True, slots=True)
class Timing:
    """A measured figure with its target, in seconds."""

    name: str
    seconds: float
    target: float

    def __str__(self) -> str:
        return f"{self.name}: {self.seconds * 1000:.0f} ms (target {self.target * 1000:.0f} ms)"


def generated(size: int) -> str:
    """A flow of about this many steps: talk with answers ahead and back to limited steps, two offers, objections with tries."""
    talks = size - 14
    parts = [HEAD]
    for number in range(talks):
        last = number == talks - 1
        onward = "best_offer" if last else f"talk_{number + 1}"
        ahead = "best_offer" if last else f"talk_{min(number + 3, talks - 1)}"
        if number % 4 == 1:
            condition = f'reason == "price" && monthly_fee > {number}'
            parts.append(f"  talk_{number}:\n    go:\n      - when: {condition}\n        to: {ahead}\n      - to: {onward}\n")
            continue
        limited = f"    tries: 2\n    else: {onward}\n" if number % 25 == 2 else ""
        again = f"      again: 再说一遍 -> talk_{number}\n" if limited else ""
        say = f"    say: |\n      这是第{number}步，您每月${{monthly_fee | money}}，我再问您一句，您看行吗？\n"
        answers = f"      yes: 行 -> {onward}\n      skip: 跳过 -> {ahead}\n      busy: 在忙 -> sorry\n{again}"
        parts.append(f"  talk_{number}:\n{limited}{say}    hear:\n{answers}")
    offer = (
        "    disclosures: [price, scenario, validity, restriction]\n    say: 给您看${offer.name}，您看合适吗？\n    hear:\n"
        "      accept: 可以 -> recap\n      price: 还是贵 -> too_dear\n"
    )
    parts.append(f"offer:\n  best_offer:\n    offer: {{rungs: [r1, r2], none: thanks}}\n{offer}      reject: 不要 -> second_offer\n")
    parts.append(f"  second_offer:\n    offer: {{rungs: [r3], none: thanks}}\n{offer}      reject: 不要 -> let_go\n")
    parts.append(
        "objections:\n  too_dear:\n    handles: price\n    tries: 2\n    say: 理解。我再算一遍。\n    hear:\n"
        "      accept: 那行 -> recap\n      again: 还是贵 -> too_dear\n      other: 别的 -> second_offer\n      reject: 算了 -> let_go\n"
        "    else: let_go\n"
    )
    return "".join([*parts, TAIL])


def checked(size: int) -> float:
    """The least CPU seconds of three readings of a generated flow, which has to be sound."""
    text = generated(size)
    found = [one for one in read_flow(text, "generated.yaml", LIBRARY).findings if one.code not in ("F604", "F221", "F220")]
    if found:
        raise AssertionError([str(one) for one in found[:3]])
    times: list[float] = []
    for _ in range(3):
        began = process_time()
        read_flow(text, "generated.yaml", LIBRARY)
        times.append(process_time() - began)
    return min(times)


def beside(size: int, rounds: int = 5) -> tuple[float, float]:
    """(in the workshop, there and back) in seconds of the clock: a report with every check, proof and test, the library read before.

    The least of a few rounds: other work on the machine only ever makes it longer.
    """
    path, now, shop = "flows/bench/generated.yaml", datetime(2026, 11, 25, 2, tzinfo=UTC), OtherProcess()
    inside: list[float] = []
    whole: list[float] = []
    try:
        for number in range(rounds + 1):
            files = {**SHELF, path: f"{generated(size)}# {number}\n"}
            began = perf_counter()
            report = shop.run(check_files, files, path, (), {}, now)
            whole.append(perf_counter() - began)
            inside.append(report.milliseconds / 1000)
            if report.snapshot is None:
                raise AssertionError([str(one) for one in report.findings[:3]])
    finally:
        shop.close()
    return min(inside[1:]), min(whole[1:])


def run() -> list[Timing]:
    """Every figure."""
    found: list[Timing] = []
    for size, most in ((150, 0.150), (1_000, 2.0)):
        found.append(Timing(f"check and prove a flow of {size:,} steps", checked(size), most))
        inside, whole = beside(size)
        found.append(Timing(f"check, prove and test a flow of {size:,} steps in the workshop", inside, most))
        found.append(Timing(f"the same, there and back for the server ({size:,} steps)", whole, most))
    return found


if __name__ == "__main__":
    print(*run(), sep="\n")
