#include "fabric/transport/selective_repeat.h"

#include <algorithm>
#include <bit>

#include "fabric/transport/messages.h"

namespace fabric {

void PsnSet::make_ready(std::uint32_t packets, RingMemory& memory) {
  words_.resize(std::bit_ceil((std::size_t{packets} + 63) / 64 + 1));
  memory.bytes += std::int64_t(words_.size() * sizeof(std::uint64_t));
}

namespace selective {

namespace {

std::int64_t payload(const Hosts& hosts, const SendQp& q, std::uint32_t psn) {
  MessageCursor cursor = q.una;
  while (psn >= cursor.end_psn) step_forward(hosts, cursor, q.message_end);
  return bytes_before(hosts, cursor, psn + 1) - bytes_before(hosts, cursor, psn);
}

bool delivered(const SendQp& q, const Scoreboard& board, std::uint32_t psn) {
  return psn < q.una_psn || (board.marked.ready() && board.marked.has(psn));
}

// The same PSN was sent once more when the timer expired.
bool replaced(const Scoreboard& board, const Scoreboard::Resent& r) {
  return r.psn == board.expiry.psn && r.time < board.expiry.time;
}

}  // namespace

std::int64_t mark(HostWorker& h, std::uint32_t qp, std::uint32_t psn) {
  SendQp& q = h.hosts.send[qp];
  Scoreboard& board = h.hosts.scoreboards[qp];
  if (psn <= q.una_psn || psn >= q.next_psn) return 0;
  if (!board.marked.ready()) board.marked.make_ready(q.reorder_packets, h.memory);
  if (board.marked.has(psn)) return 0;
  board.marked.add(psn);
  board.suspect = std::max(board.suspect, psn);
  const std::int64_t bytes = payload(h.hosts, q, psn);
  q.marked_bytes += bytes;
  return bytes;
}

std::int64_t forget_below(HostWorker& h, std::uint32_t qp, std::uint32_t psn) {
  SendQp& q = h.hosts.send[qp];
  Scoreboard& board = h.hosts.scoreboards[qp];
  std::int64_t bytes = 0;
  for (std::uint32_t p = q.una_psn; board.marked.count() != 0 && p < psn; ++p) {
    if (!board.marked.has(p)) continue;
    board.marked.remove(p);
    bytes += payload(h.hosts, q, p);
  }
  q.marked_bytes -= bytes;
  return bytes;
}

void learn(HostWorker& h, std::uint32_t qp, Ps stamp) {
  const SendQp& q = h.hosts.send[qp];
  Scoreboard& board = h.hosts.scoreboards[qp];
  while (!board.resent.empty() && board.resent.front().time <= stamp) {
    const Scoreboard::Resent r = board.resent.front();
    board.resent.pop(h.memory);
    board.suspect = std::max(board.suspect, r.frontier);
    if (r.time < stamp && !delivered(q, board, r.psn) && !replaced(board, r))
      board.again.push(r, h.memory);
  }
}

bool look_for_losses(HostWorker& h, std::uint32_t qp) {
  SendQp& q = h.hosts.send[qp];
  Scoreboard& board = h.hosts.scoreboards[qp];
  if (q.una_psn > board.expiry.psn) board.expired = false;
  while (!board.again.empty() &&
         (delivered(q, board, board.again.front().psn) || replaced(board, board.again.front())))
    board.again.pop(h.memory);
  board.scan = std::max(board.scan, q.una_psn);
  while (board.scan < board.suspect && delivered(q, board, board.scan)) ++board.scan;
  q.has_lost = board.expired || !board.again.empty() || board.scan < board.suspect;
  if (!q.has_lost || q.una_psn < board.recovery_end) return false;
  board.recovery_end = q.next_psn;
  return true;
}

void on_expiry(HostWorker& h, std::uint32_t qp) {
  Scoreboard& board = h.hosts.scoreboards[qp];
  board.expired = true;
  board.expiry = {h.now, h.hosts.send[qp].una_psn, 0};
  look_for_losses(h, qp);
}

std::uint32_t lost_psn(const Hosts& hosts, std::uint32_t qp) {
  const Scoreboard& board = hosts.scoreboards[qp];
  if (board.expired) return board.expiry.psn;
  return board.again.empty() ? board.scan : board.again.front().psn;
}

void resent(HostWorker& h, std::uint32_t qp) {
  SendQp& q = h.hosts.send[qp];
  Scoreboard& board = h.hosts.scoreboards[qp];
  const std::uint32_t psn = lost_psn(h.hosts, qp);
  if (board.expired) {
    board.expired = false;
    board.expiry.time = h.now;
    if (psn == board.scan) ++board.scan;
  } else if (!board.again.empty()) {
    board.again.pop(h.memory);
  } else {
    ++board.scan;
  }
  board.resent.push({h.now, psn, q.next_psn}, h.memory);
  if (psn >= board.recovery_end) board.recovery_end = q.next_psn;
  look_for_losses(h, qp);
}

void tell_cause(HostWorker& h, Frame& nak, std::uint32_t psn) {
  if (h.net.telemetry.hops() != 0)
    h.net.telemetry[nak.tail()].next = psn;
  else
    nak.set_tail(psn - nak.psn);
}

std::uint32_t cause(HostWorker& h, const Frame& nak) {
  return h.net.telemetry.hops() != 0 ? h.net.telemetry[nak.tail()].next : nak.psn + nak.tail();
}

bool keep(HostWorker& h, std::uint32_t qp, std::uint32_t psn) {
  const RecvQp& r = h.hosts.recv[qp];
  PsnSet& kept = h.hosts.kept[qp];
  if (psn - r.expected_psn >= r.reorder_packets) return false;
  if (!kept.ready()) kept.make_ready(r.reorder_packets, h.memory);
  if (kept.has(psn)) return false;
  kept.add(psn);
  return true;
}

void advance(HostWorker& h, std::uint32_t qp) {
  RecvQp& r = h.hosts.recv[qp];
  PsnSet& kept = h.hosts.kept[qp];
  if (!kept.ready()) return;
  for (; kept.has(r.expected_psn); ++r.expected_psn) kept.remove(r.expected_psn);
}

}  // namespace selective

}  // namespace fabric
