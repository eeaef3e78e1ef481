#pragma once

// Everything that a program with Cairn needs.

#include "cairn/aggregate.hpp"
#include "cairn/codec.hpp"
#include "cairn/config.hpp"
#include "cairn/decision.hpp"
#include "cairn/error.hpp"
#include "cairn/events.hpp"
#include "cairn/fields.hpp"
#include "cairn/ids.hpp"
#include "cairn/process_manager.hpp"
#include "cairn/read_model.hpp"
#include "cairn/read_model_control.hpp"
#include "cairn/read_model_options.hpp"
#include "cairn/recorded.hpp"
#include "cairn/result.hpp"
#include "cairn/runtime.hpp"
#include "cairn/table.hpp"
#include "cairn/value_aggregate.hpp"
