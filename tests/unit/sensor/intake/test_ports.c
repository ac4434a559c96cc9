/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/unit.h"

#include <stdio.h>
#include <string.h>

#include "sensor/intake/ports.h"

/* The ports of a set, "53,5353". */
static void list_ports(const struct port_set *set, char *text, size_t room)
{
	size_t size = 0;
	text[0] = '\0';
	for (unsigned port = 0; port < 65536; port++) {
		if (port_set_has(set, (uint16_t)port)) {
			size += (size_t)snprintf(text + size, room - size, "%s%u",
			                         size > 0 ? "," : "", port);
			assert_true(size < room);
		}
	}
}

static void reads(void **state)
{
	(void)state;
	static const struct {
		const char *spec;
		const char *dns;
		const char *smtp;
	} tests[] = {
		{ PORTS_DEFAULT, "53", "25,587,2525" },
		/* what is not named stays */
		{ "dns=5300", "5300", "25,587,2525" },
		{ "smtp=26", "53", "26" },
		{ "smtp=26;dns=54", "54", "26" },
		{ "dns=54;", "54", "25,587,2525" },
		/* again: the last counts */
		{ "dns=54;dns=55", "55", "25,587,2525" },
		{ "dns=54,54", "54", "25,587,2525" },
		/* first and last, in any order */
		{ "dns=65535,1", "1,65535", "25,587,2525" },
		{ "dns=7,8,9", "7,8,9", "25,587,2525" },
		{ "dns=053", "53", "25,587,2525" },
	};
	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) {
		struct ports ports = { 0 };
		char error[256] = "";
		char text[256];
		assert_true(ports_parse(&ports, PORTS_DEFAULT, error, sizeof(error)));
		if (!ports_parse(&ports, tests[i].spec, error, sizeof(error))) {
			fail_msg("%s: %s", tests[i].spec, error);
		}
		list_ports(&ports.dns, text, sizeof(text));
		assert_string_equal(text, tests[i].dns);
		list_ports(&ports.smtp, text, sizeof(text));
		assert_string_equal(text, tests[i].smtp);
		assert_string_equal(error, "");
	}
}

static void refuses(void **state)
{
	(void)state;
	static const struct {
		const char *spec;
		const char *named; /* what the complaint quotes */
	} tests[] = {
		/* numbers */
		{ "dns=0", "'0'" },
		{ "dns=65536", "'65536'" },
		{ "dns=99999999999999999999", "'99999999999999999999'" },
		{ "dns=-1", "'-1'" },
		{ "dns=+53", "'+53'" },
		{ "dns=0x35", "'0x35'" },
		{ "dns=53x", "'53x'" },
		{ "dns=5.3", "'5.3'" },
		{ "dns=domain", "'domain'" },
		/* separators */
		{ "", "''" },
		{ "dns=,53", "',53'" },
		{ "dns=53,", "'53,'" },
		{ "dns=53,,54", "'53,,54'" },
		{ "dns=53, 54", "'53, 54'" },
		{ "dns= 53", "' 53'" },
		{ "dns=53;;smtp=25", "''" },
		{ ";", "''" },
		{ "dns=53:smtp=25", "'53:smtp=25'" },
		/* protocols */
		{ "dns=", "'dns='" },
		{ "smtp=", "'smtp='" },
		{ "dns", "'dns'" },
		{ "53", "'53'" },
		{ "DNS=53", "'DNS=53'" },
		{ "pop=110", "'pop=110'" },
		/* a good one before the bad one */
		{ "dns=54;smtp=x", "'x'" },
	};
	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) {
		struct ports ports;
		struct ports before;
		char error[256] = "";
		memset(&ports, 0x5a, sizeof(ports));
		before = ports;
		if (ports_parse(&ports, tests[i].spec, error, sizeof(error))) {
			fail_msg("%s: taken", tests[i].spec);
		}
		if (strstr(error, tests[i].named) == NULL) {
			fail_msg("%s: %s", tests[i].spec, error);
		}
		assert_memory_equal(&ports, &before, sizeof(ports));
	}
}

static void complaint_fits_its_room(void **state)
{
	(void)state;
	char spec[400];
	char error[32];
	struct ports ports = { 0 };
	memset(spec, 'x', sizeof(spec) - 1);
	spec[sizeof(spec) - 1] = '\0';
	memset(error, '#', sizeof(error));
	assert_false(ports_parse(&ports, spec, error, sizeof(error) - 1));
	assert_int_equal(strlen(error), sizeof(error) - 2);
	assert_int_equal(error[sizeof(error) - 1], '#');
}

static void tunnels(void **state)
{
	(void)state;
	static const struct {
		const char *spec;
		const char *error; /* what the complaint has; NULL: none */
		unsigned count;
		uint16_t port, tunnel; /* the last */
	} tests[] = {
		{ "vxlan=48879", NULL, 1, 48879, TUNNEL_VXLAN },
		{ "vxlan=1,65535", NULL, 2, 65535, TUNNEL_VXLAN },
		{ "vxlan=48879,65330,geneve=10800", NULL, 3, 10800, TUNNEL_GENEVE },
		{ "vxlan=48879;geneve=10800", NULL, 2, 10800, TUNNEL_GENEVE },
		{ "vxlan-gpe=7", NULL, 1, 7, TUNNEL_VXLAN_GPE },
		{ "mpls=7", NULL, 1, 7, TUNNEL_MPLS },
		{ "",
		  "one of gre, vxlan, geneve, gtp, teredo, vxlan-gpe, tzsp, l2tp, lisp, capwap, "
		  "mpls, gue, hp-erm",
		  0, 0, 0 },
		{ "48879", "'48879'", 0, 0, 0 },
		{ "vxlan=", "''", 0, 0, 0 },
		{ "vxlan=0", "'0'", 0, 0, 0 },
		{ "vxlan=65536", "'65536'", 0, 0, 0 },
		{ "vxlan=7x", "'7x'", 0, 0, 0 },
		{ "vxlan=7,", "''", 0, 0, 0 },
		{ "vxla=7", "'vxla=7'", 0, 0, 0 },
		{ "ip=7", "'ip=7'", 0, 0, 0 },
		{ "erspan=7", "'erspan=7'", 0, 0, 0 },
		{ "etherip=7", "'etherip=7'", 0, 0, 0 },
	};
	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) {
		struct tunnel_ports ports = { 0 };
		char error[256] = "";
		bool good = ports_parse_tunnels(&ports, tests[i].spec, error, sizeof(error));
		if (good != (tests[i].error == NULL) || ports.count != tests[i].count) {
			fail_msg("%s: %u ports, '%s'", tests[i].spec, ports.count, error);
		}
		if (good) {
			assert_int_equal(ports.extra[ports.count - 1].port, tests[i].port);
			assert_int_equal(ports.extra[ports.count - 1].tunnel, tests[i].tunnel);
		} else if (strstr(error, tests[i].error) == NULL) {
			fail_msg("%s: %s", tests[i].spec, error);
		}
	}
}

/* Ports add up, to a limit. */
static void tunnels_are_limited(void **state)
{
	(void)state;
	struct tunnel_ports ports = { 0 };
	char error[256] = "";
	for (unsigned i = 0; i < TUNNEL_PORTS_MAX; i++) {
		assert_true(ports_parse_tunnels(&ports, "gre=7", error, sizeof(error)));
	}
	assert_int_equal(ports.count, TUNNEL_PORTS_MAX);
	assert_false(ports_parse_tunnels(&ports, "gre=7", error, sizeof(error)));
	assert_string_equal(error, "more than 32 ports");
	assert_int_equal(ports.count, TUNNEL_PORTS_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads),
		cmocka_unit_test(refuses),
		cmocka_unit_test(complaint_fits_its_room),
		cmocka_unit_test(tunnels),
		cmocka_unit_test(tunnels_are_limited),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
