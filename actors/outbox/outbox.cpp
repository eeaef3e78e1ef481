#include "cairn/actors/outbox.hpp"

#include "cairn/assert.hpp"
#include "cairn/detail/event_reader.hpp"
#include "cairn/detail/guarded.hpp"
#include "cairn/detail/hidden_tables.hpp"

#include <algorithm>
#include <set>
#include <utility>

namespace cairn::actors {
namespace {

bool is_of_event(const error& why) {
  return why.what == error::code::too_large || why.what == error::code::bad_input ||
         why.what == error::code::user_code_threw;
}

bool has_one(const std::vector<std::string>& wanted, std::string_view name) {
  return wanted.empty() || std::find(wanted.begin(), wanted.end(), name) != wanted.end();
}

/// Gathers the events of a batch, and hands them over before it is stored.
class outbox_fold final : public detail::read_model_fold {
 public:
  outbox_fold(std::string store_id, const detail::event_reader& reader, event_publisher& into)
      : store_id_(std::move(store_id)), reader_(reader), into_(into) {}

  void begin_batch(detail::table_store* /*store*/) override { confirmed_again_.clear(); }
  void end_batch() override { waiting_.clear(); }

  result<void> apply(std::size_t /*wanted*/,
                     event_metadata& meta,
                     const raw_event& event) override {
    if (confirmed_.contains(meta.position)) {
      confirmed_again_.insert(meta.position);
      return {};
    }
    auto json = reader_.json(meta.aggregate_type, event);
    if (!json) return json.error();
    waiting_.push_back(
        {id_of(meta.position), detail::event_reader::record(meta, event, *std::move(json))});
    return {};
  }

  std::optional<detail::handover_failure> hand_over() override {
    // The batch before either was stored, or all that it had confirmed came again in this one.
    confirmed_ = std::exchange(confirmed_again_, {});
    if (waiting_.empty()) return std::nullopt;
    const publish_report report = publish();
    if (!report.why) {
      waiting_.clear();
      return std::nullopt;
    }
    for (std::size_t i = 0; i < report.confirmed; ++i)
      confirmed_.insert(waiting_[i].event.position);
    const recorded_event& next = waiting_[report.confirmed].event;
    return detail::handover_failure{.at = next.position,
                                    .event_type = next.event_type,
                                    .why = *report.why,
                                    .is_of_event = is_of_event(*report.why)};
  }

  void begin_anew() noexcept override { confirmed_.clear(); }
  void interrupt() noexcept override { into_.stop(); }

  // It has neither a state nor rows of its own.
  result<void> save(byte_buffer& /*out*/) const override { CAIRN_UNREACHABLE(); }
  result<void> restore(byte_view /*saved*/) override { CAIRN_UNREACHABLE(); }
  void clear() override { CAIRN_UNREACHABLE(); }
  void look(detail::table_store* /*store*/,
            const std::function<void(const void*)>& /*look*/) const override {
    CAIRN_UNREACHABLE();
  }

 private:
  /// Either confirms all that waits, or says which one it is that is not confirmed, and why.
  [[nodiscard]] publish_report publish() {
    publish_report report;
    auto called = detail::guarded("publish", [&] { report = into_.publish(waiting_); });
    if (!called) return {0, called.error()};
    const bool confirms_all = report.confirmed == waiting_.size();
    if (report.confirmed <= waiting_.size() && confirms_all != report.why.has_value())
      return report;
    // Nothing may be taken for confirmed that perhaps is not.
    return {0,
            error{error::code::user_code_threw,
                  "publish: its report confirms " + std::to_string(report.confirmed) + " of " +
                      std::to_string(waiting_.size()) + " events and " +
                      (report.why ? "an error" : "no error")}};
  }

  [[nodiscard]] std::string id_of(const position& at) const {
    return store_id_ + "." + std::to_string(at.partition.value) + "." + std::to_string(at.offset);
  }

  const std::string store_id_;
  const detail::event_reader& reader_;
  event_publisher& into_;
  std::vector<outgoing_event> waiting_;
  /// Of a batch that broke off: what its next attempt need not send.
  std::set<position> confirmed_;
  std::set<position> confirmed_again_;
};

class outbox_type final : public detail::read_model_type {
 public:
  outbox_type(std::string name,
              std::string store_id,
              std::unique_ptr<event_publisher> into,
              outbox_options options)
      : name_(std::move(name)),
        store_id_(std::move(store_id)),
        into_(std::move(into)),
        options_(std::move(options)) {}

  std::string_view name() const noexcept override { return name_; }
  // One that begins anew would send everything again, whatever has changed.
  std::uint32_t version() const noexcept override { return 1; }
  std::uint32_t state_schema_version() const noexcept override { return 0; }
  std::span<const detail::wanted_event> wanted() const noexcept override { return {}; }
  bool takes_every_event() const noexcept override { return true; }
  // A copy would hand everything over again.
  bool may_be_copied() const noexcept override { return false; }
  void read_by(const detail::event_reader& reader) override { reader_ = &reader; }

  bool filters() const noexcept override {
    return !options_.categories.empty() || !options_.event_types.empty() || !options_.tags.empty();
  }
  result<bool> wants(const event_metadata& meta) const override {
    return has_one(options_.categories, meta.aggregate_type) &&
           has_one(options_.event_types, meta.event_type) &&
           std::all_of(options_.tags.begin(), options_.tags.end(), [&](const std::string& tag) {
             return meta.has_tag(tag);
           });
  }

  std::vector<std::string> table_names() const override {
    std::vector<std::string> names;
    detail::add_hidden_tables(names);
    return names;
  }
  bool in_memory() const noexcept override { return false; }

  std::unique_ptr<detail::read_model_fold> make() const override {
    CAIRN_ASSERT(reader_ != nullptr);
    return std::make_unique<outbox_fold>(store_id_, *reader_, *into_);
  }

 private:
  const std::string name_;
  const std::string store_id_;
  const std::unique_ptr<event_publisher> into_;
  const outbox_options options_;
  const detail::event_reader* reader_ = nullptr;
};

}  // namespace

std::unique_ptr<detail::read_model_type> make_outbox(std::string name,
                                                     std::string store_id,
                                                     std::unique_ptr<event_publisher> into,
                                                     outbox_options options) {
  CAIRN_ASSERT(into != nullptr);
  return std::make_unique<outbox_type>(
      std::move(name), std::move(store_id), std::move(into), std::move(options));
}

}  // namespace cairn::actors
