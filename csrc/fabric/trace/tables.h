// Append-only result rows. The model writes them and never reads them back; every table has a row
// bound.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "fabric/base/units.h"
#include "fabric/trace/observe.h"

namespace fabric {

enum class DropCause : std::uint8_t {
  kHeadroomExhausted = 1,  // lossless class: shared share and headroom of the ingress port are full
  kIngressThreshold = 2,   // lossy class: over its share of the pool at the ingress port
  kEgressThreshold = 3,    // lossy class: over its share of the pool at the egress queue
  kLinkError = 4,          // damaged on the wire
  kTtlExpired = 5,
  kNoRoute = 6,
  kWred = 7,                     // early, by the length of the egress queue
  kSharedHeadroomExhausted = 8,  // lossless class: within its own headroom, but the pool's is full
  kWatchdog = 9,                 // the PFC watchdog drops what a storm holds up
};

enum class WatchAction : std::uint8_t { kDrop = 1, kForward = 2, kAlert = 3, kMute = 4 };

struct DropRow {
  Ps time;
  Ps xoff_since;  // when XOFF was decided for this (port, class), -1: none in force
  std::int64_t buffered_bytes, headroom_bytes;  // of the ingress (port, class) at that moment
  std::uint32_t node, qp, psn;
  std::uint16_t port, size_bytes;  // local ingress port
  std::uint8_t cls, cause, kind, xoff_told, dscp;
};

struct PauseRow {
  Ps start, end;  // end -1: still paused when the run ended
  std::uint32_t node;
  std::uint16_t port;  // the paused transmitter
  std::uint8_t cls, pad;
};

// A storm as a watchdog saw it; of a NIC, a time in which it was muted.
struct WatchdogRow {
  Ps start, end;  // end -1: it lasts
  std::uint64_t dropped_frames;
  std::uint32_t node;
  std::uint16_t port;
  std::uint8_t cls, action;
};

// XOFF or XON decided by an ingress (port, priority group). For XOFF: which egress queue held most
// of what it had taken in.
struct XoffRow {
  Ps time;
  Ps since;  // arrival of the frame at the head of that queue
  std::int64_t group_bytes, held_bytes, queue_bytes;  // ingress group; its part in the queue; queue
  std::int64_t threshold_bytes;                       // XOFF threshold in force
  std::uint32_t node;
  std::uint16_t port, egress;  // local; egress 0xffff: none, a NIC decided
  std::uint16_t stride;        // one of so many frames was looked at
  std::uint8_t cls, queue;     // group; number of the egress queue
  std::uint8_t egress_paused, xon;
};

// Depth of an egress queue at a sampling instant, and what was marked and dropped there since the
// one before; recorded on request.
struct QueueRow {
  Ps time;
  std::int64_t size_bytes, marked_bytes, dropped_bytes;
  std::uint32_t marks, drops;
  std::uint32_t node;
  std::uint16_t port;
  std::uint8_t cls, pad;
};

inline constexpr std::size_t kObservedValues = 4;

// What congestion control has in force at a queue pair from `time` on, recorded on request.
struct CcRow {
  Ps time;
  std::int64_t rate_bps, window_bytes;
  std::array<double, kObservedValues> values;  // the algorithm's own, NaN: none
  std::uint32_t node, qp, flow;
};

// Rows of one worker, with a bound per node: rows beyond it are counted, not kept. Which rows are
// kept depends on their node alone, so it depends neither on partitions nor on threads.
template <class Row>
class Table {
 public:
  void set_bound(std::size_t rows_per_node) { bound_ = rows_per_node; }
  // `kept` counts the rows of the row's node, in whichever worker they are.
  void add(const Row& row, std::uint32_t& kept) {
    if (kept < bound_) {
      ++kept;
      rows_.push_back(row);
    } else {
      ++not_kept_;
    }
  }
  const std::vector<Row>& rows() const { return rows_; }
  std::uint64_t not_kept() const { return not_kept_; }
  // Takes over the rows of `other`.
  void take(Table& other) {
    if (rows_.empty())
      rows_.swap(other.rows_);
    else
      rows_.insert(rows_.end(), other.rows_.begin(), other.rows_.end());
    other.rows_ = {};
    not_kept_ += std::exchange(other.not_kept_, 0);
  }
  // Node by node; the rows of a node stay in the order in which they were written.
  void sort_by_node() {
    std::stable_sort(rows_.begin(), rows_.end(),
                     [](const Row& a, const Row& b) { return a.node < b.node; });
  }

 private:
  std::vector<Row> rows_;
  std::size_t bound_ = 0;
  std::uint64_t not_kept_ = 0;
};

struct Tables {
  Table<DropRow> drops;
  Table<PauseRow> pauses;
  Table<XoffRow> xoffs;
  Table<QueueRow> queues;
  Table<CcRow> cc;
  Table<TraceRow> trace;
  Table<WatchdogRow> watchdog;

  // Calls `f` with each table and its counterpart in `other`.
  template <class F>
  void each(Tables& other, F f) {
    f(drops, other.drops), f(pauses, other.pauses), f(xoffs, other.xoffs);
    f(queues, other.queues), f(cc, other.cc), f(trace, other.trace);
    f(watchdog, other.watchdog);
  }
};

// Rows that a node has in each table.
struct RowsKept {
  std::uint32_t drops = 0, pauses = 0, xoffs = 0, queues = 0, cc = 0, trace = 0, watchdog = 0;
};

}  // namespace fabric
