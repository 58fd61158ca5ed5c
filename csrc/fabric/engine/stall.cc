// Runs that get nowhere: deadlock, livelock, and the fabric in which nothing moves (docs/model.md
// 11).
#include "fabric/engine/engine.h"
#include "fabric/net/device.h"
#include "fabric/net/watchdog.h"

namespace fabric {

namespace {

// Nothing but the refresh of pauses and the look at them.
bool only_of_pauses(const Timer& timer) {
  return timer.kind == TimerKind::kPfcRefresh || timer.kind == TimerKind::kWatchdogPoll;
}

bool ends_a_pause(const Timer& timer) {
  return timer.kind == TimerKind::kPauseLimit || timer.kind == TimerKind::kPauseStorm;
}

// Whether the XON of a port waits for the PFC frame before it.
bool will_resume(const Network& net, std::size_t port) {
  const Port& p = net.ports[port];
  return net.transmit_at[port] != kNever && (p.told & ~p.xoff) != 0;
}

}  // namespace

void Engine::look_for_stalls(Ps time) {
  next_stall_ += stall_grid_;
  livelock_.look(net_, hosts_, time);
  const bool deadlock = deadlock_.look(net_, time);
  const std::uint64_t frames = progress();
  const bool idle = frames == progress_at_stall_;
  progress_at_stall_ = frames;
  if (stopped_ != StopReason::kRunning) return;
  if (deadlock) {
    stopped_ = StopReason::kDeadlock;
    return;
  }
  if (!idle) return;
  // Frames may also stand at a host for ever, behind a pause that no frame will end.
  const bool nothing_will_happen =
      !something_is_scheduled() && (open_flows_ > 0 || frames_in_flight() > 0);
  if ((nothing_will_happen || held_frames() > 0) && !pauses_may_change())
    stopped_ = StopReason::kDeadlock;
}

// Frames started so far, PFC excepted.
std::uint64_t Engine::progress() const {
  std::uint64_t frames = 0;
  for (const Port& port : net_.ports) frames += port.tx_frames;
  for (const auto& lot : lots_) frames -= lot->worker.pfc_started;
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

// Storms refresh their pauses and watchdogs poll for ever: that is nothing to wait for. Nor are the
// ticks of DCQCN in the order of creation, after which no port decides.
bool Engine::something_is_scheduled() const {
  if (net_.devices)
    return net_.devices->events.any([](const CreatedEvent& event) { return !is_tick(event.kind); });
  if (net_.storms.empty() && net_.watchdogs.empty()) return next_event() != kNever;
  for (const Node& n : net_.nodes)
    if (n.start_next != n.start_end ||
        n.timers.any([](const Timer& timer) { return !only_of_pauses(timer); }))
      return true;
  for (std::size_t p = 0; p < net_.ports.size(); ++p)
    if (net_.transmit_at[p] != kNever || !net_.lanes[p].frames.empty()) return true;
  return false;
}

// Whether an XON is on its way: on a link, between two threads, or due.
bool Engine::somebody_will_resume() const {
  for (std::size_t p = 0; p < net_.ports.size(); ++p) {
    if (will_resume(net_, p)) return true;
    const Ring<PfcFrame>& lane = net_.mac_lane[p];
    for (std::uint32_t i = 0; i < lane.size(); ++i)
      if (lane.at(i).xon_mask != 0) return true;
  }
  for (const auto& lot : lots_)
    for (const auto& boxes : lot->worker.outboxes)
      for (const Outbox& box : boxes)
        for (const Outbox::Pfc& item : box.pfc)
          if (item.frame.xon_mask != 0) return true;
  return false;
}

// Whether a storm will begin or end, somebody will act against one, or a pause is about to end.
bool Engine::pauses_may_change() const {
  if (somebody_will_resume()) return true;
  for (const Node& n : net_.nodes) {
    if (n.timers.any(ends_a_pause)) return true;
    if (n.watchdog < 0 || !net_.watchdogs[std::size_t(n.watchdog)].breaks_storms()) continue;
    for (std::uint32_t p = n.first_port; p < n.first_port + n.port_count; ++p)
      for (unsigned cls = 0; cls < kClasses; ++cls)
        if ((watchdog::watched_queues(n) >> cls & 1) != 0 && stands(net_, p, cls, now_))
          return true;
  }
  return false;
}

}  // namespace fabric
