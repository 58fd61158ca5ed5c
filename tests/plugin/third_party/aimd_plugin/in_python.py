"""The algorithm as a class in Python."""


class Aimd:
    observed = ("window", "cut_after_ps")

    def __init__(self, increase=1.0, decrease=0.5):
        self.increase, self.decrease = increase, decrease
        self.cut_after_ps = 0

    def init(self, event, wishes):
        self.window = event.line_rate_bps * event.base_rtt_ps / 8e12
        wishes.window_bytes = self.window

    def on_ack(self, event, wishes):
        if not event.ecn_echo:
            self.window += self.increase * event.mtu_bytes * event.bytes / self.window
        elif event.now_ps >= self.cut_after_ps:
            self.window = max(self.window * self.decrease, event.mtu_bytes)
            self.cut_after_ps = event.now_ps + event.base_rtt_ps
        wishes.window_bytes = self.window
