"""A real telephone exchange for tests and for trying Stayline by hand: Asterisk 22 on loopback, with customers behind its trunk.

    with tools.pbx.start(directory) as pbx:
        pbx.ari("POST", "/channels", endpoint=f"PJSIP/{number_that('busy')}@{pbx.trunk}", app=pbx.application)
        phone = pbx.phone("p1")
        phone.call_in(leg_id)

See RunningPbx for where everything is, tools.pbx.customers for what each number does.
"""

from tools.pbx.customers import ENDINGS, number_that
from tools.pbx.errors import NoPbx
from tools.pbx.running import RunningPbx, Setup, start
from tools.pbx.telephone import PhoneRefused, Telephone

__all__ = ["ENDINGS", "NoPbx", "PhoneRefused", "RunningPbx", "Setup", "Telephone", "number_that", "start"]
