"""Cores of passwords that are tried first, offline: words, names, dates and phrases people build long passwords from.

Only cores of three characters and more are listed; `engine.people.password` finds them in any case, with digits for letters,
and refuses a password of which little is left without them. Grown from what is commonly published about leaked passwords,
English and Chinese (pinyin); kept short on purpose, because the length rule does most of the work.
"""

_ENGLISH = """
password passwd passphrase passcode letmein welcome admin administrator root superuser user username login logon signin guest default
changeme change secret master access system server manager service support helpdesk operator office company computer internet network
monkey dragon football baseball basketball superman batman starwars sunshine princess iloveyou trustno1 shadow michael jennifer jordan
hunter killer soccer charlie andrew george thomas jessica daniel ashley summer winter spring autumn monday friday january december
whatever freedom qwerty qwertyuiop asdfgh zxcvbn qazwsx q1w2e3r4 abc123 test testing temp temporary demo sample example hello world
love lovely forever family mother father friend money lucky happy china beijing shanghai agent trainer reviewer supervisor
"""
_CHINESE = """
woaini woaiwojia woaiwo woshishui aini1314 5201314 1314520 520520 mima mima123 wodemima yonghu guanliyuan guanli kefu zuoxi huawu
dianxin yidong liantong kuandai shouji zhongguo beijing shanghai guangzhou shenzhen chengdu zhanghao denglu caonima wangyi taobao
alipay weixin qqqq zhang wangwei xiaoming nihao zaijian jintian mingtian laopo laogong baobei tianshi haha hehe aaaa iloveu
"""
_NUMBERS = """
123456 654321 123123 112233 111222 147258 159357 159753 789456 987654 741852 963852 888888 666666 000000 19800 19900 2020 2021 2022 2023
2024 2025 2026 2027
"""

COMMON_CORES: tuple[str, ...] = tuple(sorted({*_ENGLISH.split(), *_CHINESE.split(), *_NUMBERS.split()}))
