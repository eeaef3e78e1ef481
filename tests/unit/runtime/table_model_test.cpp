#include "support/running.hpp"

#include "cairn/cairn.hpp"

namespace cairn {
namespace {

using words = std::vector<std::string>;

/// A shelf in a library: books are put on it, many at once, and it is cleared.
struct shelf {
  static constexpr std::string_view stable_name = "test.shelf";
  struct filled {
    static constexpr std::string_view stable_name = "filled";
    words titles;
    template <class Ar> void serialize(Ar& ar, unsigned) { fields(ar, field("titles", titles)); }
    bool operator==(const filled&) const = default;
  };
  struct cleared {
    static constexpr std::string_view stable_name = "cleared";
    template <class Ar> void serialize(Ar& /*ar*/, unsigned) {}
    bool operator==(const cleared&) const = default;
  };
  struct fill {
    static constexpr std::string_view stable_name = "fill";
    words titles;
    template <class Ar> void serialize(Ar& ar, unsigned) { fields(ar, field("titles", titles)); }
    bool operator==(const fill&) const = default;
  };
  struct clear {
    static constexpr std::string_view stable_name = "clear";
    template <class Ar> void serialize(Ar& /*ar*/, unsigned) {}
    bool operator==(const clear&) const = default;
  };
  struct state {};
  enum class rejection : std::uint8_t { none };
  using command = std::variant<fill, clear>;
  using event = std::variant<filled, cleared>;
  using decision = cairn::decision<event, rejection>;

  static decision decide(const state& /*now*/, const fill& wish) { return filled{wish.titles}; }
  static decision decide(const state& /*now*/, const clear& /*wish*/) { return cleared{}; }
  static void evolve(state& /*now*/, const filled& /*fact*/) {}
  static void evolve(state& /*now*/, const cleared& /*fact*/) {}
};

/// Where each book stands: one event changes or removes the rows of many books.
struct books {
  static constexpr std::string_view stable_name = "test.books";
  static constexpr std::uint32_t version = 1;
  using sources = cairn::sources<all_of<shelf>>;

  struct book {
    std::string on_shelf;
    template <class Ar> void serialize(Ar& ar, unsigned) {
      fields(ar, field("on_shelf", on_shelf));
    }
  };
  struct tables {
    table<std::string, book, indexed_by<"shelf", &book::on_shelf>> by_title;
    template <class Ar> void serialize(Ar& ar, unsigned) {
      fields(ar, field("by_title", by_title));
    }
  };

  static void apply(tables& now, const recorded<shelf::filled>& fact) {
    for (const std::string& title : fact->titles)
      now.by_title.put(title, {std::string{fact.meta.aggregate_id}});
  }
  static void apply(tables& now, const recorded<shelf::cleared>& fact) {
    for (const std::string& title : titles_on(now, std::string{fact.meta.aggregate_id}))
      now.by_title.erase(title);
  }

  struct on_shelf {
    using answer = words;
    std::string id;
  };
  static words query(const tables& now, const on_shelf& question) {
    return titles_on(now, question.id);
  }
  struct first_titles {
    using answer = words;
    std::string letters;
    std::uint64_t limit = 0;
  };
  static words query(const tables& now, const first_titles& question) {
    words titles;
    now.by_title.each_prefix(
        question.letters,
        [&titles](const std::string& title, const book& /*row*/) { titles.push_back(title); },
        {.limit = question.limit});
    return titles;
  }

 private:
  static words titles_on(const tables& now, const std::string& shelf) {
    words titles;
    now.by_title.by<"shelf">().each(
        shelf,
        [&titles](const std::string& title, const book& /*row*/) { titles.push_back(title); });
    return titles;
  }
};

/// Only what was said to be urgent.
struct urgent_books : books {
  static constexpr std::string_view stable_name = "test.urgent_books";
  static bool wants(const event_metadata& meta) { return meta.has_tag("urgent"); }
};

class TableModel : public tests::running {
 protected:
  TableModel() {
    with = [](builder& parts) {
      parts.add<shelf>().add_read_model<books>().add_read_model<urgent_books>();
    };
    start();
  }
  ~TableModel() override { stop(); }

  void fill(const char* id, words titles, ask_options options = {}) {
    ASSERT_TRUE(app->aggregate<shelf>(id)
                    .ask(shelf::fill{std::move(titles)}, std::move(options))
                    .accepted());
  }
  void clear(const char* id) {
    ASSERT_TRUE(app->aggregate<shelf>(id).ask(shelf::clear{}).accepted());
  }
  template <class M = books> words on_shelf(const char* id) {
    const auto found = app->read<M>({.caught_up = true}).ask(books::on_shelf{id});
    EXPECT_TRUE(found) << describe(found.error());
    return found ? *found : words{"?"};
  }
};

TEST_F(TableModel, ChangesManyRowsByOneEvent) {
  fill("sea", {"Moby Dick", "Typee", "Omoo"});
  fill("old", {"Omoo", "Don Quixote"});
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(on_shelf("sea"), (words{"Moby Dick", "Typee"}));
    EXPECT_EQ(on_shelf("old"), (words{"Don Quixote", "Omoo"}));
    restart();
  }
}

TEST_F(TableModel, RemovesManyRowsByOneEvent) {
  fill("sea", {"Moby Dick", "Typee", "Omoo"});
  fill("old", {"Omoo", "Don Quixote"});
  clear("sea");
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(on_shelf("sea"), words{});
    EXPECT_EQ(on_shelf("old"), (words{"Don Quixote", "Omoo"}));
    EXPECT_EQ(*app->read<books>().ask(books::first_titles{"", 1}), words{"Don Quixote"});
    restart();
  }
}

TEST_F(TableModel, GetsOnlyEventsWithTheTagThatItWants) {
  fill("sea", {"Typee"});
  fill("sea", {"Moby Dick"}, {.tags = {"large", "urgent"}});
  fill("sea", {"Omoo"}, {.tags = {"urgently"}});
  const auto status = app->read<urgent_books>({.caught_up = true}).wait();
  ASSERT_TRUE(status) << describe(status.error());
  EXPECT_EQ(on_shelf<urgent_books>("sea"), words{"Moby Dick"});
  EXPECT_EQ(on_shelf("sea"), (words{"Moby Dick", "Omoo", "Typee"}));
  const auto known = app->read<urgent_books>().status();
  EXPECT_EQ(known->events_applied, 1U);
  EXPECT_EQ(known->events_behind, 0U);
}

}  // namespace
}  // namespace cairn
