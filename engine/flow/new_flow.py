"""The page a new flow begins with: what every call needs already stands, to be written on from something that can be checked."""

from engine.yaml_text import BadYaml, read_yaml

_SKELETON = """\
# yaml-language-server: $schema=../flow.schema.json
format: flow/1
id: {id}
locale: zh-CN
title: {title}
use: [disclosures, openings, closings]
facts:
  company: {{type: text, from: session}}
  department: {{type: text, from: session}}
  agent_name: {{type: text, from: session}}
  agent_number: {{type: text, from: session}}
  service_number: {{type: text, from: session}}
  salutation: {{type: text, from: customer, label: 称呼}}
always:                        # 任何一步都能走
  cancel: let_go
  do_not_call: stop_calling
opening:
  greet:
    title: 问候与录音告知
    must_say: disclosures.recording_notice
    say: {{use: openings.greet}}
    tip: 没确认是本人之前，不说任何业务信息。
    hear:
      self: 是我 -> verify
      other: 不是本人 -> third_party
      wrong: 打错了 -> wrong_number
      busy: 现在没空 -> ask_time
      refuse: 别再打来了 -> stop_calling
  verify:
    title: 核实机主
    confirms: identity
    say: {{use: openings.verify}}
    tip: 只核后四位。密码、验证码一律不问。
    hear:
      match: 一致 -> purpose
      mismatch: 不一致 -> third_party
      unwilling: 不想说 -> not_verified
  purpose:
    title: 说明来意，征得同意
    layer: leave               # 四层提问法：请示层
    say: 谢谢您。我打这个电话，是想了解一下您最近用得怎么样，两分钟就好。现在方便吗？
    tip: 用一句话说清为什么打这个电话。
    hear:
      agree: 可以，你说 -> first_question
      busy: 现在没空 -> ask_time
      decided: 我想停用 -> let_go
      refuse: 别再打来了 -> stop_calling
discovery:
  first_question:
    title: 第一个问题
    layer: information         # 信息层
    say: 最近用下来，有没有哪里不太满意的？
    tip: 把这一步改成您要问的第一个问题，再往下加步骤。
    hear:
      fine: 都挺好的 -> care_end
      trouble: 有点不满意 -> care_end
close:
  care_end:
    title: 感谢结束
    end: care_only
    say: {{use: closings.thanks}}
  let_go:
    title: 登记停用
    end: cancel_registered
    say: {{use: closings.cancelled}}
    tip: 只登记，不劝。
  ask_time:
    title: 约回访时间
    say: 好的，那您先忙。您看哪天、几点，我再打给您合适？
    hear:
      agreed: 说好时间了 -> callback_end
      no_more: 不用再打了 -> stop_calling
  callback_end:
    title: 确认回访
    end: callback
    say: {{use: closings.callback}}
  third_party:
    title: 不是本人
    end: third_party
    say: {{use: closings.third_party}}
    tip: 不说业务，不留话。
  wrong_number:
    title: 打错了
    end: wrong_party
    say: {{use: closings.wrong_number}}
  not_verified:
    title: 未核实，结束
    end: care_only
    say: {{use: closings.not_verified}}
  stop_calling:
    title: 不再来电
    end: refused
    say: {{use: closings.do_not_call}}
    tip: 已经登记，不问为什么，不挽留。
"""


def new_flow(flow_id: str, title: str) -> str:
    """The text of a new flow, in canonical form. `title` is one line of any words."""
    return _SKELETON.format(id=flow_id, title=_scalar(title))


def _scalar(text: str) -> str:
    """A text as a YAML value: plain where that reads the same, else in quotes."""
    try:
        if read_yaml(f"title: {text}\n", "").data == {"title": text}:
            return text
    except BadYaml:
        pass
    return "'" + text.replace("'", "''") + "'"
