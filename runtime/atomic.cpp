#include "cairn/atomic.hpp"

#include "body.hpp"

#include "cairn/actors/atomic_commit.hpp"

#include <utility>

// Several aggregates in one commit: what is checked before it sets out, and how its outcome is
// told.

namespace cairn {
namespace {

using actors::atomic_commit;
using actors::atomic_result;
using detail::erased_outcome;

atomic_outcome told(atomic_result&& from, const std::vector<const void*>& keys) {
  erased_outcome& outcome = from.outcome;
  switch (outcome.what) {
    case erased_outcome::kind::accepted: {
      atomic_receipt done;
      done.repeated = outcome.receipt.repeated;
      for (const version& one : from.versions)
        done.receipts.push_back({one, outcome.receipt.position, outcome.receipt.repeated});
      return atomic_outcome{std::move(done), std::move(outcome.late)};
    }
    case erased_outcome::kind::rejected:
      return atomic_outcome{atomic_rejection{from.part, keys[from.part], outcome.rejection}};
    case erased_outcome::kind::failed: break;
  }
  if (keys.size() > 1)
    outcome.why.detail.append(" (part ").append(std::to_string(from.part + 1)).append(")");
  return atomic_outcome{std::move(outcome.why)};
}

/// Interceptors hear of every command, also of those that never set out.
void fail_all(std::vector<atomic_part>& parts, const error& why) noexcept {
  for (atomic_part& one : parts) {
    if (one.wish) one.wish.release()->failed(why);
  }
}

}  // namespace

result<runtime::body::stream_place> runtime::body::prepare(atomic_part& part,
                                                           const ask_options& options) {
  const aggregate_entry* entry = find(part.aggregate_key);
  if (entry == nullptr) return not_added("an aggregate type of an atomic commit");
  if (auto good = check_aggregate_id(part.id.text()); !good) return good.error();
  if (part.wish) {
    ask_options own = options;
    own.guard = {};
    own.wait_for = {};
    own.expected = part.expected;
    detail::set_options(*part.wish, part.id, std::move(own), steady_now());
    if (auto good = inspect(*entry, *part.wish); !good) return good.error();
  }
  const persistence::stream_name stream{entry->type->name(), part.id.text()};
  const std::uint64_t hash = persistence::hash_of(stream);
  const std::size_t partition = partition_of(stream, hash);
  return stream_place{&host_of(*entry, partition, hash), partition, hash};
}

void runtime::body::ask_atomically(ask_options options,
                                   std::vector<atomic_part> parts,
                                   std::function<void(atomic_outcome)> callback) {
  const auto fail = [&](const error& why) {
    fail_all(parts, why);
    callback(atomic_outcome{why});
  };
  if (parts.empty() || parts.size() > atomic_parts_max) {
    return fail({error::code::bad_input,
                 "an atomic commit has 1 to " + std::to_string(atomic_parts_max) + " parts, not " +
                     std::to_string(parts.size())});
  }
  shown_keeper::demand shown;
  if (!options.wait_for.empty()) {
    auto resolved = awaited(options.wait_for.names(), options.wait_for.all_strong());
    if (!resolved) return fail(resolved.error());
    shown = {*std::move(resolved),
             detail::deadline_after(options.timeout, steady_now()),
             options.wait_for.ticket()};
  }
  std::vector<atomic_commit::part> prepared;
  std::vector<const void*> keys;
  std::size_t partition = 0;
  for (atomic_part& one : parts) {
    const auto at = prepare(one, options);
    if (!at) return fail(at.error());
    if (keys.empty()) partition = at->partition;
    if (at->partition != partition) {
      const auto where = [this](const atomic_part& part, std::size_t lives_in) {
        return std::string{find(part.aggregate_key)->type->name()} + "/" + part.id.text() +
               " lives in partition " + std::to_string(lives_in);
      };
      return fail(
          {error::code::apart, where(one, at->partition) + ", " + where(parts.front(), partition)});
    }
    keys.push_back(one.aggregate_key);
    prepared.push_back({at->host, one.id.text(), at->hash, one.expected, nullptr});
  }
  if (auto admitted = admit(1); !admitted) return fail(admitted.error());
  persistence::journal& journal = *journals_[partition];
  detail::admission::lane& lane = admission_.lane_to(partition);
  lane.enter();
  const auto fail_inside = [&](const error& why) {
    fail(why);
    lane.release();
  };
  atomic_commit::options settings;
  settings.command_id = options.command_id.text();
  settings.deadline = detail::deadline_after(options.timeout, steady_now());
  if (!options.guard.none_of.empty()) {
    auto guard = guard_in(partition,
                          {std::move(options.guard.none_of),
                           options.guard.after.before(),
                           options.guard.within_partition});
    if (!guard) return fail_inside(guard.error());
    settings.guard = *std::move(guard);
    if (auto looked = look_ahead(journal, settings); !looked) return fail_inside(looked.error());
  }
  for (std::size_t i = 0; i < parts.size(); ++i)
    prepared[i].wish = std::move(parts[i].wish);
  atomic_commit::start(std::make_shared<atomic_commit>(
      std::move(prepared),
      std::move(settings),
      journal,
      [this,
       lane = &lane,
       keys = std::move(keys),
       told_to = std::move(callback),
       shown = std::move(shown)](atomic_result&& came) mutable {
        if (shown.models.empty() || came.outcome.what != erased_outcome::kind::accepted ||
            !came.outcome.has_events) {
          told_to(told(std::move(came), keys));
          return lane->release();
        }
        const position at = came.outcome.receipt.position;
        shown_.keep(
            std::move(shown),
            at,
            [lane, keys, told_to, came = std::move(came)](detail::late_models late) mutable {
              came.outcome.late = std::move(late);
              told_to(told(std::move(came), keys));
              lane->release();
            });
      }));
}

void runtime::ask_atomically(ask_options options,
                             std::vector<atomic_part> parts,
                             std::function<void(atomic_outcome)> callback) {
  body_->ask_atomically(std::move(options), std::move(parts), std::move(callback));
}

atomic_outcome runtime::ask_atomically(ask_options options, std::vector<atomic_part> parts) {
  const auto longest = options.timeout;
  const std::uint64_t ticket = options.wait_for.draw_ticket();
  const auto deadline = detail::deadline_after(longest, std::chrono::steady_clock::now());
  auto place = std::make_shared<detail::atomic_waiting_place>();
  ask_atomically(std::move(options), std::move(parts), [place](atomic_outcome came) {
    place->put(std::move(came));
  });
  return detail::await_shown_in(*body_, *place, deadline, longest, ticket);
}

}  // namespace cairn
