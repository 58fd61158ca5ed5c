"""The rules of docs/ns3.md once more, in plain Python and without congestion control: one list of
events for the whole network, devices that are busy until told otherwise.

Shares no code with the engine; times are whole nanoseconds.
"""

from __future__ import annotations

import heapq
from collections import deque
from collections.abc import Callable, Sequence

from ns3_parts import ACK, HEADER, MTU, PFC, Device, Packet, Qp, hash_of, routes_to, wire_ns

RESERVE, RESUME_OFFSET = 4096, 3072


class Network:
    """``links``: (a, b, Gb/s, ns) in the order of the file; ``flows``: (src, dst, size, group, ns)
    in the order of their starts. ``window``: bytes, 0: none.
    """

    header, ack = HEADER, ACK

    def __init__(
        self,
        hosts: int,
        links: Sequence[tuple[int, int, int, int]],
        flows: Sequence[tuple[int, int, int, int, int]],
        buffer: int,
        window: int = 0,
        ack_high_prio: bool = False,
    ) -> None:
        self.hosts, self.flows, self.window = hosts, flows, window
        self.ack_group = 0 if ack_high_prio else 3
        self.now = self.created = 0
        self.events: list[tuple[int, int, Callable[..., None], tuple[object, ...]]] = []
        self.devices: dict[tuple[int, int], Device] = {}
        self.ports: dict[int, int] = {}
        self.near: dict[int, dict[int, int]] = {}
        for a, b, rate, delay in links:
            ends = []
            for node, peer in ((a, b), (b, a)):
                number = self.ports[node] = self.ports.get(node, 0) + 1
                ends.append((node, number))
                self.devices[node, number] = Device(node, number, rate, delay)
                self.near.setdefault(node, {})[peer] = number
            self.devices[ends[0]].peer, self.devices[ends[1]].peer = ends[1], ends[0]
        self._set_up_buffers(buffer)
        self.routes = {host: routes_to(host, self.near, hosts) for host in range(hosts)}
        self.expected = [0] * len(flows)
        self.fct: dict[int, int] = {}
        self.pfc: list[tuple[int, int, int, int]] = []
        self.drops = 0
        self.spines: dict[int, set[int]] = {}  # flow -> switches that its data left
        self.next_flow = 0
        self.source_ports: dict[tuple[int, int], int] = {}
        self.at(flows[0][4], self.start_flows)

    def _set_up_buffers(self, buffer: int) -> None:
        nic_rate = self.devices[0, 1].rate
        self.pool = {}
        self.shared = dict.fromkeys(self.near, 0)
        for node, count in self.ports.items():
            self.pool[node] = buffer - RESERVE * count
            for number in range(1, count + 1):
                device = self.devices[node, number]
                device.limit = device.rate * device.delay // 8 * 3
                self.pool[node] -= device.limit
                device.shift = max(0, 3 - (device.rate // nic_rate).bit_length() + 1)

    def at(self, time: int, do: Callable[..., None], *what: object) -> int:
        self.created += 1
        heapq.heappush(self.events, (time, self.created, do, what))
        return self.created

    def run(self) -> None:
        while self.events:
            self.now, number, do, what = heapq.heappop(self.events)
            if do == self.on_wake:
                what = (*what, number)
            do(*what)

    # -- flows

    def start_flows(self) -> None:
        while self.next_flow < len(self.flows) and self.flows[self.next_flow][4] == self.now:
            self.at(self.now, lambda flow: self.at(self.now, self.add_qp, flow), self.next_flow)
            self.next_flow += 1
        if self.next_flow < len(self.flows):
            self.at(self.flows[self.next_flow][4], self.start_flows)

    def add_qp(self, flow: int) -> None:
        src, dst, size, group, _ = self.flows[flow]
        port = self.source_ports.get((src, dst), 10_000)
        self.source_ports[src, dst] = port + 1
        device = self.devices[src, 1]
        device.qps.append(Qp(flow, dst, size, group, (port, 100), self.window, free_at=self.now))
        self.dequeue(device)

    # -- devices

    def transmit(self, device: Device, packet: Packet) -> None:
        device.busy = True
        device.sent += packet.size
        time = wire_ns(packet.size, device.rate)
        self.at(self.now + time, self.on_complete, device)
        self.at(self.now + time + device.delay, self.on_receive, self.devices[device.peer], packet)

    def on_complete(self, device: Device) -> None:
        device.busy = False
        self.dequeue(device)

    def on_receive(self, device: Device, packet: Packet) -> None:
        if packet.kind == "pfc":
            at_switch = int(device.node >= self.hosts)
            self.pfc.append((self.now, device.node, at_switch, int(packet.pause)))
            if packet.pause:
                device.paused.add(packet.group)
            else:
                device.paused.discard(packet.group)
                self.dequeue(device)
        elif device.node >= self.hosts:
            self.forward(device, packet)
        elif packet.kind == "data":
            self.acknowledge(device, packet)
        else:
            self.on_ack(device, packet)

    def dequeue(self, device: Device) -> None:
        if device.busy:
            return
        if device.node >= self.hosts:
            self.dequeue_switch(device)
        else:
            self.dequeue_host(device)

    # -- hosts

    def dequeue_host(self, device: Device) -> None:
        if device.acks and self.ack_group not in device.paused:
            self.transmit(device, device.acks.popleft())
            return
        count, qps, found = len(device.qps), device.qps, None
        first_done = count
        for step in range(1, count + 1):
            place = (step + device.last_qp) % count
            qp = qps[place]
            flying = qp.next - qp.acked
            shut = qp.window and flying >= self.window_of(qp, device)
            if qp.group not in device.paused and qp.next < qp.size and not shut:
                if qp.free_at <= self.now:
                    found = qp
                    break
            elif qp.acked >= qp.size:
                first_done = min(first_done, place)
        device.qps = [q for at, q in enumerate(qps) if at < first_done or q.acked < q.size]
        if found is None:
            self.sleep(device)
            return
        device.last_qp = device.qps.index(found)
        end = min(found.next + MTU, found.size)
        size = end - found.next + self.header
        self.transmit(
            device,
            Packet(
                *("data", size, found.flow, found.next, end, found.group),
                source=device.node,
                target=found.dst,
                ports=found.ports,
                built=self.now,
            ),
        )
        found.next = end
        found.last_size = size
        found.free_at = self.now + self.gap_of(found, device)

    def sleep(self, device: Device) -> None:
        times = [qp.free_at for qp in device.qps if qp.next < qp.size]
        if not device.wake and times and min(times) > self.now:
            device.wake_at = min(times)
            device.wake = self.at(device.wake_at, self.on_wake, device)

    def on_wake(self, device: Device, number: int) -> None:
        if device.wake == number:
            device.wake = 0
            self.dequeue(device)

    def acknowledge(self, device: Device, packet: Packet) -> None:
        assert packet.seq == self.expected[packet.flow], "a gap in a lossless network"
        self.expected[packet.flow] = packet.end
        answer = Packet("ack", self.ack, packet.flow, packet.end, group=packet.group)
        answer.source, answer.target = device.node, packet.source
        answer.ports = packet.ports[::-1]
        answer.hops, answer.marked, answer.built = packet.hops, packet.marked, packet.built
        device.acks.append(answer)
        self.dequeue(device)

    def on_ack(self, device: Device, packet: Packet) -> None:
        for qp in device.qps:
            if qp.flow == packet.flow:
                qp.acked = max(qp.acked, packet.seq)
                if qp.acked >= qp.size:
                    self.fct[qp.flow] = self.now - self.flows[qp.flow][4]
                self.react(device, qp, packet)
        self.dequeue(device)

    # -- what a congestion control changes

    def window_of(self, qp: Qp, device: Device) -> int:
        return qp.window

    def gap_of(self, qp: Qp, device: Device) -> int:
        return wire_ns(qp.last_size, device.rate)

    def react(self, device: Device, qp: Qp, packet: Packet) -> None:
        pass

    def stamp(self, device: Device, packet: Packet) -> None:
        """Before ``packet`` starts at a switch."""

    # -- switches

    def threshold(self, device: Device) -> int:
        return self.pool[device.node] - self.shared[device.node] >> device.shift

    def share_of(self, device: Device, group: int) -> int:
        return max(0, device.used.get(group, 0) - RESERVE)

    def forward(self, device: Device, packet: Packet) -> None:
        ports = self.routes[packet.target][device.node]
        out = self.devices[device.node, ports[hash_of(packet, device.node) % len(ports)]]
        group, share = packet.group, self.share_of(device, packet.group)
        head, limit = device.headroom.get(group, 0), self.threshold(device)
        if packet.size + head > device.limit and packet.size + share > limit:
            self.drops += 1
            return
        after = device.used.get(group, 0) + packet.size - RESERVE
        if after > max(0, limit):
            device.headroom[group] = head + packet.size
        else:
            device.used[group] = after + RESERVE
            self.shared[device.node] += max(0, min(packet.size, after))
        if group not in device.told and (
            device.headroom.get(group, 0) or self.share_of(device, group) >= self.threshold(device)
        ):
            device.told.add(group)
            self.send_pfc(device, group, True)
        packet.came_by = device.number
        if packet.kind == "data":
            self.spines.setdefault(packet.flow, set()).add(device.node)
        out.queues.setdefault(group, deque()).append(packet)
        self.dequeue(out)

    def send_pfc(self, device: Device, group: int, pause: bool) -> None:
        device.queues.setdefault(0, deque()).append(Packet("pfc", PFC, group=group, pause=pause))
        self.dequeue(device)

    def dequeue_switch(self, device: Device) -> None:
        if device.queues.get(0):
            self.transmit(device, device.queues[0].popleft())
            return
        for step in range(1, 9):
            group = (device.last_group + step) % 8
            if group not in device.paused and device.queues.get(group):
                break
        else:
            return
        device.last_group = group
        packet = device.queues[group].popleft()
        self.leave(self.devices[device.node, packet.came_by], packet, device)
        self.stamp(device, packet)
        self.transmit(device, packet)

    def leave(self, source: Device, packet: Packet, out: Device) -> None:
        group = packet.group
        from_head = min(source.headroom.get(group, 0), packet.size)
        rest = packet.size - from_head
        before = self.share_of(source, group)
        source.headroom[group] = source.headroom.get(group, 0) - from_head
        source.used[group] = source.used.get(group, 0) - rest
        self.shared[source.node] -= min(rest, before)
        share = self.share_of(source, group)
        if (
            group in source.told
            and not source.headroom[group]
            and (share == 0 or share + RESUME_OFFSET <= self.threshold(source))
        ):
            source.told.discard(group)
            self.send_pfc(source, group, False)
