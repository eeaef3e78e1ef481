// RocksDB in this process: one thread writes all that waits as one synced batch. Versions are
// checked against what it keeps in memory.
#include "compare/group_writer.hpp"
#include "compare/peers.hpp"
#include "support/scratch_directory.hpp"

#include <cstring>
#include <memory>
#include <optional>
#include <rocksdb/db.h>
#include <rocksdb/options.h>
#include <rocksdb/write_batch.h>
#include <stdexcept>

namespace bench {
namespace {

constexpr std::size_t number_bytes = sizeof(std::uint64_t);

/// Most significant byte first, so that versions are in order.
void append_number(std::string& to, std::uint64_t number) {
  for (std::size_t i = 0; i < number_bytes; ++i)
    to += static_cast<char>(number >> (56U - 8U * i));
}

std::uint64_t number_in_key(const char* from) {
  std::uint64_t number = 0;
  for (std::size_t i = 0; i < number_bytes; ++i)
    number = number << 8U | static_cast<unsigned char>(from[i]);
  return number;
}

void check(const rocksdb::Status& done) {
  if (!done.ok()) throw std::runtime_error{done.ToString()};
}

/// A key is a stream's name and a version; a value is the event's position and its payload.
class rocksdb_peer final : public peer {
 public:
  explicit rocksdb_peer(const places& where) : directory_(where.disk) {
    open();
    start_writing();
  }

  void submit(std::span<const append> wishes) override { writer_->submit(wishes); }
  void wait(std::vector<answer>& answers) override { writer_->wait(answers); }

  void reopen() override {
    writer_.reset();
    check(store_->Close());
    store_.reset();
    open();
    start_writing();
  }

  void read(const std::function<void(const stored_event&)>& visit) override {
    const std::unique_ptr<rocksdb::Iterator> at{store_->NewIterator({})};
    for (at->SeekToFirst(); at->Valid(); at->Next()) {
      const rocksdb::Slice key = at->key();
      const rocksdb::Slice value = at->value();
      const std::size_t name = key.size() - number_bytes;
      visit({{key.data(), name},
             number_in_key(key.data() + name),
             {value.data() + number_bytes, value.size() - number_bytes}});
    }
    check(at->status());
  }

 private:
  void open() {
    rocksdb::Options chosen;
    chosen.create_if_missing = true;
    chosen.IncreaseParallelism();
    chosen.compression = rocksdb::kNoCompression;
    // Written over, so that a sync need not store a new size of the file.
    chosen.recycle_log_file_num = 4;
    chosen.write_buffer_size = std::size_t{64} << 20U;
    rocksdb::DB* made = nullptr;
    check(rocksdb::DB::Open(chosen, (directory_.path() / "events").string(), &made));
    store_.reset(made);
  }

  void start_writing() {
    writer_.emplace([this](std::span<const append> group, std::vector<answer>& answers) {
      write(group, answers);
    });
  }

  void write(std::span<const append> group, std::vector<answer>& answers) {
    batch_.Clear();
    for (const append& one : group) {
      if (one.stream >= versions_.size()) versions_.resize(one.stream + 1);
      std::uint64_t& version = versions_[one.stream];
      const bool fits = one.version == version + 1;
      answers.push_back({one.client, fits});
      if (!fits) continue;
      version = one.version;
      key_.assign(one.name);
      append_number(key_, one.version);
      value_.clear();
      append_number(value_, ++position_);
      value_ += one.payload;
      check(batch_.Put(key_, value_));
    }
    rocksdb::WriteOptions synced;
    synced.sync = true;
    check(store_->Write(synced, &batch_));
  }

  scratch_directory directory_;
  std::unique_ptr<rocksdb::DB> store_;
  // Of the writer's thread.
  std::vector<std::uint64_t> versions_;
  std::uint64_t position_ = 0;
  rocksdb::WriteBatch batch_;
  std::string key_;
  std::string value_;
  // Last, so that its thread ends first.
  std::optional<group_writer> writer_;
};

}  // namespace

peer_kind rocksdb_kind() {
  return {.key = "rocksdb",
          .name = "RocksDB",
          .durability = "synced before the answer (WriteOptions::sync)",
          .durable = true,
          .absence = "",
          .make = [](const places& where, std::uint32_t /*clients*/) {
            return std::make_unique<rocksdb_peer>(where);
          }};
}

}  // namespace bench
