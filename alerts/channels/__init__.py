"""The ways to the outside: a new one is one file and one line in `FORMS`."""

from typing import Final

from alerts.channels import dingtalk, feishu, sms, webhook, wecom
from alerts.channels.by_apprise import AppriseChannel
from alerts.channels.channel import Channel, Failure, Outcome, Sent
from alerts.channels.http import Form, HttpChannel
from alerts.channels.mail import Attached, MailChannel, nothing
from alerts.channels.mqtt import MqttChannel
from alerts.channels.nowhere import Nowhere
from alerts.end_point import EndPoint, Kind
from alerts.settings import AlertSettings
from store.lanes import Lane, beyond

__all__ = ["FORMS", "Channel", "Failure", "MailChannel", "MqttChannel", "Outcome", "Sent", "channel_of", "channels"]

FORMS: Final[dict[Kind, Form]] = {
    "wecom": wecom.FORM,
    "dingtalk": dingtalk.FORM,
    "feishu": feishu.FORM,
    "webhook": webhook.FORM,
    "sms": sms.FORM,
}


def channels(settings: AlertSettings, attached: Attached = nothing) -> dict[str, Channel]:
    """The channels that are set up, by a name for logs; each end point is one, and so are the rows for none of them.

    `attached` gives mails the files of their notice.
    """
    found: dict[str, Channel] = {}
    if settings.mqtt is not None:
        found["mqtt"] = MqttChannel(settings.mqtt)
    if settings.mail is not None:
        found["mail"] = MailChannel(settings.mail, attached)
    unnamed = next((one.name for one in settings.end_points if one.kind == "sms"), None)
    for one in settings.end_points:
        found[f"{one.kind}:{one.name}"] = channel_of(one, unnamed=one.name == unnamed)
    lanes = [Lane(one.kind, one.name, one.name == unnamed) for one in settings.end_points]
    found["nowhere"] = Nowhere(beyond([*lanes, *([Lane("mail")] if settings.mail else [])]))
    return found


def channel_of(end_point: EndPoint, *, unnamed: bool = False) -> Channel:
    """The channel of one end point; `unnamed`: it sends to telephones without an end point, too."""
    if end_point.kind == "apprise":
        return AppriseChannel(end_point)
    return HttpChannel(end_point, FORMS[end_point.kind], unnamed=unnamed)
