#pragma once

#include "support/batches.hpp"
#include "support/exit_code.hpp"
#include "support/progress.hpp"
#include "support/stop_signal.hpp"

#include <cstdint>
#include <functional>
#include <future>
#include <string>
#include <string_view>
#include <vector>

namespace support {

/// What an import has done so far.
struct import_tally {
  std::uint64_t rows = 0;
  std::uint64_t rows_known_before = 0;
};

/// Ends an import: says on stdout and stderr how it went. `whose`: "of 7 customers".
[[nodiscard]] exit_code conclude_import(std::string_view program,
                                        const batch_end& last,
                                        const std::vector<std::string>& complaints,
                                        std::uint64_t rows_repeated,
                                        const import_tally& count,
                                        const std::string& whose,
                                        std::chrono::milliseconds elapsed);

/// Sends a file batch by batch, reading the next batch while the present one is on its way, with
/// progress on stderr. After a stop signal the batch in flight is the last one. Blocks.
///
/// `reader` has next() -> a batch_end with more, complaints(), repeated(). `send(batch, tally)`
/// adds to the tally; another exit code than `done` ends the import at once. `whose()`: as above.
/// `complete(progress)`, if there is one, is called once the file has been read to its end: not
/// after a stop signal, nor when a malformed row has ended it.
template <class Reader, class Send>
[[nodiscard]] exit_code run_import(std::string_view program,
                                   const import_options& options,
                                   Reader& reader,
                                   Send send,
                                   const std::function<std::string()>& whose,
                                   const std::function<exit_code(progress&)>& complete = {}) {
  using batch = decltype(reader.next());
  progress shown{bytes_of(options.file), options.progress_every};
  import_tally count;
  batch now = reader.next();
  for (;;) {
    std::future<batch> later;
    if (!now.is_last) {
      later = std::async(std::launch::async, [&reader] { return reader.next(); });
    }
    const exit_code sent = send(now, count);
    if (later.valid()) later.wait();
    if (sent != exit_code::done) return sent;
    shown.show(count.rows, now.bytes_read);
    if (now.is_last || stop_signal() != 0) break;
    now = later.get();
  }
  if (complete && now.is_last && now.stopped_because.empty()) {
    if (const exit_code done = complete(shown); done != exit_code::done) return done;
  }
  shown.finish(count.rows, now.bytes_read);
  return conclude_import(
      program, now, reader.complaints(), reader.repeated(), count, whose(), shown.elapsed());
}

}  // namespace support
