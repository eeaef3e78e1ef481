#include "read_models/control_rows.hpp"

#include "cairn/bytes.hpp"

namespace cairn::actors {

result<bool> has_row(const persistence::view& of, std::size_t control, std::string_view row) {
  const auto reader = of.read();
  if (!reader) return reader.error();
  detail::table_store& tables = (*reader)->tables();
  const bool found = tables.get(control, as_bytes(row)).has_value();
  if (tables.failed()) return *tables.failure();
  return found;
}

result<std::optional<persistence::checkpoint_list>> load_goal(const persistence::view& of,
                                                              std::size_t control,
                                                              std::size_t partitions) {
  const auto reader = of.read();
  if (!reader) return reader.error();
  detail::table_store& tables = (*reader)->tables();
  const auto row = tables.get(control, as_bytes(building_row));
  if (tables.failed()) return *tables.failure();
  if (!row || row->size() != partitions * sizeof(std::uint64_t)) {
    return std::optional<persistence::checkpoint_list>{};
  }
  byte_reader in{*row};
  persistence::checkpoint_list goal(partitions);
  for (std::uint64_t& offset : goal)
    offset = in.read_little<std::uint64_t>();
  return std::optional{std::move(goal)};
}

void put_goal(detail::table_store& tables,
              std::size_t control,
              const persistence::checkpoint_list& goal) {
  byte_buffer row;
  for (const std::uint64_t offset : goal)
    row.append_little(offset);
  tables.put(control, as_bytes(building_row), row.view());
}

}  // namespace cairn::actors
