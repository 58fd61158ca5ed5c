#include "yardstick/node_major.h"

#include <time.h>

#include <algorithm>
#include <cstddef>
#include <random>
#include <utility>
#include <vector>

namespace yardstick {

namespace {

using Ps = int64_t;
constexpr Ps kDelay = 1000000, kWindow = kDelay, kPsPerByte = 20;
constexpr uint16_t kOwn = 0xffff;         // in_port of a frame made by this node
constexpr uint32_t kDeparture = 1u << 8;  // event key: time offset << 9 | departure << 8 | port

struct Frame {
  Ps time;  // arrival at the far end of the wire
  uint32_t flow, psn, dst;
  uint16_t hash, size_bytes, in_port;
  uint8_t is_ack, marked;
  uint32_t pad;
};
static_assert(sizeof(Frame) == 32);

class Ring {
 public:
  explicit Ring(uint32_t capacity = 8) : frames_(capacity), mask_(capacity - 1) {}
  bool empty() const { return head_ == tail_; }
  const Frame& front() const { return frames_[head_ & mask_]; }
  void pop() { ++head_; }
  void push(const Frame& f) {
    if (tail_ - head_ > mask_) grow();
    frames_[tail_++ & mask_] = f;
  }
  void prefetch() const { __builtin_prefetch(&frames_[head_ & mask_]); }

 private:
  void grow() {
    std::vector<Frame> bigger(frames_.size() * 2);
    const uint32_t n = tail_ - head_;
    for (uint32_t i = 0; i < n; ++i) bigger[i] = frames_[(head_ + i) & mask_];
    frames_ = std::move(bigger);
    mask_ = uint32_t(frames_.size() - 1);
    head_ = 0;
    tail_ = n;
  }
  std::vector<Frame> frames_;
  uint32_t head_ = 0, tail_ = 0, mask_;
};

struct Port {
  Ps busy_until = 0;
  uint32_t queued_bytes = 0, ingress_bytes = 0, peer = 0, marks = 0;
  uint64_t sent_bytes = 0;
  Ring queue;
};

struct Flow {
  uint32_t src, dst, sent, acked, total, hash;
};

struct Node {
  uint32_t tier, index, first_port, port_count;
};

// The event order of one node during one window: a binary heap of 32-bit keys, at most two per
// port.
struct Order {
  uint32_t keys[256];
  int n = 0;
  void push(uint32_t v) {
    int i = n++;
    for (; i > 0 && keys[(i - 1) / 2] > v; i = (i - 1) / 2) keys[i] = keys[(i - 1) / 2];
    keys[i] = v;
  }
  void replace_top(uint32_t v) {
    int i = 0;
    for (int c = 1; c < n; c = 2 * i + 1) {
      c += (c + 1 < n) & (keys[c + 1] < keys[c]);
      if (keys[c] >= v) break;
      keys[i] = keys[c];
      i = c;
    }
    keys[i] = v;
  }
  void pop() {
    const uint32_t last = keys[--n];
    if (n > 0) replace_top(last);
  }
};

struct Fabric {
  uint32_t half = 0, hosts = 0;
  std::vector<Node> nodes;
  std::vector<Port> ports;
  std::vector<Ring> wires;  // wires[p]: frames travelling towards port p
  std::vector<Flow> flows;
  Order order;
  uint64_t hops = 0, events = 0, delivered = 0;
  Ps window_start = 0;

  uint32_t route(const Node& n, const Frame& f);
  void transmit(Port* base, Port& out, Frame f, Ps t);
  void enqueue(Port* base, uint32_t local, Frame f, Ps t);
  void send_more(uint32_t host, Ps t);
  void depart(const Node& n, Port* base, uint32_t local, Ps t);
  void arrive(const Node& n, Port* base, Ring& wire, uint32_t local, Ps t);
  void run_window(const Node& n);
  void prefetch(const Node& n);
  void build(uint32_t k, uint32_t packets);
};

uint32_t Fabric::route(const Node& n, const Frame& f) {
  const uint32_t edge = f.dst / half, pod = edge / half;
  if (n.tier == 1) return n.index == edge ? f.dst % half : half + f.hash % half;
  if (n.tier == 2) return n.index / half == pod ? edge % half : half + (f.hash >> 8) % half;
  return pod;
}

void Fabric::transmit(Port* base, Port& out, Frame f, Ps t) {
  out.busy_until = t + Ps(f.size_bytes) * kPsPerByte;
  out.sent_bytes += f.size_bytes;
  ++hops;
  if (f.in_port != kOwn) base[f.in_port].ingress_bytes -= f.size_bytes;
  f.time = out.busy_until + kDelay;
  wires[out.peer].push(f);
}

void Fabric::enqueue(Port* base, uint32_t local, Frame f, Ps t) {
  Port& out = base[local];
  const bool was_empty = out.queue.empty();
  if (was_empty && t >= out.busy_until) return transmit(base, out, f, t);
  if (out.queued_bytes > 200000) f.marked = 1, ++out.marks;
  out.queue.push(f);
  out.queued_bytes += f.size_bytes;
  if (was_empty && out.busy_until < window_start + kWindow)
    order.push(uint32_t(out.busy_until - window_start) << 9 | kDeparture | local);
}

void Fabric::send_more(uint32_t host, Ps t) {
  Flow& f = flows[host];
  Port* base = &ports[nodes[host].first_port];
  constexpr uint32_t kOutstanding = 64;
  constexpr uint16_t kSize = 4160;
  while (f.sent < f.total && f.sent - f.acked < kOutstanding && base->queued_bytes < 2 * kSize)
    enqueue(base, 0, {0, host, f.sent++, f.dst, uint16_t(f.hash), kSize, kOwn, 0, 0, 0}, t);
}

void Fabric::depart(const Node& n, Port* base, uint32_t local, Ps t) {
  Port& out = base[local];
  const Frame f = out.queue.front();
  out.queue.pop();
  out.queued_bytes -= f.size_bytes;
  transmit(base, out, f, t);
  if (!out.queue.empty() && out.busy_until < window_start + kWindow)
    order.replace_top(uint32_t(out.busy_until - window_start) << 9 | kDeparture | local);
  else
    order.pop();
  if (n.tier == 0) send_more(n.index, t);
}

void Fabric::arrive(const Node& n, Port* base, Ring& wire, uint32_t local, Ps t) {
  Frame f = wire.front();
  wire.pop();
  if (!wire.empty() && wire.front().time < window_start + kWindow)
    order.replace_top(uint32_t(wire.front().time - window_start) << 9 | local);
  else
    order.pop();
  if (n.tier != 0) {
    base[local].ingress_bytes += f.size_bytes;
    f.in_port = uint16_t(local);
    return enqueue(base, route(n, f), f, t);
  }
  if (f.is_ack) {
    ++flows[n.index].acked;
    return send_more(n.index, t);
  }
  ++delivered;
  f.is_ack = 1;
  f.dst = flows[f.flow].src;
  f.size_bytes = 84;
  f.in_port = kOwn;
  enqueue(base, 0, f, t);
}

void Fabric::run_window(const Node& n) {
  Port* base = &ports[n.first_port];
  Ring* wire = &wires[n.first_port];
  const Ps end = window_start + kWindow;
  order.n = 0;
  for (uint32_t p = 0; p < n.port_count; ++p) {
    if (!wire[p].empty() && wire[p].front().time < end)
      order.push(uint32_t(wire[p].front().time - window_start) << 9 | p);
    if (!base[p].queue.empty() && base[p].busy_until < end)
      order.push(uint32_t(std::max<Ps>(base[p].busy_until - window_start, 0)) << 9 | kDeparture |
                 p);
  }
  while (order.n > 0) {
    const uint32_t key = order.keys[0], local = key & 255;
    const Ps t = window_start + (key >> 9);
    ++events;
    if (key & kDeparture)
      depart(n, base, local, t);
    else
      arrive(n, base, wire[local], local, t);
  }
}

void Fabric::prefetch(const Node& n) {
  for (uint32_t p = n.first_port; p < n.first_port + n.port_count; ++p) {
    __builtin_prefetch(&ports[p]);
    wires[p].prefetch();
  }
}

void Fabric::build(uint32_t k, uint32_t packets) {
  half = k / 2;
  hosts = k * half * half;
  const uint32_t edges = k * half, start[] = {0, hosts, hosts + edges, hosts + 2 * edges},
                 total = start[3] + half * half;
  uint32_t count = 0;
  for (uint32_t i = 0; i < total; ++i) {
    const uint32_t t = uint32_t(std::upper_bound(start, start + 4, i) - start - 1);
    nodes.push_back({t, i - start[t], count, t == 0 ? 1 : k});
    count += nodes.back().port_count;
  }
  ports.assign(count, Port());
  wires.assign(count, Ring(32));
  const auto port = [this](uint32_t node, uint32_t local) {
    return nodes[node].first_port + local;
  };
  const auto link = [this](uint32_t a, uint32_t b) { ports[a].peer = b, ports[b].peer = a; };
  for (uint32_t i = 0; i < hosts; ++i) link(port(i, 0), port(start[1] + i / half, i % half));
  for (uint32_t e = 0; e < edges; ++e)
    for (uint32_t j = 0; j < half; ++j)
      link(port(start[1] + e, half + j), port(start[2] + e / half * half + j, e % half));
  for (uint32_t a = 0; a < edges; ++a)
    for (uint32_t j = 0; j < half; ++j)
      link(port(start[2] + a, half + j), port(start[3] + a % half * half + j, a / half));
  std::mt19937 rng(1);
  std::vector<uint32_t> to(hosts);
  for (uint32_t i = 0; i < hosts; ++i) to[i] = i;
  std::shuffle(to.begin(), to.end(), rng);
  for (uint32_t i = 0; i < hosts; ++i)
    flows.push_back({i, to[i], 0, 0, to[i] == i ? 0 : packets, uint32_t(rng())});
}

double thread_cpu_seconds() {
  timespec t;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
  return double(t.tv_sec) + 1e-9 * double(t.tv_nsec);
}

}  // namespace

Counts run(uint32_t k, uint32_t packets) {
  Fabric fabric;
  fabric.build(k, packets);
  for (uint32_t h = 0; h < fabric.hosts; ++h) {
    fabric.order.n = 0;
    fabric.send_more(h, 0);
  }
  const double start = thread_cpu_seconds();
  uint64_t windows = 0;
  for (uint64_t before = ~0ull; before != fabric.events || windows < 3;
       fabric.window_start += kWindow, ++windows) {
    before = fabric.events;
    for (size_t i = 0; i < fabric.nodes.size(); ++i) {
      if (i + 1 < fabric.nodes.size()) fabric.prefetch(fabric.nodes[i + 1]);
      fabric.run_window(fabric.nodes[i]);
    }
  }
  const double seconds = thread_cpu_seconds() - start;
  return {fabric.hosts, fabric.delivered, fabric.hops, fabric.events, windows, seconds};
}

}  // namespace yardstick
