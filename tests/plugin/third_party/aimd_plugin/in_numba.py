"""The algorithm for numba."""

import pyfabric as pf


@pf.cc.jit
class Aimd:
    parameters = {"increase": 1.0, "decrease": 0.5}  # noqa: RUF012
    state = {"window": float, "cut_after_ps": int}  # noqa: RUF012
    observed = ("window", "cut_after_ps")

    def init(parameters, state, event, wishes):  # noqa: N805
        state.window = float(event.line_rate_bps) * event.base_rtt_ps / 8e12
        wishes.window_bytes = round(state.window)

    def on_ack(parameters, state, event, wishes):  # noqa: N805
        if event.ecn_echo == 0:
            step = parameters.increase * event.mtu_bytes
            state.window += step * event.bytes / state.window
        elif event.now_ps >= state.cut_after_ps:
            state.window = max(state.window * parameters.decrease, float(event.mtu_bytes))
            state.cut_after_ps = event.now_ps + event.base_rtt_ps
        wishes.window_bytes = round(state.window)
