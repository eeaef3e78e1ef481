#pragma once

#include "cairn/detail/erased_read_model.hpp"

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

namespace cairn::actors {

/// Finds out what a read model wants of the journal. One thread.
///
/// Neighbours in a journal are often alike: the last answer is tried first.
class wanted_index {
 public:
  struct text_hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const noexcept {
      return std::hash<std::string_view>{}(text);
    }
  };
  template <class Value>
  using text_map = std::unordered_map<std::string, Value, text_hash, std::equal_to<>>;

  /// The wanted events of one aggregate type.
  class events {
   public:
    /// Of two events with the same name the first one counts.
    void add(std::string_view event_type, std::size_t wanted) {
      places_.try_emplace(std::string{event_type}, wanted);
    }

    void add_every_event() { has_every_event_ = true; }

    [[nodiscard]] std::optional<std::size_t> find(std::string_view event_type) {
      if (has_every_event_) return 0;
      if (last_ == nullptr || last_->first != event_type) {
        const auto found = places_.find(event_type);
        if (found == places_.end()) return std::nullopt;
        last_ = &*found;
      }
      return last_->second;
    }

   private:
    text_map<std::size_t> places_;
    const text_map<std::size_t>::value_type* last_ = nullptr;
    bool has_every_event_ = false;
  };

  explicit wanted_index(const detail::read_model_type& type)
      : wants_every_event_(type.takes_every_event()) {
    if (wants_every_event_) any_type_.add_every_event();
    const auto wanted = type.wanted();
    for (std::size_t i = 0; i < wanted.size(); ++i) {
      types_[std::string{wanted[i].aggregate_type}].add(wanted[i].event_type, i);
    }
  }
  wanted_index(const wanted_index&) = delete;
  wanted_index& operator=(const wanted_index&) = delete;
  ~wanted_index() = default;

  /// Null when no event of the type is wanted.
  [[nodiscard]] events* find(std::string_view aggregate_type) {
    if (wants_every_event_) return &any_type_;
    if (last_ == nullptr || last_->first != aggregate_type) {
      const auto found = types_.find(aggregate_type);
      if (found == types_.end()) return nullptr;
      last_ = &*found;
    }
    return &last_->second;
  }

 private:
  text_map<events> types_;
  text_map<events>::value_type* last_ = nullptr;
  const bool wants_every_event_;
  events any_type_;
};

}  // namespace cairn::actors
