#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The genuine exchanger: greets as mx.google.com, takes mail for coincheck.com only."""

import asyncio

from aiosmtpd.smtp import SMTP


class Handler:
    async def handle_EHLO(self, server, session, envelope, hostname, responses):
        session.host_name = hostname
        return responses[:-1] + ["250-PIPELINING"] + responses[-1:]

    async def handle_RCPT(self, server, session, envelope, address, options):
        if not address.lower().endswith("@coincheck.com"):
            return "550 5.1.1 No such user"
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_DATA(self, server, session, envelope):
        return "250 2.0.0 OK"


async def main():
    loop = asyncio.get_running_loop()
    server = await loop.create_server(
        lambda: SMTP(Handler(), hostname="mx.google.com", ident="ESMTP"),
        "0.0.0.0", 25)
    await server.serve_forever()


asyncio.run(main())
