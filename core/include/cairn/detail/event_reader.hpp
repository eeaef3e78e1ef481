#pragma once

#include "cairn/detail/erased_aggregate.hpp"
#include "cairn/raw_event.hpp"
#include "cairn/recorded.hpp"
#include "cairn/result.hpp"

#include <string>
#include <string_view>
#include <unordered_map>

namespace cairn::detail {

/// Reads stored events of all aggregate types of a program, whatever they are. Any thread, once all
/// types are added.
class event_reader {
 public:
  /// @pre `one` outlives this
  void add(const aggregate_type& one);

  /// The event's fields as JSON, as aggregate_type::event_json. "null" when they are stored as
  /// bytes and the program has no such event, or no such aggregate type. newer_format, corrupt.
  [[nodiscard]] result<std::string> json(std::string_view aggregate_type,
                                         const raw_event& event) const;

  /// All that is stored of an event, in an object of its own.
  /// @param meta what is recorded beside the event; its event_type is not looked at
  [[nodiscard]] static recorded_event record(const event_metadata& meta,
                                             const raw_event& event,
                                             std::string json);

 private:
  std::unordered_map<std::string_view, const aggregate_type*> types_;
};

}  // namespace cairn::detail
