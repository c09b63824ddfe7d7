"""What a silence, a sleep or a refusal means for who reads a page, and what to do next (docs/silence.md)."""

from __future__ import annotations

from typing import Final

from api.last import Last
from api.words import N_

UNKNOWN: Final = {
    "config": N_("Its settings cannot be used, for example a secret that is missing. To see why:"),
    "auth": N_("It refuses the credentials: mend the user, its keys, their algorithms or the community. To see why:"),
    "isolated": N_("Its collector is cut off from its own network, so nobody can tell: see to that first. To ask it:"),
    "stuck": N_("The poll did not come back: that is the collector's fault, not the device's. To see where it hangs:"),
    "fault": N_("The collector failed at this poll; its log says why. To try again:"),
    "unlearned": N_(
        "It answers so slowly that it is not known yet what it has; each poll goes on. To ask it at leisure:"
    ),
    "asleep": N_("It said what stops it and then fell asleep: it may have been mended. To wake it and ask:"),
}
"""By the cause of `unknown` (O2): it is not known whether the device serves."""

NO_SNMP: Final = {
    "timeout": N_("It answers ping: the community or its SNMP access list may be wrong. To see why:"),
    "refused": N_("It lives, but its SNMP port is closed: SNMP has to be switched on there. To see why:"),
    "bad_answer": N_("It lives, but what answers at its SNMP port is no SNMP. To see what:"),
    "no_such_object": N_("Its agent has none of what its kind is asked for: is the kind right, and the view? To see:"),
}
"""By the cause of `noSnmp`."""

SILENT: Final = {
    "timeout": N_("Silence: nothing answers, and the collector's network works. Is it switched on? To ask it again:"),
    "refused": N_("Refusal: a machine is there, but its ports are closed, by itself or by a firewall. To see which:"),
}
"""By the cause of `down` without a condition."""

ASLEEP: Final = N_("It sleeps: it answers ping and is asked for more only a few times an hour. To wake it and ask:")
OVERSLEPT: Final = N_(
    "It answers ping, but nothing else for longer than its kind sleeps: SNMP switched off, another community, or its"
    " network card hangs (switch it off and on). To ask it:"
)
UNLIKE: Final = N_(
    "It does not look like its kind: its agent has none of the values that such devices have. Is the kind in the"
    " inventory right, and what the agent shows? To see:"
)
BEHIND: Final = N_("What it hangs on is down, so it cannot be reached; see to that first. To ask it all the same:")
BLIND: Final = N_("Nobody has said anything of it since: is its collector running and connected? To ask it from here:")


def hint_of(shown: str, cause: str | None, last: Last, overslept: bool = False, unlike: bool = False) -> str:
    """The msgid for a device shown as `shown` for `cause` that last said `last`; the command follows. Empty: none.
    `overslept`: it sleeps for longer than its kind does; `unlike`: it looks like another kind."""
    if overslept and "asleep" in last.conditions and shown != "unreachable":
        return OVERSLEPT
    if last.state == "unknown":
        return UNKNOWN.get(last.cause or "", "")
    if shown == "unreachable":
        return BEHIND
    if shown == "unmonitored" and cause is None:
        return BLIND
    if "noSnmp" in last.conditions:
        return NO_SNMP.get(last.cause or "", NO_SNMP["timeout"])
    if "asleep" in last.conditions:
        return ASLEEP
    if unlike and last.state in ("up", "degraded"):
        return UNLIKE
    return SILENT.get(last.cause or "", "") if last.state == "down" and not last.conditions else ""
