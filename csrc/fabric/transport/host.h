// A host through one window.
#pragma once

#include "fabric/transport/hosts.h"

namespace fabric::host {

// Runs the worker's node to the end of the window.
void run(HostWorker& h);

}  // namespace fabric::host
