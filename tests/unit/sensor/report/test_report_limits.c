/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Counters in; sentences out. */
#include "tests/unit/unit.h"

#include <stdlib.h>
#include <string.h>

#include "sensor/report/report_limits.h"

static const struct {
	const char *summary, *expected;
} TABLE[] = {
	{ "{\"packets\":1}", "The only packet of the captures was read whole." },
	{ "{\"packets\":1234567}", "All 1,234,567 packets of the captures were read whole." },
	{ "{\"packets\":0}", "" },
	{ "{\"packets\":5,\"kernel_drops\":1}", "The kernel dropped 1 packet." },
	{ "{\"packets\":5,\"kernel_drops\":1204,\"smtp_gap_bytes\":999}",
	  "The kernel dropped 1,204 packets.|999 octets are missing in SMTP sessions." },
	{ "{\"kernel_drops\":-1,\"truncated_packets\":\"7\",\"packets\":1000}",
	  "All 1,000 packets of the captures were read whole." },
	{ "[1]", "How many packets were lost or damaged is not known." },
	{ "{", "How many packets were lost or damaged is not known." },
};

static void write_file(char *path, const char *text)
{
	int fd = mkstemp(path);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	assert_int_equal(close(fd), 0);
}

static void check_limits(struct report *report, const char *expected)
{
	char text[4096] = "";
	for (size_t i = 0; i < report->limits.count; i++) {
		size_t size = strlen(text);
		(void)snprintf(text + size, sizeof(text) - size, "%s%s", i > 0 ? "|" : "",
		               report->limits.items[i].text);
	}
	assert_string_equal(text, expected);
	report_free(report);
}

static void replays(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(TABLE) / sizeof(TABLE[0]); i++) {
		char path[] = "/tmp/nsmx-limits-XXXXXX";
		struct report report = { .memory = { .limit = 1 << 20 } };
		write_file(path, TABLE[i].summary);
		report_limits_of_replay(&report, path);
		assert_int_equal(unlink(path), 0);
		check_limits(&report, TABLE[i].expected);
	}
}

/* What was not read is named, up to a bound, and nothing is vouched for. */
static void unread(void **state)
{
	char path[] = "/tmp/nsmx-limits-XXXXXX";
	struct report report = { .memory = { .limit = 1 << 20 } };
	(void)state;
	write_file(path, "{\"packets\":5}");
	report_limits_unread(&report, "%s: %s", "a.pcap", "gone");
	report_limits_of_failure(&report);
	report_limits_of_replay(&report, path);
	assert_true(report.partial);
	check_limits(&report, "A source was not read, or only in part: a.pcap: gone.");
	report = (struct report){ .memory = { .limit = 1 << 20 } };
	report_limits_of_failure(&report);
	report_limits_of_replay(&report, path);
	assert_true(report.partial);
	check_limits(&report, "Something failed; the messages of nsmx have the reason.");
	report = (struct report){ .memory = { .limit = 1 << 20 } };
	for (unsigned i = 0; i < 1000; i++) {
		report_limits_unread(&report, "%u.pcap: gone", i);
	}
	assert_int_equal(report.limits.count, REPORT_UNREAD_MAX);
	report_limits_of_model(&report, &(struct report_totals){ .hits = 0 });
	assert_string_equal(report.limits.items[REPORT_UNREAD_MAX].text,
	                    "968 further reasons why sources were not read, or only in part, are "
	                    "in the messages of nsmx.");
	report_free(&report);
	assert_int_equal(unlink(path), 0);
}

static void noted(void **state)
{
	static const char texts[] = "a.pcap: gone\0b\n.pcap: cut";
	char path[] = "/tmp/nsmx-limits-XXXXXX";
	int fd = mkstemp(path);
	struct report report = { .memory = { .limit = 1 << 20 } };
	(void)state;
	assert_int_equal(write(fd, texts, sizeof(texts)), sizeof(texts));
	assert_int_equal(close(fd), 0);
	report_limits_of_unread(&report, path);
	assert_int_equal(unlink(path), 0);
	report_limits_of_unread(&report, path);
	check_limits(&report, "A source was not read, or only in part: a.pcap: gone.|A source was "
	                      "not read, or only in part: b\n.pcap: cut.");
}

static void models(void **state)
{
	struct report_mail mails[] = { { .tls = true }, { .tls = false }, { .tls = true } };
	struct report_incident incidents[] = { { .mails = mails, .mail_count = 3, .omitted = 7 } };
	struct report report = { .incidents = incidents,
		                 .incident_count = 1,
		                 .first_ns = 1590850000000000000,
		                 .last_ns = 1590850001000000000,
		                 .memory = { .limit = 1 << 20, .refused = 1 } };
	const struct report_totals totals = { .incidents_omitted = 2000 };
	(void)state;
	report_limits_of_model(&report, &totals);
	check_limits(
	        &report,
	        "2 mails were sent after STARTTLS: what follows is encrypted.|2,000 events are in "
	        "no incident here, because of a limit of the report.|7 hits and values were read "
	        "and are not listed, because of a limit of the report.|1 value was left out for "
	        "lack of memory.|The first event is of 2020-05-30T14:46:40.000000Z, the last one "
	        "of 2020-05-30T14:46:41.000000Z: hits before and after are not in these "
	        "sources.|DNS over TLS, HTTPS or QUIC is encrypted and was not seen, nor was "
	        "traffic that did not pass the place of capture.");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(replays),
		cmocka_unit_test(unread),
		cmocka_unit_test(noted),
		cmocka_unit_test(models),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
