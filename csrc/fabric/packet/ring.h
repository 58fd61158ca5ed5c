// FIFO of plain records in a power-of-two array that doubles when full and never shrinks.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <new>
#include <type_traits>
#include <utility>

namespace fabric {

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
  void pop() {
    if (++head_ == tail_) head_ = tail_ = 0;
  }
  // The slot behind the last item, to be filled by the caller.
  T& push_slot() {
    if (size() == capacity_) [[unlikely]]
      grow();
    return items_[tail_++ & (capacity_ - 1)];
  }
  void push(const T& item) { push_slot() = item; }
  void prefetch() const {
    if (items_ != nullptr) __builtin_prefetch(&items_[head_ & (capacity_ - 1)]);
  }

 private:
  void swap(Ring& other) noexcept {
    std::swap(items_, other.items_);
    std::swap(head_, other.head_);
    std::swap(tail_, other.tail_);
    std::swap(capacity_, other.capacity_);
  }
  [[gnu::noinline, gnu::cold]] void grow() {
    const std::uint32_t bigger = capacity_ == 0 ? 16 : capacity_ * 2;
    T* items = static_cast<T*>(std::malloc(std::size_t{bigger} * sizeof(T)));
    if (items == nullptr) throw std::bad_alloc();
    const std::uint32_t n = size();
    for (std::uint32_t i = 0; i < n; ++i) items[i] = at(i);
    std::free(items_);
    items_ = items;
    capacity_ = bigger;
    head_ = 0;
    tail_ = n;
  }

  T* items_ = nullptr;
  std::uint32_t head_ = 0, tail_ = 0, capacity_ = 0;
};

}  // namespace fabric
