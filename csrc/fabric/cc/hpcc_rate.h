// Whether HPCC set its rate, be it to what it was: in a run in the order of creation the sender
// acts on that (docs/ns3.md).
#pragma once

namespace fabric {

// By the last fact; asked again before the next one: false.
bool hpcc_set_rate(void* block);

}  // namespace fabric
