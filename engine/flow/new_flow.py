"""The page a new flow begins with: what every call needs already stands, so that the trainer writes on from something that can be checked."""

SKELETON = """\
# yaml-language-server: $schema=../flow.schema.json
format: flow/1
id: {id}
locale: zh-CN
title: {title}
"""


def new_flow(flow_id: str, title: str) -> str:
    """The text of a new flow."""
    return SKELETON.format(id=flow_id, title=title)
