#pragma once

#include "row_list.hpp"

#include "cairn/detail/sql_value.hpp"
#include "cairn/detail/table_store.hpp"
#include "cairn/postgres.hpp"
#include "cairn/result.hpp"

#include <cstdint>
#include <deque>
#include <functional>
#include <libpq-fe.h>
#include <list>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>

namespace cairn::postgres {

/// A statement with its parameters.
struct command {
  enum class origin : std::uint8_t { ours, users };

  std::string_view text;
  std::span<const detail::sql_value> parameters = {};
  origin from = origin::ours;
  /// When it fails, that is not its own fault, but that of what was done before it.
  bool is_check = false;
  /// Ours get their answers in binary, which is how bytes are cheap.
  [[nodiscard]] bool in_binary() const noexcept { return from == origin::ours; }
};

/// A session with the server, always in pipeline mode: what is sent is answered later, in order, so
/// that many statements need no round trip each. One thread at a time.
///
/// A failure sticks, and what is sent after it has no effect, until roll_back().
class connection {
 public:
  enum class use : std::uint8_t { writing, reading };
  struct trouble {
    error why;
    /// The event for which the statement that failed was sent.
    std::optional<detail::applied_event> event;
    /// That was a check of what earlier ones have done.
    bool is_of_check = false;
  };
  /// Looks at an answer when it has come.
  using taker = std::function<result<void>(const PGresult&)>;

  /// Connects, and looks for names in `schema` first. unavailable.
  [[nodiscard]] static result<std::unique_ptr<connection>> open(const std::string& where,
                                                                const std::string& schema,
                                                                use what_for,
                                                                const options& settings);
  connection(const connection&) = delete;
  connection& operator=(const connection&) = delete;
  ~connection();

  /// Sends a statement whose answer is looked at later. Parameters are copied.
  void send(const command& what,
            const std::optional<detail::applied_event>& event = std::nullopt,
            taker take = {});
  /// Sends a statement and waits for its answer, and for all before it. What fails is also the
  /// trouble().
  [[nodiscard]] result<answer> ask(const command& what);
  /// The same for rows of a read model's statement.
  [[nodiscard]] result<void> ask_rows(const command& what,
                                      const std::optional<detail::applied_event>& event,
                                      row_list& rows);
  /// Sends that constraints are checked now which otherwise are when the transaction ends. From
  /// here on all that may be put off are, until then or until the next check.
  void check_constraints();
  /// Waits for all answers. What has failed, if something has.
  result<void> wait();
  /// The same, and the end of what failures undo together.
  result<void> finish();
  /// Forgets what has failed, and ends a transaction without storing anything.
  void roll_back();

  [[nodiscard]] const std::optional<trouble>& failure() const noexcept { return failure_; }
  /// It is lost, and can only be replaced.
  [[nodiscard]] bool is_broken() const noexcept { return PQstatus(handle_) != CONNECTION_OK; }
  /// After the tables have changed, prepared statements may be about others.
  void forget_statements();

 private:
  /// Statements on their way at most, and kept prepared at most.
  static constexpr std::size_t in_flight_max = 1'024;
  static constexpr std::size_t prepared_max = 256;

  /// A statement that the server knows, or will know when its answer has come.
  struct prepared {
    std::string text;
    command::origin from = command::origin::ours;
    std::string name;
    std::size_t parameters = 0;
    bool is_confirmed = false;
  };
  using prepared_list = std::list<prepared>;
  using text_map = std::unordered_map<std::string_view, prepared_list::iterator>;

  struct awaited {
    std::optional<detail::applied_event> event;
    taker take;
    /// Name of the statement that this prepares; otherwise empty.
    std::string prepares;
    /// For messages.
    std::string shown;
    bool is_check = false;
  };

  connection(use what_for, const options& settings) : what_for_(what_for), settings_(settings) {}
  [[nodiscard]] result<void> set_up(const std::string& schema);

  /// Null when it has failed.
  [[nodiscard]] const prepared* prepare(const command& what,
                                        const std::optional<detail::applied_event>& event);
  void put(const command& what, const std::optional<detail::applied_event>& event, taker take);
  [[nodiscard]] bool put_alone(const command& what,
                               const std::optional<detail::applied_event>& event,
                               awaited& mine);
  void send_plain(const std::string& text);
  void await(awaited what);
  /// Looks at the answers of the oldest `count` statements.
  void take(std::size_t count);
  void take_one();
  /// The next answer of the statement that stands first; null: there are no more.
  [[nodiscard]] answer next() const { return answer{PQgetResult(handle_)}; }
  /// Notes what an answer says has failed. False: nothing has.
  bool note_failure(const PGresult* got, const awaited& of);
  void fail(error why, const std::optional<detail::applied_event>& event, bool is_of_check = false);
  /// What could not be sent: the session is lost, or the statement has too much in it.
  void fail_unsent(const command& what, const std::optional<detail::applied_event>& event);
  void fail_broken(std::string_view doing);
  [[nodiscard]] text_map& texts_of(command::origin from) noexcept {
    return from == command::origin::ours ? ours_ : users_;
  }
  void forget(prepared_list::iterator one);
  /// What was being prepared when something failed is not.
  void forget_unconfirmed();

  PGconn* handle_ = nullptr;
  const use what_for_;
  const options settings_;
  std::deque<awaited> awaited_;
  std::optional<trouble> failure_;
  /// The one that was used last comes first.
  prepared_list prepared_;
  /// Ours and those of users apart: what we may do is not always theirs.
  text_map ours_;
  text_map users_;
  std::uint64_t names_ = 0;
  std::uint64_t in_flight_bytes_ = 0;
};

}  // namespace cairn::postgres
