#include <cairn/event_search.hpp>

int main() {
  return cairn::event_search::stable_name.empty() ? 1 : 0;
}
