#include "fabric/net/pfc.h"

#include <bit>

#include "fabric/net/pause_limit.h"
#include "fabric/net/pools.h"
#include "fabric/net/transmitter.h"
#include "fabric/net/watchdog.h"

namespace fabric {

namespace {

constexpr std::int64_t kQuantumBytes = 64;  // 512 bit times (IEEE 802.3 annex 31B.2)

Ps pause_time(const Port& port, std::uint16_t quanta) {
  return port.wire_time(quanta * kQuantumBytes);
}

// A storm keeps XOFF up, unless the pause limit has muted the class.
bool held_by_storm(const PortCold& cold, unsigned cls) {
  return ((cold.storming & ~cold.muted) >> cls & 1) != 0;
}

// One more frame for each class of the mask.
void count(std::array<std::uint32_t, kClasses>& frames, std::uint8_t mask) {
  for (; mask != 0; mask &= std::uint8_t(mask - 1)) ++frames[std::size_t(std::countr_zero(mask))];
}

}  // namespace

void observe_state(Worker& w, Observable event, std::uint32_t local, unsigned cls,
                   std::uint8_t detail) {
  Frame record{};
  record.kind = Kind::kPfc;
  record.cls = std::uint8_t(cls);
  w.observe(event, local, record, detail);
}

bool pause_runs(const Worker& w, std::uint32_t local, unsigned cls) {
  return (w.ports[local].paused >> cls & 1) != 0 && w.cold(local).pause_until[cls] > w.now;
}

std::uint8_t priorities_of(const Node& node, std::uint8_t groups) {
  if (node.pools == nullptr) return groups;
  std::uint8_t told = 0;
  for (; groups != 0; groups &= std::uint8_t(groups - 1))
    told |= node.pools->qos->priorities_of[std::size_t(std::countr_zero(groups))];
  return told;
}

std::uint8_t queues_of(const Node& node, std::uint8_t priorities) {
  if (node.pools == nullptr) return priorities;
  std::uint8_t queues = 0;
  for (; priorities != 0; priorities &= std::uint8_t(priorities - 1))
    queues |=
        std::uint8_t(1u << node.pools->qos->queue_of[std::size_t(std::countr_zero(priorities))]);
  return queues;
}

namespace {

void end_if_over(Worker& w, std::uint32_t local, unsigned cls) {
  const Ps end = w.cold(local).pause_until[cls];
  if ((w.ports[local].paused >> cls & 1) != 0 && end <= w.now) close_pause(w, local, cls, end);
}

void pause(Worker& w, std::uint32_t local, unsigned cls, Ps until) {
  Port& port = w.ports[local];
  PortCold& cold = w.cold(local);
  const auto bit = std::uint8_t(1u << cls);
  if (((port.paused | cold.ignores) & bit) == 0) {
    port.paused |= bit;
    cold.pause_start[cls] = w.now;
    cold.pause_from[cls] = w.now + w.node->pfc_reaction_ps;
  }
  cold.pause_until[cls] = until;
}

// Queues of a switch with profiles: each is paused until the last of its priorities' pauses ends.
bool obey_by_queue(Worker& w, std::uint32_t local, const PfcFrame& pfc, Ps until) {
  const auto& queue_of = w.node->pools->qos->queue_of;
  auto& ends = w.net.priority_until[w.node->first_port + local];
  std::uint8_t told = 0;
  for (unsigned p = 0; p < kClasses; ++p) {
    if ((pfc.xoff_mask >> p & 1) != 0)
      ends[p] = until;
    else if ((pfc.xon_mask >> p & 1) != 0)
      ends[p] = 0;
    else
      continue;
    told |= std::uint8_t(1u << queue_of[p]);
  }
  bool resumed = false;
  for (; told != 0; told &= std::uint8_t(told - 1)) {
    const unsigned queue = unsigned(std::countr_zero(told));
    end_if_over(w, local, queue);
    Ps last = 0;
    for (unsigned p = 0; p < kClasses; ++p)
      if (queue_of[p] == queue) last = std::max(last, ends[p]);
    if (last > w.now) {
      pause(w, local, queue, last);
    } else if ((w.ports[local].paused >> queue & 1) != 0) {
      close_pause(w, local, queue, w.now);
      resumed = true;
    } else if ((w.cold(local).ignores >> queue & 1) != 0) {
      w.cold(local).pause_until[queue] = w.now;
    }
  }
  return resumed;
}

}  // namespace

void close_pause(Worker& w, std::uint32_t local, unsigned cls, Ps end) {
  PortCold& cold = w.cold(local);
  w.ports[local].paused &= std::uint8_t(~(1u << cls));
  cold.paused_ps[cls] += end - cold.pause_start[cls];
  w.write(
      PauseRow{cold.pause_start[cls], end, w.node->id, std::uint16_t(local), std::uint8_t(cls), 0});
}

bool obey_pfc(Worker& w, std::uint32_t local, const PfcFrame& pfc) {
  Port& port = w.ports[local];
  PortCold& cold = w.cold(local);
  count(cold.xoff_received, pfc.xoff_mask);
  count(cold.xon_received, pfc.xon_mask);
  if (w.node->pfc_mode == PfcMode::kOff) return false;
  if (w.node->watchdog >= 0 && w.node->is_switch) watchdog::on_pfc(w, local, pfc);
  const Ps until = pfc.quanta == kUntilXon ? kNever : w.now + pause_time(port, pfc.quanta);
  if (w.node->pools != nullptr) [[unlikely]]
    return obey_by_queue(w, local, pfc, until);
  bool resumed = false;
  for (unsigned cls = 0; cls < kClasses; ++cls) {
    const auto bit = std::uint8_t(1u << cls);
    end_if_over(w, local, cls);
    if ((pfc.xoff_mask & bit) != 0) {
      pause(w, local, cls, until);
    } else if ((pfc.xon_mask & port.paused & bit) != 0) {
      close_pause(w, local, cls, w.now);
      resumed = true;
    } else if ((pfc.xon_mask & cold.ignores & bit) != 0) {
      cold.pause_until[cls] = w.now;
    }
  }
  return resumed;
}

std::uint8_t paused_classes(Worker& w, std::uint32_t local) {
  Port& port = w.ports[local];
  const PortCold& cold = w.cold(local);
  std::uint8_t blocked = 0;
  for (std::uint8_t rest = port.paused; rest != 0; rest &= std::uint8_t(rest - 1)) {
    const unsigned cls = unsigned(std::countr_zero(rest));
    if (cold.pause_until[cls] <= w.now)
      close_pause(w, local, cls, cold.pause_until[cls]);
    else if (cold.pause_from[cls] <= w.now)
      blocked |= std::uint8_t(1u << cls);
  }
  return blocked;
}

Ps next_pause_expiry(const Worker& w, std::uint32_t local) {
  const Port& port = w.ports[local];
  Ps first = kNever;
  for (std::uint8_t rest = port.paused & port.backlog; rest != 0; rest &= std::uint8_t(rest - 1))
    first = std::min(first, w.cold(local).pause_until[std::size_t(std::countr_zero(rest))]);
  return first;
}

void send_pfc(Worker& w, std::uint32_t local) {
  Port& port = w.ports[local];
  PortCold& cold = w.cold(local);
  const std::uint8_t due = port.pfc_due();
  PfcFrame pfc{};
  pfc.xoff_mask = priorities_of(*w.node, due & port.xoff);
  pfc.xon_mask = priorities_of(*w.node, due & std::uint8_t(~port.xoff));
  pfc.quanta = w.node->pfc_mode == PfcMode::kOnOff ? kUntilXon : w.node->pfc_quanta;
  port.told = port.xoff;
  port.refresh = 0;
  count(cold.xoff_sent_frames, pfc.xoff_mask);
  count(cold.xon_sent_frames, pfc.xon_mask);
  for (std::uint8_t rest = due & port.xoff; rest != 0; rest &= std::uint8_t(rest - 1)) {
    const unsigned cls = unsigned(std::countr_zero(rest));
    cold.xoff_sent[cls] = w.now;
    if (w.node->pfc_mode == PfcMode::kQuanta && (port.refresh_armed >> cls & 1) == 0) {
      port.refresh_armed |= std::uint8_t(1u << cls);
      w.add_timer(w.now + pause_time(port, w.node->pfc_quanta) / 2, TimerKind::kPfcRefresh,
                  local * kClasses + cls);
    }
  }
  start_pfc(w, local, pfc);
}

void decide_xoff(Worker& w, std::uint32_t local, unsigned cls) {
  Port& port = w.ports[local];
  const auto bit = std::uint8_t(1u << cls);
  if ((w.cold(local).muted & bit) != 0) return;
  port.xoff |= bit;
  // XON was decided but never sent, and the refresh timer ran out meanwhile: the peer still
  // believes in an XOFF that nobody repeats.
  if (w.node->pfc_mode == PfcMode::kQuanta && (port.told & bit) != 0 &&
      (port.refresh_armed & bit) == 0)
    port.refresh |= bit;
  w.cold(local).xoff_since[cls] = w.now;
  observe_state(w, Observable::kXoff, local, cls);
  if (w.node->watchdog >= 0 && !w.node->is_switch) pause_limit::start(w, local, cls);
}

void decide_xon(Worker& w, std::uint32_t local, unsigned cls) {
  if (held_by_storm(w.cold(local), cls)) return;
  w.ports[local].xoff &= std::uint8_t(~(1u << cls));
  w.ports[local].refresh &= std::uint8_t(~(1u << cls));
  XoffRow row{};
  row.time = w.now;
  row.node = w.node->id;
  row.port = std::uint16_t(local);
  row.cls = std::uint8_t(cls);
  row.xon = 1;
  w.write(row);
  observe_state(w, Observable::kXon, local, cls);
}

bool refresh_xoff(Worker& w, std::uint32_t local, unsigned cls) {
  Port& port = w.ports[local];
  const PortCold& cold = w.cold(local);
  const auto bit = std::uint8_t(1u << cls);
  port.refresh_armed &= std::uint8_t(~bit);
  if ((port.xoff & bit) == 0) return false;
  const Ps due = cold.xoff_sent[cls] + pause_time(port, w.node->pfc_quanta) / 2;
  if (due > w.now) {  // XOFF was sent again since the timer was set
    port.refresh_armed |= bit;
    w.add_timer(due, TimerKind::kPfcRefresh, local * kClasses + cls);
    return false;
  }
  const PoolState* pools = w.node->pools;
  const IngressGroup& group = w.ingress(local, cls);
  if (!held_by_storm(cold, cls) &&
      (pools == nullptr ? under_xon(*w.node, group) : under_xon(*pools, group, cls)))
    decide_xon(w, local, cls);
  else
    port.refresh |= bit;
  return true;
}

}  // namespace fabric
