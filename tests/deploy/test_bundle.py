"""The bundle: packed twice the same, installed without a network, upgraded and back; what is not whole is refused."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
WHEELS = ROOT / ".venv" / "bundled-wheels"
CUT_OFF = ("unshare", "--map-root-user", "--net", "--mount")
SITE = """
set -e
ip link set lo up
mount -t tmpfs none /usr/share/fonts
"$1/install" --prefix "$2/opt" --python "$3" --no-compile
cp -r "$2/opt/current/share/hallwatch/site" "$2/site"
cd "$2/site"
export HALLWATCH_LANGUAGE=en
"$2/opt/bin/hallwatch" check hallwatch.toml halls.yaml
"$2/opt/bin/hallwatch" up 2> up.log & up=$!
"$2/opt/current/bin/python" - <<'END'
import time, urllib.request
for _ in range(400):
    try:
        print("healthz", urllib.request.urlopen("http://127.0.0.1:8080/healthz", timeout=5).status)
        break
    except OSError:
        time.sleep(0.2)
END
kill -INT $up
wait $up
"$2/opt/bin/hallwatch" report availability --month 2026-10 --format pdf --output month.pdf
pdffonts month.pdf
"""
pytestmark = [pytest.mark.server, pytest.mark.timeout(600)]


def built(output: Path) -> Path:
    command = [str(ROOT / "scripts" / "bundle"), "--wheels", str(WHEELS), "--output", str(output)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return next(output.glob("*.tar.gz"))


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("bundle")
    yield built(folder)
    shutil.rmtree(folder)


@pytest.fixture(scope="module")
def whole(file: Path) -> Path:
    with tarfile.open(file) as tar:
        tar.extractall(file.parent, filter="data")
    return next(one for one in file.parent.iterdir() if one.is_dir())


def test_an_installation_needs_no_network_and_prints_chinese_in_the_fonts_that_came_with_it(
    whole: Path, tmp_path: Path
) -> None:
    python = str(Path(sys.base_prefix) / "bin" / "python3")
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PIP_", "HALLWATCH_"))}
    command = [*CUT_OFF, "bash", "-c", SITE, "-", str(whole), str(tmp_path), python]
    done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "No faults." in done.stdout
    assert "healthz 200" in done.stdout
    assert "NotoSansCJKsc-Regular" in done.stdout
    kept = tmp_path / "opt" / "current" / "share" / "hallwatch"
    assert {one.name for one in kept.iterdir()} >= {"deploy", "docs", "fonts", "site", "LICENSE", "README.md"}


def test_the_same_sources_give_the_same_bytes(file: Path, tmp_path: Path) -> None:
    again = built(tmp_path)
    assert hashlib.sha256(again.read_bytes()).digest() == hashlib.sha256(file.read_bytes()).digest()


# The installer by itself, with a program that only says its version.


def small(whole: Path, folder: Path, version: str) -> Path:
    """A bundle of one tiny library called hallwatch."""
    (folder / "wheels").mkdir(parents=True)
    shutil.copy(whole / "install", folder)
    shutil.copy(next((whole / "wheels").glob("pip-*.whl")), folder / "wheels")
    about = (whole / "FOR").read_text().splitlines()
    (folder / "FOR").write_text("\n".join([f"version {version}", *about[1:]]) + "\n")
    info = f"hallwatch-{version}.dist-info"
    own = folder / "wheels" / f"hallwatch-{version}-py3-none-any.whl"
    with zipfile.ZipFile(own, "w") as wheel:
        wheel.writestr("told.py", f"def main() -> None:\n    print({version!r})\n")
        wheel.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: hallwatch\nVersion: {version}\n")
        wheel.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        wheel.writestr(f"{info}/entry_points.txt", "[console_scripts]\nhallwatch = told:main\n")
        wheel.writestr(f"{info}/RECORD", "")
    digest = hashlib.sha256(own.read_bytes()).hexdigest()
    (folder / "requirements.lock").write_text(f"hallwatch=={version} --hash=sha256:{digest}\n")
    seal(folder)
    return folder


def seal(folder: Path) -> None:
    """Write SHA256SUMS as the packer does."""
    named = sorted(one for one in folder.rglob("*") if one.is_file() and one.name != "SHA256SUMS")
    lines = [f"{hashlib.sha256(one.read_bytes()).hexdigest()}  {one.relative_to(folder)}\n" for one in named]
    (folder / "SHA256SUMS").write_text("".join(lines))


def install(bundle: Path, prefix: Path, *more: str) -> tuple[int, str]:
    python = () if "--back" in more else ("--python", str(Path(sys.base_prefix) / "bin" / "python3"))
    command = [bundle / "install", "--prefix", prefix, *python, *more]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.returncode, done.stderr


def runs(prefix: Path) -> str:
    return subprocess.run([prefix / "bin" / "hallwatch"], capture_output=True, text=True, check=True).stdout.strip()


def test_an_upgrade_leaves_the_version_before_to_go_back_to_and_data_alone(whole: Path, tmp_path: Path) -> None:
    prefix, bundles = tmp_path / "opt", [small(whole, tmp_path / f"b{n}", f"{n}.0") for n in (1, 2, 3)]
    broken_off = prefix / "versions" / f"1.0-{hashlib.sha256((bundles[0] / 'SHA256SUMS').read_bytes()).hexdigest()[:8]}"
    broken_off.mkdir(parents=True)
    (broken_off / "rubbish").touch()
    (prefix / "hallwatch.toml").write_text("[site]\n")
    assert install(bundles[0], prefix, "--back")[0] == 1
    assert install(bundles[0], prefix)[0] == 0
    assert not (broken_off / "rubbish").exists()
    assert install(bundles[1], prefix)[0] == 0
    assert runs(prefix) == "2.0"
    assert install(bundles[1], prefix, "--back")[0] == 0
    assert runs(prefix) == "1.0"
    assert install(bundles[1], prefix, "--back")[0] == 0
    assert runs(prefix) == "2.0"
    assert install(bundles[1], prefix)[0] == 0  # again: nothing to do
    assert install(bundles[2], prefix)[0] == 0
    assert (runs(prefix), len(list((prefix / "versions").iterdir()))) == ("3.0", 2)
    assert (prefix / "hallwatch.toml").read_text() == "[site]\n"


@pytest.mark.parametrize("deed", ["changed", "added", "removed", "sums removed"])
def test_a_bundle_that_was_tampered_with_installs_nothing_and_says_which_file(
    whole: Path, tmp_path: Path, deed: str
) -> None:
    bundle, prefix = small(whole, tmp_path / "b", "1.0"), tmp_path / "opt"
    wheel = next((bundle / "wheels").glob("hallwatch-*.whl"))
    if deed == "changed":
        octets = bytearray(wheel.read_bytes())
        octets[60] ^= 1
        wheel.write_bytes(octets)
    elif deed == "added":
        wheel = bundle / "wheels" / "typer-99-py3-none-any.whl"
        wheel.touch()
    elif deed == "removed":
        wheel.unlink()
    else:
        (bundle / "SHA256SUMS").unlink()
        wheel = bundle / "SHA256SUMS"
    code, said = install(bundle, prefix)
    assert code == 1
    assert wheel.name in said
    assert not list((prefix / "versions").iterdir())


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("python 3.9", "Python 3.9, here is 3."),
        ("machine riscv64", "riscv64, here is"),
        ("glibc 2.99", "glibc 2.99 or"),
    ],
)
def test_a_bundle_for_other_machines_says_for_which_and_how_to_make_one_for_this(
    whole: Path, tmp_path: Path, line: str, said: str
) -> None:
    bundle = small(whole, tmp_path / "b", "1.0")
    name, _, _ = line.partition(" ")
    about = [line if one.startswith(name) else one for one in (bundle / "FOR").read_text().splitlines()]
    (bundle / "FOR").write_text("\n".join(about) + "\n")
    seal(bundle)
    code, told = install(bundle, tmp_path / "opt")
    assert code == 1
    assert said in told
    assert f"scripts/bundle --python 3.{sys.version_info[1]} --machine" in told


def test_the_libraries_are_those_of_the_lock_file(whole: Path) -> None:
    listed = json.loads(
        subprocess.run([sys.executable, "-m", "pip", "inspect"], capture_output=True, text=True, check=True).stdout
    )["installed"]
    ours = {one["metadata"]["name"].lower().replace("_", "-"): one["metadata"]["version"] for one in listed}
    packed = [one.name.split("-")[:2] for one in (whole / "wheels").glob("*.whl")]
    differing = {
        (n, v) for n, v in packed if n not in ("pip", "hallwatch") and ours.get(n.replace("_", "-").lower()) != v
    }
    assert differing == set()
