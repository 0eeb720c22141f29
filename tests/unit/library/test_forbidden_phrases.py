"""Each forbidden phrase is found where it is said, and not in the sentences it resembles."""

import re

import pytest

from tests.unit.library.cast import data_of

pytestmark = pytest.mark.unit

PHRASES = {one["code"]: one for one in data_of("forbidden_phrases.yaml")["phrases"]}

SAID: dict[str, list[str]] = {
    "complain_away": ["你去投诉啊", "要投诉随便", "投诉就投诉，我还怕你", "那您去投诉吧", "随便你投诉"],
    "attitude": ["我就这态度", "我就是这态度，怎么了", "我就这个态度"],
    "ask_whom": ["你问我我问谁", "你问我，我问谁啊", "你问我呀我问谁去"],
    "how_know": ["我又不是师傅怎么知道", "我又不是机房的怎么知道", "我又不是你怎么知道"],
    "dont_use": ["不会用就别用", "您不会用就别用了", "自己不会用就别用嘛"],
    "so_simple": ["这么简单都不知道", "这么简单的都不会", "这么简单也不懂吗"],
    "never_wrong": ["公司绝对不会出错", "我们公司不会错的", "公司不可能出错"],
    "dont_know": ["我不知道", "这个我不知道啊", "不好意思我不知道"],
    "not_mine": ["这个不归我管", "不是我受理的", "不是我办的业务"],
    "no_way": ["我没办法", "这个没有办法", "那就没办法了"],
    "you_must": ["您必须先办这个", "你必须同意", "所以您必须来营业厅"],
    "you_wrong": ["您弄错了", "你搞错了吧", "您不对", "您记错了"],
    "company_rule": ["公司就是这么规定的", "公司是这么规定的", "这是公司规定", "这是规定"],
    "cannot_hear": ["听不到大声点", "听不清，大声点", "听不见您大声点"],
    "hurry": ["您快点讲", "你快点说", "麻烦您快点说"],
    "let_me_finish": ["您听我讲完", "你先听我说完", "您听我说完再说"],
    "silent_threat": ["再不说我挂了", "喂，再不说我就挂了", "您再不说我挂了啊"],
    "impossible": ["不可能", "这不可能的", "那不可能扣您的钱"],
    "cheapest": ["这是最便宜的", "价格最优惠", "最划算的就是它"],
    "lowest_of_all": ["全网最低价", "全国最便宜", "全市最好"],
    "absolutely": ["绝对没问题", "绝对够用", "这个绝对好"],
    "guarantee": ["我保证够用", "保证不掉线", "保证您满意"],
    "forever": ["永久有效", "终身免月租", "一辈子不涨价"],
    "free": ["免费送您手机", "免费领会员", "白送您一个月"],
    "state_rule": ["国家规定必须办", "国家规定必须实名换卡"],
    "stop_threat": ["不办就停机", "不办这个就停机了", "您不办，就停机"],
    "inside_quota": ["给您内部名额", "这是内部价", "您的专属名额"],
    "scarcity": ["今天最后一天", "名额不多了", "再不办就没了", "最后几个", "过了今天就没有"],
    "system_lock": ["系统会锁定您的套餐", "系统锁了", "系统会锁"],
    "ask_code": ["验证码念给我", "把您的验证码告诉我", "麻烦报一下验证码", "验证码发给我"],
    "operator_mobile": ["中国移动的", "移动宽带没我们快", "移动公司那边"],
    "operator_unicom": ["联通更贵", "中国联通的信号"],
    "operator_telecom": ["中国电信", "电信宽带", "电信的套餐"],
    "operator_broadnet": ["中国广电", "广电5G", "广电的宽带"],
}

NOT_SAID: dict[str, list[str]] = {
    "complain_away": ["投诉电话是这个号码", "您的投诉我登记好了", "您想投诉我帮您转", "没有未办结的投诉"],
    "attitude": ["我的态度不好，对不起", "这是我的态度"],
    "ask_whom": ["您问我就对了", "您问我，我帮您问师傅"],
    "how_know": ["我怎么知道您方便呢，您说个时间", "我又不是催您"],
    "dont_use": ["不会用我教您", "不用就别开"],
    "so_simple": ["其实很简单，我告诉您", "这么做简单一些"],
    "never_wrong": ["公司弄错了就更正", "要是公司有错，马上改"],
    "dont_know": ["如果您不知道，我告诉您", "客户不知道怎么办"],
    "not_mine": ["我来管到底", "这个归装维，我帮您转"],
    "no_way": ["有没有办法", "我看看有什么办法", "您没办法来，我们上门"],
    "you_must": ["需要您本人确认", "您可以先看看"],
    "you_wrong": ["我弄错了", "我们一起核对一下", "您看对不对"],
    "company_rule": ["规定是这样写的，原因是", "公司的资费公示在这里"],
    "cannot_hear": ["抱歉没听清，麻烦再说一遍", "信号不好，我大声点"],
    "hurry": ["您慢慢说", "我快点给您办"],
    "let_me_finish": ["您先说，我听完", "我听您说完"],
    "silent_threat": ["听不到的话我稍后再打", "您先挂"],
    "impossible": ["并非不可能", "也不是不可能"],
    "cheapest": ["报最低合适的一档", "比现在便宜", "最近三个月"],
    "lowest_of_all": ["全网覆盖情况", "最低的一档是39元"],
    "absolutely": ["相对合适", "对的，绝大多数客户"],
    "guarantee": ["保证够用更要紧", "为保障服务质量"],
    "forever": ["有效期12个月", "长期在网"],
    "free": ["检测不收费", "免费上门检测要看情况", "没有免费的"],
    "state_rule": ["国家规定要实名", "按照规定需要"],
    "stop_threat": ["不办也照常用", "停机保号每月5元"],
    "inside_quota": ["余量6单", "公示的名额"],
    "scarcity": ["公示期内都能办", "今天说好的", "最后我复述一下"],
    "system_lock": ["系统里登记好了", "我帮您锁好时间"],
    "ask_code": ["请不要把验证码告诉任何人，包括我", "我不会要验证码", "别把验证码给别人"],
    "operator_mobile": ["移动电话", "手机和移动设备", "宽带移机"],
    "operator_unicom": ["联系通知", "互联互通"],
    "operator_telecom": ["电信业务", "电信条例"],
    "operator_broadnet": ["广播电视", "广告"],
}


def found(code: str, text: str) -> bool:
    phrase = PHRASES[code]
    unless = phrase.get("unless")
    return bool(re.search(phrase["pattern"], text)) and not (unless and re.search(unless, text))


def test_every_phrase_has_its_sentences_and_a_hint():
    assert set(SAID) == set(NOT_SAID) == set(PHRASES)
    for code, phrase in PHRASES.items():
        assert phrase["level"] in {"l1", "l2", "sales", "competitor"}, code
        assert phrase["scope"] in {"agent", "script"}, code
        assert phrase["hint"], code


@pytest.mark.parametrize(("code", "text"), [(code, text) for code, texts in SAID.items() for text in texts])
def test_it_is_found_where_it_is_said(code: str, text: str):
    assert found(code, text)


@pytest.mark.parametrize(("code", "text"), [(code, text) for code, texts in NOT_SAID.items() for text in texts])
def test_it_is_not_found_in_a_sentence_that_only_resembles_it(code: str, text: str):
    assert not found(code, text)
