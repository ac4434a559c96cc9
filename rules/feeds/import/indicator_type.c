/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "rules/feeds/import/indicator_type.h"

#include <string.h>
#include <strings.h>

#define NAME(type)                                                                                 \
	{                                                                                          \
		type, KIND_ANY, FEED_WIDEN, TYPE_WHOLE                                             \
	}
#define HOST(type)                                                                                 \
	{                                                                                          \
		type, KIND_ANY, FEED_EXACT, TYPE_WHOLE                                             \
	}
#define IS(type, kind)                                                                             \
	{                                                                                          \
		type, kind, FEED_EXACT, TYPE_WHOLE                                                 \
	}
#define PORT(type)                                                                                 \
	{                                                                                          \
		type, KIND_ANY, FEED_EXACT, TYPE_PORT                                              \
	}

static const struct indicator_type TYPES[] = {
	/* names */
	NAME("domain"),
	NAME("domain-name"),
	NAME("domain_name"),
	NAME("domainname"),
	HOST("hostname"),
	HOST("host"),
	HOST("fqdn"),
	PORT("hostname|port"),
	{ "domain|ip", KIND_ANY, FEED_WIDEN, TYPE_PAIR },
	IS("nameserver", KIND_NS),
	IS("name-server", KIND_NS),
	/* addresses */
	HOST("ip"),
	HOST("ipv4"),
	HOST("ipv6"),
	HOST("ip-src"),
	HOST("ip-dst"),
	HOST("ip_address"),
	HOST("ipaddress"),
	HOST("ip-address"),
	HOST("ipv4-addr"),
	HOST("ipv6-addr"),
	HOST("addr"),
	HOST("address"),
	HOST("cidr"),
	HOST("network"),
	HOST("subnet"),
	HOST("netblock"),
	PORT("ip-src|port"),
	PORT("ip-dst|port"),
	PORT("ip|port"),
	PORT("ip:port"),
	IS("a", KIND_IP),
	IS("aaaa", KIND_IP),
	/* mailboxes */
	HOST("email"),
	HOST("email-addr"),
	HOST("email-address"),
	HOST("email_address"),
	HOST("mailbox"),
	IS("email-src", KIND_FROM),
	IS("sender", KIND_FROM),
	IS("email-dst", KIND_RCPT),
	IS("target-email", KIND_RCPT),
	IS("recipient", KIND_RCPT),
/* keywords of rules that are not above */
#define X(kind, keyword, ...) IS(keyword, KIND_##kind),
	OBSERVATION_KINDS(X)
#undef X
};

const struct indicator_type *indicator_type_find(const char *type)
{
	for (size_t i = 0; i < sizeof(TYPES) / sizeof(TYPES[0]); i++) {
		if (strcasecmp(TYPES[i].type, type) == 0) {
			return &TYPES[i];
		}
	}
	return NULL;
}

/*! \brief Octets of a value before its port. */
static size_t without_port(const char *value)
{
	const char *pipe = strchr(value, '|');
	const char *colon = strrchr(value, ':');
	if (pipe != NULL) {
		return (size_t)(pipe - value);
	}
	/* An IPv6 address with a port is in brackets. */
	if (colon != NULL && (strchr(value, ':') == colon || colon[-1] == ']')) {
		return (size_t)(colon - value);
	}
	return strlen(value);
}

static void add(struct feed *feed, const struct indicator_type *type, const char *value,
                size_t size, size_t line, const struct imported_rule *rule)
{
	if (size > 2 && value[0] == '[' && value[size - 1] == ']') {
		value++;
		size -= 2;
	}
	feed_add_view(feed, value, size, line, 1, type->reach, rule);
}

void indicator_type_add(struct feed *feed, const struct indicator_type *type, const char *value,
                        size_t line, const struct imported_rule *rule)
{
	struct imported_rule own = *rule;
	own.kind = type->kind;
	size_t size = strlen(value);
	size_t first = strcspn(value, "|");
	switch (type->parts) {
	case TYPE_WHOLE:
		feed_add(feed, value, line, 1, type->reach, &own);
		break;
	case TYPE_PORT:
		add(feed, type, value, without_port(value), line, &own);
		break;
	case TYPE_PAIR:
		add(feed, type, value, first, line, &own);
		if (first < size) {
			add(feed, type, value + first + 1, size - first - 1, line, &own);
		}
		break;
	}
}
