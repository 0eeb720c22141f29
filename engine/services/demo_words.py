"""Words the demo base is made of: invented people, real places, plans of a made-up operator."""

from dataclasses import dataclass

SURNAMES = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕"
GIVEN_WOMEN = ("芳", "敏", "静", "丽", "燕", "秀英", "晓燕", "雅琴", "桂兰", "玉梅", "思雨", "佳怡", "春华", "慧娟", "雪梅", "婷婷")
GIVEN_MEN = ("伟", "强", "磊", "军", "洋", "建国", "志强", "国庆", "文斌", "家豪", "子轩", "浩然", "海涛", "永康", "立新", "少华")

PLACES: tuple[tuple[tuple[str, str, str], int], ...] = (
    (("四川", "成都", "Asia/Shanghai"), 300),
    (("四川", "绵阳", "Asia/Shanghai"), 90),
    (("四川", "德阳", "Asia/Shanghai"), 60),
    (("四川", "宜宾", "Asia/Shanghai"), 60),
    (("四川", "南充", "Asia/Shanghai"), 60),
    (("重庆", "重庆", "Asia/Shanghai"), 120),
    (("陕西", "西安", "Asia/Shanghai"), 70),
    (("湖北", "武汉", "Asia/Shanghai"), 60),
    (("广东", "深圳", "Asia/Shanghai"), 50),
    (("江苏", "南京", "Asia/Shanghai"), 40),
    (("云南", "昆明", "Asia/Shanghai"), 40),
    (("新疆", "乌鲁木齐", "Asia/Urumqi"), 25),
    (("新疆", "喀什", "Asia/Urumqi"), 10),
    (("西藏", "拉萨", "Asia/Shanghai"), 15),
)
"""((province, city, zone), weight)."""

PREFIXES = ("138", "139", "137", "136", "135", "150", "151", "158", "159", "182", "187", "188")


@dataclass(frozen=True, slots=True)
class Plan:
    """A plan of the made-up operator: its fee in fen and what it holds."""

    name: str
    fee: int
    data_gb: float
    voice_min: int


PLANS: dict[str, tuple[Plan, ...]] = {
    "under_50": (Plan("轻享 29（10 GB）", 2900, 10, 100), Plan("轻享 39（20 GB）", 3900, 20, 200), Plan("校园 19（8 GB）", 1900, 8, 50)),
    "50_100": (Plan("畅享 59（30 GB）", 5900, 30, 300), Plan("融合 79（40 GB + 300 兆宽带）", 7900, 40, 500)),
    "100_up": (
        Plan("融合 129（40 GB + 500 兆宽带）", 12900, 40, 700),
        Plan("融合 199（60 GB + 500 兆宽带）", 19900, 60, 1000),
        Plan("尊享 299（100 GB + 1000 兆宽带）", 29900, 100, 1500),
    ),
}
"""ARPU band (S09) → plans."""

CONTACTS: tuple[tuple[str, str, str], ...] = (
    ("call", "in", "来电问账单里的增值业务，已逐项解释，客户清楚了。"),
    ("call", "in", "晚上八点以后网速卡顿，远程重启光猫后恢复。"),
    ("visit", "in", "师傅上门换光猫，测速达标，客户签字。"),
    ("shop", "in", "营业厅咨询套餐，拿了宣传页，说回家商量。"),
    ("call", "out", "月度关怀，祝节日愉快，提醒流量还剩一半。"),
    ("call", "out", "回访装维情况，客户满意，建议师傅提前半小时打电话。"),
    ("app", "in", "在手机营业厅领取了 5 GB 流量券。"),
    ("sms", "out", "发送账单短信，客户未回复。"),
    ("call", "out", "介绍家庭计划，客户说副卡暂时用不上。"),
    ("call", "in", "反映地下车库没有信号，已登记网络优化单。"),
    ("call", "in", "问合约什么时候到期、到期后是否自动续约，已说明不自动续。"),
    ("shop", "in", "补办 SIM 卡，资料齐全，当场办好。"),
    ("call", "out", "给过月费减 30 元三个月，客户接受，确认短信已回复。"),
    ("call", "in", "问为什么这个月多扣 12 元，是超出套餐的流量费，已说明。"),
    ("call", "out", "预约的时间客户在开会，改约第二天下午三点。"),
    ("app", "in", "在线客服问宽带移机，已告知新址有资源，等客户定日期。"),
)
"""(channel, direction, what was said or done)."""

ASKED_TO_CANCEL = (
    "营业厅问停用宽带要带什么证件，当天没有办理。",
    "来电问停用手续和违约金，说想再考虑。",
    "在线客服问拆机流程，已发办理指引。",
)
CHURN_REASONS: tuple[tuple[str, int], ...] = (
    *(("too_high", 30), ("better_offer", 22), ("unfit_plan", 12), ("network", 10), ("speed", 8), ("contract_end", 6)),
    *(("moved", 5), ("unused", 4), ("port_out", 3)),
)
"""(code of churn_reasons.yaml, weight): more than half are drawn away by price or another operator (S09)."""
NEEDS = ("older_customer", "slow_speech", "hearing", "in_writing")
