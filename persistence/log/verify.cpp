#include "cairn/persistence/block_log.hpp"

namespace cairn::persistence {
namespace {

error broken(const block_header& header, std::string_view what) {
  return {error::code::corrupt,
          "block " + std::to_string(header.number) + " at offset " +
              std::to_string(header.first_offset) + ": " + std::string{what}};
}

result<void> check_commits(const block_view& block, timestamp newest, verify_report& report) {
  std::uint64_t offset = block.header().first_offset;
  bool goes_on = false;
  for (std::uint32_t place = 0; place < block.header().commit_count; ++place) {
    const auto commit = block.commit(place);
    if (!commit) return commit.error();
    if (commit->first_offset() != offset) return broken(block.header(), "offsets leave a gap");
    if (commit->time() < newest) return broken(block.header(), "its times fall");
    newest = commit->time();
    const auto readable = commit->each_event([](const event_view&) { return result<void>{}; });
    if (!readable) return readable.error();
    offset += commit->event_count();
    goes_on = commit->linked();
    ++report.commits;
  }
  if (offset != block.end_offset()) return broken(block.header(), "its count of events is wrong");
  if (goes_on) return broken(block.header(), "the end of an atomic commit is missing");
  if (newest != block.header().time) return broken(block.header(), "its time is not its newest");
  return {};
}

result<void> check_block(byte_view bytes,
                         log_end& end,
                         std::uint64_t& epoch,
                         verify_report& report) {
  const auto block = block_view::parse(bytes);
  if (!block) return block.error();
  const block_header& header = block->header();
  if (header.epoch < epoch) return broken(header, "a former owner has written after a newer one");
  epoch = header.epoch;
  if (header.number != end.next_block) return broken(header, "a block before it is missing");
  if (header.first_offset != end.next_offset) return broken(header, "offsets leave a gap");
  if (next_link(end.chain, bytes) != header.chain) {
    return broken(header, "the hash chain is broken: this block or an earlier one was changed");
  }
  if (auto commits = check_commits(*block, end.time, report); !commits) return commits;
  end = {block->end_offset(), header.number + 1, header.time, header.chain};
  ++report.blocks;
  report.events += header.event_count;
  return {};
}

}  // namespace

result<verify_report> verify(const block_log& log, const std::function<result<void>()>& go_on) {
  verify_report report;
  log_end end;
  std::uint64_t epoch = 0;
  // A reader must not live long: it keeps old pages from being reused. So it is renewed.
  constexpr int blocks_per_reader = 256;
  for (bool more = true; more;) {
    if (go_on) {
      if (auto may = go_on(); !may) return may.error();
    }
    const auto reader = log.read();
    if (!reader) return reader.error();
    auto found = (*reader)->seek_block(end.next_offset, end.next_block);
    for (int i = 0; i < blocks_per_reader; ++i) {
      if (!found) return found.error();
      if (!found->has_value()) break;
      if (auto good = check_block(**found, end, epoch, report); !good) return good.error();
      found = (*reader)->next();
    }
    more = found && found->has_value();
  }
  return report;
}

}  // namespace cairn::persistence
