#include "read_models/control_rows.hpp"
#include "read_models/model_copies.hpp"

#include "cairn/assert.hpp"
#include "cairn/detail/hidden_tables.hpp"

#include <algorithm>
#include <utility>

// Which copies of a read model there are, and which one serves.

namespace cairn::actors {
namespace {

using persistence::view_place;

std::vector<view_place> of_version(const std::vector<view_place>& all, std::uint32_t version) {
  std::vector<view_place> some;
  for (const view_place& one : all) {
    if (one.version == version) some.push_back(one);
  }
  return some;
}

}  // namespace

const detail::read_model_type& model_copies::type_of(view_place place) const {
  if (place.version == type_.version()) return type_;
  CAIRN_ASSERT(type_.former() != nullptr && type_.former()->version() == place.version);
  return *type_.former();
}

model_copies::copy model_copies::make_copy(view_place place,
                                           std::shared_ptr<persistence::view> view,
                                           bool serves) {
  const bool is_own = place.version == type_.version();
  copy_role role;
  role.serves = serves;
  role.face = settings_.face != nullptr ? settings_.face : this;
  // Nobody can watch the former version: what it tells is of another type.
  if (is_own) role.watches = watches_;
  role.has_run = [this] {
    nudge();
  };
  if (place.copy > 1) role.suffix = ", copy " + std::to_string(place.copy);
  role.removes_older_versions = serves && is_own;
  role.percent = settings_.rebuild_percent;
  auto made = std::make_shared<model_copy>();
  made->place = place;
  made->is_former = !is_own;
  made->serial = ++last_serial_;
  made->carrier = std::make_unique<runner>(
      type_of(place), journals_, std::move(view), time_, settings_, std::move(role));
  return made;
}

result<model_copies::copy> model_copies::open_copy(view_place place, bool serves) {
  auto view = shelf_->open(place, type_of(place).table_names());
  if (!view) return view.error();
  return make_copy(place, *std::move(view), serves);
}

result<std::uint32_t> model_copies::newest_that_served(const std::vector<view_place>& among) const {
  for (auto one = among.rbegin(); one != among.rend(); ++one) {
    const auto tables = type_of(*one).table_names();
    const detail::hidden_places places{tables.size()};
    const auto view = shelf_->open(*one, tables);
    if (!view) return view.error();
    const auto found = has_row(**view, places.control, serves_row);
    if (!found) return found.error();
    if (*found) return one->copy;
  }
  return std::uint32_t{0};
}

result<model_copies::choice> model_copies::choose(const std::vector<view_place>& stored) const {
  const auto own = of_version(stored, type_.version());
  const choice first{own.empty() ? view_place{.version = type_.version()} : own.front()};
  // The usual case needs no look at what is stored in it.
  if (own.size() <= 1 && type_.former() == nullptr) return first;
  const auto served = newest_that_served(own);
  if (!served) return served.error();
  if (*served > 0) return choice{{type_.version(), *served}, true};
  if (type_.former() == nullptr) return first;
  const auto before = of_version(stored, type_.former()->version());
  if (before.empty()) return first;
  const auto newest = newest_that_served(before);
  if (!newest) return newest.error();
  return choice{*newest > 0 ? view_place{before.front().version, *newest} : before.front()};
}

result<void> model_copies::open() {
  CAIRN_ASSERT(serving_ == nullptr);
  const auto stored = shelf_->stored();
  if (!stored) return stored.error();
  const auto chosen = choose(*stored);
  if (!chosen) return chosen.error();
  auto opened = open_copy(chosen->place, true);
  if (!opened) return opened.error();
  serving_ = *std::move(opened);
  const auto own = of_version(*stored, type_.version());
  const view_place newest = own.empty() ? view_place{.version = type_.version()} : own.back();
  last_copy_ = newest.copy;
  if (newest > chosen->place) {
    auto beside = open_copy(newest, false);
    if (!beside) return beside.error();
    building_ = *std::move(beside);
  }
  // As long as none has taken over, those before it may still be needed.
  if (chosen->has_taken_over) remove_those_before(chosen->place);
  return {};
}

void model_copies::remove_those_before(view_place serving) {
  const auto stored = shelf_->stored();
  auto done = stored ? result<void>{} : result<void>{stored.error()};
  for (std::size_t i = 0; done && i < stored->size() && (*stored)[i] < serving; ++i)
    done = shelf_->remove((*stored)[i]);
  // It takes room, and is tried again at the next start.
  if (!done) log(log_level::warning, "cannot remove a former copy: " + describe(done.error()));
}

result<std::unique_ptr<read_model_runner>> make_rebuildable_read_model(
    const detail::read_model_type& type,
    std::vector<persistence::journal*> journals,
    std::unique_ptr<persistence::view_shelf> shelf,
    const clock& time,
    read_model_runner::options settings) {
  CAIRN_ASSERT(shelf != nullptr);
  auto made = std::make_unique<model_copies>(
      type, std::move(journals), std::move(shelf), time, std::move(settings));
  if (auto opened = made->open(); !opened) return opened.error();
  return std::unique_ptr<read_model_runner>{std::move(made)};
}

}  // namespace cairn::actors
