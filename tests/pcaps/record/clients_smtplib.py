#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Sessions of Python's smtplib with both servers of the clients."""
import smtplib
import socket
import ssl
from email.charset import Charset
from email.header import Header
from email.message import EmailMessage, Message

SENDER = "carol@example.net"
HELLO = "python.example.net"
TLS = ssl._create_unverified_context()      # pylint: disable=protected-access

socket.setdefaulttimeout(20)
serial = 0


def mail(subject, *recipients, charset=None):
    global serial
    serial += 1
    letter = EmailMessage() if charset is None else Message()
    letter["Subject"] = subject if charset is None else Header(subject, Charset(charset))
    letter["From"] = f"Carol <{SENDER}>"
    letter["To"] = ", ".join(recipients)
    letter["Date"] = "Sun, 31 May 2020 09:05:12 +0900"
    letter["Message-ID"] = f"<{serial}@python.example.net>"
    letter.set_payload("Hello,\r\n.\r\n..\r\nRCPT TO:<x@example.org>\r\nQUIT\r\n")
    return letter


def refused(action, *arguments):
    """An action that the server must refuse."""
    try:
        action(*arguments)
    except smtplib.SMTPResponseException:
        return
    except smtplib.SMTPRecipientsRefused:
        return
    raise AssertionError(f"not refused: {arguments}")


def several_mails(host):
    with smtplib.SMTP(host, 25, HELLO) as smtp:
        smtp.send_message(mail("One", "alice@example.org"))
        smtp.send_message(mail("本人確認書類", "alice@example.org", charset="iso-2022-jp"))
        smtp.send_message(mail("Für Sie", "alice@example.org", "nobody@example.org",
                               charset="iso-8859-1"))
        refused(smtp.send_message, mail("Nobody", "nobody@example.org"))
        smtp.verify("alice@example.org")
        smtp.send_message(mail("", "bob@example.org"))
        smtp.mail(SENDER)
        smtp.rcpt("\"a b@c\"@example.org")
        smtp.rset()


def unicode_mail(host):
    with smtplib.SMTP(host, 25, HELLO) as smtp:
        smtp.send_message(mail("Grüße 本", "用户@example.org"))


def login(host, port, tls):
    with smtplib.SMTP(host, port, HELLO) as smtp:
        if tls:
            smtp.starttls(context=TLS)
        refused(smtp.login, "carol", "wrong-5512")
        smtp.login("carol", "sesame-7391")
        smtp.send_message(mail("Behind a password", "alice@example.org"))


def tls_mail(host, port):
    with smtplib.SMTP(host, port, HELLO) as smtp:
        smtp.starttls(context=TLS)
        smtp.send_message(mail("Behind TLS", "alice@example.org"))


def null_sender(host):
    with smtplib.SMTP(host, 25, HELLO) as smtp:
        smtp.sendmail("", ["alice@example.org"], mail("Bounce", "alice@example.org").as_bytes())


for server in ("mx.example.org", "aio.example.org"):
    several_mails(server)
    unicode_mail(server)
    null_sender(server)
    tls_mail(server, 587)
tls_mail("mx.example.org", 2525)
login("aio.example.org", 25, False)
login("aio.example.org", 587, True)
