// The receiver of data: order, acknowledgement, NAK, CNP generation; for READ also the requests and
// their retries.
#pragma once

#include "fabric/transport/hosts.h"

namespace fabric::responder {

// A control frame of the receiver to the sender of the data.
Frame reply(const HostWorker& h, const RecvQp& receiver, unsigned priority, std::uint32_t qp,
            Kind kind, std::uint32_t psn, std::int64_t stamp, std::int64_t size_bytes);
// Of acknowledgements of data with this priority.
unsigned ack_priority(const HostWorker& h, unsigned data_priority);
void on_data(HostWorker& h, const Frame& frame);
void request_read(HostWorker& h, std::uint32_t flow);  // a READ operation is posted
void on_read_timeout(HostWorker& h, std::uint32_t qp);

}  // namespace fabric::responder
