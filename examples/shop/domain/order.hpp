#pragma once

#include "shop/domain/order_commands.hpp"
#include "shop/domain/order_events.hpp"
#include "shop/domain/order_stage.hpp"

#include "cairn/aggregate.hpp"
#include "cairn/assert.hpp"

#include <cstdint>
#include <string_view>
#include <variant>
#include <vector>

namespace shop {

/// An invoice: a sale that is placed and then shipped, delivered, cancelled or returned; or a
/// cancellation or an adjustment, which have lines only. Its id is the invoice's number.
struct order {
  static constexpr std::string_view stable_name = "shop.order";

  using stage = order_stage;

  struct state {
    invoice_kind kind{};
    order_stage stage{};
    heading head;
    std::vector<line> lines;
    std::int64_t units = 0;
    std::int64_t total_mils = 0;

    bool operator==(const state&) const = default;
    template <class Archive> void serialize(Archive& archive, unsigned /*version*/) {
      cairn::fields(archive, kind, stage, head, lines, units, total_mils);
    }
  };

  enum class rejection : std::uint8_t {
    already_placed,
    no_lines,
    line_out_of_range,
    quantity_not_positive,
    price_negative,
    kind_differs,
    not_a_sale,
    not_placed,
    already_shipped,
    not_shipped,
    already_delivered,
    already_cancelled,
    already_returned,
  };

  using command = std::variant<book_line, place, ship, deliver, cancel, send_back>;
  using event = std::variant<placed,
                             cancellation_issued,
                             adjustment_issued,
                             line_booked,
                             shipped,
                             delivered,
                             cancelled,
                             returned>;
  using decision = cairn::decision<event, rejection>;

  // What was invoiced has happened, in whatever stage the order is meanwhile. Only a line that no
  // invoice can have is refused.
  static decision decide(const state& now, const book_line& wish) {
    if (!is_in_range(wish.what)) return rejection::line_out_of_range;
    const line_booked booked{wish.kind, wish.head, wish.what};
    if (now.stage == stage::none) return {first_event(wish.kind, wish.head), booked};
    if (wish.kind != now.kind) return rejection::kind_differs;
    return booked;
  }

  static decision decide(const state& now, const place& wish) {
    if (now.stage != stage::none) return rejection::already_placed;
    if (wish.lines.empty()) return rejection::no_lines;
    std::vector<event> facts{placed{wish.head}};
    for (const line& one : wish.lines) {
      if (!is_in_range(one)) return rejection::line_out_of_range;
      if (one.quantity <= 0) return rejection::quantity_not_positive;
      if (one.unit_price_mils < 0) return rejection::price_negative;
      facts.emplace_back(line_booked{invoice_kind::order, wish.head, one});
    }
    return facts;
  }

  static decision decide(const state& now, const ship& wish) {
    switch (now.stage) {
      case stage::none: return rejection::not_placed;
      case stage::placed: break;
      case stage::shipped: return rejection::already_shipped;
      case stage::delivered: return rejection::already_delivered;
      case stage::cancelled: return rejection::already_cancelled;
      case stage::returned: return rejection::already_returned;
    }
    if (now.kind != invoice_kind::order) return rejection::not_a_sale;
    return shipped{wish.time};
  }

  static decision decide(const state& now, const deliver& wish) {
    switch (now.stage) {
      case stage::none: return rejection::not_placed;
      case stage::placed: return rejection::not_shipped;
      case stage::shipped: return delivered{wish.time};
      case stage::delivered: return rejection::already_delivered;
      case stage::cancelled: return rejection::already_cancelled;
      case stage::returned: return rejection::already_returned;
    }
    CAIRN_UNREACHABLE();
  }

  static decision decide(const state& now, const cancel& wish) {
    switch (now.stage) {
      case stage::none: return rejection::not_placed;
      case stage::placed: break;
      case stage::shipped: return rejection::already_shipped;
      case stage::delivered: return rejection::already_delivered;
      case stage::cancelled: return rejection::already_cancelled;
      case stage::returned: return rejection::already_returned;
    }
    if (now.kind != invoice_kind::order) return rejection::not_a_sale;
    return cancelled{wish.time};
  }

  static decision decide(const state& now, const send_back& wish) {
    switch (now.stage) {
      case stage::none: return rejection::not_placed;
      case stage::placed: return rejection::not_shipped;
      case stage::shipped: return returned{wish.time};
      case stage::delivered: return returned{wish.time};
      case stage::cancelled: return rejection::already_cancelled;
      case stage::returned: return rejection::already_returned;
    }
    CAIRN_UNREACHABLE();
  }

  static void evolve(state& now, const placed& fact) { begin(now, invoice_kind::order, fact.head); }
  static void evolve(state& now, const cancellation_issued& fact) {
    begin(now, invoice_kind::cancellation, fact.head);
  }
  static void evolve(state& now, const adjustment_issued& fact) {
    begin(now, invoice_kind::adjustment, fact.head);
  }
  static void evolve(state& now, const line_booked& fact) {
    now.lines.push_back(fact.what);
    now.units += fact.what.quantity;
    now.total_mils += fact.what.total_mils();
  }
  static void evolve(state& now, const shipped& /*fact*/) { now.stage = stage::shipped; }
  static void evolve(state& now, const delivered& /*fact*/) { now.stage = stage::delivered; }
  static void evolve(state& now, const cancelled& /*fact*/) { now.stage = stage::cancelled; }
  static void evolve(state& now, const returned& /*fact*/) { now.stage = stage::returned; }

 private:
  static event first_event(invoice_kind kind, const heading& head) {
    switch (kind) {
      case invoice_kind::order: return placed{head};
      case invoice_kind::cancellation: return cancellation_issued{head};
      case invoice_kind::adjustment: return adjustment_issued{head};
    }
    CAIRN_UNREACHABLE();
  }

  static void begin(state& now, invoice_kind kind, const heading& head) {
    now.kind = kind;
    now.stage = stage::placed;
    now.head = head;
  }
};

}  // namespace shop
