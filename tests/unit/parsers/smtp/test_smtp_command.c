/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/unit.h"

#include <string.h>

#include "parsers/smtp/smtp_command.h"
#include "tests/unit/guard.h"

#define N18 "123456789012345678"

static const struct {
	const char *line;
	enum smtp_verb verb;
	bool strict;
	const char *word; /* of a command that is known; NULL: any */
} tests[] = {
	/* each verb, in either case, with blanks around it */
	{ "EHLO a.example", SMTP_EHLO, true, "a.example" },
	{ "helo a.example", SMTP_HELO, true, "a.example" },
	{ "LhLo [192.0.2.1]", SMTP_LHLO, true, "[192.0.2.1]" },
	{ "DATA", SMTP_DATA, true, "" },
	{ "DATA \t ", SMTP_DATA, true, "" },
	{ " \tDATA", SMTP_DATA, true, "" },
	{ "DATA x", SMTP_DATA, false, "x" },
	{ "RSET", SMTP_RSET, true, "" },
	{ "QUIT", SMTP_QUIT, true, "" },
	{ "NOOP", SMTP_NOOP, true, "" },
	{ "NOOP x", SMTP_NOOP, false, "x" },
	{ "HELP me", SMTP_HELP, false, "me" },
	{ "VRFY user@a.example", SMTP_VRFY, true, "user@a.example" },
	{ "VRFY user name", SMTP_VRFY, true, "user" },
	{ "EXPN list", SMTP_EXPN, true, "list" },
	{ "EXPN", SMTP_EXPN, false, "" },
	{ "AUTH\tPLAIN", SMTP_AUTH, true, "PLAIN" },
	{ "AUTH (x)", SMTP_AUTH, false, "(x)" },
	{ "STARTTLS", SMTP_STARTTLS, true, "" },
	{ "XCLIENT ADDR=192.0.2.1", SMTP_XCLIENT, false, NULL },
	{ "XFORWARD NAME=a", SMTP_XFORWARD, false, NULL },
	{ "ETRN a.example", SMTP_ETRN, true, "a.example" },
	{ "PROXY TCP4 192.0.2.1", SMTP_PROXY, true, "TCP4" },
	/* no verb */
	{ "", SMTP_UNKNOWN, false, NULL },
	{ " \t", SMTP_UNKNOWN, false, NULL },
	{ "DAT", SMTP_UNKNOWN, false, NULL },
	{ "DATAX", SMTP_UNKNOWN, false, NULL },
	{ "XATA", SMTP_UNKNOWN, false, NULL },
	{ "DATX", SMTP_UNKNOWN, false, NULL },
	{ "DATA:", SMTP_UNKNOWN, false, NULL },
	/* hosts: one word of the characters of names */
	{ "EHLO", SMTP_EHLO, false, "" },
	{ "EHLO a b", SMTP_EHLO, false, "a" },
	{ "EHLO a", SMTP_EHLO, true, "a" },
	{ "EHLO \x80", SMTP_EHLO, true, "\x80" },
	{ "EHLO \x01", SMTP_EHLO, false, "\x01" },
	{ "EHLO a_b-c.d:e", SMTP_EHLO, true, "a_b-c.d:e" },
	{ "EHLO \xe3\x81\x82", SMTP_EHLO, true, "\xe3\x81\x82" },
	{ "EHLO \x7f", SMTP_EHLO, false, "\x7f" },
	{ "EHLO a,b", SMTP_EHLO, false, "a,b" },
	/* paths */
	{ "MAIL FROM:<u@a.example>", SMTP_MAIL, true, NULL },
	{ "mail from : <u@a.example> SIZE=1", SMTP_MAIL, true, NULL },
	{ "MAIL FROM:<>", SMTP_MAIL, true, NULL },
	{ "MAIL FROM:u@a.example", SMTP_MAIL, false, NULL },
	{ "MAIL FROM <u@a.example>", SMTP_UNKNOWN, false, NULL },
	{ "MAIL FROM", SMTP_UNKNOWN, false, NULL },
	{ "MAIL FRO", SMTP_UNKNOWN, false, NULL },
	{ "MAIL FROX:<u@a.example>", SMTP_UNKNOWN, false, NULL },
	{ "MAIL TO:<u@a.example>", SMTP_UNKNOWN, false, NULL },
	{ "RCPT TO:<u@a.example>", SMTP_RCPT, true, NULL },
	{ "RCPT TO:<>", SMTP_UNKNOWN, false, NULL },
	{ "RCPT FROM:<u@a.example>", SMTP_UNKNOWN, false, NULL },
	/* chunks */
	{ "BDAT", SMTP_UNKNOWN, false, NULL },
	{ "BDAT x", SMTP_UNKNOWN, false, NULL },
	{ "BDAT 1x", SMTP_UNKNOWN, false, NULL },
	{ "BDAT /", SMTP_UNKNOWN, false, NULL },
	{ "BDAT :", SMTP_UNKNOWN, false, NULL },
	{ "BDAT " N18, SMTP_BDAT, true, N18 },
	{ "BDAT " N18 "9", SMTP_UNKNOWN, false, NULL },
	{ "BDAT 9 LAST", SMTP_BDAT, true, "9" },
	{ "BDAT 9  last ", SMTP_BDAT, true, "9" },
	{ "BDAT 9 LASTLY", SMTP_BDAT, false, "9" },
	{ "BDAT 9 LASX", SMTP_BDAT, false, "9" },
};

static void commands(void **state)
{
	(void)state;
	struct guard guard;
	guard_open(&guard);
	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) {
		static struct smtp_command cmd;
		size_t size = strlen(tests[i].line);
		const char *line = (const char *)guard_lay(&guard, tests[i].line, size);
		memset(&cmd, 0xff, sizeof(cmd));
		smtp_command_parse(line, size, &cmd);
		const char *word = tests[i].word;
		if (cmd.verb != tests[i].verb || cmd.strict != tests[i].strict ||
		    (word != NULL && (cmd.word.size != strlen(word) ||
		                      memcmp(cmd.word.text, word, strlen(word)) != 0))) {
			fail_msg("%s: verb %d, strict %d, word `%.*s`", tests[i].line, cmd.verb,
			         cmd.strict, (int)cmd.word.size, cmd.word.text);
		}
	}
	guard_close(&guard);
}

static void chunks(void **state)
{
	(void)state;
	static const struct {
		const char *line;
		uint64_t size;
		bool last;
	} rows[] = {
		{ "BDAT 0 LAST", 0, true },
		{ "BDAT 10", 10, false },
		{ "BDAT 007 lAsT", 7, true },
		{ "BDAT " N18 " LAST x", UINT64_C(123456789012345678), false },
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		static struct smtp_command cmd;
		smtp_command_parse(rows[i].line, strlen(rows[i].line), &cmd);
		assert_int_equal(cmd.verb, SMTP_BDAT);
		assert_int_equal(cmd.chunk, rows[i].size);
		assert_int_equal(cmd.last, rows[i].last);
	}
}

int main(void)
{
	const struct CMUnitTest tests_run[] = {
		cmocka_unit_test(commands),
		cmocka_unit_test(chunks),
	};
	return cmocka_run_group_tests(tests_run, NULL, NULL);
}
