// Append-only result rows. The model writes them and never reads them back; every table has a row
// bound.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
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
};

struct DropRow {
  Ps time;
  Ps xoff_since;  // when XOFF was decided for this (port, class), -1: none in force
  std::int64_t buffered_bytes, headroom_bytes;  // of the ingress (port, class) at that moment
  std::uint32_t node, qp, psn;
  std::uint16_t port, size_bytes;  // local ingress port
  std::uint8_t cls, cause, kind, xoff_told;
};

struct PauseRow {
  Ps start, end;  // end -1: still paused when the run ended
  std::uint32_t node;
  std::uint16_t port;  // the paused transmitter
  std::uint8_t cls, pad;
};

// Depth of an egress queue at a sampling instant, recorded on request.
struct QueueRow {
  Ps time;
  std::int64_t size_bytes;
  std::uint32_t node;
  std::uint16_t port;
  std::uint8_t cls, pad;
};

// Rows with a bound per node: rows beyond it are counted, not kept. Which rows are kept depends on
// their node alone, so it does not depend on partitions.
template <class Row>
class Table {
 public:
  Table() = default;
  Table(std::size_t rows, std::size_t nodes)
      : kept_(nodes, 0), bound_(rows == 0 ? 0 : std::max<std::size_t>(rows / nodes, 1)) {}
  void add(const Row& row) {
    if (kept_[row.node] < bound_) {
      ++kept_[row.node];
      rows_.push_back(row);
    } else {
      ++not_kept_;
    }
  }
  const std::vector<Row>& rows() const { return rows_; }
  std::uint64_t not_kept() const { return not_kept_; }

 private:
  std::vector<Row> rows_;
  std::vector<std::size_t> kept_;
  std::size_t bound_ = 0;
  std::uint64_t not_kept_ = 0;
};

struct Tables {
  Table<DropRow> drops;
  Table<PauseRow> pauses;
  Table<QueueRow> queues;
  Table<TraceRow> trace;
};

}  // namespace fabric
