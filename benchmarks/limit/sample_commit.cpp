#include "limit/sample_commit.hpp"

#include "commands/tally.hpp"

#include "cairn/assert.hpp"
#include "cairn/codec.hpp"
#include "cairn/persistence/block.hpp"
#include "cairn/persistence/burst.hpp"

#include <string>

namespace bench {
namespace {

namespace store = cairn::persistence;

std::size_t block_size(const store::burst& from, std::size_t commits) {
  const store::name_list names{std::string{tally::stable_name}, std::string{added::stable_name}};
  store::block_builder block;
  block.begin(names, from.names_used());
  const auto& one = from.entries().front();
  for (std::size_t i = 0; i < commits; ++i) {
    block.add(from.bytes_of(one), one.check, one.event_count, {});
  }
  store::log_end end;
  return block.finish(1, end).size();
}

}  // namespace

sample_commit make_sample_commit(std::uint32_t payload_bytes) {
  store::burst::origin nobody;
  store::burst burst{nobody, 1, 0};
  const std::string id = tally_id(1);
  // A version of two bytes: what most commits have when each aggregate gets some hundreds.
  constexpr cairn::version base{200};
  store::commit_head head;
  head.aggregate_type = 0;
  head.aggregate_id = id;
  head.base = base;
  burst.begin_commit(head, 1);
  const std::size_t note_bytes = note_bytes_for(payload_bytes);
  cairn::encode(added{1, std::string(note_bytes, '.')},
                burst.begin_event(0, 0, cairn::event_codec::binary));
  burst.end_event();
  burst.finish_commit(nullptr);

  const cairn::byte_view bytes = burst.bytes_of(burst.entries().front());
  sample_commit made;
  made.bytes.assign(bytes.begin(), bytes.end());
  // The note is the last thing in the commit, and the ticket the first thing in the note.
  made.ticket_at = bytes.size() - note_bytes;
  const std::size_t one = block_size(burst, 1);
  const std::size_t each = block_size(burst, 2) - one;
  made.beside_bytes = each - bytes.size();
  made.block_head_bytes = one - each;
  return made;
}

}  // namespace bench
