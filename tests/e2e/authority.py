# SPDX-License-Identifier: GPL-3.0-or-later
"""A certificate authority, which openssl makes anew for each test or program."""
import os
import subprocess

import harness


class Authority:
    """Makes certificates in a folder with openssl."""

    def __init__(self, folder, name):
        harness.need_programs("openssl")
        self.base = os.path.join(folder, name)
        self.key = f"{self.base}.key"
        self.cert = f"{self.base}.crt"
        self.openssl("req", "-x509", "-newkey", "ec", "-pkeyopt",
                     "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2", "-subj",
                     f"/CN={name}", "-keyout", self.key, "-out", self.cert)

    @staticmethod
    def openssl(*words):
        done = subprocess.run(["openssl", *words], stdin=subprocess.DEVNULL,
                              stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
                              timeout=harness.PATIENCE, check=False)
        assert done.returncode == 0, done.stderr.decode("utf-8", "replace")

    def issue(self, name, subject, expired=False):
        """A certificate for `subject`, such as DNS:localhost; its file and its key's."""
        base = f"{self.base}-{name}"
        with open(f"{base}.ext", "w", encoding="ascii") as file:
            file.write(f"subjectAltName={subject}\n")
        self.openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1",
                     "-nodes", "-subj", f"/CN={name}", "-keyout", f"{base}.key",
                     "-out", f"{base}.csr")
        # A certificate that ends before now, by a validity in days that is negative.
        self.openssl("x509", "-req", "-in", f"{base}.csr", "-CA", self.cert, "-CAkey", self.key,
                     "-CAcreateserial", "-days", "-1" if expired else "2",
                     "-extfile", f"{base}.ext", "-out", f"{base}.crt")
        return f"{base}.crt", f"{base}.key"
