// The engine without Python: random fabrics by seed, run in several partitionings and on several
// threads, which must agree; plan files.
//
//   fabric_selftest                     60 seeds
//   fabric_selftest fuzz FIRST COUNT    COUNT seeds from FIRST
//   fabric_selftest plan FILE...        one fingerprint a line
#include <bit>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <vector>

#include "fabric/base/rng.h"
#include "fabric/engine/engine.h"
#include "selftest/plan_file.h"
#include "selftest/random_plan.h"

namespace {

using fabric::Engine;
using fabric::EngineOptions;
using fabric::Plan;
using fabric::StopReason;

struct Outcome {
  std::uint64_t fingerprint = 0, events = 0;
  std::uint64_t control = 0;  // trace of congestion control
  StopReason reason = StopReason::kRunning;

  friend bool operator==(const Outcome&, const Outcome&) = default;
};

std::uint64_t hash_of_control(const fabric::Tables& tables) {
  fabric::RecordHash all;
  for (const fabric::CcRow& row : tables.cc.rows()) {
    all.add(row.time, std::uint64_t{row.qp} << 32 | row.flow, std::uint64_t(row.rate_bps));
    for (const double value : row.values)
      all.add(row.window_bytes, std::bit_cast<std::uint64_t>(value), row.node);
  }
  all.add(0, tables.cc.not_kept(), 0);
  return all.value();
}

Outcome run(const Plan& plan, EngineOptions options) {
  Engine engine(plan, std::move(options));
  Outcome outcome;
  while ((outcome.reason = engine.advance(1.0)) == StopReason::kRunning) {
  }
  engine.finish();
  outcome.fingerprint = engine.fingerprint();
  outcome.events = engine.events();
  outcome.control = hash_of_control(engine.tables());
  return outcome;
}

struct Execution {
  std::vector<std::uint32_t> partition_of;
  std::uint32_t threads = 1;
};

// The default, all nodes in one partition, random partitions; then threads over the default, over
// every node alone and over random partitions.
std::vector<Execution> executions(const Plan& plan, std::uint64_t seed) {
  const auto random = [&](std::uint32_t node, std::uint64_t salt, std::uint32_t below) {
    return fabric::draw32(seed, node, fabric::Purpose::kTieRotation, salt) % below;
  };
  std::vector<Execution> all(6);
  all[3].threads = 2 + random(0, 100, 3);
  all[4].threads = 2;
  all[5].threads = 3;
  for (std::uint32_t node = 0; node < plan.nodes(); ++node) {
    all[1].partition_of.push_back(0);
    all[2].partition_of.push_back(random(node, 99, 3));
    all[4].partition_of.push_back(node);
    all[5].partition_of.push_back(random(node, 98, 5));
  }
  return all;
}

bool agrees(std::uint64_t seed) {
  const Plan plan = fabric::selftest::random_plan(seed);
  Outcome first;
  const auto all = executions(plan, seed);
  for (std::size_t i = 0; i < all.size(); ++i) {
    EngineOptions options;
    options.partition_of = all[i].partition_of;
    options.threads = all[i].threads;
    options.trace = seed % 2 == 0;
    options.queue_sample_ps = seed % 3 == 0 ? 1'000'000 : 0;
    options.cc_spacing_ps = seed % 3 == 1 ? std::int64_t(seed % 5) * 1'000'000 : -1;
    const Outcome outcome = run(plan, std::move(options));
    if (i == 0) {
      first = outcome;
    } else if (!(outcome == first)) {
      std::printf("seed %llu: execution %zu differs (%016llx, %llu events; %016llx, %llu events)\n",
                  static_cast<unsigned long long>(seed), i,
                  static_cast<unsigned long long>(first.fingerprint),
                  static_cast<unsigned long long>(first.events),
                  static_cast<unsigned long long>(outcome.fingerprint),
                  static_cast<unsigned long long>(outcome.events));
      return false;
    }
  }
  return true;
}

int fuzz(std::uint64_t first, std::uint64_t count) {
  std::uint64_t failed = 0;
  for (std::uint64_t seed = first; seed < first + count; ++seed) {
    try {
      failed += !agrees(seed);
    } catch (const std::exception& e) {
      ++failed;
      std::printf("seed %llu: %s\n", static_cast<unsigned long long>(seed), e.what());
    }
  }
  std::printf("%llu passed, %llu failed\n", static_cast<unsigned long long>(count - failed),
              static_cast<unsigned long long>(failed));
  return failed == 0 ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    if (argc == 4 && std::strcmp(argv[1], "fuzz") == 0)
      return fuzz(std::strtoull(argv[2], nullptr, 10), std::strtoull(argv[3], nullptr, 10));
    if (argc > 2 && std::strcmp(argv[1], "plan") == 0) {
      for (int i = 2; i < argc; ++i)
        std::printf("%016llx\n", static_cast<unsigned long long>(
                                     run(fabric::selftest::read_plan(argv[i]), {}).fingerprint));
      return 0;
    }
    if (argc != 1) {
      std::fprintf(stderr, "usage: fabric_selftest [fuzz FIRST COUNT | plan FILE...]\n");
      return 2;
    }
    return fuzz(1, 60);
  } catch (const std::exception& e) {
    std::fprintf(stderr, "fabric_selftest: %s\n", e.what());
    return 1;
  }
}
