#include "connection.hpp"

#include "failure.hpp"
#include "placeholders.hpp"

#include "cairn/assert.hpp"
#include "cairn/detail/sql_session.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <iterator>
#include <utility>
#include <vector>

namespace cairn::postgres {
namespace {

/// So much of a statement is shown in a message.
constexpr std::size_t shown_max = 200;
/// So much is sent at most before answers are taken.
constexpr std::uint64_t in_flight_bytes_max = std::uint64_t{4} << 20U;

std::string shown(std::string_view text) {
  if (text.size() <= shown_max) return "\"" + std::string{text} + "\"";
  return "\"" + std::string{text.substr(0, shown_max)} + "...\"";
}

/// Parameters as libpq wants them: numbers and texts as text, bytes as they are.
class parameter_list {
 public:
  /// bad_input: a text that PostgreSQL cannot hold.
  result<void> add_all(std::span<const detail::sql_value> all) {
    texts_.reserve(all.size());
    for (const detail::sql_value& one : all) {
      if (auto done = add(one); !done) return done;
    }
    return {};
  }

  [[nodiscard]] int size() const noexcept { return static_cast<int>(values.size()); }
  [[nodiscard]] std::uint64_t bytes() const noexcept { return bytes_; }

  std::vector<const char*> values;
  std::vector<int> lengths;
  std::vector<int> formats;

 private:
  result<void> add(const detail::sql_value& one) {
    return std::visit(
        [this]<class T>(const T& value) -> result<void> {
          if constexpr (std::is_same_v<T, std::monostate>) {
            push(nullptr, 0, false);
          } else if constexpr (std::is_same_v<T, bool>) {
            push(value ? "t" : "f", 1, false);
          } else if constexpr (std::is_same_v<T, byte_view>) {
            push(as_text(value).data() != nullptr ? as_text(value).data() : "", value.size(), true);
          } else if constexpr (std::is_same_v<T, std::string_view>) {
            if (value.find('\0') != value.npos) {
              return error{error::code::bad_input,
                           "PostgreSQL takes no text with a NUL in it: give it as bytes"};
            }
            // It ends with a NUL for libpq, which the caller's need not.
            push_text(std::string{value});
          } else {
            std::array<char, 32> text{};
            const auto end = std::to_chars(text.data(), text.data() + text.size(), value).ptr;
            push_text({text.data(), end});
          }
          return {};
        },
        one);
  }

  void push_text(std::string text) {
    texts_.push_back(std::move(text));
    push(texts_.back().c_str(), texts_.back().size(), false);
  }

  void push(const char* value, std::size_t size, bool binary) {
    values.push_back(value);
    lengths.push_back(static_cast<int>(size));
    formats.push_back(binary ? 1 : 0);
    bytes_ += size;
  }

  /// Never grows beyond what was reserved, so that pointers into it stay.
  std::vector<std::string> texts_;
  std::uint64_t bytes_ = 0;
};

}  // namespace

result<std::unique_ptr<connection>> connection::open(const std::string& where,
                                                     const std::string& schema,
                                                     use what_for,
                                                     const options& settings) {
  std::unique_ptr<connection> made{new connection{what_for, settings}};
  const std::string seconds = std::to_string(std::max<std::int64_t>(
      2, std::chrono::duration_cast<std::chrono::seconds>(settings.wait_max).count()));
  // What the caller says of the same things counts more, since it comes later. A server that is
  // gone without a word is noticed within half a minute.
  const std::array<const char*, 8> names{"fallback_application_name",
                                         "connect_timeout",
                                         "keepalives_idle",
                                         "keepalives_interval",
                                         "keepalives_count",
                                         "tcp_user_timeout",
                                         "dbname",
                                         nullptr};
  const std::array<const char*, 8> values{
      "cairn", seconds.c_str(), "15", "5", "3", "30000", where.c_str(), nullptr};
  made->handle_ = PQconnectdbParams(names.data(), values.data(), 1);
  if (made->handle_ == nullptr) return error{error::code::storage_failed, "libpq has no memory"};
  if (made->is_broken()) return lost(*made->handle_, "connecting");
  // It would write to the standard error of its host.
  PQsetNoticeProcessor(
      made->handle_, [](void* /*unused*/, const char* /*message*/) {}, nullptr);
  if (PQenterPipelineMode(made->handle_) == 0) return lost(*made->handle_, "connecting");
  if (auto done = made->set_up(schema); !done) return done.error();
  return made;
}

connection::~connection() {
  PQfinish(handle_);
}

result<void> connection::set_up(const std::string& schema) {
  // Quoted by its maker, who lets nothing into it that would need more than quotes.
  const std::string path = "set search_path = \"" + schema + "\", public";
  for (const std::string& text : {path,
                                  std::string{"set standard_conforming_strings = on"},
                                  std::string{"set bytea_output = hex"},
                                  std::string{"set client_encoding = 'UTF8'"},
                                  // A session whose client is gone holds its lock no longer.
                                  std::string{"set tcp_keepalives_idle = 15"},
                                  std::string{"set tcp_keepalives_interval = 5"},
                                  std::string{"set tcp_keepalives_count = 3"}}) {
    send_plain(text);
  }
  return finish();
}

void connection::send(const command& what,
                      const std::optional<detail::applied_event>& event,
                      taker take) {
  put(what, event, std::move(take));
  if (awaited_.size() > in_flight_max) this->take(in_flight_max / 2);
  if (in_flight_bytes_ > in_flight_bytes_max) this->take(awaited_.size());
}

void connection::put(const command& what,
                     const std::optional<detail::applied_event>& event,
                     taker take) {
  const prepared* const which = prepare(what, event);
  if (which == nullptr) return;
  parameter_list list;
  if (auto added = list.add_all(what.parameters); !added) return fail(added.error(), event);
  const bool sent = PQsendQueryPrepared(handle_,
                                        which->name.c_str(),
                                        list.size(),
                                        list.values.data(),
                                        list.lengths.data(),
                                        list.formats.data(),
                                        what.in_binary() ? 1 : 0) != 0;
  if (!sent) return fail_unsent(what, event);
  in_flight_bytes_ += list.bytes();
  await({event, std::move(take), {}, std::string{what.text.substr(0, shown_max)}, what.is_check});
}

/// Sends a statement whose answer is the next one to come.
bool connection::put_alone(const command& what,
                           const std::optional<detail::applied_event>& event,
                           awaited& mine) {
  put(what, event, {});
  // The last one is ours.
  if (!failure_) take(awaited_.size() - 1);
  if (!failure_ && PQsendFlushRequest(handle_) == 0) fail_broken(shown(what.text));
  if (failure_) return false;
  mine = std::move(awaited_.front());
  awaited_.pop_front();
  return true;
}

result<answer> connection::ask(const command& what) {
  awaited mine;
  if (!put_alone(what, std::nullopt, mine)) return failure_->why;
  answer got = next();
  if (note_failure(got.get(), mine)) return failure_->why;
  while (next()) {
  }
  return got;
}

result<void> connection::ask_rows(const command& what,
                                  const std::optional<detail::applied_event>& event,
                                  row_list& rows) {
  awaited mine;
  if (!put_alone(what, event, mine)) return failure_->why;
  // Row by row, so that not all of them are in memory twice.
  PQsetSingleRowMode(handle_);
  for (answer got = next(); got; got = next()) {
    if (note_failure(got.get(), mine)) continue;
    if (failure_) continue;
    if (auto added = rows.add(*got); !added) fail(added.error(), event);
  }
  if (is_broken() && !failure_) fail_broken(shown(what.text));
  if (failure_) return failure_->why;
  return {};
}

void connection::check_constraints() {
  send({.text = "set constraints all immediate", .is_check = true});
  send({"set constraints all deferred"});
}

result<void> connection::wait() {
  take(awaited_.size());
  if (failure_) return failure_->why;
  return {};
}

result<void> connection::finish() {
  const bool is_asked = !is_broken() && PQpipelineSync(handle_) != 0;
  while (is_asked && !awaited_.empty() && !is_broken())
    take_one();
  awaited_.clear();
  in_flight_bytes_ = 0;
  while (is_asked && !is_broken()) {
    const answer got = next();
    if (!got && is_broken()) break;
    if (got && PQresultStatus(got.get()) == PGRES_PIPELINE_SYNC) break;
  }
  if (!is_asked || is_broken()) fail_broken("waiting for the server");
  if (!failure_) return {};
  forget_unconfirmed();
  return failure_->why;
}

void connection::roll_back() {
  if (is_broken()) return;
  // Those who wanted the answers may be gone.
  for (awaited& one : awaited_)
    one.take = {};
  (void)finish();
  const bool has_failed = failure_.has_value();
  failure_.reset();
  if (is_broken()) return;
  if (PQtransactionStatus(handle_) != PQTRANS_IDLE) send_plain("rollback");
  // It may have failed because somebody has changed a table, which only a statement that is
  // prepared anew can stand.
  if (has_failed) forget_statements();
  if (awaited_.empty()) return;
  (void)finish();
  if (!is_broken()) failure_.reset();
}

void connection::forget_statements() {
  ours_.clear();
  users_.clear();
  prepared_.clear();
  send_plain("deallocate all");
}

const connection::prepared* connection::prepare(const command& what,
                                                const std::optional<detail::applied_event>& event) {
  if (failure_) return nullptr;
  text_map& texts = texts_of(what.from);
  if (const auto found = texts.find(what.text); found != texts.end()) {
    prepared_.splice(prepared_.begin(), prepared_, found->second);
  } else {
    prepared one{
        .text = std::string{what.text}, .from = what.from, .name = "c" + std::to_string(++names_)};
    std::string numbered = one.text;
    one.parameters = what.parameters.size();
    if (what.from == command::origin::users) {
      const auto good = detail::check_statement(what.text, detail::sql_comments::of_postgres);
      if (!good) {
        fail(good.error(), event);
        return nullptr;
      }
      auto made = number_placeholders(what.text);
      numbered = std::move(made.text);
      one.parameters = made.parameters;
    }
    if (prepared_.size() >= prepared_max) {
      send_plain("deallocate " + prepared_.back().name);
      forget(std::prev(prepared_.end()));
    }
    if (PQsendPrepare(handle_, one.name.c_str(), numbered.c_str(), 0, nullptr) == 0) {
      fail_unsent(what, event);
      return nullptr;
    }
    prepared_.push_front(std::move(one));
    texts.emplace(prepared_.front().text, prepared_.begin());
    await({event, {}, prepared_.front().name, std::string{what.text.substr(0, shown_max)}});
  }
  const prepared& which = prepared_.front();
  if (which.parameters == what.parameters.size()) return &which;
  fail({error::code::bad_input,
        "the statement has " + std::to_string(which.parameters) + " parameters, and " +
            std::to_string(what.parameters.size()) + " are given, in " + shown(what.text)},
       event);
  return nullptr;
}

void connection::send_plain(const std::string& text) {
  if (failure_) return;
  if (PQsendQueryParams(handle_, text.c_str(), 0, nullptr, nullptr, nullptr, nullptr, 0) == 0) {
    return fail_broken(shown(text));
  }
  await({std::nullopt, {}, {}, text});
}

void connection::await(awaited what) {
  awaited_.push_back(std::move(what));
}

void connection::take(std::size_t count) {
  if (count == 0 || failure_) return;
  if (PQsendFlushRequest(handle_) == 0) return fail_broken("waiting for the server");
  for (; count > 0 && !failure_; --count) {
    take_one();
  }
  if (awaited_.empty()) in_flight_bytes_ = 0;
}

void connection::take_one() {
  const awaited one = std::move(awaited_.front());
  awaited_.pop_front();
  const answer got = next();
  if (note_failure(got.get(), one)) {
    // What follows it is not done either; the server says so until the end of all.
    while (!is_broken() && next()) {
    }
    return;
  }
  if (!one.prepares.empty()) {
    for (prepared& known : prepared_) {
      if (known.name == one.prepares) known.is_confirmed = true;
    }
  }
  if (one.take && !failure_) {
    if (auto taken = one.take(*got); !taken) fail(taken.error(), one.event);
  }
  while (next()) {
  }
}

bool connection::note_failure(const PGresult* got, const awaited& of) {
  if (got == nullptr) {
    fail_broken(shown(of.shown));
    return true;
  }
  switch (PQresultStatus(got)) {
    case PGRES_COMMAND_OK:
    case PGRES_TUPLES_OK:
    case PGRES_SINGLE_TUPLE:
    case PGRES_EMPTY_QUERY: return false;
    // Because of the failure that is known already.
    case PGRES_PIPELINE_ABORTED: return true;
    // The numbers are libpq's; all others are failures.
    default: break;
  }
  if (is_broken()) {
    fail_broken(shown(of.shown));
  } else {
    fail(failure_of(*got, what_for_ == use::writing, shown(of.shown)), of.event, of.is_check);
  }
  return true;
}

void connection::fail(error why,
                      const std::optional<detail::applied_event>& event,
                      bool is_of_check) {
  if (!failure_) failure_ = trouble{std::move(why), event, is_of_check};
}

void connection::fail_unsent(const command& what,
                             const std::optional<detail::applied_event>& event) {
  error why = lost(*handle_, shown(what.text));
  if (is_broken()) return fail(std::move(why), std::nullopt);
  // libpq has refused it, and would do so again.
  why.what = error::code::bad_input;
  fail(std::move(why), event);
}

void connection::fail_broken(std::string_view doing) {
  fail(lost(*handle_, doing), std::nullopt);
}

void connection::forget_unconfirmed() {
  for (auto one = prepared_.begin(); one != prepared_.end();) {
    const auto next_one = std::next(one);
    if (!one->is_confirmed) forget(one);
    one = next_one;
  }
}

void connection::forget(prepared_list::iterator one) {
  texts_of(one->from).erase(one->text);
  prepared_.erase(one);
}

}  // namespace cairn::postgres
