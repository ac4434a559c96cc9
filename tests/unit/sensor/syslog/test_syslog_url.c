/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/unit.h"

#include <errno.h>
#include <string.h>

#include "sensor/syslog/syslog_url.h"

static void names(void **state)
{
	static const struct {
		const char *target, *name;
	} rows[] = {
		{ "syslog://siem", "syslog://siem:514?as=cef" },
		{ "SYSLOG://siem:1514", "syslog://siem:1514?as=cef" },
		{ "syslogs://siem?as=json", "syslogs://siem:6514?as=json" },
		{ "syslog+udp://[::1]", "syslog+udp://[::1]:514?as=cef" },
		{ "syslog://192.0.2.1?framing=lines&facility=4&as=json",
		  "syslog://192.0.2.1:514?as=json" },
	};
	struct syslog_url url;
	char error[512];
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_true(syslog_url_is(rows[i].target));
		assert_int_equal(syslog_url_parse(&url, rows[i].target, error, sizeof(error)), 0);
		assert_string_equal(url.name, rows[i].name);
	}
	assert_false(syslog_url_is("syslog:siem"));
	assert_false(syslog_url_is("redis://siem"));
}

static void options(void **state)
{
	struct syslog_url url, other;
	char error[512];
	(void)state;
	assert_int_equal(syslog_url_parse(&url, "syslog://h", error, sizeof(error)), 0);
	assert_int_equal(url.facility, 16);
	assert_int_equal(url.form, SYSLOG_CEF);
	assert_int_equal(url.framing, SYSLOG_OCTETS);
	assert_false(url.udp);
	assert_int_equal(url.server.scheme, REDIS_URL_TCP);
	assert_int_equal(
	        syslog_url_parse(&other,
	                         "syslogs://h%61?framing=lines&facility=23&as=json&ca=%2fca&"
	                         "cert=c&tls-key=k&sni=n",
	                         error, sizeof(error)),
	        0);
	assert_int_equal(other.facility, 23);
	assert_int_equal(other.form, SYSLOG_JSON);
	assert_int_equal(other.framing, SYSLOG_LINES);
	assert_int_equal(other.server.scheme, REDIS_URL_TLS);
	assert_string_equal(other.server.places[0].host, "ha");
	assert_string_equal(other.server.ca, "/ca");
	assert_string_equal(other.server.sni, "n");
	assert_true(url.hash != other.hash);
}

static void mistakes(void **state)
{
	static const struct {
		const char *target, *error;
	} rows[] = {
		{ "syslog://", "the host is missing or invalid: write syslog://HOST[:PORT]" },
		{ "syslog://:514", "the host is missing or invalid: write syslog://HOST[:PORT]" },
		{ "syslog://a@b", "the host is missing or invalid: write syslog://HOST[:PORT]" },
		{ "syslog://h:0", "port: must be a number from 1 to 65535" },
		{ "syslog://h:514/", "port: must be a number from 1 to 65535" },
		{ "syslog://::1", "write an IPv6 address in [], as in [::1]:6379" },
		{ "syslog://h?as=xml", "as: must be cef or json" },
		{ "syslog://h?as", "options are written NAME=VALUE, with & between them" },
		{ "syslog://h?framing=nul", "framing: must be octets or lines" },
		{ "syslog+udp://h?framing=lines", "framing: a datagram of UDP has none" },
		{ "syslog://h?facility=24", "facility: must be a number from 0 to 23" },
		{ "syslog://h?ca=x", "ca: needs TLS: write syslogs://" },
		{ "syslogs://h?ca=", "ca: is empty" },
		{ "syslogs://h?cert=x", "cert= and tls-key= must be given together" },
		{ "syslog://h?x=1", "unknown option 'x': expected as=, framing=, facility=, ca=, "
		                    "cert=, tls-key= or sni=" },
		{ "udp://h", "the URL must begin with syslog://, syslogs:// or syslog+udp://" },
	};
	struct syslog_url url;
	char error[512];
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_int_equal(syslog_url_parse(&url, rows[i].target, error, sizeof(error)),
		                 -EINVAL);
		assert_string_equal(error, rows[i].error);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names),
		cmocka_unit_test(options),
		cmocka_unit_test(mistakes),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
