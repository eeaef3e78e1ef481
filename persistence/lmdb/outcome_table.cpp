#include "lmdb/outcome_table.hpp"

#include "cairn/detail/ordered_key.hpp"

#include <algorithm>
#include <string>

namespace cairn::persistence::lmdb {
namespace {

error unreadable() {
  return {error::code::corrupt, "a row of the index cannot be read; delete the index"};
}

std::string order_key(std::string_view stream_key, std::uint64_t number) {
  byte_buffer key;
  key.append(stream_key);
  key.append_little('\0');
  detail::append_big(key, number);
  return std::string{key.text()};
}

/// The number in a key of the order, when it is one of this stream.
std::optional<std::uint64_t> number_in(byte_view key, std::string_view stream_key) {
  if (key.size() != stream_key.size() + 1 + sizeof(std::uint64_t)) return std::nullopt;
  if (!as_text(key).starts_with(stream_key)) return std::nullopt;
  byte_reader in{key.subspan(stream_key.size() + 1)};
  return detail::read_big<std::uint64_t>(in);
}

}  // namespace

std::string_view stream_key_of(std::string_view outcome_key) noexcept {
  const std::size_t behind_type = outcome_key.find('\0');
  CAIRN_ASSERT(behind_type != std::string_view::npos);
  return outcome_key.substr(0, outcome_key.find('\0', behind_type + 1));
}

result<outcome_table> outcome_table::open(transaction& txn) {
  const auto outcomes = txn.open_table("outcomes", MDB_CREATE);
  if (!outcomes) return outcomes.error();
  const auto order = txn.open_table("outcome_order", MDB_CREATE);
  if (!order) return order.error();
  return outcome_table{*outcomes, *order};
}

result<void> outcome_table::clear(transaction& txn) {
  if (auto done = txn.clear_table(outcomes_); !done) return done;
  return txn.clear_table(order_);
}

result<std::optional<outcome_table::row>> outcome_table::find_row(const transaction& txn,
                                                                  byte_view key) const {
  const auto found = txn.get(outcomes_, key);
  if (!found) return found.error();
  if (!found->has_value()) return std::optional<row>{};
  byte_reader in{**found};
  row made;
  made.what.rejected = in.read_little<std::uint8_t>() != 0;
  made.what.version_after = {in.read_varint()};
  made.what.offset = in.read_varint();
  made.what.rejection = in.read_little<std::int64_t>();
  made.what.time = timestamp{std::chrono::nanoseconds{in.read_little<std::int64_t>()}};
  made.number = in.read_varint();
  if (in.failed()) return unreadable();
  return std::optional{made};
}

result<std::optional<stored_outcome>> outcome_table::find(const transaction& txn,
                                                          std::string_view outcome_key) const {
  const auto found = find_row(txn, as_bytes(outcome_key));
  if (!found) return found.error();
  if (!found->has_value()) return std::optional<stored_outcome>{};
  return std::optional{(*found)->what};
}

result<bool> outcome_table::has_any_of(const transaction& txn, std::string_view stream_key) const {
  auto rows = cursor::open(txn, outcomes_);
  if (!rows) return rows.error();
  std::string from{stream_key};
  from += '\0';
  byte_view key;
  byte_view value;
  const auto found = rows->seek(as_bytes(from), key, value);
  if (!found) return found.error();
  return *found && as_text(key).starts_with(from);
}

result<outcome_table::numbers> outcome_table::numbers_of(const transaction& txn,
                                                         std::string_view stream_key) const {
  auto rows = cursor::open(txn, order_);
  if (!rows) return rows.error();
  byte_view key;
  byte_view value;
  auto found = rows->seek(as_bytes(order_key(stream_key, 0)), key, value);
  if (!found) return found.error();
  const auto first = *found ? number_in(key, stream_key) : std::nullopt;
  if (!first) return numbers{};
  found = rows->seek(as_bytes(order_key(stream_key, UINT64_MAX)), key, value);
  if (!found) return found.error();
  found = rows->move(*found ? MDB_PREV : MDB_LAST, key, value);
  if (!found) return found.error();
  const auto last = *found ? number_in(key, stream_key) : std::nullopt;
  if (!last) return unreadable();
  return numbers{*first, *last};
}

result<void> outcome_table::put(transaction& txn,
                                std::string_view outcome_key,
                                const stored_outcome& what,
                                bool forgettable) {
  std::uint64_t number = 0;
  if (forgettable) {
    const auto known = find_row(txn, as_bytes(outcome_key));
    if (!known) return known.error();
    // From a flush that did not end: it keeps its place among the others.
    if (known->has_value() && (*known)->number != 0 && (*known)->what == what) return {};
    const std::string_view stream_key = stream_key_of(outcome_key);
    const auto used = numbers_of(txn, stream_key);
    if (!used) return used.error();
    number = used->last + 1;
    const std::string_view command_id = outcome_key.substr(stream_key.size() + 1);
    const std::string key = order_key(stream_key, number);
    if (auto done = txn.put(order_, as_bytes(key), as_bytes(command_id)); !done) return done;
  }
  value_.clear();
  value_.append_little(std::uint8_t{what.rejected});
  value_.append_varint(what.version_after.value);
  value_.append_varint(what.offset);
  value_.append_little(what.rejection);
  value_.append_little(std::int64_t{what.time.time_since_epoch().count()});
  value_.append_varint(number);
  return txn.put(outcomes_, as_bytes(outcome_key), value_.view());
}

result<std::uint64_t> outcome_table::forget(transaction& txn,
                                            std::string_view stream_key,
                                            const outcome_retention& kept,
                                            timestamp now,
                                            std::uint64_t rows_max) {
  const auto used = numbers_of(txn, stream_key);
  if (!used) return used.error();
  if (used->first == 0) return std::uint64_t{0};
  const std::uint64_t end = used->first + std::min(rows_max, used->last - used->first + 1);
  for (std::uint64_t number = used->first; number < end; ++number) {
    const std::string key = order_key(stream_key, number);
    const auto command_id = txn.get(order_, as_bytes(key));
    if (!command_id) return command_id.error();
    if (!command_id->has_value()) return unreadable();
    std::string outcome_key{stream_key};
    outcome_key += '\0';
    outcome_key += as_text(**command_id);
    const auto known = find_row(txn, as_bytes(outcome_key));
    if (!known) return known.error();
    // An id that came again after it was forgotten stands under a newer number.
    const bool is_newest = known->has_value() && (*known)->number == number;
    const bool is_surplus = kept.count_max && used->last - number >= *kept.count_max;
    const bool is_old = is_newest && is_older((*known)->what.time, kept.age_max, now);
    if (is_newest && !is_surplus && !is_old) return number - used->first;
    if (auto done = txn.erase(order_, as_bytes(key)); !done) return done.error();
    if (!is_newest) continue;
    if (auto done = txn.erase(outcomes_, as_bytes(outcome_key)); !done) return done.error();
  }
  return end - used->first;
}

}  // namespace cairn::persistence::lmdb
