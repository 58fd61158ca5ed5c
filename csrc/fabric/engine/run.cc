// Windows, nodes, events (docs/model.md 4, 11).
#include <algorithm>
#include <chrono>

#include "fabric/engine/engine.h"
#include "fabric/net/switch.h"
#include "fabric/net/transmitter.h"
#include "fabric/transport/nic.h"

namespace fabric {

namespace {

double seconds() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

// Work between two looks at the clock.
constexpr std::uint64_t kWindowsPerClockRead = 64, kEventsPerClockRead = 200'000;

}  // namespace

StopReason Engine::advance(double budget_seconds) {
  const double deadline = seconds() + budget_seconds;
  try {
    std::uint64_t looked = worker_.events;
    for (std::uint64_t n = 1; stopped_ == StopReason::kRunning; ++n) {
      const Ps next = next_event();
      const Ps grid = std::min(next_stop_, next_stall_);
      if (until_ >= 0 && std::min(next, grid) >= until_) {
        now_ = until_;
        stopped_ = StopReason::kUntil;
      } else if (grid <= next) {
        now_ = grid;
        if (grid == next_stop_ && open_flows_ > 0 &&
            next < kNever)  // no need to look at every multiple
          next_stop_ = std::max(next_stop_, next / stop_grid_ * stop_grid_);
        checkpoint(grid);
      } else {
        Ps end = std::min(next + window_, grid);
        if (until_ >= 0) end = std::min(end, until_);
        run_window(next, end);
        now_ = end;
      }
      if (n % kWindowsPerClockRead != 0 && worker_.events - looked < kEventsPerClockRead) continue;
      looked = worker_.events;
      if (seconds() >= deadline) break;
    }
  } catch (const BrokenInvariant& broken) {
    throw EngineFault(broken.what(), worker_.now,
                      worker_.node != nullptr ? std::int64_t{worker_.node->id} : -1);
  }
  return stopped_;
}

Ps Engine::next_event() const {
  Ps first = kNever;
  for (const Ps t : net_.next) first = std::min(first, t);
  return first;
}

void Engine::checkpoint(Ps time) {
  if (time == next_stop_) {
    next_stop_ += stop_grid_;
    if (open_flows_ == 0 && worker_.pfc_started == worker_.pfc_ended && frames_in_flight() == 0)
      stopped_ = StopReason::kAllDone;
  }
  if (time == next_stall_) {
    next_stall_ += stall_grid_;
    const bool idle = worker_.progress == progress_at_stall_;
    // Frames may also stand at a host for ever, behind a pause that no frame will end.
    const bool nothing_will_happen =
        next_event() == kNever && (open_flows_ > 0 || frames_in_flight() > 0);
    if (stopped_ == StopReason::kRunning && idle && (nothing_will_happen || held_frames() > 0))
      stopped_ = StopReason::kDeadlock;
    progress_at_stall_ = worker_.progress;
  }
}

std::uint64_t Engine::frames_in_flight() const {
  std::uint64_t frames = 0;
  for (const Node& n : net_.nodes)
    frames += n.created_frames - n.consumed_frames - n.dropped_frames;
  return frames;
}

std::uint64_t Engine::held_frames() const {
  std::uint64_t held = 0;
  for (const Node& n : net_.nodes)
    if (n.is_switch)
      for (std::size_t i = n.first_port * std::size_t{kClasses};
           i < (n.first_port + n.port_count) * std::size_t{kClasses}; ++i)
        held += net_.queues[i].ring.size();
  return held;
}

void Engine::run_window(Ps start, Ps end) {
  ++windows_;
  for (std::size_t i = 0; i < partitions_.size(); ++i) {
    const auto& members = partitions_[i];
    if (i + 1 < partitions_.size()) prefetch(partitions_[i + 1][0]);
    if (members.size() > 1) {
      run_partition(members, start, end);
    } else if (net_.next[members[0]] < end) {
      run_node(members[0], start, end);
    }
  }
  open_flows_ -= host_worker_.closed_flows;
  host_worker_.closed_flows = 0;
}

// Touches what the next node will read first, while the present one runs.
void Engine::prefetch(std::uint32_t id) const {
  const Node& node = net_.nodes[id];
  for (std::uint32_t p = node.first_port; p < node.first_port + node.port_count; ++p) {
    __builtin_prefetch(&net_.wakes[p]);
    __builtin_prefetch(&net_.ports[p]);
    __builtin_prefetch(&net_.ports[p].backlog);
    net_.data_lane[p].prefetch();
  }
}

// Nodes of one partition take turns: the one with the earliest event runs as far as nothing that
// the others may still send, or answer, can reach it.
void Engine::run_partition(const std::vector<std::uint32_t>& members, Ps start, Ps end) {
  const Ps lookahead = partition_lookahead_[std::size_t(&members - partitions_.data())];
  for (;;) {
    Ps first = kNever, second = kNever;
    std::uint32_t earliest = 0;
    for (const std::uint32_t node : members) {
      const Ps t = net_.next[node];
      if (t < first) {
        second = first;
        first = t;
        earliest = node;
      } else {
        second = std::min(second, t);
      }
    }
    if (first >= end) return;
    Ps bound = std::min(end, first + 2 * lookahead);
    if (second < kNever) bound = std::min(bound, second + lookahead);
    run_node(earliest, start, bound);
  }
}

void Engine::run_node(std::uint32_t id, Ps start, Ps end) {
  worker_.enter(id);
  const Node& node = *worker_.node;
  collect(start, end);
  while (!worker_.order.empty()) dispatch(worker_.order.top());
  worker_.later = std::min({worker_.later, node.mac_next, node.timers.next()});
  if (node.start_next < node.start_end)
    worker_.later =
        std::min(worker_.later, hosts_.messages[hosts_.start_flow[node.start_next]].start);
  net_.next[id] = worker_.later;
}

// Fills the order with the node's events before `end`.
void Engine::collect(Ps start, Ps end) {
  Worker& w = worker_;
  Node& node = *w.node;
  w.order.clear();
  w.base = start;
  w.end = end;
  w.later = kNever;
  for (std::uint32_t p = 0; p < node.port_count; ++p) {
    const Wake wake = w.wakes[p];
    if (wake.data < kNever) w.schedule(wake.data, EventClass::kData, p);
    if (wake.transmit < kNever) w.schedule(wake.transmit, EventClass::kTransmit, p);
  }
  if (node.mac_next < end) {
    node.mac_next = kNever;
    for (std::uint32_t p = 0; p < node.port_count; ++p) {
      const auto& lane = net_.mac_lane[node.first_port + p];
      if (lane.empty()) continue;
      if (lane.front().time < end)
        w.order.push(w.key(lane.front().time, EventClass::kMacControl, p));
      else
        node.mac_next = std::min(node.mac_next, lane.front().time);
    }
  }
  if (node.timers.next() < end) w.order.push(w.key(node.timers.next(), EventClass::kTimer, 0));
  if (node.start_next < node.start_end) {
    const Ps start_time = hosts_.messages[hosts_.start_flow[node.start_next]].start;
    if (start_time < end) w.order.push(w.key(start_time, EventClass::kOperation, 0));
  }
}

void Engine::dispatch(std::uint64_t key) {
  Worker& w = worker_;
  const std::uint32_t local = EventKey::port(key);
  w.now = w.base + EventKey::offset(key);
  switch (EventKey::cls(key)) {
    case EventClass::kData:
      return arrive(local);
    case EventClass::kTransmit:
      w.order.pop();
      if (w.wakes[local].transmit != w.now) return;  // superseded
      ++w.events;
      return w.node->is_switch ? sw::on_transmit(w, local) : nic::on_transmit(host_worker_, local);
    case EventClass::kMacControl:
      return arrive_pfc(local);
    case EventClass::kTimer:
      return fire_timer();
    case EventClass::kOperation:
      return post_operation();
  }
}

void Engine::arrive(std::uint32_t local) {
  Worker& w = worker_;
  auto& lane = w.data_lanes[local];
  Frame f = lane.front();
  lane.pop();
  const Ps following = lane.empty() ? kNever : lane.front().time;
  w.wakes[local].data = following;
  if (following < w.end) {
    w.order.replace_top(w.key(following, EventClass::kData, local));
  } else {
    w.order.pop();
    w.later = std::min(w.later, following);
  }
  ++w.events;
  if (w.ports[local].has_errors && damaged(w, local)) [[unlikely]]
    return drop(w, local, f, DropCause::kLinkError);
  return w.node->is_switch ? sw::on_data(w, local, f) : nic::on_data(host_worker_, local, f);
}

void Engine::arrive_pfc(std::uint32_t local) {
  Worker& w = worker_;
  Node& node = *w.node;
  auto& lane = net_.mac_lane[node.first_port + local];
  const PfcFrame pfc = lane.front();
  lane.pop();
  w.order.pop();
  if (!lane.empty()) {
    if (lane.front().time < w.end)
      w.order.push(w.key(lane.front().time, EventClass::kMacControl, local));
    else
      node.mac_next = std::min(node.mac_next, lane.front().time);
  }
  ++w.events;
  ++w.pfc_ended;
  if (w.ports[local].has_errors && damaged(w, local)) return drop_pfc(w, local);
  return node.is_switch ? sw::on_pfc(w, local, pfc) : nic::on_pfc(host_worker_, local, pfc);
}

void Engine::fire_timer() {
  Worker& w = worker_;
  Node& node = *w.node;
  w.order.pop();
  if (node.timers.next() != w.now) return;  // another key for the same heap came first
  const Timer timer = node.timers.pop();
  if (node.timers.next() < w.end) w.order.push(w.key(node.timers.next(), EventClass::kTimer, 0));
  ++w.events;
  return node.is_switch ? sw::on_timer(w, timer) : nic::on_timer(host_worker_, timer);
}

void Engine::post_operation() {
  Worker& w = worker_;
  Node& node = *w.node;
  w.order.pop();
  const std::uint32_t flow = hosts_.start_flow[node.start_next++];
  if (node.start_next < node.start_end) {
    const Ps start_time = hosts_.messages[hosts_.start_flow[node.start_next]].start;
    if (start_time < w.end) w.order.push(w.key(start_time, EventClass::kOperation, 0));
  }
  ++w.events;
  return nic::on_operation(host_worker_, flow);
}

}  // namespace fabric
