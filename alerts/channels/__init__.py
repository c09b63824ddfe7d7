"""The ways to the outside: a new one is one file and one line in `channels`."""

from alerts.channels.channel import Channel, Failure
from alerts.channels.mail import MailChannel
from alerts.channels.mqtt import MqttChannel
from alerts.settings import AlertSettings
from store.notices import Channel as Name

__all__ = ["Channel", "Failure", "MailChannel", "MqttChannel", "channels"]


def channels(settings: AlertSettings) -> dict[Name, Channel]:
    """The channels that are set up, by the name that outbox rows bear."""
    found: dict[Name, Channel] = {}
    if settings.mqtt is not None:
        found["mqtt"] = MqttChannel(settings.mqtt)
    if settings.mail is not None:
        found["mail"] = MailChannel(settings.mail)
    return found
