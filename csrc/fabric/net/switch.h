// A shared-memory output-queued switch: admission, forwarding, class queues, marking, PFC.
#pragma once

#include "fabric/net/worker.h"

namespace fabric::sw {

// Runs the worker's node to the end of the window.
void run(Worker& w);

}  // namespace fabric::sw
