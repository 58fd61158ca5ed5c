// A shared-memory output-queued switch: admission, forwarding, class queues, marking, PFC.
#pragma once

#include "fabric/net/worker.h"

namespace fabric::sw {

void on_data(Worker& w, std::uint32_t local,
             Frame& frame);                        // a data-lane frame left the ingress pipeline
void on_transmit(Worker& w, std::uint32_t local);  // transmit decision
void on_pfc(Worker& w, std::uint32_t local, const PfcFrame& pfc);
void on_timer(Worker& w, const Timer& timer);

}  // namespace fabric::sw
