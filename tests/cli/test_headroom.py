"""``pyfabric headroom``: output, JSON, messages."""

import json

import pytest

import pyfabric as pf
from pyfabric.cli import main


def test_one_screen(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["headroom", "--rate", "400G", "--cable", "300m", "--mtu", "9216"]) == 0
    out, err = capsys.readouterr()
    assert out == f"{pf.headroom('400G', '300m')}\n"
    assert err == ""
    assert len(out.splitlines()) <= 24


def test_every_option_reaches_the_formula(capsys: pytest.CaptureFixture[str]) -> None:
    options = (
        "--rate 56G --delay 2us --mtu 9kB --lossless-mtu 4174 --model 802.1Qbb --classes 2 "
        "--ports 3 --reaction 300ns --interface 150ns --latency 1us --cell 208 "
        "--smallest-frame 256 --drain 25G --json"
    )
    assert main(["headroom", *options.split()]) == 0
    found = pf.headroom(
        "56G",
        delay="2us",
        mtu=9000,
        lossless_mtu=4174,
        classes=2,
        ports=3,
        reaction="300ns",
        interface="150ns",
        latency="1us",
        cell=208,
        smallest_frame=256,
        drain="25G",
    )
    printed = json.loads(capsys.readouterr().out)
    assert printed == json.loads(json.dumps(found.to_dict()))
    assert printed["switch_bytes"] == 6 * printed["cell_bytes"]


def test_sonic(capsys: pytest.CaptureFixture[str]) -> None:
    options = (
        "--rate 400G --cable 40m --asic spectrum-3 --lanes 8 --gearbox 400ns "
        "--small-packet-percent 50 --shared-headroom --json"
    )
    assert main(["headroom", *options.split()]) == 0
    found = pf.headroom(
        "400G",
        "40m",
        asic="spectrum-3",
        lanes=8,
        gearbox="400ns",
        small_packet_percent=50,
        shared_headroom=True,
    )
    assert json.loads(capsys.readouterr().out)["bytes"] == found.bytes


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ("--rate 400G --cable 3m --asic spectrum-7", "did you mean 'spectrum-"),
        ("--rate 400G", "one of cable (such as '300m') and delay (such as '1.5us') is needed"),
        ("--rate 400G --cable 3m --shared-headroom", "headroom.shared_headroom: has no effect"),
    ],
)
def test_bad_input(options: str, message: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["headroom", *options.split()]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert message in err
    assert err.startswith("pyfabric: ")
