#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The Debian package that `make deb` has built: clean, complete, installed and removed again.

It is installed in an overlay over this machine's files, which nobody else sees.
"""
import glob
import os
import re
import subprocess
import unittest

import harness

BUILD = os.path.join(os.path.dirname(harness.NSMX), "deb")

# An overlay of the root directory that ends with the script; the command "$@" runs in it.
OVERLAY = """set -e
mount -t tmpfs tmpfs "$0"
mkdir "$0/upper" "$0/work" "$0/root"
mount -t overlay overlay -o "lowerdir=/,upperdir=$0/upper,workdir=$0/work" "$0/root"
for folder in proc dev; do mount --rbind "/$folder" "$0/root/$folder"; done
exec chroot "$0/root" sh -c "$1"
"""


def source(name):
    with open(os.path.join(harness.ROOT, name), encoding="utf-8") as file:
        return file.read()


class Package(harness.Case):
    """What dpkg-buildpackage has left."""

    def setUp(self):
        super().setUp()
        harness.need_programs("dpkg-deb")
        found = [name for name in glob.glob(f"{BUILD}/nsmx_*.deb")]
        if not found:
            raise unittest.SkipTest("no package: make deb")
        self.deb, = found

    def test_lintian(self):
        """lintian has no error and no warning"""
        harness.need_programs("lintian")
        changes, = glob.glob(f"{BUILD}/*.changes")
        done = subprocess.run(["lintian", "--allow-root", "--fail-on", "error,warning", changes],
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
        self.assertEqual((done.returncode, done.stdout), (0, b""))

    def test_contents(self):
        """files in their places, configuration as such"""
        found = {line.split()[5]: line.split()[0]
                 for line in self.tool("dpkg-deb", "-c", self.deb).splitlines()}
        for name in ("usr/bin/nsmx", "lib/systemd/system/nsmx.service", "etc/nsmx/nsmx.conf",
                     "usr/share/nsmx/rules/coincheck-2020.rules", "usr/share/man/man1/nsmx.1.gz",
                     "usr/share/man/man5/nsmx.conf.5.gz", "usr/share/man/man5/nsmx.rules.5.gz",
                     "usr/share/doc/nsmx/README.md", "usr/lib/sysusers.d/nsmx.conf",
                     "usr/share/bash-completion/completions/nsmx",
                     "usr/share/fish/vendor_completions.d/nsmx.fish",
                     "usr/share/zsh/vendor-completions/_nsmx",
                     "usr/share/nsmx/siem/nsmx-event.schema.json"):
            self.assertIn(f"./{name}", found)
        self.assertNotIn("./usr/share/doc/nsmx/events.md", found)
        self.assertEqual(found["./usr/bin/nsmx"], "-rwxr-xr-x")
        self.assertFalse([name for name in found if "local" in name])
        self.assertEqual(self.tool("dpkg-deb", "-I", self.deb, "conffiles"),
                         "/etc/nsmx/nsmx.conf\n")

    def test_documents(self):
        """nsmx-doc has each page of docs/, and nothing else but what every package has"""
        doc, = glob.glob(f"{BUILD}/nsmx-doc_*_all.deb")
        found = {line.split()[5] for line in self.tool("dpkg-deb", "-c", doc).splitlines()
                 if not line.endswith("/")}
        pages = {os.path.basename(name) for name in glob.glob(f"{harness.ROOT}/docs/*.[mp][dn]*")}
        self.assertIn("ARCHITECTURE.md", pages)
        self.assertEqual(found, {f"./usr/share/doc/nsmx/{page}" for page in pages}
                         | {f"./usr/share/doc/nsmx-doc/{name}" for name in ("changelog.gz", "copyright")})

    def test_versions(self):
        """one version: VERSION, changelog, package"""
        version = source("VERSION").strip()
        self.assertEqual(re.match(r"nsmx \((.*)\)", source("debian/changelog"))[1], version)
        self.assertEqual(self.tool("dpkg-deb", "-f", self.deb, "Version").strip(), version)

    def test_build_depends(self):
        """Build-Depends: the build packages of the Makefile"""
        words = re.search(r"^BUILD_PACKAGES = (.*?[^\\])\n", source("Makefile"), re.M | re.S)[1]
        wanted = set(words.replace("\\\n", " ").split()) - {"gcc", "libc6-dev"}
        given = re.search(r"^Build-Depends: (.*?)\n\n", source("debian/control"), re.M | re.S)[1]
        names = {word.strip().split(" ")[0] for word in given.split(",")}
        self.assertEqual(names - {"debhelper-compat", "dh-sequence-installsysusers"}, wanted)

    def test_installed(self):
        """installed: user, folder, unit, rules, man page; purged: nothing is left"""
        harness.need_root()
        harness.need_programs("unshare", "chroot", "systemd-sysusers")
        os.mkdir(self.path("overlay"))
        inside = ["unshare", "--mount", "sh", "-c", OVERLAY, self.path("overlay")]
        done = subprocess.run([*inside, "true"], stderr=subprocess.PIPE, check=False)
        if done.returncode != 0:
            raise unittest.SkipTest("no overlay: " + done.stderr.decode().strip())
        capture = harness.pcap("hijack-mta")
        left = ("/usr/bin/nsmx", "/usr/share/nsmx", "/usr/share/doc/nsmx", "/etc/nsmx",
                "/var/lib/nsmx", "/lib/systemd/system/nsmx.service")
        script = f"""set -e
            export DEBIAN_FRONTEND=noninteractive
            dpkg -i {self.deb} >/dev/null 2>&1
            getent passwd nsmx | cut -d: -f6,7
            stat -c '%U %G %a' /var/lib/nsmx
            nsmx replay --alerts hits -o - {capture} 2>/dev/null | wc -l
            find /etc/systemd -name nsmx.service
            man -w nsmx.rules
            nsmx rules check /usr/share/nsmx/rules >/dev/null && echo rules
            dpkg --purge nsmx >/dev/null 2>&1
            ls -d {' '.join(left)} 2>/dev/null || true
            """
        done = subprocess.run([*inside, script], stdout=subprocess.PIPE, check=False,
                              timeout=harness.PATIENCE)
        hits = len(self.replay(harness.pcap("hijack-mta"), rules=harness.SETS))
        self.assertEqual(done.stdout.decode().splitlines(),
                         ["/var/lib/nsmx:/usr/sbin/nologin", "nsmx nsmx 750", str(hits),
                          "/usr/share/man/man5/nsmx.rules.5.gz", "rules"])


if __name__ == "__main__":
    harness.main()
