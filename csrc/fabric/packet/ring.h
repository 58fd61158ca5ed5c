// FIFO of plain records in a power-of-two array that doubles when full. A large one gives its
// memory back when it runs empty; whatever had to be copied to make it large had been pushed
// before.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <new>
#include <type_traits>
#include <utility>

namespace fabric {

// Bytes that rings hold; a worker's own may be negative, for rings that another one let grow.
struct RingMemory {
  std::int64_t bytes = 0;
};

template <class T>
class Ring {
  static_assert(std::is_trivially_copyable_v<T>);

 public:
  Ring() = default;
  Ring(Ring&& other) noexcept { swap(other); }
  Ring& operator=(Ring&& other) noexcept {
    swap(other);
    return *this;
  }
  Ring(const Ring&) = delete;
  Ring& operator=(const Ring&) = delete;
  ~Ring() { std::free(items_); }

  bool empty() const { return head_ == tail_; }
  std::uint32_t size() const { return tail_ - head_; }
  std::size_t capacity_bytes() const { return std::size_t{capacity_} * sizeof(T); }
  const T& front() const { return items_[head_ & (capacity_ - 1)]; }
  T& front() { return items_[head_ & (capacity_ - 1)]; }
  const T& at(std::uint32_t i) const { return items_[(head_ + i) & (capacity_ - 1)]; }
  // An empty ring starts over, so that short queues keep to their first cache lines.
  void pop(RingMemory& memory) {
    if (++head_ != tail_) return;
    head_ = tail_ = 0;
    if (capacity_ > kKept) [[unlikely]]
      release(memory);
  }
  // The slot behind the last item, to be filled by the caller.
  T& push_slot(RingMemory& memory) {
    if (size() == capacity_) [[unlikely]]
      grow(memory);
    return items_[tail_++ & (capacity_ - 1)];
  }
  void push(const T& item, RingMemory& memory) { push_slot(memory) = item; }
  void prefetch() const {
    if (items_ != nullptr) __builtin_prefetch(&items_[head_ & (capacity_ - 1)]);
  }

 private:
  void swap(Ring& other) noexcept {
    std::swap(items_, other.items_);
    std::swap(head_, other.head_);
    std::swap(tail_, other.tail_);
    std::swap(capacity_, other.capacity_);
    std::swap(tag, other.tag);
  }
  static constexpr std::uint32_t kFirst = 16, kKept = 64;

  [[gnu::noinline, gnu::cold]] void release(RingMemory& memory) {
    memory.bytes -= std::int64_t(capacity_bytes());
    std::free(items_);
    items_ = nullptr;
    capacity_ = 0;
  }
  [[gnu::noinline, gnu::cold]] void grow(RingMemory& memory) {
    const std::uint32_t bigger = capacity_ == 0 ? kFirst : capacity_ * 2;
    T* items = static_cast<T*>(std::malloc(std::size_t{bigger} * sizeof(T)));
    if (items == nullptr) throw std::bad_alloc();
    const std::uint32_t n = size();
    for (std::uint32_t i = 0; i < n; ++i) items[i] = at(i);
    std::free(items_);
    memory.bytes += std::int64_t(bigger - capacity_) * std::int64_t(sizeof(T));
    items_ = items;
    capacity_ = bigger;
    head_ = 0;
    tail_ = n;
  }

  T* items_ = nullptr;
  std::uint32_t head_ = 0, tail_ = 0, capacity_ = 0;

 public:
  std::uint32_t tag = 0;  // the owner's, in room that is there anyway
};

}  // namespace fabric
