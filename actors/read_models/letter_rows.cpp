#include "read_models/letter_rows.hpp"

#include "cairn/detail/ordered_key.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <utility>

// A letter:       partition:u16  offset:u64  attempts:u32  parked at:i64, ns
//                 sequence key:text  event type:text  why:text, each with its length as a varint
// Behind a state: for each letter  number:u64  size:varint  letter
//                 size of all this:u64  "letters1"
// All numbers are little-endian.

namespace cairn::actors {
namespace {

constexpr std::string_view mark = "letters1";

error damaged() {
  return {error::code::corrupt, "a dead letter cannot be read"};
}

void append_text(byte_buffer& out, std::string_view text) {
  out.append_varint(text.size());
  out.append(text);
}

void append_letter(byte_buffer& out, const dead_letter& letter) {
  out.append_little(letter.position.partition.value);
  out.append_little(letter.position.offset);
  out.append_little(letter.attempts);
  out.append_little(static_cast<std::int64_t>(letter.parked_at.time_since_epoch().count()));
  append_text(out, letter.sequence_key);
  append_text(out, letter.event_type);
  append_text(out, letter.why);
}

std::string read_text(byte_reader& in) {
  return std::string{in.read_text(in.read_varint())};
}

std::optional<dead_letter> read_letter(byte_view bytes) {
  byte_reader in{bytes};
  dead_letter letter;
  letter.position.partition.value = in.read_little<std::uint16_t>();
  letter.position.offset = in.read_little<std::uint64_t>();
  letter.attempts = in.read_little<std::uint32_t>();
  letter.parked_at = timestamp{std::chrono::nanoseconds{in.read_little<std::int64_t>()}};
  letter.sequence_key = read_text(in);
  letter.event_type = read_text(in);
  letter.why = read_text(in);
  if (in.failed() || in.left() != 0) return std::nullopt;
  return letter;
}

byte_buffer key_of(std::uint64_t number) {
  byte_buffer key;
  detail::append_big(key, number);
  return key;
}

/// Numbers ascend, whatever the bytes say.
bool restore_into(letter_box& into, std::uint64_t& last, std::uint64_t number, byte_view bytes) {
  auto letter = read_letter(bytes);
  if (!letter || number <= last) return false;
  last = number;
  into.restore({*std::move(letter), number});
  return true;
}

}  // namespace

void put_letter(detail::table_store& into, std::size_t table, const parked_letter& one) {
  byte_buffer row;
  append_letter(row, one.letter);
  into.put(table, key_of(one.number).view(), row.view());
}

void erase_letter(detail::table_store& from, std::size_t table, std::uint64_t number) {
  from.erase(table, key_of(number).view());
}

result<void> read_letters(detail::table_store& from, std::size_t table, letter_box& into) {
  into.clear();
  std::uint64_t last = 0;
  const auto rows = from.walk(table, {});
  byte_view key;
  byte_view row;
  while (rows->next(key, row)) {
    byte_reader number{key};
    const auto known = detail::read_big<std::uint64_t>(number);
    if (!number.failed() && restore_into(into, last, known, row)) continue;
    into.clear();
    return damaged();
  }
  if (!from.failed()) return {};
  into.clear();
  return *from.failure();
}

void append_letters(byte_buffer& state, const letter_box& from) {
  const std::size_t begin = state.size();
  byte_buffer row;
  from.each([&](const parked_letter& one) {
    row.clear();
    append_letter(row, one.letter);
    state.append_little(one.number);
    state.append_varint(row.size());
    state.append(row.view());
  });
  state.append_little(static_cast<std::uint64_t>(state.size() - begin));
  state.append(mark);
}

result<byte_view> take_letters(byte_view state, letter_box& into) {
  into.clear();
  const std::size_t end_bytes = sizeof(std::uint64_t) + mark.size();
  if (state.size() < end_bytes || as_text(state.last(mark.size())) != mark) return state;
  byte_reader end{state.last(end_bytes)};
  const auto size = end.read_little<std::uint64_t>();
  const byte_view before = state.first(state.size() - end_bytes);
  if (size > before.size()) return damaged();
  byte_reader in{before.last(size)};
  std::uint64_t last = 0;
  while (in.left() > 0) {
    const auto number = in.read_little<std::uint64_t>();
    const byte_view letter = in.read_bytes(in.read_varint());
    if (!in.failed() && restore_into(into, last, number, letter)) continue;
    into.clear();
    return damaged();
  }
  return before.first(before.size() - size);
}

}  // namespace cairn::actors
