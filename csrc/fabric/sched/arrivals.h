// The frames that reach a node during one window, in order. All of them are known when the window
// begins, so they are sorted at once: into buckets by time, then by insertion. That mispredicts
// fewer branches than a heap of lanes, and reading the times of all frames in one go hides the
// latency of memory.
#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>
#include <vector>

#include "fabric/sched/order.h"

namespace fabric {

class Arrivals {
 public:
  void clear() { n_ = next_ = 0; }
  // Room for that many more keys: to be written there in any order, then counted by `added`.
  std::uint64_t* room(std::size_t keys) {
    if (n_ + keys >= keys_.size()) [[unlikely]]
      keys_.resize(2 * (n_ + keys) + 64);
    return keys_.data() + n_;
  }
  void added(const std::uint64_t* end) { n_ = std::size_t(end - keys_.data()); }
  // `span`: all time offsets are below it.
  void sort(Ps span) {
    if (n_ > kFew) scatter(span);
    insert();
    keys_[n_] = EventOrder::kNone;
  }
  // EventOrder::kNone behind the last one.
  std::uint64_t top() const { return keys_[next_]; }
  void pop() { ++next_; }

 private:
  static constexpr std::size_t kFew = 16;
  static constexpr std::size_t kMany = 512;

  void scatter(Ps span) {
    const int bits = int(std::bit_width(n_)) - 1;  // up to two keys a bucket
    const int shift =
        EventKey::kTimeShift + std::max(0, int(std::bit_width(std::uint64_t(span - 1))) - bits);
    const std::size_t buckets = std::size_t{1} << bits;
    if (scattered_.size() < keys_.size()) scattered_.resize(keys_.size());
    begin_.assign(buckets + 1, 0);
    const std::uint64_t* const keys = keys_.data();
    std::uint32_t* const begin = begin_.data();
    for (std::size_t i = 0; i < n_; ++i) ++begin[(keys[i] >> shift) + 1];
    for (std::size_t b = 1; b < buckets; ++b) begin[b] += begin[b - 1];
    std::uint64_t* const out = scattered_.data();
    for (std::size_t i = 0; i < n_; ++i) out[begin[keys[i] >> shift]++] = keys[i];
    keys_.swap(scattered_);
    if (n_ > kMany) [[unlikely]]
      sort_crowded(buckets);
  }
  // Insertion is quadratic in a bucket: those of many ports that were sent to at one time are
  // sorted.
  [[gnu::noinline, gnu::cold]] void sort_crowded(std::size_t buckets) {
    std::uint64_t* const keys = keys_.data();
    for (std::size_t b = 0, first = 0; b < buckets; ++b) {
      const std::size_t end = begin_[b];
      if (end - first > kFew) std::sort(keys + first, keys + end);
      first = end;
    }
  }
  void insert() {
    std::uint64_t* const keys = keys_.data();
    for (std::size_t i = 1; i < n_; ++i) {
      const std::uint64_t key = keys[i];
      std::size_t j = i;
      for (; j > 0 && keys[j - 1] > key; --j) keys[j] = keys[j - 1];
      keys[j] = key;
    }
  }

  std::vector<std::uint64_t> keys_ = std::vector<std::uint64_t>(64), scattered_;
  std::vector<std::uint32_t> begin_;
  std::size_t n_ = 0, next_ = 0;
};

}  // namespace fabric
