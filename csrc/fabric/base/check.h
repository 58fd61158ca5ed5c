// Invariants that stay on in every build: a broken one becomes a Python EngineError, never an
// abort.
#pragma once

#include <stdexcept>
#include <string>

namespace fabric {

// Thrown by FABRIC_CHECK; Engine::advance adds time and node before it leaves the core.
struct BrokenInvariant : std::runtime_error {
  using std::runtime_error::runtime_error;
};

[[noreturn, gnu::cold, gnu::noinline]] inline void fail_check(const char* what) {
  throw BrokenInvariant(what);
}

}  // namespace fabric

#define FABRIC_CHECK(condition, what) \
  do {                                \
    if (!(condition)) [[unlikely]]    \
      ::fabric::fail_check(what);     \
  } while (false)
