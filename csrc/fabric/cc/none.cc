// No congestion control: line rate, no window; only PFC holds the sender back.
#include "fabric/cc/registry.h"

namespace fabric {

namespace {

int init(const double*, void*, const CcEvent*, CcWishes* wishes) {
  wishes->window_bytes = 0;
  return 0;
}

}  // namespace

const CcAlgorithm kNoCongestionControl = {PF_CC_ABI_VERSION,
                                          sizeof(CcAlgorithm),
                                          "none",
                                          init,
                                          nullptr,
                                          nullptr,
                                          nullptr,
                                          nullptr,
                                          nullptr,
                                          nullptr};

}  // namespace fabric
