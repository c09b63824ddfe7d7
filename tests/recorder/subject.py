"""The recorder as a process: `python -m tests.recorder.subject DATABASE METRICS BROKER [NAME]`."""

from __future__ import annotations

import sys
import threading
import time
from urllib.parse import urlsplit

from recorder.mqtt import MqttConfig
from recorder.recorder import Recorder
from store.database import open_database
from store.embedded_metrics import EmbeddedMetrics
from store.fault import Unreachable
from tests.recorder.centre import POLICIES

if __name__ == "__main__":
    while True:  # as a supervisor does: started again until the server is there
        try:
            engine = open_database(sys.argv[1])
            break
        except Unreachable:
            time.sleep(0.5)
    metrics = EmbeddedMetrics(sys.argv[2])
    mqtt = MqttConfig(
        sys.argv[3], urlsplit(sys.argv[3]).username, client_id="-".join(["hallwatch-recorder", *sys.argv[4:]])
    )
    Recorder(engine, metrics, mqtt, policies=POLICIES).run(threading.Event())
