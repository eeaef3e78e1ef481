#include "process_managers/manager_feed.hpp"

#include "cairn/assert.hpp"

#include <utility>

namespace cairn::actors {
namespace {

using policy = process_manager_options::policy;

/// Events that could not be handled.
constexpr std::size_t remembered_max = 10'000;

class manager_fold final : public detail::read_model_fold {
 public:
  manager_fold(const detail::process_manager_type& type, const feed_rules& rules)
      : type_(type), rules_(rules), steps_(type) {}

  void begin_batch(detail::table_store* store) override {
    CAIRN_ASSERT(store != nullptr);
    steps_.begin(*store);
  }
  void end_batch() override { steps_.end(); }

  result<void> apply(std::size_t wanted, event_metadata& meta, const raw_event& event) override {
    if (auto why = rules_.halted()) return *std::move(why);
    const bool last_attempt = is_last_attempt(meta.position);
    const bool may_skip = last_attempt && rules_.user.on_error == policy::skip;
    const std::string id = event_id(meta);
    auto done = steps_.event(
        wanted, meta, event, [&](std::string_view instance, error why) -> result<void> {
          if (!may_skip) return why;
          leave_out(std::string{instance}, id, meta, why);
          return {};
        });
    if (!done) note_failure(meta.position);
    return done;
  }

  // A process manager is no model in memory, and its tables are read without it.
  result<void> save(byte_buffer& /*out*/) const override { CAIRN_UNREACHABLE(); }
  result<void> restore(byte_view /*saved*/) override { CAIRN_UNREACHABLE(); }
  void clear() override { CAIRN_UNREACHABLE(); }
  void look(detail::table_store* /*store*/,
            const std::function<void(const void*)>& /*look*/) const override {
    CAIRN_UNREACHABLE();
  }

 private:
  [[nodiscard]] bool is_last_attempt(position at) const {
    const auto found = failed_attempts_.find(at);
    return found != failed_attempts_.end() && found->second >= rules_.user.repeats;
  }

  void note_failure(position at) {
    ++failed_attempts_[at];
    if (failed_attempts_.size() > remembered_max) {
      failed_attempts_.erase(failed_attempts_.begin());
    }
  }

  void leave_out(std::string instance,
                 const std::string& id,
                 const event_metadata& meta,
                 const error& why) {
    std::string what = "event " + id + " (" + std::string{meta.event_type} + ")";
    rules_.log(log_level::error,
               "process manager " + std::string{type_.name()} + ": left out " + what +
                   (instance.empty() ? "" : " for " + instance) + ": " + describe(why));
    steps_.leave_out(std::move(instance), std::move(what), describe(why));
  }

  const detail::process_manager_type& type_;
  const feed_rules& rules_;
  manager_steps steps_;
  /// Also of those that were left out since: a batch that ends at a later one is done again.
  std::map<position, unsigned> failed_attempts_;
};

}  // namespace

manager_as_model::manager_as_model(const detail::process_manager_type& type, feed_rules rules)
    : type_(type), rules_(std::move(rules)) {}

std::unique_ptr<detail::read_model_fold> manager_as_model::make() const {
  return std::make_unique<manager_fold>(type_, rules_);
}

}  // namespace cairn::actors
