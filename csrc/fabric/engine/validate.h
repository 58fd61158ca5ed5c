// Words for the checks of a plan: each refuses by std::invalid_argument that names the column.
#pragma once

#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <vector>

#include "fabric/engine/plan.h"

namespace fabric {

[[noreturn]] inline void refuse(const std::string& what) {
  throw std::invalid_argument("plan: " + what);
}

inline void need(bool ok, const char* what) {
  if (!ok) refuse(what);
}

template <class T>
void size_is(const std::vector<T>& column, std::size_t size, const char* name) {
  if (column.size() != size)
    refuse(std::string(name) + " has " + std::to_string(column.size()) + " values, expected " +
           std::to_string(size));
}

template <class T>
void within(const std::vector<T>& column, std::int64_t low, std::int64_t high, const char* name) {
  for (std::size_t i = 0; i < column.size(); ++i)
    if (std::int64_t(column[i]) < low || std::int64_t(column[i]) > high)
      refuse(std::string(name) + "[" + std::to_string(i) +
             "] = " + std::to_string(std::int64_t(column[i])) + " is outside " +
             std::to_string(low) + ".." + std::to_string(high));
}

template <class T>
void offsets(const std::vector<T>& column, std::size_t groups, std::size_t items,
             const char* name) {
  size_is(column, groups + 1, name);
  if (column.front() != 0 || column.back() != items)
    refuse(std::string(name) + " does not span its items");
  for (std::size_t i = 0; i < groups; ++i)
    if (column[i] > column[i + 1]) refuse(std::string(name) + " decreases");
}

#define SIZE_IS(column, size) size_is(p.column, size, #column)
#define WITHIN(column, low, high) within(p.column, low, high, #column)

// Part of validate(), after nodes and ports.
void validate_routes(const Plan& p);
void validate_qos(const Plan& p);
void validate_credits(const Plan& p);  // after queue pairs, too

}  // namespace fabric
