"""The result file of the grid: its points by axis, and what all of them have in common."""
import json

AXES = ("in_flight", "payload", "aggregates", "durability", "read_models", "partitions",
        "open_loop")


class Grid:
    """What a file of JSON lines says, as `benchmarks/run grid` writes it."""

    def __init__(self, lines):
        self.sessions = []
        points = {}
        for line in lines:
            row = json.loads(line)
            if row["kind"] == "session":
                self.sessions.append(row)
            else:
                points[row["point"]] = row  # The last one of the same point counts.
        self.points = list(points.values())
        if not self.points:
            raise ValueError("the result file has no points")

    def of(self, axis, **wanted):
        """The points of an axis whose fields have these values, in the order of the file."""
        return [row for row in self.points if row["axis"] == axis
                and all(row[name] == value for name, value in wanted.items())]

    def clients(self, axis):
        """The numbers of clients that an axis was measured with, from few to many."""
        return sorted({row["in_flight"] for row in self.of(axis)})

    def unverified(self):
        return [row["point"] for row in self.points if not row["verified"]]


def read(path):
    with open(path, encoding="utf-8") as file:
        return Grid(line for line in file if line.strip())


def grouped(value):
    """1234567.8 as "1 234 568"; below 10 with one digit behind the point."""
    if value is None:
        return "-"
    if abs(value) < 10 and value != int(value):
        return f"{value:.1f}"
    return f"{value:,.0f}".replace(",", " ")


def bytes_text(count):
    return f"{count // 1024} KiB" if count >= 1024 else f"{count} B"


def count_text(count):
    if count >= 1_000_000:
        return f"{count // 1_000_000} M"
    return f"{count // 1000} k" if count >= 1000 else str(count)


def spread_of(row):
    """How aggregates were chosen, and whether all of them were awake."""
    text = f"Zipf {row['zipf']:g}" if row["zipf"] else "even"
    if row["aggregates"] > row["awake_max"]:
        text += f", {count_text(row['awake_max'])} awake"
    return text
