"""Configuration files of the HPCC simulator: what they become, and every complaint."""

import logging
from fractions import Fraction
from pathlib import Path

import pytest
from ns3_files import CONFIG, TOPOLOGY, with_keys, write_files

import pyfabric as pf
from pyfabric.io import ns3


@pytest.fixture(autouse=True)
def _working_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def load(tmp_path: Path, topology: str = TOPOLOGY, **changes: str | None) -> ns3.Experiment:
    write_files(tmp_path, with_keys(**changes), topology)
    return ns3.load("config.txt")


def complaint(tmp_path: Path, text: str) -> str:
    """The message about a configuration."""
    write_files(tmp_path, text)
    with pytest.raises(pf.ScenarioError) as caught:
        ns3.load("config.txt")
    return str(caught.value)


def test_scenario_of_a_configuration(tmp_path: Path) -> None:
    scenario = load(tmp_path).scenario
    assert scenario.congestion_control == pf.DCQCN.preset(
        "hpcc",
        g="0.00390625",
        rate_ai="20Mb/s",
        rate_hai="200Mb/s",
        rates_at=None,
        min_rate="1000Mb/s",
    )
    assert scenario.framing == pf.Framing.ns3().replace(rounding="ps")
    assert scenario.nic == pf.Nic(
        mtu="1000B",
        cnp_style="ack",
        rto=None,
        nak_interval="500us",
        pfc_reaction="0ns",
        start_jitter=0,
        strict_priorities=(),
    )
    leaf = scenario.switch_of("switch0")
    assert (leaf.buffer_bytes, leaf.alpha, leaf.reserve_bytes) == (32 * 2**20, "1/8", 4096)
    assert leaf.lossless_priorities == (3,)
    assert leaf.pfc == pf.PFC(mode="on_off", xon_offset="3072B", reaction="0ns")
    assert leaf.ecn is not None
    assert leaf.ecn.mark_at == "dequeue"
    assert leaf.ecn.thresholds_for(100 * 10**9) == (
        400_000,
        1_600_000,
        Fraction(1, 5),
    )
    assert leaf.ecn.thresholds_for(400 * 10**9)[:2] == (1_600_000, 6_400_000)
    assert scenario.until_ps == 4 * 10**12
    assert scenario.seed == 1
    assert pf.Scenario.from_dict(scenario.to_dict()) == scenario


def test_alpha_doubles_with_the_rate_of_the_slowest_port(tmp_path: Path) -> None:
    scenario = load(tmp_path).scenario
    assert scenario.switch_of("switch6") == scenario.switch_of("switch0").replace(alpha="1/2")
    assert scenario.switch_of("switch3").alpha == "1/8"


def test_keys_without_effect_are_listed_and_their_files_never_opened(tmp_path: Path) -> None:
    (tmp_path / "nowhere").mkdir()
    experiment = load(tmp_path, PINT_LOG_BASE="1.05", QLEN_MON_FILE="nowhere/qlen.txt")
    assert experiment.ignored_keys == (
        *("TRACE_FILE", "FCT_OUTPUT_FILE", "L2_CHUNK_SIZE", "GLOBAL_T", "VAR_WIN", "FAST_REACT"),
        *("PINT_LOG_BASE", "QLEN_MON_FILE"),
    )
    assert list((tmp_path / "nowhere").iterdir()) == []


def test_remarks_comments_and_order_do_not_matter(tmp_path: Path) -> None:
    plain = load(tmp_path).scenario
    lines = [f"{line} {{what it means: 0, 1}}" for line in reversed(CONFIG.splitlines())]
    write_files(tmp_path, "\n\n".join(["# ours", *lines]))
    assert ns3.load("config.txt").scenario == plain


def test_windows(tmp_path: Path) -> None:
    # Two leaves: 8000 ns + 80 + 2 * 20 + 80 at 100 Gb/s, as that simulator computes it.
    fixed = load(tmp_path, HAS_WIN="1").scenario.congestion_control
    assert (fixed.window, fixed.variable_window) == (102_500, False)  # type: ignore[attr-defined]
    moving = load(tmp_path, HAS_WIN="1", VAR_WIN="1", GLOBAL_T="0").scenario.congestion_control
    assert (moving.window, moving.variable_window) == ("bdp", True)  # type: ignore[attr-defined]
    assert load(tmp_path, HAS_WIN=None).scenario.congestion_control.window == 102_500


def test_without_marking_only_the_window_is_left(tmp_path: Path) -> None:
    experiment = load(tmp_path, ENABLE_QCN="0", RATE_AI=None, KMIN_MAP=None)
    assert experiment.scenario.congestion_control == pf.NoCongestionControl()
    assert experiment.scenario.switch.ecn is None
    assert {"RP_TIMER", "MIN_RATE", "KMAX_MAP"} <= set(experiment.ignored_keys)
    windowed = load(tmp_path, ENABLE_QCN="0", HAS_WIN="1", VAR_WIN="1").scenario
    assert windowed.congestion_control == pf.StaticWindow(window=102_500)


def test_urgent_acknowledgements_and_link_errors(tmp_path: Path) -> None:
    urgent = load(tmp_path, ACK_HIGH_PRIO="1", L2_ACK_INTERVAL="4").scenario
    assert (urgent.nic.ack_priority, urgent.nic.strict_priorities) == (0, (0,))
    assert urgent.switch.strict_priorities == (0,)
    assert (urgent.nic.ack_every, urgent.nic.rto) == (4, "4ms")
    topology = TOPOLOGY.replace("1000ns 0.000000", "1000ns 0.25")
    arrays = load(tmp_path, topology, ERROR_RATE_PER_LINK="0.001").scenario.topology.expand()
    assert arrays.edge_error_ab.tolist() == [0.25, *[0.001] * 5]
    assert arrays.edge_error_ba.tolist() == [0.25, *[0.001] * 5]
    assert load(tmp_path, topology).scenario.nic.rto == "4ms"


def test_conventions_are_parameters(tmp_path: Path) -> None:
    write_files(tmp_path)
    own = ns3.Conventions(
        framing=pf.Framing(), mark_at="enqueue", cnp_style="packet", pfc_mode="quanta", alpha="1"
    )
    scenario = ns3.load("config.txt", conventions=own, seed=7).scenario
    assert scenario.framing == pf.Framing()
    assert scenario.switch.ecn is not None
    assert scenario.switch.ecn.mark_at == "enqueue"
    assert (scenario.nic.cnp_style, scenario.switch.pfc.mode) == ("packet", "quanta")
    assert {scenario.switch_of(f"switch{i}").alpha for i in (0, 3, 6)} == {"1"}
    assert scenario.seed == 7


SIZES = "expected 'COUNT RATE VALUE ...' with rates in bit/s and kB (of 1000 B)"
BAD = {
    "CC_MODE 3": "CC_MODE: 3 is HPCC; supported here: 1 DCQCN, 7 TIMELY, 8 DCTCP (there are: "
    "1 DCQCN, 3 HPCC, 7 TIMELY, 8 DCTCP, 10 HPCC-PINT); model 'ns3' (--model ns3) runs it",
    "CC_MODE 12": "CC_MODE: 12 is no congestion control of that simulator; supported here: 1 DCQCN",
    "CC_MODE dcqcn": "CC_MODE: expected a number, a whole number from 0 to 1000000, got 'dcqcn'",
    "CC_MODE 1 2": "CC_MODE: expected 1 value, got 2",
    "HAS_WIN": "HAS_WIN: expected 1 value, got 0",
    "HAS_WIN 2": "HAS_WIN: expected 0 or 1, got '2'",
    "LINK_DOWN 100 0 6": "LINK_DOWN: links that go down are not supported yet; got '100 0 6', "
    "expected '0 0 0'",
    "LINK_DOWN 0": "LINK_DOWN: expected 3 values, got 1",
    "L2_BACK_TO_ZERO 1": "L2_BACK_TO_ZERO: 1 (back to the chunk's start) is not supported; "
    "expected 0",
    "RATE_BOUND 0": "RATE_BOUND: 0 (no pacing by rate) is not supported; expected 1",
    "USE_DYNAMIC_PFC_THRESHOLD 0": "USE_DYNAMIC_PFC_THRESHOLD: 0 (static) is not supported",
    "PACKET_PAYLOAD_SIZE 100": "PACKET_PAYLOAD_SIZE: expected payload bytes of a full packet, "
    "a whole number from 256 to 9216, got '100'",
    "SIMULATOR_STOP_TIME 0": "SIMULATOR_STOP_TIME: expected seconds, 1E-12 to 1000000, got '0'",
    "SIMULATOR_STOP_TIME nan": "SIMULATOR_STOP_TIME: expected seconds, 1E-12 to 1000000",
    "SIMULATOR_STOP_TIME 1.0000000000001": "SIMULATOR_STOP_TIME: 1.0000000000001 s is not a whole "
    "number of picoseconds",
    "BUFFER_SIZE -1": "BUFFER_SIZE: expected MiB of buffer of a switch, a whole number from 1",
    "RP_TIMER 0": "RP_TIMER: expected microseconds, 0.001 to 1000000, got '0'",
    "EWMA_GAIN 0": "EWMA_GAIN: '0' is out of range (allowed: above 0 to 1)",
    "EWMA_GAIN 2": "EWMA_GAIN: expected the gain g of alpha, 0 to 1, got '2'",
    "RATE_AI 50Mb": "RATE_AI: '50Mb' is not a rate: unknown unit 'Mb'",
    "MIN_RATE 200Gb/s": "MIN_RATE: 200Gb/s is above the slowest link of a host, 100Gbps",
    "FAST_RECOVERY_TIMES 1.5": "FAST_RECOVERY_TIMES: expected a number of steps, a whole number",
    "ERROR_RATE_PER_LINK 1.5": "ERROR_RATE_PER_LINK: expected a probability, 0 to 1, got '1.5'",
    "L2_ACK_INTERVAL 0": "L2_ACK_INTERVAL: expected packets per acknowledgement, a whole number",
    "KMIN_MAP": "KMIN_MAP has no values",
    "KMIN_MAP 2 100000000000 400": f"KMIN_MAP: {SIZES}; COUNT is 2, found 1 pairs",
    "KMIN_MAP 0": f"KMIN_MAP: {SIZES}; COUNT must be 1 to 1000, got '0'",
    "KMIN_MAP 1 100G 400": f"KMIN_MAP: {SIZES}; got the rate '100G'",
    "KMIN_MAP 1 100000000000 many": f"KMIN_MAP: {SIZES} from 0 to 100000000; got 'many'",
    "KMIN_MAP 1 100000000000 0.0001": "KMIN_MAP: 0.0001 kB is not a whole number of bytes",
    "KMIN_MAP 2 100000000000 4 100000000000 5": "KMIN_MAP: names 100Gbps twice",
    "KMIN_MAP 1 100000000000 400": "KMIN_MAP: has no entry for 400Gbps (400000000000), the rate of "
    "the link in line 7 of topology.txt (it has: 100Gbps)",
    "KMIN_MAP 2 100000000000 2000 400000000000 1": "KMIN_MAP: kmin 2000 kB is above kmax 1600 kB "
    "at 100Gbps",
    "PMAX_MAP 2 100000000000 0.2 400000000000 2": "PMAX_MAP: expected 'COUNT RATE VALUE ...' with "
    "rates in bit/s and probabilities from 0 to 1; got '2'",
    "TOPOLOGY_FILE gone.txt": "gone.txt: cannot be read: No such file or directory (from the "
    "working directory)",
    "FLOW_FILE gone.txt": "gone.txt: cannot be read: No such file or directory",
}


@pytest.mark.parametrize("line", BAD)
def test_bad_values_name_file_line_and_key(tmp_path: Path, line: str) -> None:
    text = with_keys(**{line.split()[0]: None}) + line + "\n"
    message = complaint(tmp_path, text)
    assert BAD[line] in message
    if "_FILE" not in line:
        assert f"config.txt:{len(text.splitlines())}: " in message


def test_unknown_and_repeated_keys_come_together(tmp_path: Path) -> None:
    message = complaint(tmp_path, "CC_MOD 1\n" + CONFIG + "CC_MODE 3\n")
    assert "config.txt:1: unknown key 'CC_MOD'; did you mean 'CC_MODE'? (known: " in message
    assert "config.txt:35: CC_MODE is given twice, first in line 10" in message


@pytest.mark.parametrize(
    "key", ["TOPOLOGY_FILE", "FLOW_FILE", "CC_MODE", "BUFFER_SIZE", "RP_TIMER", "KMAX_MAP"]
)
def test_missing_keys(tmp_path: Path, key: str) -> None:
    assert f"config.txt: {key}: is missing; expected " in complaint(
        tmp_path, with_keys(**{key: None})
    )


def test_files_that_are_no_configurations(tmp_path: Path) -> None:
    assert "config.txt: holds no keys; expected lines such as 'CC_MODE 1'" in complaint(
        tmp_path, ""
    )
    assert "unknown key" in complaint(tmp_path, "\x00\x01 \ufffd")
    with pytest.raises(pf.ScenarioError, match="cannot be read: Is a directory"):
        ns3.load(tmp_path)


def test_a_buffer_too_small_is_refused_before_the_run(tmp_path: Path) -> None:
    experiment = load(tmp_path, TOPOLOGY.replace("1us", "100us"), BUFFER_SIZE="4")
    with pytest.raises(pf.ScenarioError, match="buffer 4MiB is too small"):
        pf.simulate(experiment.scenario)


def test_lost_rows_of_the_pause_table_are_logged(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    experiment = load(tmp_path)
    result = pf.simulate(experiment.scenario)
    object.__setattr__(result, "rows_not_kept", {"pauses": 5})
    with caplog.at_level(logging.WARNING, "pyfabric"):
        experiment.write(result, tmp_path)
    assert "pfc.txt lacks 5 pauses" in caplog.text
