// The trace of congestion control: a row for each change of rate, window or an observed value of a
// queue pair, at the time at which it took effect in the algorithm, also where timers are applied
// lazily, at a later fact. It only looks at states: nothing of a run depends on it.
#pragma once

#include "fabric/transport/hosts.h"

namespace fabric::congestion_trace {

// Around a call of the algorithm: tells what changed before `now`, and what the call changed.
void before(HostWorker& h, std::uint32_t qp, Ps now);
void after(HostWorker& h, std::uint32_t qp, Ps now);
// The queue pair has begun to send: its first row, also where the algorithm was told nothing.
void begin(HostWorker& h, std::uint32_t qp);
// After the last window: what changed since the last fact, while there was something to send.
void finish(HostWorker& h, std::uint32_t qp);

}  // namespace fabric::congestion_trace
