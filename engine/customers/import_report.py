"""What an import did, or would do, in numbers and in sentences."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field as made

from engine.customers.fields import FIELDS
from engine.customers.problems import SENTENCES, Problem


@dataclass(slots=True)
class Tally:
    """Counts while an import runs."""

    read: int = 0
    new: int = 0
    changed: int = 0
    unchanged: int = 0
    rejected: int = 0
    enrolled: int = 0
    problems: list[Problem] = made(default_factory=list[Problem])
    blanks: Counter[str] = made(default_factory=Counter[str])

    def reject(self, problems: list[Problem]) -> None:
        """One row that is not stored."""
        self.rejected += 1
        self.problems += problems


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportReport:
    """The result of one import. `read` = `new` + `changed` + `unchanged` + `rejected`, always.

    `blanks`: column → blank cells among the columns the mapping reads. `constants`: field → what the mapping sets for every row.
    """

    file: str
    mapping: str
    encoding: str
    dry_run: bool
    read: int
    new: int
    changed: int
    unchanged: int
    rejected: int
    problems: tuple[Problem, ...]
    blanks: Mapping[str, int]
    constants: Mapping[str, str]
    test_numbers: bool
    kept_columns: tuple[str, ...]
    ignored_columns: tuple[str, ...]
    campaign: str | None
    enrolled: int
    seconds: float

    def by_reason(self) -> dict[str, int]:
        """Problem code → how many, most frequent first."""
        return dict(Counter(problem.code for problem in self.problems).most_common())

    def lines(self, locale: str) -> list[str]:
        """The report as sentences to print."""
        language = "en" if locale.startswith("en") else "zh"
        say, comma, stop = _WORDS[language], *_MARKS[language]
        constants = stop.join(f"{_label(name, locale)} = {value}" for name, value in self.constants.items())
        told = [
            (say["dry"] if self.dry_run else "") + say["file"].format(file=self.file, mapping=self.mapping, encoding=self.encoding),
            say["counts"].format(read=self.read, new=self.new, changed=self.changed, unchanged=self.unchanged, rejected=self.rejected),
            *(say["reason"].format(reason=_reason(code, locale), count=count) for code, count in self.by_reason().items()),
            say["constants"].format(told=constants) if constants else "",
            say["test_numbers"] if self.test_numbers else "",
            say["blanks"].format(told=comma.join(f"{name} {count}" for name, count in self.blanks.items())) if self.blanks else "",
            say["kept"].format(told=comma.join(self.kept_columns)) if self.kept_columns else "",
            say["ignored"].format(told=comma.join(self.ignored_columns)) if self.ignored_columns else "",
            say["enrolled"].format(campaign=self.campaign, enrolled=self.enrolled) if self.campaign is not None else "",
            say["seconds"].format(seconds=self.seconds),
        ]
        return [line for line in told if line]


_MARKS = {"zh": ("、", "；"), "en": (", ", "; ")}
_WORDS = {
    "zh": {
        "dry": "试运行，什么都没有写入：",
        "file": "{file}（对照表 {mapping}，编码 {encoding}）",
        "counts": "读取 {read} 行：新增 {new}，更新 {changed}，无变化 {unchanged}，退回 {rejected}",
        "reason": "  退回原因 {reason}：{count}",
        "constants": "文件里没有、由对照表统一设定：{told}",
        "test_numbers": "文件里没有电话号码：对照表生成测试号码（+999），只能走模拟线路",
        "blanks": "空格：{told}",
        "kept": "原样保留的列：{told}",
        "ignored": "不要的列：{told}",
        "enrolled": "新加入名单“{campaign}”：{enrolled}",
        "seconds": "用时 {seconds:.1f} 秒",
    },
    "en": {
        "dry": "Dry run, nothing written: ",
        "file": "{file} (mapping {mapping}, encoding {encoding})",
        "counts": "{read} rows read: {new} new, {changed} changed, {unchanged} unchanged, {rejected} rejected",
        "reason": "  rejected, {reason}: {count}",
        "constants": "Not in the file, set by the mapping: {told}",
        "test_numbers": "The file has no telephone numbers: the mapping makes test numbers (+999), which only simulated trunks may dial",
        "blanks": "Blank cells: {told}",
        "kept": "Columns kept as they are: {told}",
        "ignored": "Columns left out: {told}",
        "enrolled": "Newly on the list “{campaign}”: {enrolled}",
        "seconds": "Took {seconds:.1f} s",
    },
}


def _label(name: str, locale: str) -> str:
    field, _, part = name.partition(".")
    known = FIELDS.get(field)
    label = known.label(locale) if known else field
    return f"{label} {part}" if part else label


def _reason(code: str, locale: str) -> str:
    """The sentence of a code without its particulars."""
    zh, en = SENTENCES[code]
    return (en if locale.startswith("en") else zh).partition("{")[0].rstrip(" ：:；;,，第") + f" [{code}]"
