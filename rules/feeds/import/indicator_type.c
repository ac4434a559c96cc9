/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "rules/feeds/import/indicator_type.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "rules/feeds/import/roles.h"
#include "rules/feeds/import/value.h"

/* A column of names may also have addresses, because nothing else looks like an address. */
#define HOSTS (FORMS_NAMES | FORMS_NETWORKS)

/* clang-format off */
#define NAME(type)        { type, KIND_ANY, FEED_WIDEN, TYPE_WHOLE, HOSTS },
#define ADDRESS(type)     { type, KIND_ANY, FEED_EXACT, TYPE_WHOLE, FORMS_NETWORKS },
#define MAILBOX(type)     { type, KIND_ANY, FEED_EXACT, TYPE_WHOLE, FORMS_MAILBOXES },
#define ANY(type)         { type, KIND_ANY, FEED_WIDEN, TYPE_WHOLE, 0 },
#define IS(type, kind)    { type, kind, FEED_EXACT, TYPE_WHOLE, 0 },

static const struct indicator_type TYPES[] = {
	NAME("domain") NAME("domainname") NAME("domains") NAME("hostname") NAME("hostnames")
	NAME("host") NAME("hosts") NAME("fqdn") NAME("fqdns") NAME("dns") NAME("dnsname")
	NAME("domainfqdn") NAME("domainport") NAME("hostnameport") NAME("hostport") NAME("domainsuffix")
	NAME("site") NAME("website") NAME("c2domain") NAME("c2host") NAME("cncdomain")
	NAME("maliciousdomain") NAME("malwaredomain") NAME("phishingdomain") NAME("phishdomain")
	NAME("baddomain") NAME("internetdomainname") NAME("urldomain") NAME("intelfqdn")
	NAME("url") NAME("urls") NAME("uri") NAME("uriport") NAME("maliciousurl") NAME("malwareurl")
	NAME("phishingurl") NAME("phishurl") NAME("c2url") NAME("inteldomain") NAME("intelurl")
	{ "domainip", KIND_ANY, FEED_WIDEN, TYPE_PAIR, HOSTS },
	{ "hostnameip", KIND_ANY, FEED_WIDEN, TYPE_PAIR, HOSTS },
	ADDRESS("ip") ADDRESS("ips") ADDRESS("ipv4") ADDRESS("ipv6") ADDRESS("ip4") ADDRESS("ip6")
	ADDRESS("ipsrc") ADDRESS("ipdst") ADDRESS("srcip") ADDRESS("dstip") ADDRESS("destip")
	ADDRESS("sourceip") ADDRESS("sourceipaddress") ADDRESS("destinationip")
	ADDRESS("destinationipaddress") ADDRESS("remoteip") ADDRESS("attackerip") ADDRESS("attackip")
	ADDRESS("clientip") ADDRESS("serverip") ADDRESS("hostip") ADDRESS("c2ip") ADDRESS("cncip")
	ADDRESS("maliciousip") ADDRESS("badip") ADDRESS("intelip")
	ADDRESS("ipaddress") ADDRESS("ipaddresses") ADDRESS("ipaddr") ADDRESS("ipv4addr")
	ADDRESS("ipv6addr") ADDRESS("ipv4address") ADDRESS("ipv6address") ADDRESS("addressipv4")
	ADDRESS("addressipv6") ADDRESS("addr") ADDRESS("address") ADDRESS("addressip")
	ADDRESS("cidr") ADDRESS("cidrs") ADDRESS("ipcidr") ADDRESS("ipcidr6") ADDRESS("ipv4cidr")
	ADDRESS("ipv6cidr") ADDRESS("cidripv4") ADDRESS("cidripv6") ADDRESS("addresscidr")
	ADDRESS("network") ADDRESS("networks") ADDRESS("subnet") ADDRESS("netblock") ADDRESS("prefix")
	ADDRESS("iprange") ADDRESS("range") ADDRESS("ipv4range") ADDRESS("ipv6range")
	ADDRESS("ipnetwork") ADDRESS("ipv4net") ADDRESS("ipv6net") ADDRESS("ipv4network")
	ADDRESS("ipsrcport") ADDRESS("ipdstport") ADDRESS("ipport") ADDRESS("ipv4port")
	ADDRESS("ipv6port") ADDRESS("ipandport") ADDRESS("intelsubnet")
	ADDRESS("ipprefix") ADDRESS("ipv4prefix") ADDRESS("ipv6prefix")
	MAILBOX("email") MAILBOX("emails") MAILBOX("emailaddr") MAILBOX("emailaddress") MAILBOX("mail")
	MAILBOX("mailbox") MAILBOX("mailaddress") MAILBOX("intelemail")
	ANY("c2") ANY("c2server") ANY("c2address") ANY("ioc") ANY("indicator") ANY("observable")
	IS("nameserver", KIND_NS) IS("nameservers", KIND_NS) IS("mxrecord", KIND_MX)
	IS("a", KIND_IP) IS("aaaa", KIND_IP)
	IS("emailsrc", KIND_FROM) IS("emailsender", KIND_FROM) IS("emailfrom", KIND_FROM)
	IS("emailsourceaddress", KIND_FROM) IS("senderemail", KIND_FROM) IS("emailreplyto", KIND_FROM)
	IS("sender", KIND_FROM) IS("emaildst", KIND_RCPT) IS("emailto", KIND_RCPT)
	IS("targetemail", KIND_RCPT) IS("recipient", KIND_RCPT)
	/* the keywords of rules that are not in the rows above */
#define X(kind, keyword, ...) IS(keyword, KIND_##kind)
	OBSERVATION_KINDS(X)
#undef X
	ANY("any")
};
/* clang-format on */

const struct indicator_type *indicator_type_find(const char *type)
{
	char folded[ROLES_NAME_SIZE];
	if (!roles_fold(type, strlen(type), folded)) {
		return NULL;
	}
	for (size_t i = 0; i < sizeof(TYPES) / sizeof(TYPES[0]); i++) {
		if (strcmp(TYPES[i].type, folded) == 0) {
			return &TYPES[i];
		}
	}
	return NULL;
}

const struct indicator_type *indicator_type_of_heading(const char *heading)
{
	const struct indicator_type *type = indicator_type_find(heading);
	bool any = type != NULL && type->forms == 0 && type->kind == KIND_ANY;
	return any ? NULL : type;
}

const struct indicator_type *indicator_type_recall(struct feed *feed, const char *type)
{
	size_t size = strlen(type);
	if (size >= sizeof(feed->last_type)) {
		return indicator_type_find(type);
	}
	if (strcmp(feed->last_type, type) != 0) {
		memcpy(feed->last_type, type, size + 1);
		feed->last_found = indicator_type_find(type);
	}
	return feed->last_found;
}

/*!
 * \brief Returns true if values of a type can look like hosts without being hosts, as names of
 *        files do.
 */
static bool is_no_host(const char *type)
{
	static const char *const PARTS[] = { "file",    "hash",    "md5",  "sha",
		                             "ssdeep",  "mutex",   "path", "reg",
		                             "subject", "text",    "cve",  "yara",
		                             "sigma",   "pattern", "link", "comment" };
	for (size_t i = 0; i < sizeof(PARTS) / sizeof(PARTS[0]); i++) {
		if (strcasestr(type, PARTS[i]) != NULL) {
			return true;
		}
	}
	return false;
}

void indicator_type_leave_out(struct feed *feed, const char *type, const char *value, size_t line)
{
	char reason[64];
	size_t size = strlen(value);
	if (is_no_host(type) || !value_looks_like_indicator(feed->psl, value, size)) {
		feed_leave_out(feed, type);
		return;
	}
	snprintf(reason, sizeof(reason), "unknown type %.32s", type);
	feed_leave_out_named(feed, value, size, line, line > 0, reason);
}

void indicator_type_add(struct feed *feed, const struct indicator_type *type, const char *value,
                        size_t line, const struct imported_rule *rule)
{
	struct imported_rule own = *rule;
	size_t size = strlen(value);
	size_t first = type->parts == TYPE_PAIR ? strcspn(value, "|") : size;
	struct feed_value part = {
		.text = value,
		.size = first,
		.line = line,
		.column = 1,
		.reach = type->reach,
		.forms = type->forms,
	};
	own.kind = type->kind;
	feed_add_value(feed, &part, &own);
	if (first < size) {
		part.text = value + first + 1;
		part.size = size - first - 1;
		feed_add_value(feed, &part, &own);
	}
}
