"""End points in the settings: what is wrong is said with its line and near miss; secrets come by reference."""

from __future__ import annotations

from pathlib import Path

import pytest

from alerts.settings import remarks
from hallwatch.compose import alert_settings
from hallwatch.secret import NoSecret
from hallwatch.settings_file import BadSettings, Loaded, load


def loaded(tmp_path: Path, text: str) -> Loaded:
    file = tmp_path / "hallwatch.toml"
    file.write_text(text, encoding="utf-8")
    return load(file)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('[channels.duty]\nkind = "wecom"\nurl = "https://x"\nsercet = "x"\n', "channels.duty.sercet: unknown key"),
        ('[channels.duty]\nkind = "wecomm"\nurl = "https://x"\n', "channels.duty.kind: one of"),
        ('[channels.duty]\nkind = "wecom"\n', "channels.duty.url: Field required"),
        ('[channels.mail]\nkind = "wecom"\nurl = "https://x"\n', "mail and mqtt have sections of their own"),
        ('[channels."a b"]\nkind = "wecom"\nurl = "https://x"\n', "letters, digits"),
        ('[channels.d]\nkind = "sms"\nurl = "https://x"\nallow = ["10.0.0.1/8"]\n', "neither a host's name nor"),
        ('[channels.d]\nkind = "sms"\nurl = "https://x"\nsuccess = "("\n', "not a regular expression"),
        ('[channels.d]\nkind = "sms"\nurl = "https://x"\ntimeout = "31s"\n', "less than or equal to 30"),
    ],
)
def test_what_is_wrong_with_an_end_point_is_said(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(BadSettings) as fault:
        loaded(tmp_path, text)
    (one,) = fault.value.faults
    assert said in f"{one.place}: {one.message}".replace("{reason}", str(one.values.get("reason", "")))


def test_an_unknown_key_of_an_end_point_names_the_near_miss(tmp_path: Path) -> None:
    with pytest.raises(BadSettings) as fault:
        loaded(tmp_path, '[channels.duty]\nkind = "wecom"\nurl = "https://x"\nsercet = "x"\n')
    assert (fault.value.faults[0].line, fault.value.faults[0].near_miss) == (4, "secret")


def test_secrets_of_end_points_come_by_reference_and_are_never_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = '[channels.duty]\nkind = "sms"\nurl = "env:SMS_URL"\nheaders = {Authorization = "env:SMS_TOKEN"}\n'
    settings = loaded(tmp_path, text)
    with pytest.raises(NoSecret, match=r"channels\.duty\.url"):
        alert_settings(settings)
    monkeypatch.setenv("SMS_URL", "https://sms.example/very-secret")
    monkeypatch.setenv("SMS_TOKEN", "also-secret")
    (place,) = alert_settings(settings).end_points
    assert (place.url, place.headers["Authorization"]) == ("https://sms.example/very-secret", "also-secret")
    assert "secret" not in repr(place).replace("secret=", "")
    assert any(one.startswith("channels.duty.success: needed") for one in remarks(alert_settings(settings)))


def test_an_end_point_may_stand_in_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HALLWATCH_CHANNELS__DUTY__KIND", "feishu")
    monkeypatch.setenv("HALLWATCH_CHANNELS__DUTY__URL", "https://robot.example/x")
    (place,) = alert_settings(loaded(tmp_path, "")).end_points
    assert (place.name, place.kind, place.host) == ("duty", "feishu", "robot.example")
