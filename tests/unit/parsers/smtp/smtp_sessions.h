/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief SMTP sessions and the events that they must give; for test_smtp.c.
 *
 * Script: items separated by '|'. "C text", "S text": a line of the client, of the
 * server, CRLF added. "c text", "s text": octets as they are. "G 9", "H 9": a gap
 * of nine octets of the client, of the server.
 *
 * Events: as smtp_record.h writes them; "re" events only in rows that expect one.
 */
#pragma once

#define HI      "S 220 mx.test ESMTP ready|C EHLO a.test|S 250-mx.test|S 250 PIPELINING|"
#define HI_     "greeting 220 mx.test|EHLO a.test|"
#define TO_B    "C MAIL FROM:<a@a.test>|S 250 ok|C RCPT TO:<b@b.test>|S 250 ok|"
#define TO_B_   "mail a@a.test|mail= 250|rcpt 0 b@b.test|rcpt= 0 250|"
#define CLIENT  "C EHLO a.test|C MAIL FROM:<a@a.test>|C RCPT TO:<b@b.test>|C DATA|"
#define CLIENT_ "EHLO a.test|mail a@a.test|rcpt 0 b@b.test|"
/* A mail whose content has another mail, after a line end of `dot`. */
#define SMUGGLED(dot)                                                                              \
	TO_B "C DATA|S 354|c x" dot "MAIL FROM:<c@c>\r\nRCPT TO:<d@d>\r\nDATA\r\nTo: d\r\n.\r\n"
#define SMUGGLED_MAIL_(size)                                                                       \
	TO_B_ "begin|smuggling|end " size "|over accepted 250|smuggling|mail c@c|rcpt 0 d@d|"      \
	      "mail= 251|rcpt= 0 252|begin|header To=d|end 7|over accepted 253|"
#define SMUGGLED_ SMUGGLED_MAIL_("49") "quit"
#define DIALOGUE                                                                                   \
	"C EHLO evil.test|C MAIL FROM:<m@x.test>|C RCPT TO:<x@coincheck.com>|C DATA|C QUIT|"
/* A refused chunk that spells a command, and another, which was not answered yet. */
#define REFUSED_TWICE "C BDAT 6 LAST|S 503 no|C RSET|C BDAT 17 LAST|C MAIL FROM:<m@m>|"
#define NOOP_5        "C NOOP|C NOOP|C NOOP|C NOOP|C NOOP|"
#define OK_5          "S 250|S 250|S 250|S 250|S 250|"

struct smtp_row {
	const char *name, *script, *events;
};

static const struct smtp_row smtp_sessions[] = {
	/* a session as it should be */
	{ "nothing", "", "" },
	{ "greeting", "S 220 mx.test ESMTP", "greeting 220 mx.test" },
	{ "greeting without text", "S 220", "greeting 220 " },
	{ "greeting of several lines", "S 220-mx.test one|S 220-two|S 220 three|C HELO a",
	  "greeting 220 mx.test|HELO a" },
	{ "greeting refuses", "S 554 mx.test no", "greeting 554 mx.test" },
	{ "greeting unavailable", "S 421 mx.test busy", "greeting 421 mx.test" },
	{ "hello", HI "C QUIT|S 221 bye", HI_ "quit" },
	{ "helo with literal", "S 220 mx|C HELO [192.0.2.1]|S 250 mx",
	  "greeting 220 mx|HELO [192.0.2.1]" },
	{ "one mail",
	  HI TO_B "C DATA|S 354 go|C Subject: hi|C |C body|C .|S 250 queued|C QUIT|S 221 bye",
	  HI_ TO_B_ "begin|header Subject=hi|end 21|over accepted 250|quit" },
	{ "replies are emitted",
	  "S 220 mx|C EHLO a|S 250 mx|C NOOP|S 250 ok|C XYZ|S 500 what|C QUIT|S 221 bye",
	  "greeting 220 mx|re - 220|EHLO a|offer 0|re EHLO 250|re NOOP 250|re - 500|quit|re QUIT "
	  "221" },
	{ "STARTTLS is offered, then not",
	  "S 220 mx|C EHLO a|S 250-mx|S 250-SIZE|S 250 starttls|C EHLO a|S 250-mx|S 250 STARTTLSX",
	  "greeting 220 mx|re - 220|EHLO a|offer 1|re EHLO 250|EHLO a|offer 0|re EHLO 250" },
	{ "STARTTLS is overwritten with one letter", "S 220 mx|C EHLO a|S 250-mx|S 250 XXXXXXXA",
	  "greeting 220 mx|re - 220|EHLO a|offer 2|re EHLO 250" },
	{ "STARTTLS is overwritten in two letters", "S 220 mx|C EHLO a|S 250-mx|S 250 sTaXXTLS ",
	  "greeting 220 mx|re - 220|EHLO a|offer 2|re EHLO 250" },
	{ "STARTTLS is offered as well", "S 220 mx|C EHLO a|S 250-mx|S 250-********|S 250 STARTTLS",
	  "greeting 220 mx|re - 220|EHLO a|offer 1|re EHLO 250" },
	{ "other keywords of eight letters, longer ones, the name of the server",
	  "S 220 mx|C EHLO a|S 250-XXXXXXXA|S 250-8BITMIME|S 250-SMTPUTF8|S 250-CHUNKING|"
	  "S 250-XFORWARD|S 250-XXXXXXXXX|S 250 XXXXXXX",
	  "greeting 220 mx|re - 220|EHLO a|offer 0|re EHLO 250" },
	{ "STARTTLS is offered by the only side seen",
	  "S 220 STARTTLS|S 250-mx|S 250-STARTTLS |S 250 X",
	  "greeting 220 STARTTLS|re - 220|offer 1|re - 250" },
	{ "nothing is offered", "S 220 mx|C HELO a|S 250-STARTTLS|S 250 mx|C EHLO a|S 502 STARTTLS",
	  "greeting 220 mx|re - 220|HELO a|re HELO 250|EHLO a|re EHLO 502" },
	{ "two mails",
	  HI TO_B "C DATA|S 354 go|C x|C .|S 250 ok|" TO_B "C DATA|S 354 go|C y|C .|S 250 ok",
	  HI_ TO_B_ "begin|end 3|over accepted 250|" TO_B_ "begin|end 3|over accepted 250" },
	{ "verbs in any case",
	  "s 220 mx\r\n|C eHlO a|S 250 mx|C mail from:<a@a>|S 250 ok|"
	  "C Rcpt To:<b@b>|S 250 ok|C rset|S 250 ok|C quit",
	  "greeting 220 mx|EHLO a|mail a@a|mail= 250|rcpt 0 b@b|rcpt= 0 250|over abandoned "
	  "0|quit" },
	{ "blanks around the colon", HI "C MAIL FROM : <a@a>  |S 250 ok|C RCPT  TO: b@b|S 250 ok",
	  HI_ "mail a@a|mail= 250|rcpt 0 b@b|rcpt= 0 250|over abandoned 0" },
	{ "null sender", HI "C MAIL FROM:<> SIZE=9 BODY=8BITMIME|S 250 ok|C RCPT TO:<b@b>|S 250 ok",
	  HI_ "mail |mail= 250|rcpt 0 b@b|rcpt= 0 250|over abandoned 0" },
	{ "null recipient is not a recipient", HI "C MAIL FROM:<>|S 250 ok|C RCPT TO:<>|S 501 no",
	  HI_ "mail |mail= 250|over abandoned 0" },
	{ "quoted local part", HI "C MAIL FROM:<\"a> b@c\"@d.test>|S 250 ok",
	  HI_ "mail \"a> b@c\"@d.test|mail= 250|over abandoned 0" },
	{ "a bad path opens nothing", HI "C MAIL FROM:|S 501 no|C MAIL a@b|S 501 no|C QUIT",
	  HI_ "quit" },
	{ "commands end in bare LF", "s 220 mx\n|c HELO a\nMAIL FROM:<a@a>\n|s 250 ok\n250 ok\n",
	  "greeting 220 mx|HELO a|mail a@a|mail= 250|over abandoned 0" },
	{ "VRFY, EXPN", HI "C VRFY bob|S 252 maybe|C EXPN list|S 502 no",
	  HI_ "VRFY bob|EXPN list" },
	{ "XCLIENT begins anew", HI "C XCLIENT ADDR=192.0.2.1|S 220 mx.test|C EHLO b.test|S 250 ok",
	  HI_ "origin ::ffff:192.0.2.1 0|EHLO b.test" },
	{ "PROXY line", "C PROXY TCP4 192.0.2.1 192.0.2.2 1 25|S 220 mx|C HELO a|S 250 mx",
	  "origin ::ffff:192.0.2.1 1|greeting 220 mx|HELO a" },
	/* recipients and their replies */
	{ "a recipient refused",
	  HI "C MAIL FROM:<a@a>|S 250 ok|C RCPT TO:<b@b>|S 550 no|C RCPT TO:<c@c>|S 250 ok|C QUIT",
	  HI_ "mail a@a|mail= 250|rcpt 0 b@b|rcpt= 0 550|rcpt 1 c@c|rcpt= 1 250|quit|"
	      "over abandoned 0" },
	{ "reply of several lines",
	  HI "C MAIL FROM:<a@a>|S 250 ok|C RCPT TO:<b@b>|"
	     "S 550-5.1.1 no|S 550-5.1.1 such|S 550 5.1.1 user",
	  HI_ "mail a@a|mail= 250|rcpt 0 b@b|rcpt= 0 550|over abandoned 0" },
	{ "sender refused", HI "C MAIL FROM:<a@a>|S 553 no|C RSET|S 250 ok",
	  HI_ "mail a@a|mail= 553|over refused 553" },
	{ "sender refused, then another",
	  HI "C MAIL FROM:<a@a>|S 553 no|C MAIL FROM:<c@c>|S 250 ok",
	  HI_ "mail a@a|mail= 553|over refused 553|mail c@c|mail= 250|over abandoned 0" },
	{ "DATA refused", HI TO_B "C DATA|S 451 no|C RSET|S 250 ok|" TO_B,
	  HI_ TO_B_ "over refused 451|" TO_B_ "over abandoned 0" },
	{ "content refused", HI TO_B "C DATA|S 354 go|C x|C .|S 552 no",
	  HI_ TO_B_ "begin|end 3|over refused 552" },
	{ "server closes", HI TO_B "C RCPT TO:<c@c>|S 421 closing",
	  HI_ TO_B_ "rcpt 1 c@c|rcpt= 1 421|over abandoned 0" },
	{ "not a reply line", HI "C MAIL FROM:<a@a>|S hello|S 2x0 ok|S 600 ok|S 2500 ok|S 250 ok",
	  HI_ "mail a@a|mail= 250|over abandoned 0" },
	/* the class of a reply is its first digit */
	{ "the last code that refuses nothing",
	  HI "C MAIL FROM:<a@a>|S 399 what|C RCPT TO:<b@b>|S 400 no",
	  HI_ "mail a@a|mail= 399|rcpt 0 b@b|rcpt= 0 400|over abandoned 0" },
	{ "the first code that refuses", HI "C MAIL FROM:<a@a>|S 400 no|C DATA|S 400 no",
	  HI_ "mail a@a|mail= 400|over refused 400" },
	{ "the last code of success",
	  HI "C MAIL FROM:<a@a>|S 299 ok|C RCPT TO:<b@b>|S 300 what|C DATA|S 399",
	  HI_ "mail a@a|mail= 299|rcpt 0 b@b|rcpt= 0 300|over abandoned 0" },
	{ "STARTTLS is answered after a gap",
	  HI "C NOOP|S 250|G 9|C STARTTLS|S 220 go|C NOOP|S 250", HI_ "tls 220" },
	{ "STARTTLS is answered, another command was sent",
	  HI "G 9|C NOOP|C STARTTLS|C NOOP|S 220 go", HI_ "tls 220" },
	{ "reply never comes", HI "C MAIL FROM:<a@a>|S 250 ok|C RCPT TO:<b@b>|C RCPT TO:<c@c>",
	  HI_ "mail a@a|mail= 250|rcpt 0 b@b|rcpt 1 c@c|rcpt= 0 0|rcpt= 1 0|over abandoned 0" },
	/* pipelining */
	{ "pipelined",
	  HI "C MAIL FROM:<a@a>|C RCPT TO:<b@b>|C RCPT TO:<c@c>|C DATA|S 250 ok|S 550 no|S 250 ok|"
	     "S 354 go|C x|C .|C QUIT|S 250 ok|S 221 bye",
	  HI_ "mail a@a|rcpt 0 b@b|rcpt 1 c@c|mail= 250|rcpt= 0 550|rcpt= 1 250|begin|end 3|"
	      "over accepted 250|quit" },
	{ "pipelined, all refused",
	  HI "C MAIL FROM:<a@a>|C RCPT TO:<b@b>|C DATA|S 250 ok|S 550 no|S 554 no|C RSET|C QUIT|"
	     "S 250 ok|S 221 bye",
	  HI_ "mail a@a|rcpt 0 b@b|mail= 250|rcpt= 0 550|over refused 554|quit" },
	{ "pipelined, MAIL refused",
	  HI "C MAIL FROM:<a@a>|C RCPT TO:<b@b>|S 550 no|S 503 no|C RSET|S 250",
	  HI_ "mail a@a|rcpt 0 b@b|mail= 550|rcpt= 0 503|over refused 550" },
	{ "next mail after the dot",
	  HI TO_B
	  "C DATA|S 354 go|C x|C .|C MAIL FROM:<c@c>|C RCPT TO:<d@d>|S 250 ok|S 250 ok|S 550 no",
	  HI_ TO_B_ "begin|end 3|over accepted 250|mail c@c|rcpt 0 d@d|mail= 250|rcpt= 0 550|"
	            "over abandoned 0" },
	{ "next mail after RSET",
	  HI "C MAIL FROM:<a@a>|C RCPT TO:<b@b>|C RSET|C MAIL FROM:<c@c>|C RCPT TO:<d@d>|"
	     "S 250 1|S 251 2|S 250 3|S 250 4|S 252 5",
	  HI_ "mail a@a|rcpt 0 b@b|mail= 250|rcpt= 0 251|over abandoned 0|mail c@c|rcpt 0 d@d|"
	      "mail= 250|rcpt= 0 252|over abandoned 0" },
	{ "content sent without waiting",
	  HI TO_B "C DATA|C x|C RCPT TO:<y@y>|C .|S 354 go|S 250 ok",
	  HI_ TO_B_ "begin|end 18|over accepted 250" },
	{ "commands sent after refused DATA", HI TO_B "C DATA|C MAIL FROM:<c@c>|S 554 no|S 250 ok",
	  HI_ TO_B_ "over refused 554|mail c@c|mail= 250|over abandoned 0" },
	{ "whole session at once, greeting late",
	  CLIENT "C x|C .|C QUIT|S 220 mx|S 250 mx|S 250 ok|S 250 ok|S 354 go|S 250 ok|S 221 bye",
	  CLIENT_ "begin|end 3|rcpt= 0 0|over undecided 0|quit|greeting 220 mx" },
	{ "a command by chance in content is dropped with its reply",
	  HI TO_B
	  "C DATA|S 354 go|C x|G 9|C RCPT TO:<f@f.test>|S 250 queued|C NOOP|S 250 ok|C QUIT",
	  HI_ TO_B_ "begin|over accepted 250|quit" },
	{ "greeting amid the content",
	  CLIENT "C x|S 220 mx|C RCPT TO:<x@x>|C .|S 250 mx|S 250 1|S 250 2|S 354 go|S 250 3",
	  CLIENT_ "begin|greeting 220 mx|end 18|mail= 250|rcpt= 0 250|over accepted 250" },
	{ "greeting, then an odd command", "S 220 mx|C VRFY <a!b>|S 252 maybe|C QUIT",
	  "greeting 220 mx|VRFY <a!b>|quit" },
	{ "early talker",
	  "C EHLO a|C MAIL FROM:<a@a>|C RCPT TO:<b@b>|S 220 mx|S 250 mx|S 250 ok|S 550 no",
	  "EHLO a|mail a@a|rcpt 0 b@b|greeting 220 mx|mail= 250|rcpt= 0 550|over abandoned 0" },
	/* borders of transactions */
	{ "RSET", HI TO_B "C RSET|S 250 ok|C RSET|S 250 ok", HI_ TO_B_ "over abandoned 0" },
	{ "EHLO anew", HI TO_B "C EHLO b.test|S 250 ok", HI_ TO_B_ "EHLO b.test|over abandoned 0" },
	{ "RSET refused", HI TO_B "C RSET x|S 501 no|C DATA|S 354|C x|C .|S 250",
	  HI_ TO_B_ "begin|end 3|over accepted 250" },
	{ "EHLO refused", HI TO_B "C EHLO|S 501 no|C DATA|S 354|C x|C .|S 250",
	  HI_ TO_B_ "EHLO |begin|end 3|over accepted 250" },
	{ "HELO refused, unavailable", HI TO_B "C HELO b.test|S 421 no",
	  HI_ TO_B_ "HELO b.test|over abandoned 0" },
	{ "refused, pipelined",
	  HI "C MAIL FROM:<a@a>|C RSET x|C RCPT TO:<b@b>|C EHLO|C DATA|S 250|S 501|S 250|S 501|"
	     "S 354|C x|C .|S 250",
	  HI_ "mail a@a|mail= 250|rcpt 0 b@b|EHLO |rcpt= 0 250|begin|end 3|over accepted 250" },
	{ "a second MAIL refused",
	  HI TO_B "C MAIL FROM:<c@c>|S 503 nested|C DATA|S 354|C x|C .|S 250",
	  HI_ TO_B_ "no mail c@c|begin|end 3|over accepted 250" },
	{ "a second MAIL accepted",
	  HI TO_B "C MAIL FROM:<c@c>|S 250|C RCPT TO:<d@d>|S 250|C DATA|S 354|C x|C .|S 250",
	  HI_ TO_B_ "over abandoned 0|mail c@c|mail= 250|rcpt 0 d@d|rcpt= 0 250|begin|end 3|"
	            "over accepted 250" },
	{ "a second MAIL refused, pipelined",
	  HI "C MAIL FROM:<a@a>|C RCPT TO:<b@b>|C MAIL FROM:<c@c>|C RCPT TO:<d@d>|C DATA|"
	     "S 250|S 250|S 503|S 250|S 354|C x|C .|S 250",
	  HI_ "mail a@a|rcpt 0 b@b|mail= 250|rcpt= 0 250|no mail c@c|rcpt 1 d@d|rcpt= 1 250|"
	      "begin|end 3|over accepted 250" },
	{ "a second MAIL without a reply", HI TO_B "C MAIL FROM:<c@c>|C RCPT TO:<d@d>",
	  HI_ TO_B_ "over abandoned 0|mail c@c|rcpt 0 d@d|rcpt= 0 0|over abandoned 0" },
	{ "a second MAIL, reply lost", HI TO_B "C MAIL FROM:<c@c>|H 9|C RCPT TO:<d@d>|S 550",
	  HI_ TO_B_ "over abandoned 0|mail c@c|rcpt 0 d@d|rcpt= 0 550|over abandoned 0" },
	{ "a second MAIL, client only", CLIENT "C .|C MAIL FROM:<c@c>|C MAIL FROM:<e@e>",
	  CLIENT_ "begin|end 0|rcpt= 0 0|over undecided 0|mail c@c|over abandoned 0|mail e@e|"
	          "over abandoned 0" },
	{ "LHLO refused",
	  "S 220 mx|C LHLO a|S 502 no|C EHLO a|S 250|" TO_B
	  "C RCPT TO:<c@c>|S 250|C LHLO a|S 503|C DATA|S 354|C x|C .|S 250",
	  "greeting 220 mx|LHLO a|EHLO a|" TO_B_ "rcpt 1 c@c|rcpt= 1 250|LHLO a|begin|end 3|"
	  "over accepted 250" },
	{ "end in content", HI TO_B "C DATA|S 354 go|C x", HI_ TO_B_ "begin|over abandoned 0" },
	{ "end before the verdict", HI TO_B "C DATA|S 354 go|C x|C .",
	  HI_ TO_B_ "begin|end 3|over undecided 0" },
	{ "QUIT in a transaction", HI TO_B "C QUIT|S 221 bye", HI_ TO_B_ "quit|over abandoned 0" },
	/* content */
	{ "a dialogue in DATA", HI TO_B "C DATA|S 354 go|" DIALOGUE "C .|S 250 ok",
	  HI_ TO_B_ "begin|end 77|over accepted 250" },
	{ "a dialogue after a header",
	  HI TO_B "C DATA|S 354 go|C To: b|C |" DIALOGUE "C .|S 250 ok",
	  HI_ TO_B_ "begin|header To=b|end 86|over accepted 250" },
	{ "dots at line starts", HI TO_B "C DATA|S 354 go|C ..|C .x|C ...|C . |C .|S 250 ok",
	  HI_ TO_B_ "begin|end 17|over accepted 250" },
	{ "empty content", HI TO_B "C DATA|S 354 go|C .|S 250 ok",
	  HI_ TO_B_ "begin|end 0|over accepted 250" },
	{ "dot within a line", HI TO_B "C DATA|S 354 go|C x.|C .|S 250 ok",
	  HI_ TO_B_ "begin|end 4|over accepted 250" },
	{ "header fields",
	  HI TO_B
	  "C DATA|S 354 go|C From: A <a@a>|C TO:b@b|C cc : c|C Date: now|C Message-ID: <1@a>|"
	  "C X-Subject: no|C Subject:|C |C Subject: body|C .|S 250 ok",
	  HI_ TO_B_ "begin|header From=A <a@a>|header To=b@b|header Cc=c|header Date=now|"
	            "header Message-ID=<1@a>|header Subject=|end 103|over accepted 250" },
	{ "folded fields",
	  HI TO_B "C DATA|S 354 go|C Subject: a|C  b  |C \tc|C X: d|C  e|C To:|C  f|C .|S 250",
	  HI_ TO_B_ "begin|header Subject=a b  \tc|header To=f|end 41|over accepted 250" },
	{ "no field ends the header",
	  HI TO_B "C DATA|S 354 go|C To: b|C no field|C To: c|C .|S 250",
	  HI_ TO_B_ "begin|header To=b|end 24|over accepted 250" },
	{ "mbox line", HI TO_B "C DATA|S 354|C From a@a Sat May 30 00:00:00 2020|C To: b|C .|S 250",
	  HI_ TO_B_ "begin|header To=b|end 42|over accepted 250" },
	{ "quoted mbox line in a chunk", HI TO_B "c BDAT 20 LAST\r\n>From a@a 0:0\r\nTo: b|S 250",
	  HI_ TO_B_ "begin|header To=b|end 20|over accepted 250" },
	{ "blanks before the colon of the first field",
	  HI TO_B "C DATA|S 354|C From \t: a@a|C To : b|C .|S 250",
	  HI_ TO_B_ "begin|header From=a@a|header To=b|end 21|over accepted 250" },
	{ "mbox line later", HI TO_B "C DATA|S 354|C To: b|C From a@a 0:0|C Cc: c|C .|S 250",
	  HI_ TO_B_ "begin|header To=b|end 28|over accepted 250" },
	{ "stuffed field", HI TO_B "C DATA|S 354 go|C .To: b|C .|S 250",
	  HI_ TO_B_ "begin|header To=b|end 8|over accepted 250" },
	{ "field before the dot", HI TO_B "C DATA|S 354 go|C To: b|C .|S 250",
	  HI_ TO_B_ "begin|header To=b|end 7|over accepted 250" },
	/* BDAT */
	{ "one chunk", HI TO_B "c BDAT 12 LAST\r\nTo: b\r\n\r\nx\r\n|S 250 ok",
	  HI_ TO_B_ "begin|header To=b|end 12|over accepted 250" },
	{ "chunks", HI TO_B "c BDAT 7\r\nTo: b\r\n|S 250 ok|c BDAT 3 LAST\r\n\r\nx|S 250 ok",
	  HI_ TO_B_ "begin|header To=b|end 10|over accepted 250" },
	{ "chunks pipelined with commands",
	  HI "c MAIL FROM:<a@a>\r\nRCPT TO:<b@b>\r\nBDAT 3\r\nx\r\nbdat 3 last\r\ny\r\nQUIT\r\n|"
	     "S 250 1|S 250 2|S 250 3|S 250 4|S 221 bye",
	  HI_ "mail a@a|rcpt 0 b@b|begin|end 6|mail= 250|rcpt= 0 250|over accepted 250|quit" },
	{ "last chunk of 0", HI TO_B "c BDAT 3\r\nx\r\n|S 250 ok|C BDAT 0 LAST|S 250 ok",
	  HI_ TO_B_ "begin|end 3|over accepted 250" },
	{ "a dialogue in a chunk",
	  HI TO_B
	  "c BDAT 33 LAST\r\nRCPT TO:<x@coincheck.com>\r\nQUIT\r\n|C NOOP|S 250 ok|S 250 ok",
	  HI_ TO_B_ "begin|end 33|over accepted 250" },
	{ "a dot in a chunk", HI TO_B "c BDAT 25 LAST\r\n\r\n.\r\nRCPT TO:<x@x.test>\r\n|S 250 ok",
	  HI_ TO_B_ "begin|end 25|over accepted 250" },
	{ "chunk refused", HI TO_B "c BDAT 3\r\nx\r\n|S 552 no|c BDAT 3 LAST\r\nx\r\n|S 503 no",
	  HI_ TO_B_ "begin|end 6|over refused 552" },
	{ "RSET between chunks", HI TO_B "c BDAT 3\r\nx\r\n|S 250 ok|C RSET|S 250 ok",
	  HI_ TO_B_ "begin|over abandoned 0" },
	{ "a chunk without a size", HI TO_B "C BDAT|S 501 no|C BDAT x LAST|S 501 no",
	  HI_ TO_B_ "over abandoned 0" },
	{ "field across a chunk's border",
	  HI TO_B "c BDAT 3\r\nTo:|S 250|c BDAT 3 LAST\r\n b\n|S 250",
	  HI_ TO_B_ "begin|header To=b|end 6|over accepted 250" },
	/* smuggling: only CRLF.CRLF ends */
	{ "LF.LF", HI TO_B "C DATA|S 354|c x\n.\nRCPT TO:<y@y>\r\n.\r\n|S 250",
	  HI_ TO_B_ "begin|smuggling|end 19|over accepted 250" },
	{ "LF.CRLF", HI TO_B "C DATA|S 354|c x\n.\r\nRCPT TO:<y@y>\r\n.\r\n|S 250",
	  HI_ TO_B_ "begin|smuggling|end 20|over accepted 250" },
	{ "CRLF.LF", HI TO_B "C DATA|S 354|c x\r\n.\nRCPT TO:<y@y>\r\n.\r\n|S 250",
	  HI_ TO_B_ "begin|smuggling|end 20|over accepted 250" },
	{ "CR.CR", HI TO_B "C DATA|S 354|c x\r.\rRCPT TO:<y@y>\r\n.\r\n|S 250",
	  HI_ TO_B_ "begin|smuggling|end 19|over accepted 250" },
	{ "CRLF.CR", HI TO_B "C DATA|S 354|c x\r\n.\rRCPT TO:<y@y>\r\n.\r\n|S 250",
	  HI_ TO_B_ "begin|smuggling|end 20|over accepted 250" },
	{ "CR.CRLF", HI TO_B "C DATA|S 354|c x\r.\r\nRCPT TO:<y@y>\r\n.\r\n|S 250",
	  HI_ TO_B_ "begin|smuggling|end 20|over accepted 250" },
	/* the server's reply shows where the content ended */
	{ "a lax server takes it for the end",
	  HI TO_B "C DATA|S 354|c x\n.\r\nMAIL FROM:<c@c>\r\n|S 250 ok|S 250 ok|c .\r\n",
	  HI_ TO_B_ "begin|smuggling|end 2|over accepted 250|smuggling|mail c@c|mail= 250|"
	            "over abandoned 0" },
	{ "a client without CR",
	  "S 220 mx|c HELO a\n|S 250|c MAIL FROM:<a@a>\n|S 250|c RCPT TO:<b@b>\n|S 250|c DATA\n|"
	  "S 354|c To: b\n\nx\n.\n|S 250|c MAIL FROM:<c@c>\n|S 250|c RCPT TO:<d@d>\n|S 550|c "
	  "QUIT\n",
	  "greeting 220 mx|HELO a|mail a@a|mail= 250|rcpt 0 b@b|rcpt= 0 250|begin|header To=b|"
	  "end 9|over accepted 250|mail c@c|mail= 250|rcpt 0 d@d|rcpt= 0 550|quit|"
	  "over abandoned 0" },
	{ "a client without CR, pipelined",
	  "S 220 mx|c HELO a\n|S 250|c MAIL FROM:<a@a>\nRCPT TO:<b@b>\nDATA\n|S 250|S 250|S 354|"
	  "c x\n.\nMAIL FROM:<c@c>\nRCPT TO:<d@d>\nDATA\n|S 250|S 251|S 252|S 354|c y\n.\nQUIT\n|"
	  "S 253|S 221",
	  "greeting 220 mx|HELO a|mail a@a|rcpt 0 b@b|mail= 250|rcpt= 0 250|begin|end 2|"
	  "over accepted 250|mail c@c|rcpt 0 d@d|mail= 251|rcpt= 0 252|begin|end 2|"
	  "over accepted 253|quit" },
	{ "a client without CR, client only",
	  "c HELO a\nMAIL FROM:<a@a>\nRCPT TO:<b@b>\nDATA\nTo: b\n\nx\n.\nMAIL FROM:<c@c>\n|"
	  "c RCPT TO:<d@d>\nDATA\ny\n.\nQUIT\n",
	  "HELO a|mail a@a|rcpt 0 b@b|begin|header To=b|end 9|rcpt= 0 0|over undecided 0|mail c@c|"
	  "rcpt 0 d@d|begin|end 2|rcpt= 0 0|over undecided 0|quit" },
	{ "the content is refused at a single dot", HI TO_B "C DATA|S 354|c x\n.\n|S 550 no|" TO_B,
	  HI_ TO_B_ "begin|end 2|over refused 550|" TO_B_ "over abandoned 0" },
	{ "421 at a single dot", HI TO_B "C DATA|S 354|c x\n.\n|S 421 late",
	  HI_ TO_B_ "begin|over abandoned 0" },
	{ "a later reply is not to the content",
	  HI TO_B "C DATA|S 354|c x\n.\n\n|S 250 ok|S 500 what|C QUIT|S 221",
	  HI_ TO_B_ "begin|smuggling|end 2|over accepted 250|quit" },
	{ "a single dot and nothing later", HI TO_B "C DATA|S 354|c x\n.\ny|S 250 ok|S 221 bye",
	  HI_ TO_B_ "begin|smuggling|end 2|over accepted 250" },
	{ "LMTP, a single dot",
	  "S 220 l|C LHLO a|S 250|" TO_B "C RCPT TO:<c@c>|S 250|C DATA|S 354|c x\n.\n|S 250 b|"
	  "S 452 c|" TO_B,
	  "greeting 220 l|LHLO a|" TO_B_ "rcpt 1 c@c|rcpt= 1 250|begin|end 2|final 0 250|"
	  "final 1 452|over accepted 250|" TO_B_ "over abandoned 0" },
	{ "a reply without a dot",
	  HI TO_B "C DATA|S 354|C x|S 250 ok|C MAIL FROM:<c@c>|S 251|C RCPT TO:<d@d>|S 550",
	  HI_ TO_B_ "begin|end 3|over accepted 250|mail c@c|mail= 251|rcpt 0 d@d|rcpt= 0 550|"
	            "over abandoned 0" },
	{ "a reply amid a line",
	  HI TO_B "C DATA|S 354|c x\r\ny|S 250 ok|c \r\nMAIL FROM:<c@c>\r\n|S 500|S 251",
	  HI_ TO_B_ "begin|end 4|over accepted 250|mail c@c|mail= 251|over abandoned 0" },
	{ "a reply amid the content, which continues",
	  HI TO_B "C DATA|S 354|C x|S 452 full|C y|C .|" TO_B,
	  HI_ TO_B_ "begin|end 6|over refused 452|" TO_B_ "over abandoned 0" },
	{ "a mail smuggled by LF.LF", HI SMUGGLED("\n.\n") "|S 250|S 251|S 252|S 354|S 253|C QUIT",
	  HI_ SMUGGLED_ },
	{ "a mail smuggled by LF.CRLF",
	  HI SMUGGLED("\n.\r\n") "|S 250|S 251|S 252|S 354|S 253|C QUIT",
	  HI_ SMUGGLED_MAIL_("50") "quit" },
	{ "a mail smuggled by CRLF.LF",
	  HI SMUGGLED("\r\n.\n") "|S 250|S 251|S 252|S 354|S 253|C QUIT",
	  HI_ SMUGGLED_MAIL_("50") "quit" },
	{ "a mail smuggled by CR.CR", HI SMUGGLED("\r.\r") "|S 250|S 251|S 252|S 354|S 253|C QUIT",
	  HI_ SMUGGLED_ },
	{ "a smuggled mail and QUIT at once",
	  HI SMUGGLED("\n.\n") "QUIT\r\n|S 250|S 251|S 252|S 354|S 253|S 221", HI_ SMUGGLED_ },
	{ "a smuggled mail and another one at once",
	  HI SMUGGLED("\n.\n") "MAIL FROM:<e@e>\r\nRCPT TO:<f@f>\r\n|S 250|S 251|S 252|S 354|S 253|"
	                       "S 254|S 551",
	  HI_ SMUGGLED_MAIL_("49") "mail e@e|rcpt 0 f@f|mail= 254|rcpt= 0 551|over abandoned 0" },
	{ "two smuggled mails",
	  HI TO_B
	  "C DATA|S 354|c x\n.\nMAIL FROM:<c@c>\r\nRCPT TO:<d@d>\r\nDATA\r\ny\n.\n"
	  "MAIL FROM:<e@e>\r\nRCPT TO:<f@f>\r\nDATA\r\nz\r\n.\r\n|S 250|S 251|S 252|S 354|S 253|"
	  "S 254|S 255|S 354|S 256|C QUIT|S 221",
	  HI_ TO_B_
	  "begin|smuggling|smuggling|end 87|over accepted 250|smuggling|mail c@c|rcpt 0 d@d|"
	  "mail= 251|rcpt= 0 252|begin|smuggling|end 45|over accepted 253|smuggling|mail e@e|"
	  "rcpt 0 f@f|mail= 254|rcpt= 0 255|begin|end 3|over accepted 256|quit" },
	{ "a smuggled mail refused",
	  HI SMUGGLED("\n.\n") "|S 250|S 551|S 503|S 503|S 500|S 500|S 500|S 500|C QUIT|S 221",
	  HI_ TO_B_ "begin|smuggling|end 49|over accepted 250|smuggling|mail c@c|rcpt 0 d@d|"
	            "mail= 551|rcpt= 0 503|quit|over refused 503" },
	{ "a smuggled mail, its content later",
	  HI TO_B
	  "C DATA|S 354|c x\n.\nMAIL FROM:<c@c>\r\nRCPT TO:<d@d>\r\nDATA\r\n|S 250|S 251|S 252|"
	  "S 354|C To: d|C |C y|C .|S 253|C QUIT",
	  HI_ TO_B_
	  "begin|smuggling|end 2|over accepted 250|smuggling|mail c@c|rcpt 0 d@d|mail= 251|"
	  "rcpt= 0 252|begin|header To=d|end 12|over accepted 253|quit" },
	{ "a smuggled mail, only its 354 seen",
	  HI TO_B "C DATA|S 354|c x\n.\nMAIL FROM:<c@c>\r\nRCPT TO:<d@d>\r\nDATA\r\n|H 30|"
	          "S 354|C y|C .|S 253|C QUIT",
	  HI_ TO_B_ "begin|smuggling|end 2|over undecided 0|smuggling|mail c@c|rcpt 0 d@d|"
	            "rcpt= 0 0|begin|end 3|over accepted 253|quit" },
	{ "no smuggled mail for a strict server", HI SMUGGLED("\n.\n") "|S 250|C QUIT|S 221",
	  HI_ TO_B_ "begin|smuggling|end 49|over accepted 250|quit" },
	{ "no smuggled mail for a strict server, QUIT at once",
	  HI SMUGGLED("\n.\n") "QUIT\r\n|S 250|S 221",
	  HI_ TO_B_ "begin|smuggling|end 49|over accepted 250|quit" },
	{ "no smuggled mail for a strict server, another mail",
	  HI SMUGGLED("\n.\n") "|S 250|" TO_B "C DATA|S 354|C x|C .|S 251|C QUIT|S 221",
	  HI_ TO_B_ "begin|smuggling|end 49|over accepted 250|" TO_B_ "begin|end 3|"
	            "over accepted 251|quit" },
	{ "no smuggled mail for a strict server, another mail at once",
	  HI SMUGGLED(
	          "\n.\n") "MAIL FROM:<e@e>\r\nRCPT TO:<f@f>\r\nDATA\r\n|S 250|S 251|S 252|S 354|"
	                   "C z|C .|S 253|C QUIT",
	  HI_ TO_B_ "begin|smuggling|end 49|over accepted 250|mail e@e|rcpt 0 f@f|mail= 251|"
	            "rcpt= 0 252|begin|end 3|over accepted 253|quit" },
	{ "a smuggled mail, client only",
	  CLIENT "c x\n.\nMAIL FROM:<c@c>\r\nRCPT TO:<d@d>\r\nDATA\r\ny\r\n.\r\n|C QUIT",
	  CLIENT_ "begin|smuggling|end 2|rcpt= 0 0|over undecided 0|smuggling|mail c@c|rcpt 0 d@d|"
	          "begin|end 3|rcpt= 0 0|over undecided 0|quit" },
	{ "a smuggled mail with a single dot, client only",
	  CLIENT "c x\n.\nMAIL FROM:<c@c>\r\nRCPT TO:<d@d>\r\nDATA\r\ny\n.\n",
	  CLIENT_ "begin|smuggling|end 2|rcpt= 0 0|over undecided 0|smuggling|mail c@c|rcpt 0 d@d|"
	          "begin|rcpt= 0 0|over abandoned 0" },
	{ "text after a single dot, client only",
	  CLIENT "c x\n.\ny\nMAIL FROM:<c@c>\r\n.\r\n|C QUIT",
	  CLIENT_ "begin|smuggling|end 23|rcpt= 0 0|over undecided 0|quit" },
	{ "a smuggled mail after a blank line and an error",
	  HI TO_B
	  "C DATA|S 354|c x\n.\n\nfoo\r\nMAIL FROM:<c@c>\r\n.\r\n|S 250|S 500|S 501|S 251|S 502",
	  HI_ TO_B_ "begin|smuggling|end 27|over accepted 250|smuggling|mail c@c|mail= 251|"
	            "over abandoned 0" },
	{ "a gap after a smuggled mail", HI SMUGGLED("\n.\n") "|S 250|G 9|C QUIT|S 221",
	  HI_ TO_B_ "begin|smuggling|end 49|over accepted 250|quit" },
	{ "a single dot is accepted after DATA was refused",
	  HI TO_B "c BDAT 3 X\r\nx\r\n|S 250|C DATA|S 503|C y|C .|S 503|S 250 ok|" TO_B,
	  HI_ TO_B_ "begin|over accepted 250|" TO_B_ "over abandoned 0" },
	{ "a single dot is refused after DATA was refused",
	  HI TO_B "C DATA|S 503|C y|C .|S 500|S 500", HI_ TO_B_ "over refused 503" },
	/* a chunk that is refused */
	{ "a refused chunk is not sent", HI TO_B "C BDAT 5000 LAST|S 503 no|C RSET|S 250|" TO_B,
	  HI_ TO_B_ "begin|end 0|over refused 503|" TO_B_ "over abandoned 0" },
	{ "a refused chunk is not sent, its size is that of the next command",
	  HI TO_B "C BDAT 6 LAST|S 503 no|C RSET|S 250|" TO_B,
	  HI_ TO_B_ "begin|end 6|over refused 503|" TO_B_ "over abandoned 0" },
	{ "a refused chunk is not sent, its end is amid a command",
	  HI TO_B "C BDAT 9 LAST|S 503 no|C RSET|C MAIL FROM:<c@c>|S 250|S 251",
	  HI_ TO_B_ "begin|end 9|over refused 503|mail c@c|mail= 251|over abandoned 0" },
	{ "a refused chunk that is not the last one is not sent",
	  HI TO_B "C BDAT 5000|S 452 no|C RSET|S 250|" TO_B,
	  HI_ TO_B_ "begin|over refused 452|" TO_B_ "over abandoned 0" },
	{ "a refused chunk is sent",
	  HI TO_B
	  "C BDAT 35 LAST|S 503 no|c RSET\r\nMAIL FROM:<c@c>\r\n0123456789|C RSET|S 250|" TO_B,
	  HI_ TO_B_ "begin|end 35|over refused 503|" TO_B_ "over abandoned 0" },
	{ "a refused chunk is sent, more commands at once",
	  HI TO_B "c BDAT 6 LAST\r\nRSET\r\nRSET\r\nMAIL FROM:<c@c>\r\n|S 503|S 250|S 251",
	  HI_ TO_B_ "begin|end 6|over refused 503|mail c@c|mail= 251|over abandoned 0" },
	{ "a chunk refused for its syntax",
	  HI "C BDAT 100000 X|S 501 no|" TO_B "C DATA|S 354|C x|C .|S 250",
	  HI_ TO_B_ "begin|end 3|over accepted 250" },
	{ "a chunk refused for its syntax, pipelined",
	  HI "c BDAT 100000 X\r\nfoo\r\nMAIL FROM:<a@a>\r\nRCPT TO:<b@b>\r\nDATA\r\n|S 501|S 500|"
	     "S 250|S 251|S 354|C x|C .|S 252",
	  HI_ "mail a@a|rcpt 0 b@b|mail= 250|rcpt= 0 251|begin|end 3|over accepted 252" },
	{ "a chunk refused for its syntax, its end is that of a command",
	  HI "c BDAT 17 X\r\nMAIL FROM:<a@a>\r\nRCPT TO:<b@b>\r\n|S 501|S 250|S 251",
	  HI_ "mail a@a|rcpt 0 b@b|mail= 250|rcpt= 0 251|over abandoned 0" },
	{ "a chunk with an odd size is read",
	  HI TO_B "c BDAT 17 X\r\nMAIL FROM:<c@c>\r\n|S 250|C BDAT 0 LAST|S 250|C QUIT",
	  HI_ TO_B_ "begin|end 17|over accepted 250|quit" },
	{ "a chunk with an odd size, client only",
	  "C EHLO a|C BDAT 100000 X|C MAIL FROM:<a@a>|C RCPT TO:<b@b>",
	  "EHLO a|mail a@a|rcpt 0 b@b|rcpt= 0 0|over abandoned 0" },
	{ "a refused chunk, client only",
	  "C EHLO a|C MAIL FROM:<a@a>|C BDAT 100000|C RSET|C MAIL FROM:<c@c>",
	  "EHLO a|mail a@a|begin|over abandoned 0|mail c@c|over abandoned 0" },
	{ "a refused chunk, client only, another mail",
	  "C EHLO a|C MAIL FROM:<a@a>|C BDAT 100000 LAST|C MAIL FROM:<c@c>|C RCPT TO:<d@d>",
	  "EHLO a|mail a@a|begin|end 0|over undecided 0|mail c@c|rcpt 0 d@d|rcpt= 0 0|"
	  "over abandoned 0" },
	/* replies that are not to the oldest command */
	{ "354 again after the final dot", HI TO_B "C DATA|S 354|C x|C .|S 354|S 250 ok|C QUIT",
	  HI_ TO_B_ "begin|end 3|over accepted 250|quit" },
	{ "a late reply, then DATA is refused", HI TO_B "C RCPT TO:<c@c>|C DATA|H 9|S 251|S 554",
	  "greeting 220 mx.test|re - 220|EHLO a.test|offer 0|re EHLO 250|mail a@a.test|re MAIL 250|"
	  "mail= 250|rcpt 0 b@b.test|re RCPT 250|rcpt= 0 250|rcpt 1 c@c|rcpt= 1 0|re - 251|"
	  "re DATA 554|over refused 554" },
	/* content in doubt, and after it commands that may have more of it */
	{ "two refused chunks, more replies than a doubt holds",
	  HI TO_B REFUSED_TWICE NOOP_5 NOOP_5 NOOP_5 "S 503 no|" OK_5 OK_5 OK_5 "C QUIT|S 250",
	  HI_ TO_B_ "begin|end 6|over refused 503|quit" },
	{ "two refused chunks, the end of the session",
	  HI TO_B REFUSED_TWICE "C MAIL FROM:<c@c>|S 503 no",
	  HI_ TO_B_ "begin|end 6|over refused 503|mail c@c|over abandoned 0" },
	{ "two refused chunks, a gap of the client",
	  HI TO_B REFUSED_TWICE "C MAIL FROM:<c@c>|S 503 no|G 9|C QUIT",
	  HI_ TO_B_ "begin|end 6|over refused 503|mail c@c|over abandoned 0" },
	{ "two refused chunks, a gap of the server",
	  HI TO_B REFUSED_TWICE "C MAIL FROM:<c@c>|S 503 no|H 9|S 221|C QUIT",
	  HI_ TO_B_ "begin|end 6|over refused 503|mail c@c|quit|over abandoned 0" },
	{ "a chunk is accepted before it is seen",
	  HI TO_B "C BDAT 17 LAST|S 250|C MAIL FROM:<c@c>|C QUIT|S 221",
	  HI_ TO_B_ "begin|end 17|over accepted 250|quit" },
	/* AUTH */
	{ "AUTH PLAIN", HI "C AUTH PLAIN AGEAYg==|S 235 ok|" TO_B,
	  HI_ "auth PLAIN|" TO_B_ "over abandoned 0" },
	{ "AUTH LOGIN",
	  HI "C AUTH LOGIN|S 334 VXNlcg==|C QUIT|S 334 UGFz|C RCPT TO:<b@b>|S 235 ok|C QUIT",
	  HI_ "auth LOGIN|quit" },
	{ "AUTH refused", HI "C AUTH LOGIN|S 334 x|C *|S 501 no|C AUTH X|S 535 no|C QUIT|S 221 bye",
	  HI_ "auth LOGIN|auth X|quit" },
	{ "AUTH and more at once", HI "C AUTH PLAIN AGEAYg==|C MAIL FROM:<a@a>|S 235 ok|S 250 ok",
	  HI_ "auth PLAIN|mail a@a|mail= 250|over abandoned 0" },
	{ "AUTH refused, odd commands at once",
	  HI TO_B "C AUTH LOGIN|C RCPT TO: c@c|C FOO|C DATA|S 503|S 251|S 500|S 354|C x|C .|S 252",
	  HI_ TO_B_ "auth LOGIN|rcpt 1 c@c|rcpt= 1 251|begin|end 3|over accepted 252" },
	{ "AUTH LOGIN, all at once",
	  HI "C AUTH LOGIN|C dQ==|C cA==|C MAIL FROM:<a@a>|S 334|S 334|S 235|S 250",
	  HI_ "auth LOGIN|mail a@a|mail= 250|over abandoned 0" },
	{ "AUTH, reply lost", HI "C AUTH PLAIN|H 9|C AGEAYg==|S 235|" TO_B,
	  HI_ "auth PLAIN|" TO_B_ "over abandoned 0" },
	{ "AUTH, client only", "C EHLO a|C AUTH LOGIN|C dQ==|C cA==|C MAIL FROM:<a@a>",
	  "EHLO a|auth LOGIN|mail a@a|over abandoned 0" },
	/* STARTTLS */
	{ "STARTTLS", HI "C STARTTLS|S 220 go|" TLS "S ...",
	  HI_ "tls 220|records|sni a.test|done" },
	{ "STARTTLS refused", HI "C STARTTLS|S 454 no|" TO_B, HI_ TO_B_ "over abandoned 0" },
	{ "STARTTLS, then clear SMTP",
	  HI "C STARTTLS|S 220 go|C EHLO b.test|S 250 mx|" TO_B "C DATA|S 354|C x|C .|S 250|C QUIT",
	  HI_ "tls 220|EHLO b.test|" TO_B_ "begin|end 3|over accepted 250|quit" },
	{ "STARTTLS, then clear SMTP of the server first",
	  HI "C STARTTLS|S 220 go|S 250 mx|C NOOP|C VRFY b|S 252 ok", HI_ "tls 220|VRFY b" },
	{ "STARTTLS, then neither", HI "C STARTTLS|S 220 go|c \x80\x2e\1|C NOOP",
	  HI_ "tls 220|records|done" },
	{ "STARTTLS, then a blank line", HI "C STARTTLS|S 220 go|C |C VRFY b|S 500|S 252",
	  HI_ "tls 220|VRFY b" },
	{ "STARTTLS twice in clear SMTP",
	  HI "C STARTTLS|S 220 go|C EHLO b|S 250|C STARTTLS|S 220|" TLS,
	  HI_ "tls 220|EHLO b|tls 220|records|sni a.test|done" },
	{ "STARTTLS, the server's alert", HI "C STARTTLS|S 220 go|s \x15\3\3|C QUIT",
	  HI_ "tls 220|records|quit" },
	{ "text injected before TLS", HI "C STARTTLS|C RCPT TO:<x@x>|S 220 go|" TLS,
	  HI_ "tls 220|rcpt 0 x@x|rcpt= 0 0|over abandoned 0|records|sni a.test|done" },
	{ "STARTTLS ends a mail", HI TO_B "C STARTTLS|S 220 go",
	  HI_ TO_B_ "over abandoned 0|tls 220" },
	{ "STARTTLS, client only", "C EHLO a|C STARTTLS|" TLS,
	  "EHLO a|tls 0|records|sni a.test|done" },
	{ "STARTTLS refused, client only", "C EHLO a|C STARTTLS|C MAIL FROM:<a@a>",
	  "EHLO a|mail a@a|over abandoned 0" },
	{ "STARTTLS, reply lost", HI "C STARTTLS|H 9|" TLS, HI_ "tls 0|records|sni a.test|done" },
	{ "STARTTLS, reply lost, server's TLS", HI "C STARTTLS|" TLS_1 "s \x16\3\1|" TLS_2,
	  HI_ "records|tls 0|sni a.test|done" },
	{ "TLS from the start", TLS, "tls 0|records|sni a.test|done" },
	{ "joined at the reply to STARTTLS", "S 220 2.0.0 go|" TLS,
	  "tls 220|records|sni a.test|done" },
	{ "joined in TLS", "c \x17\3\3|s \x17\3\3", "done" },
	{ "gap in the hello", HI "C STARTTLS|S 220 go|" TLS_1 "G 9", HI_ "tls 220|records|done" },
	{ "gap before the hello", HI "C STARTTLS|S 220 go|G 9|" TLS,
	  HI_ "tls 220|records|sni a.test|done" },
	{ "gap over the hello", HI "C STARTTLS|S 220 go|s \x16\3\3|G 9|C NOOP",
	  HI_ "tls 220|records|done" },
	/* LMTP */
	{ "LMTP, one taken, one not",
	  "S 220 l|C LHLO a|S 250 l|C MAIL FROM:<a@a>|S 250|C RCPT TO:<b@b>|S 250|C RCPT "
	  "TO:<c@c>|S 250|"
	  "C RCPT TO:<d@d>|S 550|C DATA|S 354|C x|C .|S 452 b|S 250 c|C MAIL FROM:<e@e>|S 250",
	  "greeting 220 l|LHLO a|mail a@a|mail= 250|rcpt 0 b@b|rcpt= 0 250|rcpt 1 c@c|rcpt= 1 250|"
	  "rcpt 2 d@d|rcpt= 2 550|begin|end 3|final 0 452|final 1 250|over accepted 250|"
	  "mail e@e|mail= 250|over abandoned 0" },
	{ "LMTP, one refused between two",
	  "S 220 l|C LHLO a|S 250|" TO_B "C RCPT TO:<c@c>|S 550|C RCPT TO:<d@d>|S 250|"
	  "C DATA|S 354|C x|C .|S 250 b|S 452-d|S 452 d",
	  "greeting 220 l|LHLO a|" TO_B_ "rcpt 1 c@c|rcpt= 1 550|rcpt 2 d@d|rcpt= 2 250|"
	  "begin|end 3|final 0 250|final 2 452|over accepted 250" },
	{ "LMTP, two mails",
	  "S 220 l|C LHLO a|S 250|" TO_B "C DATA|S 354|C x|C .|S 550 b|" TO_B
	  "C DATA|S 354|C x|C .|S 250 b",
	  "greeting 220 l|LHLO a|" TO_B_ "begin|end 3|final 0 550|over refused 550|" TO_B_
	  "begin|end 3|final 0 250|over accepted 250" },
	{ "LMTP, the reply to a recipient is lost",
	  "S 220 l|C LHLO a|S 250|C MAIL FROM:<a@a>|S 250|C RCPT TO:<b@b>|H 9|"
	  "C RCPT TO:<c@c>|S 250|C DATA|S 354|C x|C .|S 452 b|S 250 c",
	  "greeting 220 l|LHLO a|mail a@a|mail= 250|rcpt 0 b@b|rcpt= 0 0|rcpt 1 c@c|rcpt= 1 250|"
	  "begin|end 3|over refused 452" },
	{ "SMTP, one reply for all", HI TO_B "C RCPT TO:<c@c>|S 250|C DATA|S 354|C x|C .|S 250 ok",
	  HI_ TO_B_ "rcpt 1 c@c|rcpt= 1 250|begin|end 3|over accepted 250" },
	/* one side only */
	{ "client only", CLIENT "C x|C .|C QUIT",
	  CLIENT_ "begin|end 3|rcpt= 0 0|over undecided 0|quit" },
	{ "client only, a dialogue in DATA", CLIENT DIALOGUE "C .|C QUIT",
	  CLIENT_ "begin|end 77|rcpt= 0 0|over undecided 0|quit" },
	{ "client only, RCPT first in DATA", CLIENT "C RCPT TO:<x@coincheck.com>|C .",
	  CLIENT_ "begin|end 27|rcpt= 0 0|over undecided 0" },
	{ "client only, DATA refused", CLIENT "C RSET|C MAIL FROM:<c@c>",
	  CLIENT_ "rcpt= 0 0|over abandoned 0|mail c@c|over abandoned 0" },
	{ "client only, cut after DATA", CLIENT, CLIENT_ "rcpt= 0 0|over abandoned 0" },
	{ "client only, cut in the first line", CLIENT "c x",
	  CLIENT_ "begin|rcpt= 0 0|over abandoned 0" },
	{ "client only, BDAT",
	  "C EHLO a|C MAIL FROM:<a@a>|C RCPT TO:<b@b>|c BDAT 3 LAST\r\nx\r\n|C QUIT",
	  "EHLO a|mail a@a|rcpt 0 b@b|begin|end 3|rcpt= 0 0|over undecided 0|quit" },
	{ "client only, an odd hello", "C EHLO my host|C MAIL FROM:<a@a>",
	  "EHLO my|mail a@a|over abandoned 0" },
	{ "server only", "S 220 mx|S 250-mx|S 250 ok|S 250 ok|S 550 no|S 354 go|S 250 ok|S 221 bye",
	  "greeting 220 mx|re - 220|re - 250|re - 250|re - 550|re DATA 354|re - 250|re - 221" },
	/* joined in the middle */
	{ "joined before RCPT",
	  "C RCPT TO:<b@b>|S 550 no|C RCPT TO:<c@c>|S 250 ok|C DATA|S 354|C x|C .|S 250",
	  "rcpt 0 b@b|rcpt= 0 550|rcpt 1 c@c|rcpt= 1 250|begin|end 3|over accepted 250" },
	{ "joined before a reply", "S 250 ok|C RCPT TO:<b@b>|S 550 no",
	  "rcpt 0 b@b|rcpt= 0 550|over abandoned 0" },
	{ "joined before 354", "S 354 go|" DIALOGUE "C .|S 250 ok|C MAIL FROM:<c@c>",
	  "mail c@c|over abandoned 0" },
	{ "joined in content", "C text|" DIALOGUE "C .|S 250 ok|C MAIL FROM:<c@c>|S 250",
	  "mail c@c|mail= 250|over abandoned 0" },
	{ "joined in content, client only",
	  "C text|" DIALOGUE "C .|C MAIL FROM:<c@c>|C RCPT TO:<d@d>",
	  "mail c@c|rcpt 0 d@d|rcpt= 0 0|over abandoned 0" },
	{ "joined at a command in content", "C RCPT TO:<x@coincheck.com>|C text|C .|S 250 ok", "" },
	{ "joined before commands, client only", "C MAIL FROM:<a@a>|C RCPT TO:<b@b>|C DATA|C x|C .",
	  "mail a@a|rcpt 0 b@b|begin|end 3|rcpt= 0 0|over undecided 0" },
	{ "joined at STARTTLS", "C STARTTLS|S 220 go|" TLS, "tls 220|records|sni a.test|done" },
	/* gaps */
	{ "gap over a RCPT",
	  HI TO_B "G 20|S 250 ok|C RCPT TO:<d@d>|S 550 no|C DATA|S 354|C x|C .|S 250",
	  HI_ TO_B_ "rcpt 1 d@d|rcpt= 1 550|begin|end 3|over accepted 250" },
	{ "gap in a RCPT",
	  HI TO_B "c RCPT TO:<c|G 9|c .test>\r\n|S 250 ok|C RCPT TO:<d@d>|S 550 no",
	  HI_ TO_B_ "rcpt 1 d@d|rcpt= 1 550|over abandoned 0" },
	{ "gap in a pipeline",
	  HI "C MAIL FROM:<a@a>|G 20|C RCPT TO:<c@c>|C DATA|S 250|S 250|S 550|S 354|C x|C .|S 250",
	  HI_ "mail a@a|mail= 250|rcpt 0 c@c|rcpt= 0 0|begin|end 3|over accepted 250" },
	{ "gap over DATA", HI TO_B "G 6|S 354 go|" DIALOGUE "C .|S 250 ok",
	  HI_ TO_B_ "begin|end 77|over accepted 250" },
	{ "gap over DATA and 354", HI TO_B "G 6|H 9|C Subject: x|C hi|" DIALOGUE "C .|S 250 ok",
	  HI_ TO_B_ "begin|over accepted 250" },
	{ "gap in content",
	  HI TO_B "C DATA|S 354|C x|G 99|c y\r\n|" DIALOGUE "C z|C .|S 250 ok|" TO_B,
	  HI_ TO_B_ "begin|over accepted 250|" TO_B_ "over abandoned 0" },
	{ "gap over the dot", HI TO_B "C DATA|S 354|C x|G 99|S 250 ok|C QUIT|S 221 bye",
	  HI_ TO_B_ "begin|over accepted 250|quit" },
	{ "gap over the dot, more after it",
	  HI TO_B "C DATA|S 354|C x|G 99|C MAIL FROM:<c@c>|C RCPT TO:<d@d>|"
	          "S 250 1|S 250 2|S 550 3",
	  HI_ TO_B_
	  "begin|over accepted 250|mail c@c|rcpt 0 d@d|mail= 250|rcpt= 0 550|over abandoned 0" },
	{ "gap before the dot", HI TO_B "C DATA|S 354|C x|G 99|C .|S 250 ok",
	  HI_ TO_B_ "begin|over accepted 250" },
	{ "gap reported after the verdict",
	  HI TO_B "C DATA|S 354|C x|S 250 ok|G 9|C QUIT|S 221 bye",
	  HI_ TO_B_ "begin|over accepted 250|quit" },
	{ "gap in content, client only", CLIENT "C x|G 9|" DIALOGUE "C .|C QUIT",
	  CLIENT_ "begin|rcpt= 0 0|over undecided 0|quit" },
	{ "gap in a chunk",
	  HI TO_B "c BDAT 30 LAST\r\nx|G 10|c 4567890123456789012|S 250 ok|C QUIT",
	  HI_ TO_B_ "begin|over accepted 250|quit" },
	{ "gap over a chunk's end",
	  HI TO_B "c BDAT 30\r\nx|G 99|C RCPT TO:<x@x>|S 250 ok|S 250 ok|C QUIT|S 221",
	  HI_ TO_B_ "begin|rcpt 1 x@x|quit|rcpt= 1 0|over undecided 0" },
	{ "gap of replies", HI "C MAIL FROM:<a@a>|C RCPT TO:<b@b>|H 99|C RCPT TO:<c@c>|S 550 no",
	  HI_ "mail a@a|rcpt 0 b@b|rcpt= 0 0|rcpt 1 c@c|rcpt= 1 550|over abandoned 0" },
	{ "gap over 354", HI TO_B "C DATA|H 9|C x|" DIALOGUE "C .|S 250 ok",
	  HI_ TO_B_ "begin|end 80|over accepted 250" },
	{ "gap over the verdict", HI TO_B "C DATA|S 354|C x|C .|H 9|" TO_B,
	  HI_ TO_B_ "begin|end 3|over undecided 0|" TO_B_ "over abandoned 0" },
	{ "gap in the greeting", "S 220-mx.test|H 9|S 220 end|C EHLO a|S 250 mx|" TO_B,
	  "greeting 220 mx.test|EHLO a|" TO_B_ "over abandoned 0" },
	{ "gap before the greeting", "H 9|S 220 mx.test|C EHLO a|S 250 mx|" TO_B,
	  "greeting 220 mx.test|EHLO a|" TO_B_ "over abandoned 0" },
	{ "gap in AUTH", HI "C AUTH LOGIN|S 334 x|G 9|S 334 y|G 9|S 235 ok|" TO_B,
	  HI_ "auth LOGIN|" TO_B_ "over abandoned 0" },
	{ "gap over STARTTLS", HI "G 10|S 220 go|" TLS, HI_ "tls 220|records|sni a.test|done" },
	{ "gap over AUTH", HI "G 30|S 235 ok|" TO_B, HI_ TO_B_ "over abandoned 0" },
	{ "gap over the greeting", "H 50|C EHLO a|S 250 mx|" TO_B,
	  "EHLO a|" TO_B_ "over abandoned 0" },
	/* parameters, paths and odd octets of commands */
	{ "parameters of MAIL and RCPT",
	  HI "C MAIL FROM:<a@a> SIZE=9 BODY=8BITMIME SMTPUTF8 AUTH=<x@y> RET=HDRS ENVID=<z>|S 250|"
	     "C RCPT TO:<b@b> NOTIFY=SUCCESS,FAILURE ORCPT=rfc822;x@coincheck.com|S 250",
	  HI_ "mail a@a|mail= 250|rcpt 0 b@b|rcpt= 0 250|over abandoned 0" },
	{ "source route and address literals",
	  HI "C MAIL FROM:<@r.test,@s.test:a@a>|S 250|C RCPT TO:<b@[45.77.24.250]>|S 250|"
	     "C RCPT TO:<b@[IPv6:2001:db8::1]>|S 250",
	  HI_ "mail a@a|mail= 250|rcpt 0 b@[45.77.24.250]|rcpt= 0 250|"
	      "rcpt 1 b@[IPv6:2001:db8::1]|rcpt= 1 250|over abandoned 0" },
	{ "UTF-8 mailboxes",
	  HI
	  "C MAIL FROM:<\xc3\xbc@b\xc3\xbc.test> SMTPUTF8|S 250|C RCPT TO:<\xe6\x9c\xac@b>|S 250",
	  HI_ "mail \xc3\xbc@b\xc3\xbc.test|mail= 250|rcpt 0 \xe6\x9c\xac@b|rcpt= 0 250|"
	      "over abandoned 0" },
	{ "octets that are no UTF-8", HI "C MAIL FROM:<\xff\xfe@a>|S 250|C \x80\x81|S 500",
	  HI_ "mail \xff\xfe@a|mail= 250|over abandoned 0" },
	{ "a bare CR is no line end", HI "c MAIL FROM:<a@a>\rRCPT TO:<x@x>\r\n|S 250|C QUIT",
	  HI_ "mail a@a|mail= 250|quit|over abandoned 0" },
	{ "CR before CRLF", HI "c MAIL FROM:<a@a>\r\r\n|S 250|C QUIT",
	  HI_ "mail a@a|mail= 250|quit|over abandoned 0" },
	{ "blanks before a verb", HI "C  MAIL FROM:<a@a>|S 250|C \tRCPT TO:<b@b>|S 250",
	  HI_ "mail a@a|mail= 250|rcpt 0 b@b|rcpt= 0 250|over abandoned 0" },
	{ "verbs that go on",
	  HI "C MAILFROM:<a@a>|S 500|C RCPTS TO:<b@b>|S 500|C DATAX|S 500|C QUIT", HI_ "quit" },
	{ "NOOP, HELP, ETRN, XFORWARD amid a mail",
	  HI TO_B "C NOOP|S 250|C HELP me|S 214|C ETRN x|S 458|C XFORWARD NAME=x|S 250|"
	          "C VRFY z|S 252|C RCPT TO:<c@c>|S 551 no",
	  HI_ TO_B_ "VRFY z|rcpt 1 c@c|rcpt= 1 551|over abandoned 0" },
	{ "EHLO refused, HELO", "S 220 mx|C EHLO a|S 502 no|C HELO a|S 250 mx|" TO_B,
	  "greeting 220 mx|EHLO a|HELO a|" TO_B_ "over abandoned 0" },
	{ "RCPT before MAIL", HI "C RCPT TO:<b@b>|S 503 no|C MAIL FROM:<a@a>|S 250",
	  HI_ "rcpt 0 b@b|rcpt= 0 503|over abandoned 0|mail a@a|mail= 250|over abandoned 0" },
	{ "no recipient taken, DATA all the same",
	  HI "C MAIL FROM:<a@a>|S 250|C RCPT TO:<b@b>|S 550|C DATA|S 503 no|C QUIT|S 221",
	  HI_ "mail a@a|mail= 250|rcpt 0 b@b|rcpt= 0 550|quit|over refused 503" },
	/* replies */
	{ "replies in other forms",
	  HI "C MAIL FROM:<a@a>|S 250|C RCPT TO:<b@b>|S 250\t2.1.5 ok|C RCPT TO:<c@c>|s 550 x\n|"
	     "C RCPT TO:<d@d>|S 452-4.2.2 full|S 452",
	  HI_ "mail a@a|mail= 250|rcpt 0 b@b|rcpt= 0 250|rcpt 1 c@c|rcpt= 1 550|rcpt 2 d@d|"
	      "rcpt= 2 452|over abandoned 0" },
	{ "lines of a reply differ in code: the last counts",
	  HI "C MAIL FROM:<a@a>|S 250|C RCPT TO:<b@b>|S 250-x|S 550 no",
	  HI_ "mail a@a|mail= 250|rcpt 0 b@b|rcpt= 0 550|over abandoned 0" },
	{ "421 to a recipient of a pipeline",
	  HI "C MAIL FROM:<a@a>|C RCPT TO:<b@b>|C RCPT TO:<c@c>|C DATA|S 250|S 250|S 421 closing",
	  HI_ "mail a@a|rcpt 0 b@b|rcpt 1 c@c|mail= 250|rcpt= 0 250|rcpt= 1 421|over abandoned 0" },
	{ "421 to the content", HI TO_B "C DATA|S 354|C x|C .|S 421 closing",
	  HI_ TO_B_ "begin|end 3|over refused 421" },
	{ "421 amid the content", HI TO_B "C DATA|S 354|C x|S 421 too slow",
	  HI_ TO_B_ "begin|over abandoned 0" },
	{ "521 to QUIT", HI "C QUIT|S 521 never", HI_ "quit" },
	/* PROXY, XCLIENT, LMTP */
	{ "PROXY of six",
	  "C PROXY TCP6 2001:db8::1 2001:db8::2 65535 25|S 220 mx|C EHLO a|S 250 mx|" TO_B,
	  "origin 2001:db8::1 65535|greeting 220 mx|EHLO a|" TO_B_ "over abandoned 0" },
	{ "PROXY UNKNOWN, client only", "C PROXY UNKNOWN|C EHLO a|C MAIL FROM:<a@a>",
	  "EHLO a|mail a@a|over abandoned 0" },
	{ "PROXY with a bad port",
	  "C PROXY TCP4 192.0.2.1 192.0.2.2 70000 25|S 220 mx|C EHLO a|S 250",
	  "greeting 220 mx|EHLO a" },
	{ "PROXY with a bad address",
	  "C PROXY TCP4 192.0.2.256 192.0.2.2 1 25|S 220 mx|C EHLO a|S 250",
	  "greeting 220 mx|EHLO a" },
	{ "PROXY refused",
	  "C PROXY TCP4 192.0.2.1 192.0.2.2 1 25|S 220 mx|S 502 no|C EHLO a|S 250 mx|" TO_B,
	  "origin ::ffff:192.0.2.1 1|greeting 220 mx|origin refused|EHLO a|" TO_B_
	  "over abandoned 0" },
	{ "PROXY refused, pipelined",
	  "C PROXY TCP4 192.0.2.1 192.0.2.2 1 25|C EHLO a|C MAIL FROM:<a@a>|C RCPT TO:<b@b>|"
	  "S 220 mx|S 500 no|S 250 mx|S 251|S 552",
	  "origin ::ffff:192.0.2.1 1|EHLO a|mail a@a|rcpt 0 b@b|greeting 220 mx|origin refused|"
	  "mail= 251|rcpt= 0 552|over abandoned 0" },
	{ "PROXY, and EHLO refused",
	  "C PROXY TCP4 192.0.2.1 192.0.2.2 1 25|S 220 mx|C EHLO a|S 550 no|C HELO a|S 250|" TO_B,
	  "origin ::ffff:192.0.2.1 1|greeting 220 mx|EHLO a|HELO a|" TO_B_ "over abandoned 0" },
	{ "PROXY after the greeting is a command",
	  "S 220 mx|C PROXY TCP4 192.0.2.1 192.0.2.2 1 25|C EHLO a|S 500 no|S 250|" TO_B,
	  "greeting 220 mx|EHLO a|" TO_B_ "over abandoned 0" },
	{ "PROXY later is a command",
	  HI "C PROXY TCP4 192.0.2.1 192.0.2.2 1 25|C MAIL FROM:<a@a>|S 500 no|S 250",
	  HI_ "mail a@a|mail= 250|over abandoned 0" },
	{ "XCLIENT refused", HI "C XCLIENT ADDR=192.0.2.1 NAME=x HELO=y|S 550 no|" TO_B,
	  HI_ TO_B_ "over abandoned 0" },
	{ "XCLIENT refused amid a mail",
	  HI TO_B "C XCLIENT ADDR=192.0.2.1|S 503 no|C RCPT TO:<c@c>|S 250",
	  HI_ TO_B_ "rcpt 1 c@c|rcpt= 1 250|over abandoned 0" },
	{ "XCLIENT ends a mail", HI TO_B "C XCLIENT NAME=x|S 220 mx.test|C EHLO b.test|S 250|" TO_B,
	  HI_ TO_B_ "over abandoned 0|EHLO b.test|" TO_B_ "over abandoned 0" },
	{ "XCLIENT with all attributes",
	  HI "C XCLIENT NAME=x.test ADDR=192.0.2.1 PORT=7 PROTO=ESMTP HELO=h+2Etest LOGIN=z|S 220 "
	     "mx|" TO_B,
	  HI_ "origin ::ffff:192.0.2.1 7|XCLIENT h.test|" TO_B_ "over abandoned 0" },
	{ "XCLIENT of six, pipelined",
	  HI "C xclient addr=IPV6:2001:db8::1|C MAIL FROM:<a@a>|S 220 mx|S 250",
	  HI_ "origin 2001:db8::1 0|mail a@a|mail= 250|over abandoned 0" },
	{ "XCLIENT without values",
	  HI "C XCLIENT ADDR=[UNAVAILABLE] HELO=[UNAVAILABLE] PORT=x|S 220 mx|" TO_B,
	  HI_ TO_B_ "over abandoned 0" },
	{ "XCLIENT, client only", "C EHLO a|C XCLIENT ADDR=192.0.2.1 HELO=b|C MAIL FROM:<a@a>",
	  "EHLO a|origin ::ffff:192.0.2.1 0|XCLIENT b|mail a@a|over abandoned 0" },
	{ "XCLIENT, reply lost", HI "C XCLIENT ADDR=192.0.2.1|H 9|" TO_B,
	  HI_ "origin ::ffff:192.0.2.1 0|" TO_B_ "over abandoned 0" },
	{ "LMTP, all refused",
	  "S 220 l|C LHLO a|S 250|" TO_B
	  "C RCPT TO:<c@c>|S 250|C DATA|S 354|C x|C .|S 552 b|S 452 c|"
	  "C QUIT|S 221",
	  "greeting 220 l|LHLO a|" TO_B_
	  "rcpt 1 c@c|rcpt= 1 250|begin|end 3|final 0 552|final 1 452|over refused 452|quit" },
	{ "LMTP, the second reply is missing",
	  "S 220 l|C LHLO a|S 250|" TO_B "C RCPT TO:<c@c>|S 250|C DATA|S 354|C x|C .|S 250 b",
	  "greeting 220 l|LHLO a|" TO_B_
	  "rcpt 1 c@c|rcpt= 1 250|begin|end 3|final 0 250|over undecided 0" },
	{ "LMTP by chunks",
	  "S 220 l|C LHLO a|S 250|" TO_B "C RCPT TO:<c@c>|S 250|c BDAT 3\r\nx\r\n|S 250|"
	  "C BDAT 0 LAST|S 250 b|S 550 c|" TO_B,
	  "greeting 220 l|LHLO a|" TO_B_
	  "rcpt 1 c@c|rcpt= 1 250|begin|end 3|final 0 250|final 1 550|over accepted 250|" TO_B_
	  "over abandoned 0" },
	/* AUTH */
	{ "AUTH CRAM-MD5", HI "C AUTH CRAM-MD5|S 334 PDE+|C dSAw|S 235 ok|" TO_B,
	  HI_ "auth CRAM-MD5|" TO_B_ "over abandoned 0" },
	{ "AUTH LOGIN with the name at once", HI "C AUTH LOGIN dQ==|S 334 UGFz|C cA==|S 235|" TO_B,
	  HI_ "auth LOGIN|" TO_B_ "over abandoned 0" },
	{ "AUTH PLAIN, an empty challenge", HI "C AUTH PLAIN|S 334|C AGEAYg==|S 235|" TO_B,
	  HI_ "auth PLAIN|" TO_B_ "over abandoned 0" },
	{ "AUTH cancelled", HI "C AUTH CRAM-MD5|S 334 PDE+|C *|S 501 cancelled|" TO_B,
	  HI_ "auth CRAM-MD5|" TO_B_ "over abandoned 0" },
	{ "AUTH, an empty answer", HI "C AUTH EXTERNAL|S 334|C |S 235|" TO_B,
	  HI_ "auth EXTERNAL|" TO_B_ "over abandoned 0" },
	{ "AUTH without a mechanism", HI "C AUTH|S 501 no|" TO_B,
	  HI_ "auth |" TO_B_ "over abandoned 0" },
	/* STARTTLS */
	{ "STARTTLS refused twice", HI "C STARTTLS|S 454 no|C STARTTLS|S 502 no|" TO_B,
	  HI_ TO_B_ "over abandoned 0" },
	{ "STARTTLS with an argument", HI "C STARTTLS now|S 501 no|C STARTTLS|S 220|" TLS,
	  HI_ "tls 220|records|sni a.test|done" },
	{ "STARTTLS, reply of several lines", HI "C STARTTLS|S 220-go|S 220 on|" TLS,
	  HI_ "tls 220|records|sni a.test|done" },
	/* more of chunks and of the order of things */
	{ "a last chunk of 0 and nothing else", HI TO_B "C BDAT 0 LAST|S 250",
	  HI_ TO_B_ "begin|end 0|over accepted 250" },
	{ "a dialogue over chunks, pipelined",
	  HI TO_B "c BDAT 27\r\nx\r\n.\r\nRSET\r\nMAIL FROM:<m@m>|c BDAT 33 LAST\r\n\r\n"
	          "RCPT TO:<x@coincheck.com>\r\nDATA|S 250|S 250|C QUIT",
	  HI_ TO_B_ "begin|end 60|over accepted 250|quit" },
	{ "DATA and BDAT mixed",
	  HI TO_B "c BDAT 3\r\nx\r\n|S 250|C DATA|S 503 no|C BDAT 0 LAST|S 250",
	  HI_ TO_B_ "begin|end 3|over accepted 250" },
	{ "RSET after the dot", HI TO_B "C DATA|S 354|C x|C .|C RSET|S 250 ok|S 250 ok|" TO_B,
	  HI_ TO_B_ "begin|end 3|over accepted 250|" TO_B_ "over abandoned 0" },
	{ "RSET in the content is content", HI TO_B "C DATA|S 354|C RSET|C .|S 250",
	  HI_ TO_B_ "begin|end 6|over accepted 250" },
	{ "RSET after DATA that is refused",
	  HI "C MAIL FROM:<a@a>|C RCPT TO:<b@b>|C DATA|S 250|S 550|S 554|C RSET|S 250|" TO_B,
	  HI_ "mail a@a|rcpt 0 b@b|mail= 250|rcpt= 0 550|over refused 554|" TO_B_
	      "over abandoned 0" },
	{ "three mails, pipelined from dot to dot",
	  HI
	  "C MAIL FROM:<a@a>|C RCPT TO:<b@b>|C DATA|S 250|S 250|S 354|C x|C .|"
	  "C MAIL FROM:<c@c>|C RCPT TO:<d@d>|C DATA|S 250|S 250|S 550|S 554|"
	  "C MAIL FROM:<e@e>|C RCPT TO:<f@f>|C DATA|S 250|S 250|S 354|C y|C .|C QUIT|S 452|S 221",
	  HI_ "mail a@a|rcpt 0 b@b|mail= 250|rcpt= 0 250|begin|end 3|over accepted 250|"
	      "mail c@c|rcpt 0 d@d|mail= 250|rcpt= 0 550|over refused 554|"
	      "mail e@e|mail= 250|rcpt 0 f@f|rcpt= 0 250|begin|end 3|over refused 452|quit" },
	/* more gaps */
	{ "gap in a reply of several lines",
	  HI
	  "C MAIL FROM:<a@a>|S 250|C RCPT TO:<b@b>|S 550-no|H 30|S 550 way|C RCPT TO:<c@c>|S 250",
	  HI_ "mail a@a|mail= 250|rcpt 0 b@b|rcpt= 0 0|rcpt 1 c@c|rcpt= 1 250|over abandoned 0" },
	{ "gap in a chunk that spells a dialogue",
	  HI TO_B "c BDAT 100 LAST\r\nx|G 20|c \r\nRCPT TO:<x@coincheck.com>\r\nDATA\r\n|"
	          "c 34567890123456789012345678901234567890123456|S 250|C QUIT|S 221",
	  HI_ TO_B_ "begin|over accepted 250|quit" },
	{ "gap over a whole mail", HI "G 200|S 250|S 250|S 354|S 250|" TO_B,
	  HI_ TO_B_ "over abandoned 0" },
	/* what else may come */
	{ "blank lines", HI "C |S 500 what|" TO_B, HI_ TO_B_ "over abandoned 0" },
	{ "HTTP", "C GET / HTTP/1.1|C Host: x|C |S 220 mx", "greeting 220 mx" },
};
