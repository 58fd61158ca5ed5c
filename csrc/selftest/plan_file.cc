#include "selftest/plan_file.h"

#include <fstream>
#include <map>
#include <stdexcept>

namespace fabric::selftest {

namespace {

// name -> raw little-endian bytes. File: repeated (u32 name length, name, u64 byte count, bytes).
std::map<std::string, std::string> read_fields(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) throw std::runtime_error("cannot open " + path);
  std::map<std::string, std::string> fields;
  std::uint32_t name_length = 0;
  while (in.read(reinterpret_cast<char*>(&name_length), sizeof name_length)) {
    std::string name(name_length, '\0');
    std::uint64_t size = 0;
    in.read(name.data(), std::streamsize(name_length));
    in.read(reinterpret_cast<char*>(&size), sizeof size);
    std::string bytes(size, '\0');
    in.read(bytes.data(), std::streamsize(size));
    if (!in) throw std::runtime_error(path + " is truncated in " + name);
    fields[name] = std::move(bytes);
  }
  return fields;
}

template <class T>
void take(const std::map<std::string, std::string>& fields, const char* name,
          std::vector<T>& column) {
  const std::string& bytes = fields.at(name);
  column.resize(bytes.size() / sizeof(T));
  bytes.copy(reinterpret_cast<char*>(column.data()), column.size() * sizeof(T));
}

}  // namespace

Plan read_plan(const std::string& path) {
  const auto fields = read_fields(path);
  Plan plan;
#define FABRIC_COLUMN(type, name) take(fields, #name, plan.name);
  FABRIC_PLAN_COLUMNS(FABRIC_COLUMN)
#undef FABRIC_COLUMN
  std::vector<std::int64_t> value;
#define FABRIC_SCALAR(name) take(fields, #name, value), plan.name = value.at(0);
  FABRIC_PLAN_SCALARS(FABRIC_SCALAR)
#undef FABRIC_SCALAR
  return plan;
}

}  // namespace fabric::selftest
