// Where the threads of a run meet after each window. The last to arrive runs a function alone while
// the others wait: first spinning, for windows are short, then asleep. With fewer cores than
// threads they sleep at once: who spins keeps others from arriving.
#pragma once

#if defined(__linux__)
#include <sched.h>
#endif

#include <atomic>
#include <cstdint>
#include <thread>

namespace fabric {

template <class Completion>
class Barrier {
 public:
  Barrier(std::uint32_t threads, Completion completion)
      : threads_(threads), completion_(completion) {
    if (usable_cores() < threads) spins_ = 0;
  }

  void arrive_and_wait() {
    const std::uint32_t round = round_.load(std::memory_order_acquire);
    if (arrived_.fetch_add(1, std::memory_order_acq_rel) + 1 == threads_) {
      arrived_.store(0, std::memory_order_relaxed);
      completion_();
      round_.store(round + 1, std::memory_order_release);
      round_.notify_all();
      return;
    }
    for (int spin = 0; spin < spins_; ++spin) {
      if (round_.load(std::memory_order_acquire) != round) return;
      relax();
    }
    round_.wait(round, std::memory_order_acquire);
  }

 private:
  // Those that this process may run on, where the system tells.
  static std::uint32_t usable_cores() {
#if defined(__linux__)
    cpu_set_t set;
    if (sched_getaffinity(0, sizeof set, &set) == 0) return std::uint32_t(CPU_COUNT(&set));
#endif
    return std::thread::hardware_concurrency();
  }
  static void relax() {
#if defined(__x86_64__) || defined(__i386__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    asm volatile("yield");
#endif
  }

  alignas(64) std::atomic<std::uint32_t> arrived_{0};
  alignas(64) std::atomic<std::uint32_t> round_{0};
  const std::uint32_t threads_;
  int spins_ = 2000;
  Completion completion_;
};

}  // namespace fabric
