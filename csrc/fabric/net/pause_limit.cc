#include "fabric/net/pause_limit.h"

#include "fabric/net/buffer.h"
#include "fabric/net/congestion_point.h"
#include "fabric/net/pfc.h"

namespace fabric {

namespace {

constexpr auto kMute = std::uint8_t(WatchAction::kMute);

WatchedQueue& watched(Worker& w, std::uint32_t local, unsigned cls) {
  return w.net.watchdogs[std::size_t(w.node->watchdog)].queues[local * kClasses + cls];
}

void arm(Worker& w, std::uint32_t local, unsigned cls, Ps time) {
  w.cold(local).limit_armed |= std::uint8_t(1u << cls);
  w.add_timer(time, TimerKind::kPauseLimit, local * kClasses + cls);
}

Ps limit(const Worker& w) { return w.net.watchdogs[std::size_t(w.node->watchdog)].limit; }

}  // namespace

void pause_limit::start(Worker& w, std::uint32_t local, unsigned cls) {
  if ((w.cold(local).limit_armed >> cls & 1) == 0) arm(w, local, cls, w.now + limit(w));
}

void pause_limit::expire(Worker& w, std::uint32_t local, unsigned cls) {
  PortCold& cold = w.cold(local);
  const auto bit = std::uint8_t(1u << cls);
  cold.limit_armed &= std::uint8_t(~bit);
  if ((w.ports[local].xoff & bit) == 0) return;
  const Ps due = cold.xoff_since[cls] + limit(w);
  if (due > w.now) return arm(w, local, cls, due);
  cold.muted |= bit;
  watched(w, local, cls).storm_start = w.now;
  observe_state(w, Observable::kStormBegin, local, cls, kMute);
  decide_xon(w, local, cls);
}

void pause_limit::unmute_if_calm(Worker& w, std::uint32_t local, unsigned cls) {
  PortCold& cold = w.cold(local);
  const auto bit = std::uint8_t(1u << cls);
  const IngressGroup& group = w.ingress(local, cls);
  if ((cold.muted & bit) == 0 || (cold.storming & bit) != 0) return;
  if (group.size_bytes + group.headroom_bytes != 0) return;
  cold.muted &= std::uint8_t(~bit);
  observe_state(w, Observable::kStormEnd, local, cls, kMute);
  WatchedQueue& q = watched(w, local, cls);
  w.write(WatchdogRow{q.storm_start, w.now, 0, w.node->id, std::uint16_t(local), std::uint8_t(cls),
                      kMute});
  q.storm_start = -1;
}

std::uint32_t pause_storm::turn(Worker& w, std::uint32_t index) {
  const PauseStorm& storm = w.net.storms[index / 2];
  const std::uint32_t local = storm.port;
  const unsigned cls = storm.cls;
  const auto bit = std::uint8_t(1u << cls);
  PortCold& cold = w.cold(local);
  if (index % 2 == 0) {
    cold.storming |= bit;
    if (((w.ports[local].xoff | cold.muted) & bit) == 0) {
      decide_xoff(w, local, cls);
      record_storm(w, local, cls);
    }
    return local;
  }
  cold.storming &= std::uint8_t(~bit);
  pause_limit::unmute_if_calm(w, local, cls);
  if ((w.ports[local].xoff & bit) != 0 && under_xon(*w.node, w.ingress(local, cls)))
    decide_xon(w, local, cls);
  return local;
}

}  // namespace fabric
