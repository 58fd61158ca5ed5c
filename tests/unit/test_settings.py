"""Switch, PFC, ECN, NIC, framing and congestion control: resolved values and every refusal."""

import copy
import inspect
import pickle
from fractions import Fraction

import pytest

from pyfabric import (
    DCQCN,
    ECN,
    PFC,
    Framing,
    Nic,
    NoCongestionControl,
    ScenarioError,
    StaticWindow,
    Switch,
)
from pyfabric.cc import by_name

G = 10**9


def test_switch_defaults():
    switch = Switch()
    assert switch.buffer_bytes == 32_000_000
    assert switch.reserve_bytes == 4096
    assert (switch.alpha_shift, switch.lossy_alpha_shift) == (3, 0)
    assert switch.headroom_bytes is None
    assert switch.latency_ps == 0
    assert switch.lossless_priorities == (3,)
    assert switch.class_weights == (1,) * 8
    assert (switch.pfc.xoff_bytes, switch.pfc.xon_offset_bytes) == (None, None)
    assert switch.pfc.reaction_ps == 200_000


def test_switch_values():
    switch = Switch(alpha=8, lossy_alpha=0.5, headroom="100kB", weights={3: 4, 0: 2})
    assert (switch.alpha_shift, switch.lossy_alpha_shift) == (-3, 1)
    assert switch.headroom_bytes == 100_000
    assert switch.class_weights == (2, 1, 1, 4, 1, 1, 1, 1)
    assert PFC(xoff="96kB", xon_offset=0).xoff_bytes == 96_000
    assert PFC(xoff="96kB", xon_offset=0).xon_offset_bytes == 0


@pytest.mark.parametrize("rate", [25 * G, 100 * G, 400 * G, 800 * G])
def test_ecn_scales_with_the_port(rate):
    kmin, kmax, pmax = ECN().thresholds_for(rate)
    assert (kmin, kmax) == (400_000 * rate // (100 * G), 1_600_000 * rate // (100 * G))
    assert pmax == Fraction(1, 5)


def test_ecn_by_rate():
    ecn = ECN(kmin={"100G": "1kB", 400 * G: 2000}, kmax="1MB", pmax={"100Gbps": 0, "400G": 1})
    assert ecn.thresholds_for(100 * G) == (1000, 1_000_000, 0)
    assert ecn.thresholds_for(400 * G) == (2000, 1_000_000, 1)
    with pytest.raises(ScenarioError, match=r"ECN.kmin: has no entry .* 200Gbps .*100Gbps"):
        ecn.thresholds_for(200 * G)


def test_ecn_step():
    assert ECN(kmin="300kB", kmax="300kB", pmax=1).thresholds_for(1)[:2] == (300_000, 300_000)


def test_ecn_order_that_depends_on_the_port():
    ecn = ECN(kmin="500kB")
    assert ecn.thresholds_for(100 * G)[0] == 500_000
    with pytest.raises(ScenarioError, match="500kB is above kmax 400kB at a port of 25Gbps"):
        ecn.thresholds_for(25 * G)


@pytest.mark.parametrize(
    ("name", "rate", "expected"),
    [
        ("hpcc", 25 * G, (100_000, 400_000, Fraction(1, 5))),
        ("dcqcn_paper", 40 * G, (5_000, 200_000, Fraction(1, 100))),
        ("simai", 200 * G, (300_000, 1_200_000, Fraction(4, 5))),
        ("sonic", 100 * G, (2**20, 2**21, Fraction(1, 20))),
        ("nvidia", 400 * G, (150_000, 1_500_000, Fraction(1))),
    ],
)
def test_ecn_presets(name, rate, expected):
    assert ECN.preset(name).thresholds_for(rate) == expected


def test_nic_values():
    nic = Nic(mtu=1024, rto=None, nak_interval="500us", cnp_interval=0, start_jitter=0)
    assert (nic.mtu_bytes, nic.rto_ps, nic.nak_interval_ps) == (1024, 0, 500 * 10**6)
    assert (nic.cnp_interval_ps, nic.start_jitter_ps) == (0, 0)
    assert Nic().rto_ps == 10**9
    assert Nic().nak_interval_ps == 0
    assert Nic().start_jitter_ps == 100_000


def test_framing():
    fields = ("header", "reth", "aeth", "ack", "cnp", "pfc", "gap")
    assert Framing.rocev2() == Framing()
    assert [getattr(Framing(), f"{f}_bytes") for f in fields] == [62, 16, 4, 66, 78, 64, 20]
    ns3 = Framing.ns3()
    assert [getattr(ns3, f"{f}_bytes") for f in fields] == [48, 0, 0, 60, 60, 43, 0]
    assert (ns3.pad, ns3.rounding) == (1, "ns")


def test_dcqcn_parameters_in_native_order():
    assert DCQCN().parameters_for(100 * G) == [
        *(1 / 256, 55e6, 55e6, 10e6, 5, 40e6, 200e6, 100e6, 0, 1, 1, 0, 0, 100e9)
    ]
    assert DCQCN.preset("firmware").parameters_for(400 * G) == [
        *(1 / 256, 1e6, 300e6, 0, 1, 80e6, 800e6, 1e9, 4e6, 0, 1, 1, 0, 400e9)
    ]
    assert all(isinstance(value, float) for value in DCQCN().parameters_for(G))


@pytest.mark.parametrize(
    ("name", "window", "increase_ai"),
    [
        ("paper", None, 40e6),
        ("hpcc", None, 20e6),
        ("hpcc_vwin", "max_bdp", 20e6),
        ("hpcc_paper", None, 20e6),
        ("hpcc_paper_vwin", "max_bdp", 20e6),
        ("hpcc_config", None, 50e6),
        ("simai", "bdp", 50e6),
        ("conweave", None, 40e6),
        ("ns3_rdma", None, 40e6),
    ],
)
def test_dcqcn_presets(name, window, increase_ai):
    preset = DCQCN.preset(name)
    assert preset.window == window
    assert preset.parameters_for(100 * G)[5] == increase_ai
    assert DCQCN.preset(name, g="1/16").g == "1/16"


def test_other_congestion_controls():
    assert NoCongestionControl().window is None
    assert NoCongestionControl().parameters_for(G) == []
    assert StaticWindow().window == "bdp"
    assert StaticWindow(window="64kB").window == 64_000
    assert StaticWindow().parameters_for(G) == [1e9]
    assert [cls.native for cls in (NoCongestionControl, StaticWindow, DCQCN)] == [0, 1, 2]
    assert by_name("dcqcn") == DCQCN()
    assert by_name("none") == NoCongestionControl()
    assert by_name("static_window", window=5) == by_name("window", window=5) == StaticWindow(5)


@pytest.mark.parametrize(
    "value",
    [
        Switch(ecn=None, pfc=PFC(mode="on_off"), weights={3: 2}),
        Switch(ecn=ECN.preset("simai")),
        Nic(mtu="1KiB", strict_priorities=[6, 5]),
        Framing.ns3(),
        DCQCN.preset("simai"),
        StaticWindow(window="1MB"),
        NoCongestionControl(),
    ],
    ids=lambda v: type(v).__name__,
)
def test_is_a_value(value):
    for other in (eval(repr(value)), copy.deepcopy(value), pickle.loads(pickle.dumps(value))):
        assert other == value
        assert hash(other) == hash(value)
    assert value.replace() == value
    with pytest.raises(AttributeError):
        value.anything = 1


def test_mappings_refuse_changes():
    with pytest.raises(TypeError, match="immutable"):
        Switch(weights={3: 2}).weights[3] = 5


@pytest.mark.parametrize("cls", [Switch, PFC, ECN, Nic, Framing, DCQCN, StaticWindow])
def test_every_parameter_is_checked(cls):
    """No parameter accepts an object of no meaning, and the message names the parameter."""
    for name in inspect.signature(cls).parameters:
        with pytest.raises(ScenarioError) as caught:
            cls(**{name: object()})
        assert f"{cls.__name__}.{name}" in str(caught.value)


BAD = {
    "unknown": (lambda: Switch(bufer=1), ["Switch.bufer", "did you mean 'buffer'?"]),
    "buffer 0": (lambda: Switch(buffer=0), ["Switch.buffer", "0 is out of range", "1kB to 100GB"]),
    "buffer huge": (lambda: Switch(buffer="1TB"), ["Switch.buffer", "'1TB'", "1kB to 100GB"]),
    "buffer unit": (lambda: Switch(buffer="32"), ["Switch.buffer", "'32'", "no unit"]),
    "buffer bool": (lambda: Switch(buffer=True), ["Switch.buffer", "True"]),
    "buffer nan": (lambda: Switch(buffer=float("nan")), ["Switch.buffer", "nan", "1kB to"]),
    "alpha": (lambda: Switch(alpha=0.3), ["Switch.alpha", "0.3", "1/128", "1/8"]),
    "alpha 0": (lambda: Switch(alpha=0), ["Switch.alpha", "1/128 to 8"]),
    "alpha inf": (lambda: Switch(alpha=float("inf")), ["Switch.alpha", "inf", "1/128 to 8"]),
    "priority": (
        lambda: Switch(lossless_priorities=(8,)),
        ["Switch.lossless_priorities", "0 to 7", "(8,)"],
    ),
    "priority twice": (lambda: Switch(lossless_priorities=(3, 3)), ["different", "(3, 3)"]),
    "priority bool": (lambda: Switch(lossless_priorities=(True,)), ["0 to 7", "(True,)"]),
    "weight": (lambda: Switch(weights={3: 0}), ["Switch.weights[3]", "1 to 1000", "0"]),
    "weight of strict": (lambda: Switch(weights={6: 2}), ["Switch.weights[6]", "strict"]),
    "pfc": (lambda: Switch(pfc=True), ["Switch.pfc", "PFC", "True"]),
    "ecn": (lambda: Switch(ecn=5), ["Switch.ecn", "ECN or None", "5"]),
    "latency": (lambda: Switch(latency="-1ns"), ["Switch.latency", "'-1ns'", "0ps to 1ms"]),
    "mode": (lambda: PFC(mode="onoff"), ["PFC.mode", "'on_off'", "did you mean 'on_off'?"]),
    "quanta": (lambda: PFC(quanta=65536), ["PFC.quanta", "1 to 65535", "65536"]),
    "quanta bool": (lambda: PFC(quanta=True), ["PFC.quanta", "True"]),
    "enabled": (lambda: PFC(enabled=1), ["PFC.enabled", "True or False", "1"]),
    "kmin > kmax": (
        lambda: ECN(kmin="2MB", kmax="1MB"),
        ["ECN.kmin", "kmin 2MB is above kmax 1MB", "0B to kmax"],
    ),
    "kmin > kmax by rate": (
        lambda: ECN(kmin={"100G": "1kB", "400G": "3MB"}, kmax="2MB"),
        ["ECN.kmin", "kmin 3MB is above kmax 2MB"],
    ),
    "pmax above": (lambda: ECN(pmax=1.5), ["ECN.pmax", "1.5", "0 to 1"]),
    "pmax below": (lambda: ECN(pmax=-0.1), ["ECN.pmax", "-0.1", "0 to 1"]),
    "pmax nan": (lambda: ECN(pmax=float("nan")), ["ECN.pmax", "nan", "0 to 1"]),
    "pmax bool": (lambda: ECN(pmax=True), ["ECN.pmax", "True", "0 to 1"]),
    "no rates": (lambda: ECN(kmin={}), ["ECN.kmin", "empty mapping"]),
    "rate key": (lambda: ECN(kmin={"100kB": 5}), ["ECN.kmin['100kB']", "unit of size"]),
    "mark_at": (lambda: ECN(mark_at="enqeue"), ["ECN.mark_at", "did you mean 'enqueue'?"]),
    "ecn preset": (lambda: ECN.preset("sonik"), ["ECN.preset.name", "did you mean 'sonic'?"]),
    "mtu": (lambda: Nic(mtu=255), ["Nic.mtu", "255", "256B to 9KiB"]),
    "ack_every": (lambda: Nic(ack_every=0), ["Nic.ack_every", "1 to 65536", "0"]),
    "cnp_scope": (lambda: Nic(cnp_scope="dest"), ["Nic.cnp_scope", "'destination'"]),
    "rto": (lambda: Nic(rto=0), ["Nic.rto", "1us to 100s"]),
    "retries": (lambda: Nic(retries=-1), ["Nic.retries", "0 to 255", "-1"]),
    "jitter": (lambda: Nic(start_jitter="1s"), ["Nic.start_jitter", "0ps to 1ms"]),
    "pad": (lambda: Framing(pad=0), ["Framing.pad", "1 to 64", "0"]),
    "header": (lambda: Framing(header=0), ["Framing.header", "1B to 1kB"]),
    "g": (lambda: DCQCN(g=0), ["DCQCN.g", "above 0 to 1"]),
    "timer": (lambda: DCQCN(alpha_timer=0), ["DCQCN.alpha_timer", "1ns to 1s"]),
    "min_rate": (lambda: DCQCN(min_rate=0), ["DCQCN.min_rate", "1Mbps to 100Tbps"]),
    "min_rate of line": (
        lambda: DCQCN(min_rate="2Gbps").parameters_for(G),
        ["DCQCN.min_rate", "above the line rate", "1Mbps to 1Gbps"],
    ),
    "firmware": (
        lambda: DCQCN(firmware=True),
        ["DCQCN.decrease_interval", "DCQCN.byte_counter", "firmware"],
    ),
    "interval": (lambda: DCQCN(decrease_interval="4us"), ["DCQCN.decrease_interval", "firmware"]),
    "variable": (
        lambda: DCQCN(variable_window=True),
        ["DCQCN.variable_window", "without a window"],
    ),
    "window": (lambda: StaticWindow(window="bpd"), ["StaticWindow.window", "did you mean 'bdp'?"]),
    "no window": (lambda: StaticWindow(window=None), ["StaticWindow.window", "None"]),
    "window 0": (lambda: StaticWindow(window=0), ["StaticWindow.window", "1B to 1TB"]),
    "preset": (lambda: DCQCN.preset("papr"), ["DCQCN.preset.name", "did you mean 'paper'?"]),
    "cc name": (lambda: by_name("dcqn"), ["congestion_control", "did you mean 'dcqcn'?"]),
    "cc parameter": (lambda: by_name("none", g=1), ["NoCongestionControl.g", "known: none"]),
}


@pytest.mark.parametrize("name", BAD)
def test_refusal(name):
    make, words = BAD[name]
    with pytest.raises(ScenarioError) as caught:
        make()
    for word in words:
        assert word in str(caught.value)


@pytest.mark.parametrize("value", [-1, "-5s", 2**62, "1e30s"])
def test_amounts_out_of_range_are_told_one_range(value):
    with pytest.raises(ScenarioError) as caught:
        Nic(rto=value)
    (fault,) = caught.value.faults
    assert fault.message.endswith("is out of range (allowed: 1us to 100s)")
