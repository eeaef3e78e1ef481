"""The grid as Markdown: one table for each axis."""
from grid_points import bytes_text, grouped, spread_of

BEGIN = "<!-- grid: begin; written by benchmarks/plot/plot.py -->"
END = "<!-- grid: end -->"

TITLES = {
    "in_flight": "Clients in flight",
    "payload": "Payload",
    "aggregates": "Aggregates",
    "durability": "Durability",
    "read_models": "Read models",
    "partitions": "Partitions",
    "open_loop": "Open loop",
}

SENTENCES = {
    "in_flight": "",
    "payload": "Bytes of an encoded event; MB/s are those of the payload alone.",
    "aggregates": "Chosen evenly, or by Zipf's law. Where fewer may be awake than there are, most "
                  "commands wake one first.",
    "durability": "The limit keeps the same promise: with `relaxed` it syncs as seldom.",
    "read_models": "All of them apply every event; the time until the last has caught up is part "
                   "of the rate's. `lag` is how far it was behind at the last answer.",
    "partitions": "Each has its log and its writer; the limit has one log.",
    "open_loop": "Commands become due by the clock, constantly or by chance (Poisson), at a share "
                 "of the closed loop's rate of the same round; latencies count from that moment on, "
                 "those of the limit as well, which gets the same rate. "
                 "`late` is the p99 of how late the sender's thread was.",
}

# What a table begins with; the figures that all have come behind.
PLACES = {
    "in_flight": [],
    "payload": [("payload", lambda row: bytes_text(row["payload_bytes"]))],
    "aggregates": [("aggregates", lambda row: grouped(row["aggregates"])), ("chosen", spread_of)],
    "durability": [("mode", lambda row: row["durability"])],
    "read_models": [("read models", lambda row: "none" if not row["read_models"] else
                     f"{row['read_models']} in {row['read_model']}")],
    "partitions": [("partitions", lambda row: grouped(row["partitions"]))],
    "open_loop": [("arrivals", lambda row: row["loop"]),
                  ("share", lambda row: f"{row['share']:g}" if "share" in row else "-")],
}

FIGURES = [
    ("commands/s", lambda row: grouped(row["rate_per_s"])),
    ("least to most", lambda row: "-" if row["rounds"] == 1 else
     f"{grouped(row['rate_per_s_min'])} to {grouped(row['rate_per_s_max'])}"),
    ("limit/s", lambda row: grouped(row["limit_per_s"])),
    ("ratio", lambda row: f"{row['ratio']:.2f}" if "ratio" in row else "-"),
    ("p50 µs", lambda row: grouped(row["p50_us"])),
    ("p99 µs", lambda row: grouped(row["p99_us"])),
    ("p99.9 µs", lambda row: grouped(row["p999_us"])),
    ("max µs", lambda row: grouped(row["max_us"])),
    ("limit p50, p99 µs", lambda row: f"{grouped(row['limit_p50_us'])}, "
                                      f"{grouped(row['limit_p99_us'])}"),
]

MORE = {
    "payload": [("MB/s", lambda row: grouped(row["rate_per_s"] * row["payload_bytes"] / 1e6))],
    "read_models": [("lag", lambda row: grouped(row.get("lag_events"))),
                    ("catch up ms", lambda row: grouped(row.get("catch_up_ms")))],
    "open_loop": [("offered/s", lambda row: grouped(row.get("offered_per_s"))),
                  ("late µs", lambda row: grouped(row.get("late_p99_us"))),
                  ("refused", lambda row: grouped(row.get("refusals")))],
}


def table(axis, rows):
    columns = [("in flight", lambda row: grouped(row["in_flight"]))]
    columns += PLACES[axis] + FIGURES + MORE.get(axis, [])
    yield "| " + " | ".join(title for title, _ in columns) + " |"
    yield "|" + "---|" * len(columns)
    for row in rows:
        yield "| " + " | ".join(text(row) for _, text in columns) + " |"


def about(grid, file_name):
    """On what it was measured, and how much it is worth."""
    machines = sorted({one["machine"] for one in grid.sessions})
    versions = sorted({f"Cairn {one['cairn']} ({one['commit']}), {one['compiler']}, {one['lmdb']}"
                       for one in grid.sessions})
    rounds = sorted({row["rounds"] for row in grid.points})
    seconds = sorted({row["seconds"] for row in grid.points})
    others = [row["others_cores"] for row in grid.points]
    busy = sum(1 for value in others if value > 0.1)
    text = (f"{len(grid.points)} points, {' or '.join(map(str, rounds))} "
            f"{'round' if rounds == [1] else 'rounds'} each of "
            f"{' or '.join(f'{value:g}' for value in seconds)} s, in turns with the limit; medians. "
            f"On {'; and '.join(machines)}. {'; '.join(versions)}. ")
    if busy:
        text += (f"**Other work ran beside {busy} of the points** (up to {max(others):.1f} cores): "
                 "rates and above all ratios say little then, since whoever waits for the disk also "
                 "waits for a core, each at other times. `benchmarks/run publish` on a quiet machine "
                 "makes this section anew. ")
    else:
        text += "Nothing else ran. "
    wrong = grid.unverified()
    text += ("Every point was verified: each acknowledged command was found in the journal once, "
             "where its receipt says." if not wrong else
             f"**NOT VERIFIED: {'; '.join(wrong)}.**")
    return f"{text} All figures, with latency distributions: [`{file_name}`]({file_name})."


def section(grid, axes, file_name, images):
    """Everything between the markers. `images` names the plots of an axis."""
    yield BEGIN
    yield ""
    yield about(grid, file_name)
    for axis in axes:
        yield ""
        yield f"### {TITLES[axis]}"
        if SENTENCES[axis]:
            yield ""
            yield SENTENCES[axis]
        yield ""
        for image in images.get(axis, []):
            yield f"![{TITLES[axis]}]({image})"
        yield ""
        yield from table(axis, grid.of(axis))
    yield ""
    yield END


def put_between_markers(text, new_lines):
    """`text` with what stands between the markers replaced. ValueError when there are none."""
    begin = text.find(BEGIN)
    end = text.find(END)
    if begin < 0 or end < begin:
        raise ValueError(f"the document has no lines {BEGIN} and {END}")
    return text[:begin] + "\n".join(new_lines) + text[end + len(END):]
