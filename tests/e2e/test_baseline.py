#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a packet costs, in instructions: no more than it did when tests/bench/baseline was
written, by a tenth."""
import os
import shutil
import sys
import tempfile
import unittest

import harness
from harness import NSMX, ROOT

sys.path.insert(0, os.path.join(ROOT, "tests/bench"))
import baseline  # noqa: E402  (it is where the path above leads)


def is_comparable():
    """Raises SkipTest where the counts would be of something else."""
    harness.need_programs("valgrind")
    with open(NSMX, "rb") as file:
        if b"__asan_init" in file.read():
            raise unittest.SkipTest("a build with sanitizers, which valgrind cannot run")
    with open(os.path.join(os.path.dirname(NSMX), "flags"), encoding="utf-8") as file:
        if " -O2 " not in file.read():
            raise unittest.SkipTest("a build with other optimisation than -O2")
    kept, here = baseline.read()[0], baseline.compiler()
    if kept != here:
        raise unittest.SkipTest(f"the baseline is of {kept}, this is {here}")


@harness.expand
class Baseline(harness.Case):

    counter = None

    def setUp(self):
        super().setUp()
        is_comparable()
        if Baseline.counter is None:  # one replay without packets of each rule set for all
            folder = tempfile.mkdtemp(prefix="nsmx-baseline-")
            self.addClassCleanup(shutil.rmtree, folder)
            Baseline.counter = baseline.Counter(NSMX, folder)

    @harness.for_each(list(baseline.KINDS), "{}: as many instructions a packet as before")
    def test_kind(self, kind):
        kept = baseline.read()[1][kind]
        count = self.counter.packet(kind, kept)
        self.assertLess(count, kept * (1 + baseline.TOLERANCE),
                        f"{kind}: {count} instructions a packet, {kept} before. If there is a good "
                        f"reason for it: {baseline.RENEW}")


if __name__ == "__main__":
    harness.main()
