#pragma once

#include "fines/app/store.hpp"

#include <cairn/cairn.hpp>

namespace fines {

/// Asks a read model, once it has applied all that is durable now. Blocks.
template <class Model, class Question>
[[nodiscard]] cairn::result<typename Question::answer> ask(cairn::runtime& app,
                                                           const Question& question) {
  return app.read<Model>({.caught_up = true, .timeout = answer_timeout}).ask(question);
}

}  // namespace fines
