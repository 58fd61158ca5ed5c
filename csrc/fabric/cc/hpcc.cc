// HPCC (Li et al., "HPCC: high precision congestion control", SIGCOMM'19, algorithm 1), as a rate
// R = W / T with a window in proportion to it: each ACK carries what every switch of the path told
// of its port; the sender estimates how much of the busiest link its path's traffic needs and aims
// at a little less than all of it.
#include <algorithm>
#include <iterator>
#include <utility>

#include "fabric/cc/hpcc_rate.h"
#include "fabric/cc/ns3_arithmetic.h"
#include "fabric/cc/registry.h"

namespace fabric {

namespace {

// Order of `cc_parameters`; pyfabric/cc/hpcc.py writes the same.
struct Parameters {
  double eta, max_stage, window_ai_bytes, rate_ai_bps, min_rate_bps, line_rate_bps;
  double base_rtt_ps;  // 0: that of the path
  double multi_rate, fast_react;
  double quantization;    // 0: telemetry is exact; else m of the simulator published with HPCC
  double window_of_rate;  // 1: the window is R T, whatever the plan's
};
static_assert(sizeof(Parameters) <= PF_CC_PARAMETERS * sizeof(double));

// The last record of a hop, in the telemetry's units.
struct Record {
  std::int64_t time, tx;
  std::uint32_t queue;
  std::int32_t stage;  // multi_rate
};

// multi_rate: a hop with a rate of its own.
struct Controlled {
  Record record;
  double rate_bps, load;
};

constexpr std::uint32_t kHops = 8, kControlledHops = 5;

struct State {
  double rate_bps, load;  // R_c and U
  std::int64_t window_bytes;
  std::uint32_t update_psn, hops;
  std::int32_t stage;
  bool set;  // the last fact set the rate
  union {
    Record record[kHops];
    Controlled controlled[kControlledHops];
  };
};
static_assert(sizeof(State) <= PF_CC_STATE_BYTES);

const Parameters& parameters_of(const double* p) { return *reinterpret_cast<const Parameters*>(p); }

double round_trip(const Parameters& p, const CcEvent& e) {
  return p.base_rtt_ps > 0 ? p.base_rtt_ps : double(std::max<std::int64_t>(e.base_rtt_ps, 1));
}

double additive(const Parameters& p, double trip_ps) {
  return stepped(p, p.rate_ai_bps + p.window_ai_bytes * 8e12 / trip_ps);
}

Record& record_of(const Parameters& p, State& s, std::uint32_t hop) {
  return p.multi_rate != 0 ? s.controlled[hop].record : s.record[hop];
}

// Field widths and units of the simulator published with HPCC: 24 bits of 1 ns, 20 bits of 128 m
// bytes sent, 17 bits of 80 m bytes queued.
constexpr std::int64_t kTimeMask = (1 << 24) - 1, kTxMask = (1 << 20) - 1,
                       kQueueMask = (1 << 17) - 1;

Record in_units(const Parameters& p, const pf_cc_hop& hop) {
  if (p.quantization == 0) return {hop.time_ps, hop.tx_bytes, std::uint32_t(hop.queue_bytes), 0};
  const auto m = std::int64_t(p.quantization);
  return {hop.time_ps / 1000 & kTimeMask, hop.tx_bytes / (128 * m) & kTxMask,
          std::uint32_t(hop.queue_bytes / (80 * m) & kQueueMask), 0};
}

// What a hop did between two records.
struct Interval {
  std::int64_t time_ps, tx_bytes, queue_bytes;
};

Interval between(const Parameters& p, const Record& from, const Record& to) {
  const std::int64_t queue = std::min(from.queue, to.queue);
  if (p.quantization == 0) return {to.time - from.time, to.tx - from.tx, queue};
  const auto m = std::int64_t(p.quantization);
  return {((to.time - from.time) & kTimeMask) * 1000, ((to.tx - from.tx) & kTxMask) * 128 * m,
          queue * 80 * m};
}

// There a record can tell these rates; others become the first one.
double told_bps(double rate_bps) {
  constexpr double kRates[] = {25e9, 50e9, 100e9, 200e9, 400e9};
  const double* found = std::find(std::begin(kRates), std::end(kRates), rate_bps);
  return found == std::end(kRates) ? kRates[0] : *found;
}

// By the rules of ns3_arithmetic.h: in s, and over the window of a sender at line rate.
double measured_there(const Interval& i, double rate_bps, double line_bps, double window_bytes) {
  const double duration_s = double(i.time_ps / kPsPerNs) * 1e-9;
  return double(i.tx_bytes * 8) / duration_s / rate_bps +
         double(i.queue_bytes) * line_bps / rate_bps / window_bytes;
}

// u of the paper: bytes in flight of the link, over its rate times T.
double measured(const Parameters& p, const State& s, const CcEvent& e, const Interval& i,
                std::uint32_t hop) {
  const auto rate_bps = double(e.hops[hop].rate_bps);
  if (ns3_arithmetic(p) && s.window_bytes > 0)
    return measured_there(i, told_bps(rate_bps), line_rate(p, e), double(s.window_bytes));
  const double trip_ps = round_trip(p, e);
  return double(i.queue_bytes) * 8e12 / (rate_bps * trip_ps) +
         double(i.tx_bytes) * 8e12 / (rate_bps * double(i.time_ps));
}

double averaged(const Parameters& p, double load, double u, const Interval& i, double trip_ps) {
  const double unit_ps = ns3_arithmetic(p) ? kPsPerNs : 1, trip = trip_ps / unit_ps;
  const double tau = std::min(double(i.time_ps) / unit_ps, trip);
  return (load * (trip - tau) + u * tau) / trip;
}

// The rate that follows from the committed one, and the stage.
struct Step {
  double rate_bps;
  std::int32_t stage;
};

Step next(const Parameters& p, const CcEvent& e, double rate, double load, std::int32_t stage,
          double trip_ps) {
  const double ai = additive(p, trip_ps);
  const bool over = ns3_arithmetic(p) ? load / p.eta >= 1 : load >= p.eta;
  const bool multiply = over || stage >= p.max_stage;
  const double wanted = multiply ? stepped(p, rate / (load / p.eta)) + ai : rate + ai;
  return {std::min(std::max(wanted, p.min_rate_bps), line_rate(p, e)), multiply ? 0 : stage + 1};
}

void publish(const Parameters& p, const State& s, const CcEvent& e, double rate, CcWishes& w) {
  w.rate_bps = to_bps(rate);
  if (p.window_of_rate != 0)
    w.window_bytes = std::max<std::int64_t>(1, std::int64_t(rate * round_trip(p, e) / 8e12));
  else if (s.window_bytes > 0)
    w.window_bytes = window_at(p, s.window_bytes, rate, line_rate(p, e));
}

// One rate for the path: that of its busiest hop.
void react(const Parameters& p, State& s, const CcEvent& e, bool commit, CcWishes& w) {
  const double trip = round_trip(p, e);
  double busiest = ns3_arithmetic(p) ? 0 : -1;  // there an idle path counts for nothing
  Interval its{};
  for (std::uint32_t i = 0; i < e.hop_count; ++i) {
    const Record to = in_units(p, e.hops[i]);
    const Interval interval = between(p, s.record[i], to);
    if (interval.time_ps <= 0) continue;
    s.record[i] = to;
    const double u = measured(p, s, e, interval, i);
    if (u > busiest) busiest = u, its = interval;
  }
  if (busiest < 0) return;
  s.load = averaged(p, s.load, busiest, its, trip);
  const Step step = next(p, e, s.rate_bps, s.load, s.stage, trip);
  publish(p, s, e, step.rate_bps, w);
  if (commit) s.rate_bps = step.rate_bps, s.stage = step.stage;
}

// A rate for each hop; the smallest is sent at.
void react_per_hop(const Parameters& p, State& s, const CcEvent& e, bool commit, CcWishes& w) {
  const double trip = round_trip(p, e);
  double rate = line_rate(p, e);
  for (std::uint32_t i = 0; i < e.hop_count; ++i) {
    Controlled& hop = s.controlled[i];
    Record to = in_units(p, e.hops[i]);
    const Interval interval = between(p, hop.record, to);
    if (interval.time_ps <= 0) {
      rate = std::min(rate, hop.rate_bps);
      continue;
    }
    to.stage = hop.record.stage;
    hop.record = to;
    hop.load = averaged(p, hop.load, measured(p, s, e, interval, i), interval, trip);
    const Step step = next(p, e, hop.rate_bps, hop.load, hop.record.stage, trip);
    rate = std::min(rate, step.rate_bps);
    if (commit) hop.rate_bps = step.rate_bps, hop.record.stage = step.stage;
  }
  publish(p, s, e, rate, w);
}

// The first records, and those of another path, have nothing to be compared with.
void remember(const Parameters& p, State& s, const CcEvent& e) {
  for (std::uint32_t i = 0; i < e.hop_count; ++i) {
    if (p.multi_rate != 0 && i >= s.hops) {
      s.controlled[i].rate_bps = line_rate(p, e);
      s.controlled[i].load = 1;
    }
    Record to = in_units(p, e.hops[i]);
    to.stage = i < s.hops ? record_of(p, s, i).stage : 0;
    record_of(p, s, i) = to;
  }
  s.hops = e.hop_count;
  s.update_psn = e.next_psn;
}

int on_ack(const double* parameters, void* block, const CcEvent* e, CcWishes* w) {
  const Parameters& p = parameters_of(parameters);
  State& s = cc_state<State>(block);
  if (e->hop_count == 0) return 0;
  if (e->hop_count > (p.multi_rate != 0 ? kControlledHops : kHops)) return 2;
  s.set = false;
  if (e->hop_count != s.hops || (ns3_arithmetic(p) && s.update_psn == 0)) {
    remember(p, s, *e);
    return 0;
  }
  const bool commit = e->acked_psn > s.update_psn;
  if (!commit && p.fast_react == 0) return 0;
  if (p.multi_rate != 0)
    react_per_hop(p, s, *e, commit, *w);
  else
    react(p, s, *e, commit, *w);
  if (commit) s.update_psn = std::max(s.update_psn, e->next_psn);
  s.set = true;
  return 0;
}

// Plans may come from files.
bool valid(const Parameters& p) {
  return within(p.eta, 1e-6, 1) && within(p.max_stage, 0, 1e6) &&
         within(p.window_ai_bytes, 0, 1e12) && within(p.rate_ai_bps, 0, 1e15) &&
         within(p.min_rate_bps, 1, 1e15) && within(p.line_rate_bps, 0, 1e15) &&
         within(p.base_rtt_ps, 0, 1e15) && within(p.quantization, 0, 1e6);
}

int init(const double* parameters, void* block, const CcEvent* e, CcWishes* w) {
  const Parameters& p = parameters_of(parameters);
  if (!valid(p)) return 1;
  State& s = cc_state<State>(block);
  s.rate_bps = line_rate(p, *e);
  s.load = 1;
  s.window_bytes = w->window_bytes;
  publish(p, s, *e, s.rate_bps, *w);
  return 0;
}

// U and the committed rate; with a rate for each hop, those of the slowest.
std::int64_t observe(const double* parameters, void* block, const CcEvent*, CcWishes*,
                     double* values) {
  const Parameters& p = parameters_of(parameters);
  const State& s = cc_state<State>(block);
  values[0] = s.load;
  values[1] = s.rate_bps;
  if (p.multi_rate == 0 || s.hops == 0) return PF_CC_NEVER;
  const auto* slowest = std::min_element(
      s.controlled, s.controlled + s.hops,
      [](const Controlled& a, const Controlled& b) { return a.rate_bps < b.rate_bps; });
  values[0] = slowest->load;
  values[1] = slowest->rate_bps;
  return PF_CC_NEVER;
}

}  // namespace

bool hpcc_set_rate(void* block) { return std::exchange(cc_state<State>(block).set, false); }

const CcAlgorithm kHpcc = observed({PF_CC_ABI_VERSION, sizeof(CcAlgorithm), "hpcc", init, nullptr,
                                    on_ack, nullptr, on_ack, nullptr, nullptr},
                                   "utilization committed_rate_bps", observe);

}  // namespace fabric
