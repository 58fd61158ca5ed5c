"""Traffic: every refusal, when it is described and when it is bound to endpoints."""

import pytest
from traffic import context

from pyfabric import Flow, ScenarioError, flows, incast, permutation, poisson

BAD = {
    "to itself": (lambda: Flow(1, 1, "1kB"), ["Flow.dst", "itself (1)"]),
    "size 0": (lambda: Flow(1, 2, 0), ["Flow.size", "0 is out of range", "1B to 1TB"]),
    "negative size": (lambda: Flow(1, 2, -5), ["Flow.size", "-5", "1B to 1TB"]),
    "huge size": (lambda: Flow(1, 2, "2TB"), ["Flow.size", "'2TB'", "1B to 1TB"]),
    "nan size": (lambda: Flow(1, 2, float("nan")), ["Flow.size", "nan", "not finite"]),
    "bool size": (lambda: Flow(1, 2, True), ["Flow.size", "True"]),
    "unit": (lambda: Flow(1, 2, "1ms"), ["Flow.size", "'1ms'", "unit of time"]),
    "no unit": (lambda: Flow(1, 2, "1000"), ["Flow.size", "no unit"]),
    "bool endpoint": (lambda: Flow(True, 2, 1), ["Flow.src", "True"]),
    "negative endpoint": (lambda: Flow(-1, 2, 1), ["Flow.src", "-1"]),
    "float endpoint": (lambda: Flow(1.0, 2, 1), ["Flow.src", "1.0"]),
    "priority": (lambda: Flow(0, 1, 1, priority=8), ["Flow.priority", "0 to 7", "8"]),
    "start": (lambda: Flow(0, 1, 1, start="-1us"), ["Flow.start", "'-1us'"]),
    "op": (lambda: Flow(0, 1, 1, op="wrte"), ["Flow.op", "'wrte'", "did you mean 'write'?"]),
    "qp": (lambda: Flow(0, 1, 1, qp="pair"), ["Flow.qp", "'per_pair'"]),
    "name": (lambda: Flow(0, 1, 1, name=""), ["Flow.name", "''"]),
    "unknown": (lambda: Flow(0, 1, 1, sice=1), ["Flow.sice", "did you mean 'size'?"]),
    "receiver": (lambda: incast(reciever=1, size=1), ["incast", "did you mean 'receiver'?"]),
    "no size": (lambda: incast(0), ["incast", "'size'"]),
    "own sender": (lambda: incast(0, [0, 1], size=1), ["incast.senders", "receiver (0)"]),
    "twice": (lambda: incast(0, [1, 1], size=1), ["incast.senders", "1 twice"]),
    "no senders": (lambda: incast(0, [], size=1), ["incast.senders", "got 0"]),
    "slice": (lambda: incast(0, "1-5", size=1), ["incast.senders", "'16:48'", "'1-5'"]),
    "load 0": (lambda: poisson(0, 1000, "1ms"), ["poisson.load", "above 0 to 1"]),
    "load 30": (lambda: poisson(30, 1000, "1ms"), ["poisson.load", "30", "above 0 to 1"]),
    "load inf": (lambda: poisson(float("inf"), 1000, "1ms"), ["poisson.load", "inf"]),
    "load bool": (lambda: poisson(True, 1000, "1ms"), ["poisson.load", "True"]),
    "duration": (lambda: poisson(0.1, 1000, 0), ["poisson.duration", "1ps to 1000000s"]),
    "sizes": (lambda: poisson(0.1, "websarch", "1ms"), ["poisson.sizes", "'websearch'?"]),
    "sizes 0": (lambda: poisson(0.1, 0, "1ms"), ["poisson.sizes", "1B to 1TB"]),
    "no flows": (lambda: flows([]), ["flows.items", "at least one"]),
    "not flows": (lambda: flows([1]), ["flows[0]", "must be a Flow", "1"]),
    "lengths": (lambda: flows(src=[1, 2], dst=[1], size=3), ["flows", "src 2, dst 1"]),
    "empty": (lambda: flows(src=[], dst=[], size=3), ["flows", "at least 1"]),
    "row": (lambda: flows(src=[1, 2], dst=[2, 3], size=[1, 0]), ["flows.size[1]", "1B to 1TB"]),
    "row self": (lambda: flows(src=[1, 2], dst=[2, 2], size=3), ["flows.dst[1]", "itself"]),
    "column": (lambda: flows({"src": [1], "dst": [2], "sise": [3]}), ["did you mean 'size'?"]),
    "both": (lambda: flows([Flow(0, 1, 1)], src=[1]), ["flows", "not both"]),
    "same names": (
        lambda: incast(0, size=1, name="a") + incast(1, size=1, name="a"),
        ["parts[1].name", "duplicate name 'a'"],
    ),
    "same names in a list": (
        lambda: flows([Flow(0, 1, 1, name="a"), Flow(0, 2, 1, name="a")]),
        ["flows.name", "duplicate name 'a'"],
    ),
}


@pytest.mark.parametrize("name", BAD)
def test_refusal(name):
    make, words = BAD[name]
    with pytest.raises(ScenarioError) as caught:
        make()
    for word in words:
        assert word in str(caught.value)


BAD_BINDINGS = {
    "no endpoint": (incast(99, size=1), ["workload[0].incast.receiver", "99", "0 to 7"]),
    "no host": (incast("hots1", size=1), ["'hots1'", "did you mean 'host1'?"]),
    "no gpu": (Flow("host1:gpu4", 2, 1) + Flow(0, 1, 1), ["flow.src", "'gpu4'", "gpu0 to gpu0"]),
    "same under two names": (
        Flow("host0", "host0:gpu0", 1) + Flow(0, 1, 1),
        ["flow.dst", "itself"],
    ),
    "list": (flows([Flow(0, 1, 1), Flow(0, 9, 1)]), ["flows[1].dst", "0 to 7"]),
    "table": (flows(src=[0, 1], dst=[1, 9], size=1), ["flows.dst[1]", "0 to 7"]),
    "one member": (permutation(1, endpoints=[0]), ["permutation.endpoints", "2 hosts"]),
    "sender twice": (
        incast(0, [1, "host1"], size=1),
        ["incast.senders", "endpoint 1 is named twice"],
    ),
    "hidden receiver": (incast(0, ["host0"], size=1), ["incast.senders", "receiver"]),
}


@pytest.mark.parametrize("name", BAD_BINDINGS)
def test_refusal_when_bound(name):
    work, words = BAD_BINDINGS[name]
    with pytest.raises(ScenarioError) as caught:
        work.expand(context())
    for word in words:
        assert word in str(caught.value)


def test_permutation_needs_half_elsewhere():
    with pytest.raises(ScenarioError, match="3 of 4 are on one host"):
        permutation(1, endpoints=[0, 1, 2, 4]).expand(context(2, gpus=4))
