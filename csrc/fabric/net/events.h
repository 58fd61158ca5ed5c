// What switches and NICs share of running one node through one window: gathering its events and
// taking frames from its lanes. Keys of a port that lost their reason are recognised when they come
// up (docs/model.md 4).
#pragma once

#include <bit>
#include <cstring>

#include "fabric/net/pfc.h"
#include "fabric/net/transmitter.h"

namespace fabric {

// Calls `f` with each port of the node that is awake.
template <class F>
void each_awake(const Worker& w, F f) {
  for (std::uint32_t base = 0; base < w.node->port_count; base += kAwakeWord) {
    std::uint64_t bytes;
    std::memcpy(&bytes, w.awake + base, sizeof bytes);
    for (; bytes != 0; bytes &= bytes - 1) f(base + std::uint32_t(std::countr_zero(bytes)) / 8);
  }
}

// Takes the frames that arrive at a port before the end of the window; returns when the first one
// after it does.
inline Ps collect_arrivals(Worker& w, std::uint32_t local) {
  const Ring<Frame>& frames = w.lanes[local].frames;
  const std::uint32_t size = frames.size();
  std::uint64_t* key = w.arrivals.room(size);
  std::uint64_t tie = 0;  // class, rotated port, port
  Ps turn = 0;            // when the rotation changes
  Ps following = kNever;
  for (std::uint32_t i = 0; i < size; ++i) {
    const Ps time = frames.at(i).time;
    if (time >= w.end) {
      following = time;
      break;
    }
    if (time >= turn) [[unlikely]] {
      turn = Worker::epoch_end(time);
      tie = EventKey::make(0, EventClass::kData, w.rotated(local, time), local);
    }
    *key++ = EventKey::at(time - w.base) | tie;
  }
  w.arrivals.added(key);
  return following;
}

// Gathers the events of the node's ports and timers before the end of the window.
inline void collect(Worker& w) {
  Node& node = *w.node;
  w.order.clear();
  w.arrivals.clear();
  Ps later = kNever;
  each_awake(w, [&](std::uint32_t p) {
    Ps& arrival = w.lanes[p].first;
    const Ps transmit = w.transmit_at[p], soonest = std::min(arrival, transmit);
    if (soonest >= w.end) {
      later = std::min(later, soonest);
      if (soonest == kNever) w.awake[p] = 0;
      return;
    }
    __builtin_prefetch(&w.net.lanes[w.ports[p].peer], 1);
    __builtin_prefetch(&w.groups[p * kClasses + node.main_class], 1);
    if (arrival < w.end) arrival = collect_arrivals(w, p);
    later = std::min(later, arrival);
    if (transmit < w.end)
      w.order.push(w.key(transmit, EventClass::kTransmit, p));
    else
      later = std::min(later, transmit);
  });
  w.arrivals.sort(w.end - w.base);
  w.later = later;
  if (node.mac_next < w.end) [[unlikely]] {
    node.mac_next = kNever;
    for (std::uint32_t p = 0; p < node.port_count; ++p) {
      const auto& lane = w.net.mac_lane[node.first_port + p];
      if (lane.empty()) continue;
      if (lane.front().time < w.end)
        w.order.push(w.key(lane.front().time, EventClass::kMacControl, p));
      else
        node.mac_next = std::min(node.mac_next, lane.front().time);
    }
  }
  if (node.timers.next() < w.end) w.order.push(w.key(node.timers.next(), EventClass::kTimer, 0));
}

// Lets the port decide: in an event of its own if the transmitter is busy; an idle one at once,
// unless a decision is pending for this very instant.
template <class Decide>
void kick(Worker& w, std::uint32_t local, Decide decide) {
  const Port& port = w.ports[local];
  if (w.now < port.busy_until)
    w.set_transmit(local, port.busy_until);
  else if (w.transmit_at[local] != w.now)
    decide();
}

inline PfcFrame take_pfc(Worker& w, std::uint32_t local) {
  Node& node = *w.node;
  auto& lane = w.net.mac_lane[node.first_port + local];
  const PfcFrame pfc = lane.front();
  lane.pop(w.memory);
  w.order.pop();
  if (!lane.empty()) {
    if (lane.front().time < w.end)
      w.order.push(w.key(lane.front().time, EventClass::kMacControl, local));
    else
      node.mac_next = std::min(node.mac_next, lane.front().time);
  }
  ++w.pfc_ended;
  return pfc;
}

// Obeys the PFC frame that arrives. True: a class with something to send was resumed.
inline bool resumed_by_pfc(Worker& w, std::uint32_t local) {
  const PfcFrame pfc = take_pfc(w, local);
  if (w.ports[local].has_errors && damaged(w, local)) {
    drop_pfc(w, local);
    return false;
  }
  return obey_pfc(w, local, pfc) && w.ports[local].backlog != 0;
}

// False: another key for the same timer came first.
inline bool take_timer(Worker& w, Timer& timer) {
  Timers& timers = w.node->timers;
  w.order.pop();
  if (timers.next() != w.now) return false;
  timer = timers.pop();
  if (timers.next() < w.end) w.order.push(w.key(timers.next(), EventClass::kTimer, 0));
  return true;
}

// Runs what was collected: `on_data(local, frame)` for each frame that arrives undamaged, and
// `handle(class, local)`, which takes its key off the order, for all else; it returns false when
// the key had lost its reason.
template <class OnData, class Handle>
[[gnu::always_inline]] inline void run_events(Worker& w, OnData on_data, Handle handle) {
  std::uint64_t events = 0;
  for (;;) {
    const std::uint64_t arrival = w.arrivals.top(), key = w.order.top();
    if (arrival < key) {
      const std::uint32_t local = EventKey::port(arrival);
      w.arrivals.pop();
      w.now = w.base + EventKey::offset(arrival);
      ++events;
      const Frame& f = w.lanes[local].frames.front();  // popped when we have done with it
      if (!lost_on_the_link(w, local, f)) [[likely]]
        on_data(local, f);
      w.lanes[local].frames.pop(w.memory);
      continue;
    }
    if (key == EventOrder::kNone) break;
    w.now = w.base + EventKey::offset(key);
    events += handle(EventKey::cls(key), EventKey::port(key));
  }
  w.events += events;
  w.node->work += events;
}

}  // namespace fabric
