"""The grid as plots, each with the limit drawn in. The same file gives the same bytes."""
import matplotlib

matplotlib.use("svg")
import matplotlib.pyplot as plt  # noqa: E402
from matplotlib.lines import Line2D  # noqa: E402
from matplotlib.ticker import FuncFormatter, NullLocator  # noqa: E402

from grid_points import bytes_text, count_text, spread_of  # noqa: E402

# Without a salt, names inside an SVG are made by chance; text stays text, which is small.
plt.rcParams.update({
    "svg.hashsalt": "cairn", "svg.fonttype": "none", "font.family": "sans-serif",
    "font.size": 9, "axes.grid": True, "grid.color": "#dddddd", "axes.axisbelow": True,
    "axes.spines.top": False, "axes.spines.right": False, "legend.frameon": False,
    "legend.fontsize": 8, "lines.markersize": 4, "axes.titlesize": 10,
})

# Okabe and Ito's colours, which all can tell apart.
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7")
MARKERS = ("o", "s", "^", "D")
LIMIT = {"color": "#666666", "linestyle": "--", "marker": "x"}
PERCENTILES = (("p50_us", "p50", "-"), ("p99_us", "p99", "-."), ("p999_us", "p99.9", ":"))


def si(value, _position=None):
    for size, unit in ((1e6, " M"), (1e3, " k")):
        if value >= size:
            return f"{value / size:g}{unit}"
    return f"{value:g}"


def panels(rows, columns, title):
    figure, axes = plt.subplots(rows, columns, figsize=(4.6 * columns, 3.2 * rows + 0.3),
                                squeeze=False)
    figure.suptitle(title, fontsize=11)
    return figure, axes


def dress(axes, x_label, y_label, log_y=True):
    axes.set_xlabel(x_label)
    axes.set_ylabel(y_label)
    if not log_y:
        axes.set_ylim(bottom=0)
        axes.yaxis.set_major_formatter(FuncFormatter(si))
        return
    axes.set_yscale("log")
    axes.yaxis.set_major_formatter(FuncFormatter(si))
    axes.yaxis.set_minor_formatter(FuncFormatter(
        lambda value, _: si(value) if f"{value:e}"[0] in "25" else ""))
    axes.tick_params(axis="y", which="minor", labelsize=7)


def log_steps(axes, steps, text):
    """A logarithmic axis with a mark at each step that was measured."""
    axes.set_xscale("log", base=2)
    axes.xaxis.set_minor_locator(NullLocator())
    axes.set_xticks(steps, [text(step) for step in steps])


def rate(axes, xs, rows, label, colour, marker="o"):
    """The median as a line, from the least to the most as a band."""
    axes.plot(xs, [row["rate_per_s"] for row in rows], color=colour, marker=marker, label=label)
    axes.fill_between(xs, [row["rate_per_s_min"] for row in rows],
                      [row["rate_per_s_max"] for row in rows], color=colour, alpha=0.15, lw=0)


def limit_rate(axes, xs, rows, label="limit", colour=None):
    style = dict(LIMIT, color=colour or LIMIT["color"])
    axes.plot(xs, [row["limit_per_s"] for row in rows], label=label, **style)


def latencies(axes, xs, rows, label, colour, which=PERCENTILES, marker="o"):
    for field, name, line in which:
        axes.plot(xs, [row[field] for row in rows], color=colour, linestyle=line, marker=marker,
                  label=f"{label} {name}".strip())


def limit_latencies(axes, xs, rows):
    for field, name, marker in (("limit_p50_us", "p50", "x"), ("limit_p99_us", "p99", "+")):
        axes.plot(xs, [row[field] for row in rows], label=f"limit {name}",
                  **dict(LIMIT, marker=marker))


def in_flight(grid):
    rows = sorted(grid.of("in_flight"), key=lambda row: row["in_flight"])
    xs = [row["in_flight"] for row in rows]
    figure, ((left, right),) = panels(1, 2, "Clients in flight")
    rate(left, xs, rows, "Cairn", COLOURS[0])
    limit_rate(left, xs, rows)
    latencies(right, xs, rows, "Cairn", COLOURS[0])
    limit_latencies(right, xs, rows)
    dress(left, "clients in flight", "commands a second")
    dress(right, "clients in flight", "latency, µs")
    for one in (left, right):
        log_steps(one, xs, str)
        one.legend()
    yield "in_flight", figure


def payload(grid):
    figure, ((left, right),) = panels(1, 2, "Payload")
    for colour, clients in zip(COLOURS, grid.clients("payload")):
        rows = sorted(grid.of("payload", in_flight=clients), key=lambda row: row["payload_bytes"])
        xs = [row["payload_bytes"] for row in rows]
        rate(left, xs, rows, f"{clients} in flight", colour)
        limit_rate(left, xs, rows, f"limit, {clients} in flight", colour)
        latencies(right, xs, rows, f"{clients} in flight", colour, PERCENTILES[:2])
        right.plot(xs, [row["limit_p50_us"] for row in rows], label=f"limit, {clients}, p50",
                   **dict(LIMIT, color=colour))
    dress(left, "payload: bytes of an encoded event", "commands a second")
    dress(right, "payload: bytes of an encoded event", "latency, µs")
    for one in (left, right):
        log_steps(one, xs, bytes_text)
        one.tick_params(axis="x", labelsize=7)
        one.legend(fontsize=7)
    yield "payload", figure


def by_steps(grid, axis, title, x_label, step_of, series_of, log_rate=False):
    """Above rates, below latencies, one column for each number of clients; steps side by side. What
    belongs to no series (None) is where all of them begin."""
    all_clients = grid.clients(axis)
    figure, axes = panels(2, len(all_clients), title)
    for column, clients in enumerate(all_clients):
        upper, lower = axes[0][column], axes[1][column]
        rows = grid.of(axis, in_flight=clients)
        steps = list(dict.fromkeys(step_of(row) for row in rows))
        origin = [row for row in rows if series_of(row) is None]
        series = {}
        for row in rows:
            if series_of(row) is not None:
                series.setdefault(series_of(row), list(origin)).append(row)
        for colour, marker, (name, members) in zip(COLOURS, MARKERS, series.items()):
            xs = [steps.index(step_of(row)) for row in members]
            rate(upper, xs, members, name, colour, marker)
            latencies(lower, xs, members, "", colour, PERCENTILES[:2], marker)
        first = {step_of(row): row for row in reversed(rows)}
        ordered = [first[step] for step in steps]
        limit_rate(upper, range(len(steps)), ordered)
        limit_latencies(lower, range(len(steps)), ordered)
        upper.set_title(f"{clients} in flight")
        dress(upper, x_label, "commands a second", log_rate)
        dress(lower, x_label, "latency, µs")
        for one in (upper, lower):
            one.set_xticks(range(len(steps)), steps)
        upper.legend(fontsize=7)
        # Colours are those above; here the lines matter.
        lower.legend(fontsize=7, handles=[
            *(Line2D([], [], color="black", linestyle=line, label=name)
              for _, name, line in PERCENTILES[:2]),
            *(Line2D([], [], label=f"limit {name}", **dict(LIMIT, marker=marker))
              for name, marker in (("p50", "x"), ("p99", "+")))])
    yield axis, figure


def aggregates(grid):
    yield from by_steps(grid, "aggregates", "Aggregates", "aggregates that commands go to",
                        lambda row: count_text(row["aggregates"]), spread_of)


def durability(grid):
    yield from by_steps(grid, "durability", "Durability", "mode",
                        lambda row: row["durability"].replace("(", "\n").rstrip(")"),
                        lambda row: "Cairn", log_rate=True)


def read_models(grid):
    yield from by_steps(grid, "read_models", "Read models", "read models",
                        lambda row: str(row["read_models"]),
                        lambda row: {"memory": "in memory",
                                     "tables": "in tables"}.get(row["read_model"]))


def partitions(grid):
    yield from by_steps(grid, "partitions", "Partitions (the limit has one log)", "partitions",
                        lambda row: str(row["partitions"]), lambda row: "Cairn")


def open_loop(grid):
    figure, axes = panels(1, 2, "Open loop: latency from the moment at which a command is due")
    closed = grid.of("open_loop", loop="closed")[0]
    for one, kind in zip(axes[0], ("constant", "poisson")):
        rows = sorted(grid.of("open_loop", loop=kind), key=lambda row: row["share"])
        xs = [row["offered_per_s"] for row in rows]
        latencies(one, xs, rows, "Cairn", COLOURS[0])
        limit_latencies(one, xs, rows)
        one.axvline(closed["rate_per_s"], color=COLOURS[1], linestyle="-.",
                    label=f"closed loop, {closed['in_flight']} in flight")
        one.axvline(closed["limit_per_s"], color=LIMIT["color"], linestyle="--",
                    label="limit, closed loop")
        dress(one, "commands due in a second", "latency, µs")
        one.set_xlim(left=0)
        one.xaxis.set_major_formatter(FuncFormatter(si))
        one.set_title(f"{kind} arrivals")
        one.legend(fontsize=7)
    yield "open_loop", figure


def distribution(axes, steps, label, **style):
    """Percentiles over one in how many is longer, as HdrHistogram is plotted."""
    inner = [step for step in steps if step[0] < 100]
    axes.plot([1 / (1 - step[0] / 100) for step in inner], [step[1] for step in inner],
              label=label, **style)


def distributions(grid):
    figure, ((left, right),) = panels(1, 2, "How latencies are spread")
    wanted = [row for row in grid.of("in_flight") if row["in_flight"] in (1, 64, 4096)]
    for colour, row in zip(COLOURS, wanted or grid.of("in_flight")[:3]):
        name = f"{row['in_flight']} in flight"
        distribution(left, row["latencies"], name, color=colour)
        distribution(left, row["limit_latencies"], f"limit, {row['in_flight']}", color=colour,
                     linestyle="--")
    left.set_title("closed loop")
    shares = [row for row in grid.of("open_loop") if row.get("share") in (0.25, 0.5, 0.8, 0.95)
              and row["loop"] == "poisson"]
    for colour, row in zip(COLOURS, shares):
        distribution(right, row["latencies"], f"{row['share']:g} of the closed loop's rate",
                     color=colour)
        distribution(right, row["limit_latencies"], f"limit at the same rate, {row['share']:g}",
                     color=colour, linestyle="--")
    right.set_title("open loop, Poisson arrivals")
    for one in (left, right):
        dress(one, "percentile", "latency, µs")
        one.set_xscale("log")
        one.set_xticks([1, 10, 100, 1000, 1e4, 1e5], ["0", "90", "99", "99.9", "99.99", "99.999"])
        one.xaxis.set_minor_locator(NullLocator())
        one.legend(fontsize=7)
    yield "distribution", figure


MAKERS = {
    "in_flight": (in_flight,), "payload": (payload,), "aggregates": (aggregates,),
    "durability": (durability,), "read_models": (read_models,), "partitions": (partitions,),
    "open_loop": (open_loop,),
}


def save(figure, folder, name):
    """As SVG and as PNG, without dates or versions."""
    figure.tight_layout()
    figure.savefig(folder / f"{name}.svg", metadata={"Date": None, "Creator": None})
    figure.savefig(folder / f"{name}.png", dpi=90, metadata={"Software": None})
    plt.close(figure)


def draw(grid, axes, folder):
    """Draws all plots of these axes; returns the names of the files by axis."""
    names = {}
    for axis in axes:
        for make in MAKERS[axis]:
            for name, figure in make(grid):
                save(figure, folder, name)
                names.setdefault(axis, []).append(name)
    if {"in_flight", "open_loop"} <= set(axes):
        for name, figure in distributions(grid):
            save(figure, folder, name)
            names["open_loop"].append(name)
    return names
