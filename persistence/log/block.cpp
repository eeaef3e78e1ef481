#include "cairn/persistence/block.hpp"

#include "cairn/assert.hpp"

#include <algorithm>
#include <sodium.h>
#include <xxhash.h>

namespace cairn::persistence {
namespace {

constexpr std::uint32_t magic = 0x4E524143;  // "CARN" in the file

// Offsets within the header.
constexpr std::size_t magic_at = 0;
constexpr std::size_t format_at = 4;
constexpr std::size_t name_count_at = 6;
constexpr std::size_t epoch_at = 8;
constexpr std::size_t number_at = 16;
constexpr std::size_t first_offset_at = 24;
constexpr std::size_t event_count_at = 32;
constexpr std::size_t commit_count_at = 36;
constexpr std::size_t time_at = 40;
constexpr std::size_t body_length_at = 48;
constexpr std::size_t reserved_at = 52;
constexpr std::size_t check_at = 56;
constexpr std::size_t chain_at = 64;
constexpr std::size_t header_bytes = 96;

// One entry of the table at the end of the body.
constexpr std::size_t start_field = 0;
constexpr std::size_t first_event_field = 4;
constexpr std::size_t check_field = 8;
constexpr std::size_t table_entry_bytes = 12;

template <class T> T load(byte_view bytes, std::size_t at) noexcept {
  return detail::load_little<T>(bytes.data() + at);
}

// Of everything but itself: the fields before it come in through the seed.
std::uint64_t check_of(byte_view block) noexcept {
  const auto seed = XXH3_64bits(block.data(), check_at);
  return XXH3_64bits_withSeed(block.data() + chain_at, block.size() - chain_at, seed);
}

error corrupt(const block_header& header, std::string_view what) {
  return {error::code::corrupt,
          "block " + std::to_string(header.number) + " at offset " +
              std::to_string(header.first_offset) + ": " + std::string{what}};
}

}  // namespace

chain_hash next_link(const chain_hash& previous, byte_view block) {
  // The body is hashed apart from the link, so that this can be done before the previous block is.
  chain_hash body_hash{};
  const auto* raw = reinterpret_cast<const unsigned char*>(block.data());
  crypto_generichash(reinterpret_cast<unsigned char*>(body_hash.data()),
                     body_hash.size(),
                     raw + header_bytes,
                     block.size() - header_bytes,
                     nullptr,
                     0);
  // Without the checksum, which covers the link in its turn.
  std::array<std::byte, 32 + check_at + 32> linked{};
  auto* at = std::copy(previous.begin(), previous.end(), linked.begin());
  at = std::copy_n(block.begin(), check_at, at);
  std::copy(body_hash.begin(), body_hash.end(), at);
  chain_hash link{};
  crypto_generichash(reinterpret_cast<unsigned char*>(link.data()),
                     link.size(),
                     reinterpret_cast<const unsigned char*>(linked.data()),
                     linked.size(),
                     nullptr,
                     0);
  return link;
}

void block_builder::begin(const std::vector<std::string>& names,
                          std::span<const name_number> used) {
  CAIRN_ASSERT(used.size() <= UINT16_MAX);
  bytes_.clear();
  table_.clear();
  time_ = {};
  commit_count_ = 0;
  event_count_ = 0;
  bytes_.extend(header_bytes);
  bytes_.patch_little(name_count_at, static_cast<std::uint16_t>(used.size()));
  for (const name_number number : used) {
    const std::string& name = names.at(number);
    CAIRN_ASSERT(name.size() <= type_name_max_bytes);
    bytes_.append_little(number);
    bytes_.append_little(static_cast<std::uint8_t>(name.size()));
    bytes_.append(name);
  }
}

timestamp block_builder::add(byte_view commit,
                             std::uint32_t check,
                             std::uint32_t events,
                             timestamp not_before) {
  const std::size_t start = bytes_.size();
  bytes_.append(commit);
  timestamp time{std::chrono::nanoseconds{load<std::int64_t>(commit, layout::time_at)}};
  if (time < not_before) {
    time = not_before;
    bytes_.patch_little(start + layout::time_at, std::int64_t{time.time_since_epoch().count()});
    check = layout::check_of(bytes_.view(start, commit.size()));
  }
  table_.append_little(static_cast<std::uint32_t>(start - header_bytes));
  table_.append_little(event_count_);
  table_.append_little(check);
  ++commit_count_;
  event_count_ += events;
  time_ = time;
  return time;
}

byte_view block_builder::finish(std::uint64_t epoch, log_end& end) {
  CAIRN_ASSERT(commit_count_ > 0);
  bytes_.append(table_.view());
  CAIRN_ASSERT(bytes_.size() <= UINT32_MAX);
  const auto body_length = static_cast<std::uint32_t>(bytes_.size() - header_bytes);
  bytes_.patch_little(magic_at, magic);
  bytes_.patch_little(format_at, block_format);
  bytes_.patch_little(epoch_at, epoch);
  bytes_.patch_little(number_at, end.next_block);
  bytes_.patch_little(first_offset_at, end.next_offset);
  bytes_.patch_little(event_count_at, event_count_);
  bytes_.patch_little(commit_count_at, commit_count_);
  bytes_.patch_little(time_at, std::int64_t{time_.time_since_epoch().count()});
  bytes_.patch_little(body_length_at, body_length);
  bytes_.patch_little(reserved_at, std::uint32_t{0});
  const chain_hash link = next_link(end.chain, bytes_.view());
  std::copy(link.begin(), link.end(), bytes_.data() + chain_at);
  bytes_.patch_little(check_at, check_of(bytes_.view()));
  end.next_offset += event_count_;
  ++end.next_block;
  end.time = time_;
  end.chain = link;
  return bytes_.view();
}

result<block_header> block_view::parse_header(byte_view bytes) {
  block_header header;
  if (bytes.size() < header_bytes || load<std::uint32_t>(bytes, magic_at) != magic) {
    return error{error::code::corrupt, "a block of the log does not begin as blocks do"};
  }
  const auto format = load<std::uint16_t>(bytes, format_at);
  if (format > block_format) {
    return error{error::code::newer_format,
                 "a block of the log has format " + std::to_string(format) +
                     ", this program knows formats up to " + std::to_string(block_format)};
  }
  header.epoch = load<std::uint64_t>(bytes, epoch_at);
  header.number = load<std::uint64_t>(bytes, number_at);
  header.first_offset = load<std::uint64_t>(bytes, first_offset_at);
  header.event_count = load<std::uint32_t>(bytes, event_count_at);
  header.commit_count = load<std::uint32_t>(bytes, commit_count_at);
  header.time = timestamp{std::chrono::nanoseconds{load<std::int64_t>(bytes, time_at)}};
  std::copy_n(bytes.begin() + chain_at, header.chain.size(), header.chain.begin());
  const std::size_t body_length = load<std::uint32_t>(bytes, body_length_at);
  if (format == 0) return corrupt(header, "there is no format 0");
  if (header.commit_count == 0) return corrupt(header, "it has no commit");
  if (body_length != bytes.size() - header_bytes ||
      body_length / table_entry_bytes < header.commit_count) {
    return corrupt(header, "its length is wrong");
  }
  return header;
}

result<block_view> block_view::parse(byte_view bytes) {
  const auto header = parse_header(bytes);
  if (!header) return header.error();
  if (load<std::uint64_t>(bytes, check_at) != check_of(bytes)) {
    return corrupt(*header, "its checksum is wrong");
  }
  return parse_unchecked(bytes);
}

result<block_view> block_view::parse_unchecked(byte_view bytes) {
  const auto header = parse_header(bytes);
  if (!header) return header.error();
  block_view made;
  made.header_ = *header;
  made.body_ = bytes.subspan(header_bytes);
  made.table_ = made.body_.last(header->commit_count * table_entry_bytes);
  made.body_ = made.body_.first(made.body_.size() - made.table_.size());
  byte_reader in{made.body_};
  const auto name_count = load<std::uint16_t>(bytes, name_count_at);
  for (std::uint16_t i = 0; i < name_count && !in.failed(); ++i) {
    const auto number = in.read_little<name_number>();
    made.names_.add(number, in.read_text(in.read_little<std::uint8_t>()));
  }
  if (in.failed()) return corrupt(*header, "its names are cut short");
  return made;
}

std::uint32_t block_view::table_entry(std::uint32_t place, std::size_t field) const noexcept {
  return load<std::uint32_t>(table_, place * table_entry_bytes + field);
}

result<commit_view> block_view::commit(std::uint32_t place) const {
  CAIRN_ASSERT(place < header_.commit_count);
  const std::size_t start = table_entry(place, start_field);
  const std::size_t end =
      place + 1 < header_.commit_count ? table_entry(place + 1, start_field) : body_.size();
  if (start > end || end > body_.size()) return corrupt(header_, "its table of commits is wrong");
  return commit_view::parse(body_.subspan(start, end - start),
                            table_entry(place, check_field),
                            names_,
                            header_.first_offset + table_entry(place, first_event_field));
}

std::uint32_t block_view::place_of(std::uint64_t offset) const noexcept {
  CAIRN_ASSERT(offset < end_offset());
  if (offset < header_.first_offset) return 0;
  const auto wanted = static_cast<std::uint32_t>(offset - header_.first_offset);
  // The last commit whose first event is not after `wanted`. Commits without events share the
  // number of the one behind them, which is the last of them and has the event.
  std::uint32_t low = 0;
  std::uint32_t high = header_.commit_count;
  while (high - low > 1) {
    const std::uint32_t middle = low + (high - low) / 2;
    (table_entry(middle, first_event_field) <= wanted ? low : high) = middle;
  }
  return low;
}

}  // namespace cairn::persistence
