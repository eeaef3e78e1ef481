#include "cairn/detail/read_event.hpp"

#include <exception>
#include <string>
#include <utility>

namespace cairn::detail {

error user_code_threw(std::string_view where) {
  std::string detail{where};
  try {
    throw;
  } catch (const std::exception& thrown) {
    detail.append(": ").append(thrown.what());
  } catch (...) {
    detail.append(" threw something that is no std::exception");
  }
  return {error::code::user_code_threw, std::move(detail)};
}

error written_by_newer(const raw_event& event, std::uint32_t known) {
  return {error::code::newer_format,
          "\"" + printable(event.type) + "\" was written by the newer schema version " +
              std::to_string(event.schema_version) + "; this program knows versions up to " +
              std::to_string(known)};
}

error unknown_codec(const raw_event& event) {
  return {error::code::newer_format,
          "\"" + printable(event.type) + "\" is stored in the codec " +
              std::to_string(static_cast<unsigned>(event.codec)) +
              ", which this version of Cairn does not know"};
}

error not_decoded(error why, const raw_event& event, std::uint32_t known) {
  if (why.what == error::code::bad_input) why.what = error::code::corrupt;
  if (why.what != error::code::corrupt) return why;
  why.detail += " (\"" + printable(event.type) + "\" was stored with class version " +
                std::to_string(event.schema_version) + ", this program has " +
                std::to_string(known) + ")";
  return why;
}

error unknown_event(std::string_view aggregate_type, const raw_event& event) {
  return {error::code::unknown_name,
          std::string{aggregate_type} + " has no event \"" + printable(event.type) + "\""};
}

}  // namespace cairn::detail
