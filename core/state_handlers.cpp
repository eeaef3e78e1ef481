#include "cairn/state_handlers.hpp"

#include <stdexcept>
#include <string>

namespace cairn::detail {

void throw_not_evolved(std::string_view state, std::string_view event) {
  throw std::logic_error{"there is no evolve for the event " + std::string{event} +
                         " in the state " + std::string{state}};
}

}  // namespace cairn::detail
