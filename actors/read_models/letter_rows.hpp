#pragma once

#include "read_models/letter_box.hpp"

#include "cairn/bytes.hpp"
#include "cairn/detail/table_store.hpp"
#include "cairn/result.hpp"

#include <cstddef>

// Dead letters as bytes. A model with tables has a row for each of them, in the transaction of its
// own rows. In memory they are saved behind the state.

namespace cairn::actors {

void put_letter(detail::table_store& into, std::size_t table, const parked_letter& one);
void erase_letter(detail::table_store& from, std::size_t table, std::uint64_t number);
/// Replaces what is in the box by what is in the table. corrupt, or the failure of the table: then
/// the box is empty.
[[nodiscard]] result<void> read_letters(detail::table_store& from,
                                        std::size_t table,
                                        letter_box& into);

/// Appends all letters behind a saved state.
void append_letters(byte_buffer& state, const letter_box& from);
/// The saved state without the letters, which replace what is in the box. A state of a program that
/// knew of none has none. corrupt: then the box is empty.
[[nodiscard]] result<byte_view> take_letters(byte_view state, letter_box& into);

}  // namespace cairn::actors
