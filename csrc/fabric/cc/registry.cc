#include "fabric/cc/registry.h"

#include <array>

namespace fabric {

namespace {
constexpr std::array<const CcAlgorithm*, 9> kBuiltin = {
    &kNoCongestionControl, &kStaticWindow, &kDcqcn, &kHpcc, &kTimely,
    &kPatchedTimely,       &kSwift,        &kDctcp, &kNscc};
}

const CcAlgorithm* builtin_cc(std::uint32_t number) {
  return number < kBuiltin.size() ? kBuiltin[number] : nullptr;
}

std::uint32_t builtin_cc_count() { return std::uint32_t(kBuiltin.size()); }

}  // namespace fabric
