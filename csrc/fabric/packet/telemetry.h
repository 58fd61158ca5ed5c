// In-band telemetry (INT): the tail of a data packet, a record of each switch that it has left,
// which its ACK or NAK carries back (HPCC, SIGCOMM'19, section 4).
//
// Tails are too large to be copied from lane to queue to lane, so they lie apart; a frame carries
// the number of its tail and owns it. Ownership goes with the frame: whoever runs the node where
// the frame is may write its tail, and nobody else. What is behind a number is found through a
// directory of chunks that never move; threads add chunks to it, and a number reaches another
// thread only after the barrier that ends a window.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <mutex>
#include <new>
#include <utility>
#include <vector>

#include "fabric/base/check.h"
#include "fabric/base/units.h"
#include "fabric/packet/ring.h"

namespace fabric {

inline constexpr std::uint32_t kMaxTelemetryHops = 16;

// What a switch tells about the port by which a data packet leaves it.
struct TelemetryHop {
  Ps time;                    // the packet starts on the wire
  std::uint64_t tx_bytes;     // that the port had sent before, gaps included
  std::uint32_t queue_bytes;  // left in its queues, all classes
  std::uint32_t port;         // its number in the fabric
};
static_assert(sizeof(TelemetryHop) == 24);

// Followed by its records.
struct TelemetryTail {
  std::uint32_t count;
  std::uint32_t next;  // free tail after this one; a NAK's of selective repeat: PSN that caused it

  TelemetryHop* hops() { return reinterpret_cast<TelemetryHop*>(this + 1); }
};
static_assert(sizeof(TelemetryTail) == 8);

// All tails of a run, by number; 0 is none.
class TelemetryStore {
 public:
  static constexpr std::uint32_t kChunkBits = 10, kChunk = 1u << kChunkBits;
  static constexpr std::uint32_t kMaxChunks = 1u << (24 - kChunkBits);  // frames have 24 bits

  // 0: packets carry no telemetry.
  void set_hops(std::uint32_t hops) {
    hops_ = hops;
    if (hops != 0) chunks_.resize(kMaxChunks);
  }
  std::uint32_t hops() const { return hops_; }
  std::size_t directory_bytes() const { return chunks_.size() * sizeof(Chunk); }
  std::size_t chunk_bytes() const { return kChunk * tail_bytes(); }
  TelemetryTail& operator[](std::uint32_t number) {
    return *reinterpret_cast<TelemetryTail*>(chunks_[number >> kChunkBits].get() +
                                             (number & (kChunk - 1)) * tail_bytes());
  }
  // Number of the first tail of a new chunk.
  std::uint32_t add_chunk() {
    const std::uint32_t chunk = added_.fetch_add(1, std::memory_order_relaxed);
    FABRIC_CHECK(chunk < kMaxChunks, "more than 16,777,215 packets with telemetry are under way");
    chunks_[chunk].reset(static_cast<std::byte*>(std::malloc(chunk_bytes())));
    if (chunks_[chunk] == nullptr) throw std::bad_alloc();
    return chunk << kChunkBits;
  }
  // Lists of kChunk free tails, by the first one; 0: there is none.
  std::uint32_t take_free() {
    const std::scoped_lock hold(lock_);
    if (free_.empty()) return 0;
    const std::uint32_t first = free_.back();
    free_.pop_back();
    return first;
  }
  void give_free(std::uint32_t first) {
    const std::scoped_lock hold(lock_);
    free_.push_back(first);
  }

 private:
  struct Free {
    void operator()(std::byte* memory) const { std::free(memory); }
  };
  using Chunk = std::unique_ptr<std::byte, Free>;

  std::size_t tail_bytes() const { return sizeof(TelemetryTail) + hops_ * sizeof(TelemetryHop); }

  std::vector<Chunk> chunks_;
  std::atomic<std::uint32_t> added_{0};
  std::mutex lock_;
  std::vector<std::uint32_t> free_;  // at most one a chunk
  std::uint32_t hops_ = 0;
};

// The free tails of one worker. Frames take tails along and end at other workers: what these have
// too many of, a chunk at a time, goes back to the store, so that no traffic needs new tails for
// ever.
class FreeTails {
 public:
  std::uint32_t take(TelemetryStore& store, RingMemory& memory) {
    if (first_ == 0) [[unlikely]]
      refill(store, memory);
    const std::uint32_t number = first_;
    TelemetryTail& tail = store[number];
    first_ = tail.next;
    --count_;
    tail.count = 0;
    ++taken_;
    return number;
  }
  void give(TelemetryStore& store, std::uint32_t number) {
    store[number].next = first_;
    first_ = number;
    --taken_;
    if (++count_ == TelemetryStore::kChunk) [[unlikely]]
      put_aside(store);
  }
  // Taken here less given back here; the sum over all workers are the tails that frames own.
  std::int64_t taken() const { return taken_; }

 private:
  [[gnu::noinline, gnu::cold]] void refill(TelemetryStore& store, RingMemory& memory) {
    count_ = TelemetryStore::kChunk;
    first_ = std::exchange(aside_, 0);
    if (first_ == 0) first_ = store.take_free();
    if (first_ != 0) return;
    const std::uint32_t begin = store.add_chunk();
    memory.bytes += std::int64_t(store.chunk_bytes());
    for (std::uint32_t i = TelemetryStore::kChunk; i-- > 0;) {
      if (begin + i == 0) {
        --count_;
        continue;
      }
      store[begin + i].next = first_;
      first_ = begin + i;
    }
  }
  [[gnu::noinline, gnu::cold]] void put_aside(TelemetryStore& store) {
    if (aside_ != 0) store.give_free(aside_);
    aside_ = std::exchange(first_, 0);
    count_ = 0;
  }

  std::uint32_t first_ = 0, count_ = 0;  // a list that is not full
  std::uint32_t aside_ = 0;              // a full one, of kChunk tails
  std::int64_t taken_ = 0;
};

}  // namespace fabric
