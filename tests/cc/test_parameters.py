"""Parameters of TIMELY and those after it: native order, presets, refusals."""

from __future__ import annotations

import copy
import dataclasses
import pickle
from collections.abc import Callable
from pathlib import Path

import pytest

import pyfabric as pf
from pyfabric.cc import by_name

G = 10**9
CLASSES = [pf.TIMELY, pf.PatchedTimely, pf.Swift, pf.DCTCP, pf.NSCC, pf.ReceiverCredits]
VALUES = [
    *[cls() for cls in CLASSES],
    pf.TIMELY.preset("hpcc"),
    pf.DCTCP.preset("hpcc"),
    pf.NSCC.preset("htsim_trimming"),
    pf.Swift(fs_range=0, window="64kB", ai="1/10"),
    pf.DCQCN.preset("nvidia"),
    pf.ReceiverCredits(unsolicited=0, per_sender="64kB", outstanding=2, rate_share="9/10"),
]


def test_native_order() -> None:
    rtt = [50e6, 500e6, 20e6, 0.8, 0.875, 10e6, 16e3, 100e6, 0, 100e9]
    assert pf.TIMELY().parameters_for(100 * G) == [*rtt, 50e6, 5, 0, 0]
    rtt[3] = 0.008
    assert pf.PatchedTimely().parameters_for(100 * G) == rtt
    assert pf.Swift().parameters_for(G) == [
        *(20e6, 3.053e6, 0.1, 0.8, 0.5, 100e6, 0.1, 100, 0.001, 1000, 5)
    ]
    assert pf.DCTCP().parameters_for(G) == [1 / 16, 1, 1, 0, 0, 1, 1e9, 0]
    assert pf.NSCC().parameters_for(G) == [
        *(0, 1, 100e9, 12e6, 4, 5, 0.15, 0.25, 1e6, 0.8, 0.5, 0.0125, 8, 0.125, 4, 1.5, 1e9)
    ]


def test_presets_scale_with_the_rate_where_their_source_says() -> None:
    """HPCC repository: TIMELY's steps are 10 and 50 times bw/10 Mb/s, DCTCP's is 615 Mb/s."""
    timely = pf.TIMELY.preset("hpcc").parameters_for(400 * G)
    assert (timely[5], timely[10], timely[6], timely[12]) == (400e6, 2e9, 0, 1)
    dctcp = pf.DCTCP.preset("hpcc")
    assert dctcp.parameters_for(400 * G)[3:6] == [1, 615e6, 1e9]
    assert dctcp.window == "max_bdp"
    assert pf.NSCC.preset("htsim_trimming").parameters_for(G)[1] == 0.75


def test_nvidia_keeps_1019_of_1024_of_alpha() -> None:
    nvidia = pf.DCQCN.preset("nvidia")
    values = nvidia.parameters_for(100 * G)
    assert 1 - values[0] == 1019 / 1024
    assert values[10] == 1023 / 1024
    assert values[1:3] == [1e6, 300e6]
    assert (values[8], values[7], values[5], values[6]) == (4e6, 1e6, 5e6, 50e6)


@pytest.mark.parametrize("value", VALUES, ids=lambda value: value.name)
def test_is_a_value_and_survives_files(value: pf.CongestionControl, tmp_path: Path) -> None:
    for other in (
        eval(repr(value), vars(pf)),
        copy.deepcopy(value),
        pickle.loads(pickle.dumps(value)),
    ):
        assert other == value
    topology = pf.star(hosts=3, rate="100Gbps")
    scenario = pf.Scenario(
        topology=topology, workload=pf.incast(0, size="1MB"), congestion_control=value
    )
    scenario.save(tmp_path / "scenario.yaml")
    assert pf.Scenario.load(tmp_path / "scenario.yaml").congestion_control == value


@pytest.mark.parametrize("cls", CLASSES)
def test_every_parameter_is_checked(cls: type[pf.CongestionControl]) -> None:
    for field in dataclasses.fields(cls):
        with pytest.raises(pf.ScenarioError) as caught:
            cls(**{field.name: object()})
        assert f"{cls.__name__}.{field.name}" in str(caught.value)


BAD: dict[str, tuple[Callable[[], object], list[str]]] = {
    "t_low": (lambda: pf.TIMELY(t_low="600us"), ["TIMELY.t_low", "above t_high"]),
    "min_rate": (
        lambda: pf.PatchedTimely(min_rate="2Gbps").parameters_for(G),
        ["PatchedTimely.min_rate", "above the line rate", "1Gbps"],
    ),
    "variable": (
        lambda: pf.TIMELY(variable_window=True),
        ["TIMELY.variable_window", "no effect without a window"],
    ),
    "preset": (lambda: pf.TIMELY.preset("hpc"), ["TIMELY.preset.name", "did you mean 'hpcc'?"]),
    "fs": (lambda: pf.Swift(fs_min_cwnd=100), ["Swift.fs_min_cwnd", "not below fs_max_cwnd"]),
    "fs off": (lambda: pf.Swift(fs_range=0, fs_max_cwnd=50), ["Swift.fs_range", "no effect"]),
    "endpoint": (lambda: pf.Swift(endpoint_target="10us"), ["Swift.endpoint_target"]),
    "rate": (lambda: pf.DCTCP(rate_ai="1Gbps"), ["DCTCP.rate_ai", "rate_based=False"]),
    "window": (lambda: pf.DCTCP(window=None), ["DCTCP.window", "needs it"]),
    "based": (
        lambda: pf.DCTCP(rate_based=True),
        ["DCTCP.rate_ai", "DCTCP.min_rate", "DCTCP.window_ai"],
    ),
    "factor": (lambda: pf.NSCC(target="9us", target_factor=2), ["NSCC.target_factor", "no effect"]),
    "fast": (lambda: pf.NSCC(fast_increase=0, fast_delay="2us"), ["NSCC.fast_delay", "no effect"]),
    "gamma": (lambda: pf.NSCC(gamma=1.5), ["NSCC.gamma", "0 to 1"]),
    "first window": (
        lambda: pf.ReceiverCredits(unsolicited="bpd", per_sender=0),
        ["ReceiverCredits.unsolicited", "did you mean 'bdp'?", "ReceiverCredits.per_sender"],
    ),
    "share": (lambda: pf.ReceiverCredits(rate_share=2), ["ReceiverCredits.rate_share", "1/1000"]),
    "credits": (lambda: by_name("receiver_credit"), ["did you mean 'receiver_credits'?"]),
    "name": (lambda: by_name("swifd"), ["did you mean 'swift'?"]),
}


@pytest.mark.parametrize("name", BAD)
def test_refusal(name: str) -> None:
    make, words = BAD[name]
    with pytest.raises(pf.ScenarioError) as caught:
        make()
    for word in words:
        assert word in str(caught.value)
