#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""A reload of a million rules: CPU time of all processes of the sensor, and the memory that it
adds to the workers, pages that they share counted once; with one worker and with four. NSMX names
the program."""
import os
import statistics
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "e2e"))
import harness                                          # noqa: E402
import test_compiled                                    # noqa: E402

RULES = 1000000
ROUNDS = 3
CPU_MOST = 1.0      # seconds, with four workers
MEMORY_MOST = 1.1   # that of four workers, in times of that of one


class Million(test_compiled.Sensor):
    def test_reload(self):
        """a million rules, once for all workers"""
        generate = os.path.join(os.path.dirname(harness.NSMX), "tests/bench/generate")
        subprocess.run([generate, "rules", str(RULES), self.path("bulk.rules")], check=True)
        runs = {1: [], 4: []}
        for _ in range(ROUNDS):
            for workers, costs in runs.items():
                costs.append(self.measure(workers))
        medians = {}
        for workers, costs in runs.items():
            cpu, memory = medians[workers] = tuple(map(statistics.median, zip(*costs)))
            least, most = min(costs)[0], max(costs)[0]
            print(f"# reload, {workers} worker{'s' * (workers > 1)}: {cpu:.2f} s ({least:.2f} to {most:.2f}), "
                  f"{memory:.1f} MiB")
        print(f"# four to one: CPU time {medians[4][0] / medians[1][0]:.2f}, target {CPU_MOST:g} s in all; "
              f"memory {medians[4][1] / medians[1][1]:.3f}, target {MEMORY_MOST:g}")
        self.assertLess(medians[4][1], MEMORY_MOST * medians[1][1])


if __name__ == "__main__":
    harness.main()
