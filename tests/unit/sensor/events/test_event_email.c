/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/unit.h"

#include <string.h>

#include "sensor/events/event_email.h"
#include "sensor/events/event_smtp.h"
#include "tests/unit/parsed.h"

/* Header fields of a transcript, and `email` as JSON; "" when it is left out. */
static const struct {
	const char *name;
	enum smtp_header which;
	const char *value, *path, *text;
} tests[] = {
	{ "from", SMTP_FROM, "\"B, A\" <a@b.test>", "email.from.address", "[\"a@b.test\"]" },
	{ "to", SMTP_TO, "a@b.test, C <c@d.test>", "email.to.address",
	  "[\"a@b.test\",\"c@d.test\"]" },
	{ "cc", SMTP_CC, "G: a@b.test;", "email.cc.address", "[\"a@b.test\"]" },
	{ "no address", SMTP_TO, "undisclosed-recipients:;", "email", "" },
	{ "empty", SMTP_TO, "", "email", "" },
	{ "subject", SMTP_SUBJECT, "=?iso-8859-1?Q?F=FCr?= x", "email.subject", "F\xc3\xbcr x" },
	{ "8-bit subject", SMTP_SUBJECT, "F\xfcr", "email.subject", "F\xef\xbf\xbdr" },
	{ "message-id", SMTP_MESSAGE_ID, "<1@a.test>", "email.message_id", "1@a.test" },
	{ "message-id, comment", SMTP_MESSAGE_ID, "x <1@a.test> (y)", "email.message_id",
	  "1@a.test" },
	{ "message-id without brackets", SMTP_MESSAGE_ID, "1@a.test", "email.message_id",
	  "1@a.test" },
	{ "message-id never closes", SMTP_MESSAGE_ID, "<1@a.test", "email.message_id", "1@a.test" },
	{ "date", SMTP_DATE, "Sun, 31 May 2020 00:05:12 +0900", "email.origination_timestamp",
	  "2020-05-30T15:05:12.000000Z" },
	{ "no date", SMTP_DATE, "yesterday", "email", "" },
};

static json_t *written(const struct transcript *transcript)
{
	static struct event_parts parts;
	const struct event_subject subject = { .transcript = transcript };
	struct json json = { 0 };
	parts.subject = &subject;
	json_begin(&json);
	json_put_object(&json, NULL);
	assert_int_equal(event_put_smtp(&json, &parts), 0);
	json_end_object(&json);
	const char *text = json_finish(&json);
	assert_non_null(text);
	json_t *root = parsed(text, json_size(&json));
	json_free(&json);
	return root;
}

static void header_fields(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) {
		struct transcript transcript = { 0 };
		transcript_keep(&transcript, &transcript.header[tests[i].which], tests[i].value,
		                strlen(tests[i].value));
		json_t *root = written(&transcript);
		const char *text = parsed_text(root, tests[i].path);
		if (strcmp(text, tests[i].text) != 0) {
			fail_msg("%s: %s", tests[i].name, text);
		}
		json_decref(root);
		transcript_clear(&transcript);
	}
}

static void certificate(void **state)
{
	(void)state;
	struct transcript transcript = { .starttls = true, .tls = true, .tls_version = 0x0303 };
	char name[] = "0.b.test";
	transcript_keep(&transcript, &transcript.certificate_name, "a.test", 6);
	for (int i = 0; i < TRANSCRIPT_NAMES_MAX + 3; i++) {
		name[0] = (char)('0' + i % 10);
		transcript_add_certificate_name(&transcript, name, strlen(name));
	}
	json_t *root = written(&transcript);
	assert_string_equal(parsed_text(root, "tls.version"), "1.2");
	assert_string_equal(parsed_text(root, "tls.version_protocol"), "tls");
	assert_string_equal(parsed_text(root, "tls.server.x509.subject.common_name"),
	                    "[\"a.test\"]");
	assert_string_equal(parsed_text(root, "tls.server.x509.alternative_names.1"), "1.b.test");
	assert_int_equal(json_array_size(parsed_at(root, "tls.server.x509.alternative_names")),
	                 TRANSCRIPT_NAMES_MAX);
	json_decref(root);
	transcript_clear(&transcript);
}

static void only_what_is_known(void **state)
{
	(void)state;
	struct transcript transcript = { .smuggling = true };
	json_t *root = written(&transcript);
	assert_string_equal(parsed_text(root, "smtp.smuggling"), "true");
	assert_string_equal(parsed_text(root, "tls"), "");
	assert_string_equal(parsed_text(root, "email"), "");
	json_decref(root);
	/* The header belongs to the mail, not to the session. */
	transcript_keep(&transcript, &transcript.header[SMTP_SUBJECT], "x", 1);
	transcript_end_mail(&transcript, false);
	root = written(&transcript);
	assert_string_equal(parsed_text(root, "smtp.smuggling"), "");
	assert_string_equal(parsed_text(root, "email"), "");
	json_decref(root);
	transcript_clear(&transcript);
}

int main(void)
{
	const struct CMUnitTest tests_run[] = {
		cmocka_unit_test(header_fields),
		cmocka_unit_test(certificate),
		cmocka_unit_test(only_what_is_known),
	};
	return cmocka_run_group_tests(tests_run, NULL, NULL);
}
