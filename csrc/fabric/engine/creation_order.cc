#include "fabric/engine/creation_order.h"

#include <algorithm>
#include <numeric>

#include "fabric/cc/ns3_arithmetic.h"
#include "fabric/cc/registry.h"
#include "fabric/net/device_switch.h"
#include "fabric/net/device_transmitter.h"
#include "fabric/net/pfc.h"
#include "fabric/transport/device_nic.h"
#include "fabric/transport/host.h"
#include "fabric/transport/requester.h"

namespace fabric {

namespace {

constexpr unsigned kFirstTick = unsigned(CreatedKind::kDcqcnAlpha);

std::uint32_t node_of(const Network& net, std::uint32_t port) {
  return net.ports[net.ports[port].peer].peer_node;
}

// Enters the node of a port; returns the port's local number.
std::uint32_t enter_port(HostWorker& h, std::uint32_t port) {
  h.enter(node_of(h.net, port));
  return port - h.node->first_port;
}

void dequeue(HostWorker& h, std::uint32_t local) {
  if (h.node->is_switch)
    device_switch::dequeue(h, local);
  else
    device_nic::dequeue(h, local);
}

void on_transmitted(HostWorker& h, std::uint32_t port) {
  const std::uint32_t local = enter_port(h, port);
  device_of(h, local).busy = false;
  dequeue(h, local);
}

void on_frame(HostWorker& h, std::uint32_t port) {
  const std::uint32_t local = enter_port(h, port);
  auto& frames = h.lanes[local].frames;
  const Frame f = frames.front();
  frames.pop(h.memory);
  if (lost_on_the_link(h, local, f)) return;
  if (h.node->is_switch)
    device_switch::on_frame(h, local, f);
  else
    host::on_frame(h, local, f);
}

void on_mac_control(HostWorker& h, std::uint32_t port) {
  const std::uint32_t local = enter_port(h, port);
  auto& lane = h.net.mac_lane[port];
  const PfcFrame pfc = lane.front();
  lane.pop(h.memory);
  ++h.pfc_ended;
  if (h.ports[local].has_errors && damaged(h, local)) return drop_pfc(h, local);
  if (obey_pfc(h, local, pfc)) dequeue(h, local);
}

// Flows that are due are installed in their order, then the next look at the list is created.
void on_starts(HostWorker& h) {
  Devices& devices = *h.net.devices;
  const auto start = [&] { return h.hosts.messages[devices.flows[devices.next_flow]].start; };
  for (; devices.next_flow < devices.flows.size() && start() == h.now; ++devices.next_flow)
    devices.events.push(h.now, CreatedKind::kInstall, devices.flows[devices.next_flow]);
  if (devices.next_flow < devices.flows.size())
    devices.events.push(start(), CreatedKind::kStarts, 0);
}

void on_post(HostWorker& h, std::uint32_t flow) {
  const Message& m = h.hosts.messages[flow];
  h.enter(h.hosts.send[m.qp].node);
  device_nic::add_qp(h, m.qp);
  requester::post(h, m.qp, m.end_psn());
}

void on_timer(HostWorker& h, std::uint32_t node) {
  h.enter(node);
  h.net.devices->timer_at[node] = kNever;
  if (h.node->timers.next() <= h.now) host::on_timer(h, h.node->timers.pop());
}

// Timers of a node are one event of its earliest one.
void create_timer(HostWorker& h) {
  if (h.node == nullptr) return;
  const Ps next = h.node->timers.next();
  Ps& pending = h.net.devices->timer_at[h.node->id];
  if (next >= pending) return;
  pending = next;
  h.net.devices->events.push(next, CreatedKind::kTimer, h.node->id);
}

void handle(HostWorker& h, const CreatedEvent& event) {
  switch (event.kind) {
    case CreatedKind::kTransmitted:
      return on_transmitted(h, event.index);
    case CreatedKind::kFrame:
      return on_frame(h, event.index);
    case CreatedKind::kMacControl:
      return on_mac_control(h, event.index);
    case CreatedKind::kWake:
      return device_nic::on_wake(h, enter_port(h, event.index), event.sequence);
    case CreatedKind::kTimer:
      return on_timer(h, event.index);
    case CreatedKind::kDcqcnAlpha:
    case CreatedKind::kDcqcnDecrease:
    case CreatedKind::kDcqcnIncrease:
      return device_nic::on_tick(h, event.index, unsigned(event.kind) - kFirstTick, event.sequence);
    case CreatedKind::kStarts:
      return on_starts(h);
    case CreatedKind::kInstall:
      h.net.devices->events.push(h.now, CreatedKind::kPost, event.index);
      return;
    case CreatedKind::kPost:
      return on_post(h, event.index);
  }
}

}  // namespace

namespace {

// Whether a DCQCN of the plan leaves its ticks to the run.
bool ticks_are_events(const Plan& plan) {
  for (std::size_t c = 0; c < plan.cc_algorithm.size(); ++c) {
    if (builtin_cc(plan.cc_algorithm[c]) != &kDcqcn) continue;
    if (ns3_arithmetic(plan.cc_parameters.data() + c * PF_CC_PARAMETERS)) return true;
  }
  return false;
}

}  // namespace

std::unique_ptr<Devices> make_devices(const Plan& plan) {
  if (plan.creation_order == 0) return nullptr;
  auto devices = std::make_unique<Devices>();
  devices->ports.resize(plan.ports());
  for (std::size_t p = 0; p < plan.ports(); ++p)
    devices->ports[p].alpha_shift = std::uint8_t(plan.port_alpha_shift[p]);
  devices->timer_at.assign(plan.nodes(), kNever);
  devices->rate_moves_packet = plan.rate_moves_packet != 0;
  // There the run number is the substream, and 1 unless chosen, as the seed is here.
  devices->draws =
      Mrg32k3aStreams(1, std::uint64_t(plan.first_stream), std::uint64_t(plan.model_seed));
  devices->last_bytes.resize(plan.qps());
  if (ticks_are_events(plan)) devices->ticks.resize(plan.qps());
  devices->words.resize(plan.qps());
  for (std::size_t q = 0; q < plan.qps(); ++q) {
    const std::uint32_t tx = plan.node_ip[plan.qp_tx_node[q]],
                        rx = plan.node_ip[plan.qp_rx_node[q]], ports = plan.qp_udp_ports[q];
    devices->words[q] = {{tx, rx, ports}, {rx, tx, std::rotl(ports, 16)}};
  }
  devices->flows.resize(plan.flows());
  std::iota(devices->flows.begin(), devices->flows.end(), 0u);
  std::stable_sort(devices->flows.begin(), devices->flows.end(),
                   [&](std::uint32_t a, std::uint32_t b) {
                     return plan.flow_start_ps[a] < plan.flow_start_ps[b];
                   });
  if (!devices->flows.empty())
    devices->events.push(plan.flow_start_ps[devices->flows.front()], CreatedKind::kStarts, 0);
  return devices;
}

std::size_t devices_bytes(const Plan& plan) {
  if (plan.creation_order == 0) return 0;
  return plan.nodes() * sizeof(Ps) + plan.ports() * sizeof(Device) +
         plan.qps() * (sizeof(QpWords) + 3 * sizeof(std::uint32_t)) +
         (ticks_are_events(plan) ? plan.qps() * sizeof(PendingTicks) : 0) +
         plan.flows() * sizeof(std::uint32_t);
}

void run_in_creation_order(HostWorker& h, Ps end) {
  CreatedEvents& events = h.net.devices->events;
  h.base = h.end = 0;  // nothing goes into the order of a window
  while (events.next() < end) {
    const CreatedEvent event = events.pop();
    h.now = event.time;
    ++h.events;
    handle(h, event);
    create_timer(h);
  }
}

}  // namespace fabric
