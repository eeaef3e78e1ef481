#include "writer.hpp"

#include "view_rows.hpp"

#include <chrono>
#include <thread>
#include <utility>

namespace cairn::postgres {
namespace {

/// Between two looks at a lock that is held.
constexpr std::chrono::milliseconds lock_pause{20};

}  // namespace

result<void> writer::open() {
  if (auto connected = connect(); !connected) return connected;
  if (auto locked = wait_for_lock(); !locked) return locked;
  session_->send({"begin"});
  auto made = find_or_make();
  if (made) {
    session_->send({"commit"});
    made = session_->finish();
  }
  if (!made) {
    session_->roll_back();
    return made;
  }
  auto reached = read_checkpoints(*session_, set_);
  session_->roll_back();
  if (!reached) return reached.error();
  known_ = *std::move(reached);
  return {};
}

result<void> writer::find_or_make() {
  const auto identity = read_identity(*session_, schema_);
  if (!identity) return identity.error();
  const persistence::view_options& wish = set_.settings;
  if (*identity && **identity == identity_of(wish)) return {};
  if (*identity && !is_of_model(**identity, wish)) {
    return error{error::code::bad_config,
                 "schema " + schema_ + " is not that of " + view_label(wish) +
                     ": choose another cairn::postgres::options::schema_prefix"};
  }
  if (*identity) {
    wish.log(
        log_level::warning,
        view_label(wish) + " is built anew: it was made for another journal, or has other tables");
    if (auto dropped = drop_schema(*session_, schema_); !dropped) return dropped;
  }
  return make_schema(*session_, schema_, set_, settings_);
}

result<void> writer::connect() {
  session_.reset();
  auto made = connection::open(where_, schema_, connection::use::writing, settings_);
  if (!made) return made.error();
  session_ = *std::move(made);
  return {};
}

result<bool> writer::lock() {
  const std::string name = "cairn " + schema_;
  const detail::sql_value parameter = std::string_view{name};
  const auto got = session_->ask(
      {"select pg_try_advisory_lock(hashtextextended($1, 0))::text", {&parameter, 1}});
  if (!got) return got.error();
  const bool is_ours = std::string_view{PQgetvalue(got->get(), 0, 0)} == "true";
  if (auto done = session_->finish(); !done) return done.error();
  return is_ours;
}

result<void> writer::wait_for_lock() {
  const auto deadline = std::chrono::steady_clock::now() + settings_.wait_max;
  for (;;) {
    const auto locked = lock();
    if (!locked) return locked.error();
    if (*locked) return {};
    if (std::chrono::steady_clock::now() >= deadline) {
      return held_elsewhere(error::code::store_locked);
    }
    std::this_thread::sleep_for(lock_pause);
  }
}

error writer::held_elsewhere(error::code what) const {
  return {what,
          "another session feeds schema " + schema_ +
              "; if it is one of ours that was lost, the server will notice soon"};
}

result<connection*> writer::session() {
  if (session_ && !session_->is_broken()) return session_.get();
  // What we knew may have been changed by others.
  cache_.clear();
  if (auto connected = connect(); !connected) return connected.error();
  const auto locked = lock();
  if (!locked || !*locked) session_.reset();
  if (!locked) return locked.error();
  if (!*locked) return held_elsewhere(error::code::unavailable);
  auto identity = read_identity(*session_, schema_);
  session_->roll_back();
  if (!identity) return identity.error();
  if (*identity && **identity == identity_of(set_.settings)) {
    const auto reached = read_checkpoints(*session_, set_);
    session_->roll_back();
    if (!reached) return reached.error();
    // A commit of which nobody heard, or a server that has lost some.
    if (known_ && *reached != *known_) known_.reset();
    return session_.get();
  }
  session_.reset();
  return error{error::code::fenced,
               "schema " + schema_ + " is no longer that of " + view_label(set_.settings)};
}

result<connection*> writer::session_for_batch() {
  auto made = session();
  if (!made || known_) return made;
  return error{error::code::unavailable,
               "schema " + schema_ + " is not where it was when the session was lost"};
}

result<persistence::checkpoint_list> writer::checkpoints() {
  const auto within = session();
  if (!within) return within.error();
  auto reached = read_checkpoints(**within, set_);
  (*within)->roll_back();
  if (reached) known_ = *reached;
  return reached;
}

void writer::cleared() {
  cache_.clear();
  known_ = persistence::checkpoint_list(set_.settings.partitions);
}

}  // namespace cairn::postgres
