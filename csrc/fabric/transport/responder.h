// The receiver of data: order, acknowledgement, NAK, CNP generation; for READ also the requests and
// their retries.
#pragma once

#include "fabric/transport/hosts.h"

namespace fabric::responder {

void on_data(HostWorker& h, const Frame& frame);
void request_read(HostWorker& h, std::uint32_t flow);  // a READ operation is posted
void on_read_timeout(HostWorker& h, std::uint32_t qp);

}  // namespace fabric::responder
