"""Asterisk as a carrier: see README.md for what it must be set up with."""

from integrations.asterisk.carrier import AsteriskCarrier as AsteriskCarrier
from integrations.asterisk.fleet import HostHealth as HostHealth
from integrations.asterisk.hosts import AsteriskHost as AsteriskHost, AsteriskTrunk as AsteriskTrunk
from integrations.asterisk.opening import open_asterisk as open_asterisk
