// Static window: line rate, at most the plan's window of payload bytes in flight (it overshoots by
// less than a packet).
#include "fabric/cc/registry.h"

namespace fabric {

const CcAlgorithm kStaticWindow = {PF_CC_ABI_VERSION, sizeof(CcAlgorithm),
                                   "window",          nullptr,
                                   nullptr,           nullptr,
                                   nullptr,           nullptr,
                                   nullptr,           nullptr};

}  // namespace fabric
