#include "fabric/net/watchdog.h"

#include <bit>

#include "fabric/net/ingress.h"
#include "fabric/net/queue_samples.h"
#include "fabric/net/scheduler.h"

namespace fabric::watchdog {

namespace {

Watchdog& of(Worker& w) { return w.net.watchdogs[std::size_t(w.node->watchdog)]; }

WatchedQueue& watched(Watchdog& dog, std::uint32_t local, unsigned cls) {
  return dog.queues[local * kClasses + cls];
}

void arm(Worker& w, Watchdog& dog, Ps time) {
  dog.armed = true;
  w.add_timer(time, TimerKind::kWatchdogPoll, 0);
}

// Lossless groups of a switch whose pauses stop a queue.
std::uint8_t groups_of(const Node& node, unsigned queue) {
  std::uint8_t groups = 0;
  for (unsigned g = 0; g < kClasses; ++g) {
    const auto group = std::uint8_t(1u << g);
    if ((node.lossless_mask & group) != 0 &&
        (queues_of(node, priorities_of(node, group)) >> queue & 1) != 0)
      groups |= group;
  }
  return groups;
}

// After the queues of the port whose frames are dropped have changed.
void set_discarded_groups(Worker& w, std::uint32_t local) {
  PortCold& cold = w.cold(local);
  cold.discarded_groups = 0;
  for (std::uint8_t rest = cold.discards; rest != 0; rest &= std::uint8_t(rest - 1))
    cold.discarded_groups |= groups_of(*w.node, unsigned(std::countr_zero(rest)));
}

// The frames that stand in a queue, from head to tail.
void drop_queue(Worker& w, WatchedQueue& q, std::uint32_t local, unsigned cls, Kick kick) {
  ClassQueue& queue = w.queue(local, cls);
  if (w.net.queue_sample_ps != 0) sample_queue(w, local, cls, queue);
  while (!queue.ring.empty()) {
    const Frame f = queue.ring.front();
    queue.pop(w.memory);
    if (queue.ring.empty()) class_ran_empty(w, local, cls);
    const unsigned pg = w.node->pools == nullptr ? cls : f.pg;
    drop(w, f.in_port, f, DropCause::kWatchdog, pg);
    count_drop(w, local, f);
    ++q.dropped;
    if (w.node->pools == nullptr) {
      let_go(w, f.in_port, cls, f.size_bytes);
    } else {
      queue_changes(*w.node->pools, cls, queue.size_bytes + f.size_bytes, queue.size_bytes);
      let_go(w, *w.node->pools, f.in_port, pg, f.size_bytes);
    }
    if (w.ports[f.in_port].pfc_due() != 0) kick(w, f.in_port);
  }
}

void begin(Worker& w, Watchdog& dog, std::uint32_t local, unsigned cls, Kick kick) {
  WatchedQueue& q = watched(dog, local, cls);
  const auto bit = std::uint8_t(1u << cls);
  q.storm_start = w.now;
  q.polls = 0;
  q.dropped = 0;
  observe_state(w, Observable::kStormBegin, local, cls, std::uint8_t(dog.action));
  if (dog.action == WatchAction::kDrop) {
    w.cold(local).discards |= bit;
    set_discarded_groups(w, local);
    ++dog.storms[cls];
    w.node->quick_mask &= std::uint8_t(~bit);
    drop_queue(w, q, local, cls, kick);
  } else if (dog.action == WatchAction::kForward) {
    w.cold(local).ignores |= bit;
    close_pause(w, local, cls, w.now);
    kick(w, local);
  }
}

WatchdogRow row(const Worker& w, const WatchedQueue& q, std::size_t index, WatchAction action,
                Ps end) {
  return {q.storm_start,
          end,
          q.dropped,
          w.node->id,
          std::uint16_t(index / kClasses),
          std::uint8_t(index % kClasses),
          std::uint8_t(action)};
}

void end(Worker& w, Watchdog& dog, std::uint32_t local, unsigned cls) {
  WatchedQueue& q = watched(dog, local, cls);
  const auto bit = std::uint8_t(1u << cls);
  observe_state(w, Observable::kStormEnd, local, cls, std::uint8_t(dog.action));
  w.write(row(w, q, local * kClasses + cls, dog.action, w.now));
  w.cold(local).discards &= std::uint8_t(~bit);
  w.cold(local).ignores &= std::uint8_t(~bit);
  set_discarded_groups(w, local);
  if (dog.action == WatchAction::kDrop && --dog.storms[cls] == 0 && w.node->pools == nullptr)
    w.node->quick_mask |= bit;
  q.storm_start = -1;
  q.polls = 0;
  q.stood = false;
}

void look(Worker& w, Watchdog& dog, std::uint32_t local, unsigned cls, Kick kick) {
  WatchedQueue& q = watched(dog, local, cls);
  const ClassQueue& queue = w.queue(local, cls);
  const bool stands = !queue.ring.empty() && pause_runs(w, local, cls);
  q.polls = stands && q.stood && q.left == queue.left() ? q.polls + 1 : 0;
  q.stood = stands;
  q.left = queue.left();
  if (q.polls > 0 && q.polls >= (dog.detection + dog.poll - 1) / dog.poll)
    begin(w, dog, local, cls, kick);
}

void look_at_storm(Worker& w, Watchdog& dog, std::uint32_t local, unsigned cls) {
  WatchedQueue& q = watched(dog, local, cls);
  const PortCold& cold = w.cold(local);
  const bool ignored = (cold.ignores >> cls & 1) != 0;
  const bool runs = ignored ? cold.pause_until[cls] > w.now : pause_runs(w, local, cls);
  q.polls = runs || q.xoff_came ? 0 : q.polls + 1;
  if (q.polls > 0 && q.polls >= (dog.restoration + dog.poll - 1) / dog.poll)
    end(w, dog, local, cls);
}

}  // namespace

void on_pfc(Worker& w, std::uint32_t local, const PfcFrame& pfc) {
  Watchdog& dog = of(w);
  const std::uint8_t told = queues_of(*w.node, pfc.xoff_mask) & watched_queues(*w.node);
  for (std::uint8_t rest = told; rest != 0; rest &= std::uint8_t(rest - 1))
    watched(dog, local, unsigned(std::countr_zero(rest))).xoff_came = true;
  if (told != 0 && !dog.armed) arm(w, dog, (w.now + dog.poll - 1) / dog.poll * dog.poll);
}

void poll(Worker& w, Kick kick) {
  Watchdog& dog = of(w);
  dog.armed = false;
  const std::uint8_t queues = watched_queues(*w.node);
  bool go_on = false;
  for (std::uint32_t p = 0; p < w.node->port_count; ++p)
    for (std::uint8_t rest = queues; rest != 0; rest &= std::uint8_t(rest - 1)) {
      const unsigned cls = unsigned(std::countr_zero(rest));
      WatchedQueue& q = watched(dog, p, cls);
      if (q.storm_start < 0)
        look(w, dog, p, cls, kick);
      else
        look_at_storm(w, dog, p, cls);
      q.xoff_came = false;
      go_on |= q.storm_start >= 0 || pause_runs(w, p, cls);
    }
  if (go_on) arm(w, dog, w.now + dog.poll);
}

bool discards(Worker& w, std::uint32_t in, std::uint32_t out, const Frame& f) {
  const unsigned pg = w.node->pools == nullptr ? f.cls : f.pg;
  std::uint32_t port = out;
  unsigned queue = f.cls;
  if ((w.cold(out).discards >> f.cls & 1) == 0) {
    if ((w.cold(in).discarded_groups >> pg & 1) == 0) return false;
    port = in;
    for (queue = 0;
         (w.cold(in).discards >> queue & 1) == 0 || (groups_of(*w.node, queue) >> pg & 1) == 0;)
      ++queue;
  }
  ++watched(of(w), port, queue).dropped;
  drop(w, in, f, DropCause::kWatchdog, pg);
  count_drop(w, out, f);
  return true;
}

void finish(Worker& w) {
  Watchdog& dog = of(w);
  const WatchAction action = dog.poll > 0 ? dog.action : WatchAction::kMute;
  for (std::size_t i = 0; i < dog.queues.size(); ++i)
    if (dog.queues[i].storm_start >= 0) w.write(row(w, dog.queues[i], i, action, -1));
}

}  // namespace fabric::watchdog
