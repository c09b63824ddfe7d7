"""What to do next, by what one poll showed: each sentence names what to check."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from collector.kind import Kind
from collector.poll import Polled
from hallwatch.inventory.faults import N_

_SLOW: Final = N_(
    "It answers slowly, so not everything was asked: --within 60 asks it all. A collector goes on at the next poll."
)
_BY_CAUSE: Final = {
    "auth": N_(
        "It answers and refuses. Check the user, both keys and their algorithms,"
        " and whether it demands signed (auth) or encrypted (priv) requests."
    ),
    "timeout": N_("It answers, but not SNMP: check community, version and port, and whom its access list lets in."),
    "refused": N_("Its SNMP port is closed: switch SNMP on there, or name another port."),
    "bad_answer": N_("What answers at this port is no SNMP, or broken: check the port."),
    "unlearned": _SLOW,
    "no_such_object": N_("Its agent has nothing of what its kind is asked for: check the kind, and the agent's view."),
}
"""By the cause of `unknown` or `noSnmp`."""
_SPEAKS: Final = N_("What it says itself by MQTT reaches its running collector only; this poll knows nothing of it.")
_OBSERVES: Final = N_("It observes itself by MQTT, so nobody asks it (docs/mqtt-devices.md).")
_SILENT: Final = N_(
    "Nothing answers: is it switched on, is its address right? An agent is silent, too, to another community"
    " and to whom its access list does not name."
)
_FOREIGN: Final = N_(
    "Answers came from another address or port than was asked, and count for nothing: name the address"
    " from which it answers, or have it answer from the one that is asked."
)
_FORGED: Final = N_(
    "Answers came that fit no request (another number, community or version), and count for nothing: does something"
    " between here and there change them, or is the agent at fault?"
)
_UNLIKE: Final = N_(
    "It does not look like its kind: its agent has none of the values that such devices have."
    " Check the kind, and what the agent shows."
)


def advice(checks: tuple[str, ...], model: Kind, polled: Polled, strays: Mapping[str, int]) -> str:
    """The msgid of what to do next, or of what a poll cannot see; empty: nothing to say.

    `strays` counts the answers that were believed by nobody (`collector.snmp.counts`).
    """
    if "mqtt" in checks:
        return _OBSERVES if checks == ("mqtt",) else _SPEAKS
    asks = "snmp" in checks
    if polled.cause == "timeout" and (stray := _stray(strays)):
        return stray
    if polled.state == "down" and not polled.conditions:
        return {"timeout": _SILENT, "refused": _BY_CAUSE["refused"]}.get(polled.cause or "", "") if asks else ""
    if any(step.request == "rows of the tables" and step.answer.startswith("timeout") for step in polled.steps):
        return _SLOW
    said = {name for name in polled.values if not name.startswith(("identity.", "model_file"))}
    if polled.values and said <= {"uptime"} and len(model.get) > 1:  # every agent has that
        return _BY_CAUSE["no_such_object"]
    if model.unlike(polled.values):
        return _UNLIKE
    in_doubt = "noSnmp" in polled.conditions or polled.state == "unknown"
    return _BY_CAUSE.get(polled.cause or "", "") if in_doubt else ""


def _stray(strays: Mapping[str, int]) -> str:
    return _FOREIGN if strays.get("foreign") else _FORGED if strays.get("forged") else ""
