#!/usr/bin/python3
"""Tests of the plots and tables of the grid. Exits with 77 when matplotlib is missing."""
import json
import pathlib
import subprocess
import sys
import tempfile
import unittest

PLOT_FOLDER = pathlib.Path(__file__).resolve().parents[1] / "plot"
sys.path.insert(0, str(PLOT_FOLDER))

try:
    import matplotlib  # noqa: F401
except ImportError:
    print("plot_test: not run: matplotlib is missing")
    sys.exit(77)

import grid_points  # noqa: E402
import grid_tables  # noqa: E402


def point(axis, **changes):
    row = {
        "kind": "point", "axis": axis, "in_flight": 64, "payload_bytes": 100,
        "aggregates": 10_000, "zipf": 0, "awake_max": 100_000, "durability": "sync",
        "read_model": "none", "read_models": 0, "partitions": 1, "loop": "closed",
        "rate_per_s": 184_096, "rate_per_s_min": 180_000, "rate_per_s_max": 190_000,
        "limit_per_s": 244_917, "limit_per_s_min": 1, "limit_per_s_max": 2, "ratio": 0.7517,
        "p50_us": 319, "p99_us": 889, "p999_us": 2834, "max_us": 3000,
        "limit_p50_us": 200, "limit_p99_us": 300,
        "latencies": [[0, 100, 1], [50, 319, 500], [100, 3000, 1000]],
        "limit_latencies": [[0, 90, 1], [50, 200, 500], [100, 900, 1000]],
        "seconds": 2, "rounds": 5, "others_cores": 0.01, "verified": True, **changes}
    row["point"] = f"{axis} {changes}"
    return row


SESSION = {"kind": "session", "machine": "2 cores", "cairn": "0.1.0", "commit": "abc",
           "compiler": "GCC", "lmdb": "LMDB"}
ROWS = [
    SESSION, point("in_flight", in_flight=1), point("in_flight", in_flight=4096),
    point("payload", payload_bytes=32), point("payload", payload_bytes=65_536),
    point("aggregates", aggregates=1), point("aggregates", aggregates=1_000_000, zipf=0.99),
    point("durability"), point("durability", durability="relaxed(100 ms)"),
    point("read_models"), point("read_models", read_models=8, read_model="tables", lag_events=4,
                                catch_up_ms=12.5),
    point("partitions"), point("partitions", partitions=8),
    point("open_loop"),
    point("open_loop", loop="constant", share=0.5, offered_per_s=90_000, late_p99_us=70, refusals=0),
    point("open_loop", loop="poisson", share=0.5, offered_per_s=90_000, late_p99_us=70, refusals=3),
]


class PlotTest(unittest.TestCase):
    def setUp(self):
        holder = tempfile.TemporaryDirectory()
        self.addCleanup(holder.cleanup)
        self.folder = pathlib.Path(holder.name)
        self.document = self.folder / "performance.md"
        self.document.write_text(f"before\n{grid_tables.BEGIN}\n{grid_tables.END}\nbehind\n",
                                 encoding="utf-8")

    def plot(self, rows, into="plots"):
        results = self.folder / "grid.jsonl"
        results.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
        return subprocess.run(
            [PLOT_FOLDER / "plot.py", results, "--folder", self.folder / into,
             "--document", self.document], capture_output=True, text=True, check=False)

    def test_draws_each_axis_the_same_each_time(self):
        for into in ("one", "two"):
            done = self.plot(ROWS, into)
            self.assertEqual(done.returncode, 0, done.stderr)
        names = sorted(file.name for file in (self.folder / "one").iterdir())
        self.assertEqual(len(names), 2 * (len(grid_points.AXES) + 1))
        for name in names:
            self.assertEqual((self.folder / "one" / name).read_bytes(),
                             (self.folder / "two" / name).read_bytes(), name)

    def test_writes_tables_between_the_markers_only(self):
        self.plot(ROWS)
        self.plot(ROWS)  # Replaces what was there.
        text = self.document.read_text(encoding="utf-8")
        self.assertTrue(text.startswith("before\n"))
        self.assertTrue(text.endswith(f"{grid_tables.END}\nbehind\n"))
        self.assertEqual(text.count("### Payload"), 1)
        self.assertIn("| 64 | 8 in tables | 184 096 | 180 000 to 190 000 | 244 917 | 0.75 |", text)
        self.assertIn("Nothing else ran", text)

    def test_says_when_others_ran_or_something_was_wrong(self):
        done = self.plot([SESSION, point("payload", others_cores=1.5, verified=False)])
        self.assertNotEqual(done.returncode, 0)
        text = self.document.read_text(encoding="utf-8")
        self.assertIn("Other work ran beside 1 of the points", text)
        self.assertIn("NOT VERIFIED", text)

    def test_leaves_a_document_without_markers_alone(self):
        self.document.write_text("nothing\n", encoding="utf-8")
        done = self.plot(ROWS)
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("has no lines", done.stderr)
        self.assertEqual(self.document.read_text(encoding="utf-8"), "nothing\n")

    def test_takes_the_last_of_the_same_point(self):
        grid = grid_points.Grid(json.dumps(row) for row in
                                (point("payload"), dict(point("payload"), rate_per_s=1)))
        self.assertEqual([row["rate_per_s"] for row in grid.points], [1])


if __name__ == "__main__":
    unittest.main()
