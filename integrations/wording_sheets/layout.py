"""How a sheet of wording is laid out: its columns by key, headed in both languages, and what a sheet may be at most."""

from dataclasses import dataclass

WORDING_SHEET = "话术 Wording"
GUIDE_SHEET = "说明 How to"
LARGEST = 5 * 1024 * 1024
"""Bytes of a file that comes back; 2,000 steps make less than one megabyte."""
LARGEST_UNPACKED = 120 * 1024 * 1024
MOST_PARTS = 200
"""Files inside an XLSX."""
MOST_ROWS = 20_000
MOST_COLUMNS = 60
LONGEST_CELL = 8_000


@dataclass(frozen=True, slots=True)
class Column:
    """A column: what its head says, how wide it is, and whether a translator writes there."""

    key: str
    head: str
    width: float
    open: bool = False


COLUMNS = (
    Column("phase", "阶段 Phase", 10),
    Column("step", "步骤 Step", 18),
    Column("step_title", "步骤名 Step title", 20),
    Column("field", "内容 What", 16),
    Column("original", "原文 Original", 60, True),
    Column("translation", "译文 Translation", 60, True),
    Column("state", "状态 State", 14),
    Column("confirmed", "仍然正确 Still right", 12, True),
    Column("place", "位置 Place", 22),
    Column("mark", "标记 Mark", 24),
)
NEEDED = ("original", "translation", "place", "mark")
"""Without these columns a sheet cannot be read back."""
PHASES = {
    "": "全流程 Whole flow",
    "opening": "开场 Opening",
    "discovery": "了解 Discovery",
    "offer": "方案 Offer",
    "objections": "异议 Objections",
    "close": "收尾 Close",
}
STATES = {"ok": "好 ok", "stale": "原文改过 stale", "missing": "没有译 missing"}
FIELDS = {"say": "要说的话 Say", "tip": "提示 Tip", "title": "标题 Title", "label": "变量名 Label"}
LANGUAGES = {"zh": "中文", "en": "English"}
FACTS = {"flow": "流程 Flow", "language": "语言 Language", "version": "草稿版本 Draft version"}
"""What the guide sheet says about the file, and what it is recognised by when it comes back."""
