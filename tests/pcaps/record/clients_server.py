#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The second server of the clients: aiosmtpd, without TLS and with AUTH on port 25, with
STARTTLS on 587, LMTP on 2525. Its dialogue goes to standard output."""
import asyncio
import logging
import re
import ssl
import sys

from aiosmtpd.lmtp import LMTP
from aiosmtpd.smtp import SMTP, AuthResult

ADDRESS = "203.0.113.26"


class Handler:
    async def handle_EHLO(self, server, session, envelope, hostname, responses):
        session.host_name = hostname
        if session.ssl:
            print(f"{session.peer} == {session.ssl['cipher'][1]}", flush=True)
        return responses[:-1] + ["250-PIPELINING"] + responses[-1:]

    async def handle_RCPT(self, server, session, envelope, address, options):
        if address.startswith("nobody@"):
            return "550 5.1.1 No such user"
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_DATA(self, server, session, envelope):
        for name in ("Message-ID", "Subject"):
            value = re.search(rb"^%b: (.*?)\r?$" % name.encode(), envelope.content, re.M | re.I)
            if value:
                print(f"{session.peer} {name}: {value[1].decode()}", flush=True)
        return "250 2.0.0 OK"


def authenticate(server, session, envelope, mechanism, credentials):
    return AuthResult(success=credentials.password == b"sesame-7391", handled=False)


async def main(certificate):
    loop = asyncio.get_running_loop()
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(certificate)
    tls.maximum_version = ssl.TLSVersion.TLSv1_2
    common = {"hostname": "aio.example.org", "ident": "ESMTP", "enable_SMTPUTF8": True,
              "authenticator": authenticate, "auth_require_tls": False}
    for protocol, port, more in ((SMTP, 25, {}), (SMTP, 587, {"tls_context": tls}),
                                 (LMTP, 2525, {})):
        await loop.create_server(
            lambda protocol=protocol, more=more: protocol(Handler(), **common, **more),
            ADDRESS, port)
    await asyncio.Event().wait()


logging.basicConfig(stream=sys.stdout, level=logging.DEBUG, format="%(message)s")
asyncio.run(main(sys.argv[1]))
