// A host through one window.
#pragma once

#include "fabric/transport/hosts.h"

namespace fabric::host {

// Runs the worker's node to the end of the window.
void run(HostWorker& h);

// One data-lane frame, one timer.
void on_frame(HostWorker& h, std::uint32_t local, const Frame& f);
void on_timer(HostWorker& h, const Timer& timer);

}  // namespace fabric::host
