// The sender of data: posting, packets, acknowledgements, go-back-N, timeouts, congestion control.
#pragma once

#include "fabric/transport/hosts.h"

namespace fabric::requester {

void post(HostWorker& h, std::uint32_t qp,
          std::uint32_t end_psn);  // messages up to end_psn may be sent
void sent(HostWorker& h, std::uint32_t qp, const Frame& frame);  // it starts on the wire now
void on_ack(HostWorker& h, const Frame& frame);                  // ACK or NAK
void on_cnp(HostWorker& h, const Frame& frame);
void on_read_request(HostWorker& h, const Frame& frame);
void on_timeout(HostWorker& h, std::uint32_t qp);

}  // namespace fabric::requester
