"""The centre with a metrics server in its settings: it starts, judges and keeps house whether that answers or not."""

from __future__ import annotations

import threading
import time
from contextlib import closing
from pathlib import Path

import pytest

from hallwatch.centre import Centre
from hallwatch.compose import now_ms
from hallwatch.housekeeping import Housekeeping
from hallwatch.settings_file import load
from store.fault import Busy
from store.metrics import Sample
from tests.mosquitto import free_port

pytestmark = pytest.mark.slow


def _centre(folder: Path, url: str) -> Centre:
    (folder / "hallwatch.toml").write_text(f'[metrics]\nurl = "{url}"\n')
    return Centre(load(folder / "hallwatch.toml"))


def test_a_centre_starts_and_works_while_its_metrics_server_is_away(tmp_path: Path) -> None:
    with closing(_centre(tmp_path, f"influxdb://127.0.0.1:{free_port()}")) as centre:
        run = centre.metrics_queue()
        assert run is not None
        stop = threading.Event()
        thread = threading.Thread(target=run, args=(stop,))
        thread.start()
        centre.metrics.write([Sample("P-1", now_ms(), {"level": 1.0})])
        end = time.monotonic() + 60
        while centre.health()["metrics"]["trouble"] is None and time.monotonic() < end:
            time.sleep(0.05)
        house = Housekeeping(centre.engine, centre.metrics)
        house.once(now_ms(), stop)
        stop.set()
        thread.join()
        said = centre.health()["metrics"]
        assert (said["points"], said["quarantined"], "127.0.0.1" in said["trouble"]) == (1, 0, True)
        with closing(Centre(centre.loaded)) as second, pytest.raises(Busy, match="another process of hallwatch"):
            second.metrics_queue()


def test_the_embedded_store_has_no_queue(tmp_path: Path) -> None:
    with closing(_centre(tmp_path, "embedded")) as centre:
        assert centre.metrics_queue() is None
        assert "metrics" not in centre.health()


def test_a_process_beside_tells_the_queue_of_the_one_that_empties_it(tmp_path: Path) -> None:
    with closing(_centre(tmp_path, f"influxdb://127.0.0.1:{free_port()}")) as pages:
        assert "metrics" not in pages.health()
        with closing(Centre(pages.loaded)) as recorder:
            recorder.metrics.write([Sample("P-1", now_ms(), {"level": 1.0})])
        said = pages.health()["metrics"]
        assert (said["points"], "trouble" in said) == (1, False)
