/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/bench/dns_traffic.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "tests/bench/dns_builder.h"

#define PORT          53
#define CLIENTS       20000
#define HOSTS         16
#define RESPONSE      0x8180 /* QR RD RA */
#define AUTHORITATIVE 0x8400 /* QR AA */
#define NXDOMAIN      3

/* The exchange at hand. */
struct exchange {
	struct rng *rng;
	struct dns_builder dns;
	uint32_t domain, host;
	uint16_t id, type;
	bool edns, dnssec, upstream; /* upstream: the resolver asks */
	bool fresh;                  /* its domain was in no exchange before */
	char name[NAMES_MAX];
};

static uint32_t ttl(struct exchange *x)
{
	static const uint32_t ttls[] = { 20, 60, 300, 300, 600, 3600, 14400, 86400 };
	return ttls[rng_below(x->rng, 8)];
}

/* Records */

static void put_address(struct exchange *x, enum dns_part part, const char *owner, uint16_t type,
                        uint32_t number)
{
	struct endpoint at = endpoint_outside(type == DNS_AAAA, number, 0);
	dns_record(&x->dns, part, owner, type, ttl(x));
	if (type == DNS_AAAA) {
		dns_put(&x->dns, &at.address, 16);
	} else {
		dns_put(&x->dns, &at.address.s6_addr[12], 4);
	}
	dns_record_end(&x->dns);
}

static void put_signature(struct exchange *x, enum dns_part part, const char *owner)
{
	uint8_t signature[64];
	char domain[NAMES_MAX];
	if (!x->dnssec) {
		return;
	}
	for (size_t i = 0; i < sizeof(signature); i++) {
		signature[i] = (uint8_t)rng_next(x->rng);
	}
	names_domain(domain, x->domain);
	dns_record(&x->dns, part, owner, DNS_RRSIG, 3600);
	dns_put16(&x->dns, x->type);
	dns_put16(&x->dns, 13 << 8 | 3);
	dns_put32(&x->dns, 3600);
	dns_put32(&x->dns, 1701000000);
	dns_put32(&x->dns, 1699000000);
	dns_put16(&x->dns, (uint16_t)x->domain);
	dns_put_name(&x->dns, domain, false);
	dns_put(&x->dns, signature, sizeof(signature));
	dns_record_end(&x->dns);
}

static void put_soa(struct exchange *x, enum dns_part part)
{
	char domain[NAMES_MAX], server[NAMES_MAX];
	names_domain(domain, x->domain);
	names_server(server, x->domain, 0);
	dns_record(&x->dns, part, domain, DNS_SOA, 900);
	dns_put_name(&x->dns, server, true);
	(void)snprintf(server, sizeof(server), "hostmaster.%.80s", domain);
	dns_put_name(&x->dns, server, true);
	for (uint32_t i = 0; i < 5; i++) {
		dns_put32(&x->dns, i == 0 ? 2024010100 + x->domain % 90 : 900U << i);
	}
	dns_record_end(&x->dns);
	put_signature(x, part, domain);
}

static void put_servers(struct exchange *x, enum dns_part part, uint32_t count)
{
	char domain[NAMES_MAX], server[NAMES_MAX];
	names_domain(domain, x->domain);
	for (uint32_t i = 0; i < count; i++) {
		names_server(server, x->domain, i);
		dns_record(&x->dns, part, domain, DNS_NS, 172800);
		dns_put_name(&x->dns, server, true);
		dns_record_end(&x->dns);
	}
}

static void put_glue(struct exchange *x, uint32_t count)
{
	char server[NAMES_MAX];
	for (uint32_t i = 0; i < count; i++) {
		names_server(server, x->domain, i);
		put_address(x, DNS_ADDITIONAL, server, DNS_A, x->domain * 16 + i);
		put_address(x, DNS_ADDITIONAL, server, DNS_AAAA, x->domain * 16 + i);
	}
}

/* Responses, each after the question */

static void answer_addresses(struct exchange *x)
{
	uint32_t count = 1 + rng_skewed(x->rng, 5);
	for (uint32_t i = 0; i < count; i++) {
		put_address(x, DNS_ANSWER, x->name, x->type, x->domain * 16 + x->host + i);
	}
	put_signature(x, DNS_ANSWER, x->name);
	if (x->upstream && rng_chance(x->rng, 30)) {
		put_servers(x, DNS_AUTHORITY, 2);
		put_glue(x, 2);
	}
}

/* www.example.com -> example.com.edge.cdn.net -> e1234.cdn.net -> addresses */
static void answer_chain(struct exchange *x)
{
	char owner[NAMES_MAX], target[NAMES_MAX], cdn[NAMES_MAX];
	uint32_t links = 1 + rng_skewed(x->rng, 3);
	uint32_t number = x->fresh ? x->domain : rng_below(x->rng, 40);
	memcpy(owner, x->name, sizeof(owner));
	names_domain(cdn, number);
	for (uint32_t i = 0; i < links; i++) {
		(void)snprintf(target, sizeof(target),
		               i == 0 ? "c%u-%u.edge.%.60s" : "e%u.d%u.%.60s", x->domain % 9999, i,
		               cdn);
		dns_record(&x->dns, DNS_ANSWER, owner, DNS_CNAME, ttl(x));
		dns_put_name(&x->dns, target, true);
		dns_record_end(&x->dns);
		memcpy(owner, target, sizeof(owner));
	}
	uint32_t count = 1 + rng_below(x->rng, 3);
	for (uint32_t i = 0; i < count; i++) {
		put_address(x, DNS_ANSWER, owner, x->type, number * 64 + rng_below(x->rng, 64));
	}
}

static void answer_nodata(struct exchange *x)
{
	put_soa(x, DNS_AUTHORITY);
}

static void answer_nxdomain(struct exchange *x)
{
	x->dns.wire[3] |= NXDOMAIN;
	put_soa(x, DNS_AUTHORITY);
}

/* A referral from the parent zone: RFC 1034, 4.3.2 step 3 b. */
static void answer_referral(struct exchange *x)
{
	char domain[NAMES_MAX];
	uint8_t digest[32];
	uint32_t count = 2 + rng_below(x->rng, 3);
	put_servers(x, DNS_AUTHORITY, count);
	if (x->dnssec) {
		memset(digest, (int)(x->domain & 0xff), sizeof(digest));
		names_domain(domain, x->domain);
		dns_record(&x->dns, DNS_AUTHORITY, domain, DNS_DS, 86400);
		dns_put16(&x->dns, (uint16_t)x->domain);
		dns_put16(&x->dns, 13 << 8 | 2);
		dns_put(&x->dns, digest, sizeof(digest));
		dns_record_end(&x->dns);
		put_signature(x, DNS_AUTHORITY, domain);
	}
	put_glue(x, count);
}

static void answer_https(struct exchange *x)
{
	static const uint8_t parameters[] = { 0, 1, 0, 0, 1, 0, 6, 2, 'h', '3', 2, 'h', '2' };
	dns_record(&x->dns, DNS_ANSWER, x->name, DNS_HTTPS, 300);
	dns_put(&x->dns, parameters, sizeof(parameters));
	dns_record_end(&x->dns);
	put_signature(x, DNS_ANSWER, x->name);
}

static void answer_mx(struct exchange *x)
{
	char exchange[NAMES_MAX];
	uint32_t count = 1 + rng_below(x->rng, 5);
	for (uint32_t i = 0; i < count; i++) {
		names_exchange(exchange, x->domain, i);
		dns_record(&x->dns, DNS_ANSWER, x->name, DNS_MX, 3600);
		dns_put16(&x->dns, (uint16_t)(10 + 10 * i));
		dns_put_name(&x->dns, exchange, true);
		dns_record_end(&x->dns);
	}
	for (uint32_t i = 0; i < count && x->upstream; i++) {
		names_exchange(exchange, x->domain, i);
		put_address(x, DNS_ADDITIONAL, exchange, DNS_A, x->domain * 16 + i);
	}
}

static void answer_ns(struct exchange *x)
{
	uint32_t count = 2 + rng_below(x->rng, 4);
	put_servers(x, DNS_ANSWER, count);
	put_signature(x, DNS_ANSWER, x->name);
	put_glue(x, count);
}

static void answer_txt(struct exchange *x)
{
	char text[NAMES_MAX + 64];
	uint32_t count = 1 + rng_below(x->rng, 6);
	for (uint32_t i = 0; i < count; i++) {
		int size = snprintf(text, sizeof(text),
		                    i == 0 ? "v=spf1 include:_spf.%.60s ip4:198.51.100.%u ~all"
		                           : "%.60s-site-verification=%08x7c1e9b50d2f4a683",
		                    x->name, (unsigned)rng_mix(x->domain + i) & 0xff);
		uint8_t length = (uint8_t)size;
		dns_record(&x->dns, DNS_ANSWER, x->name, DNS_TXT, 3600);
		dns_put(&x->dns, &length, 1);
		dns_put(&x->dns, text, length);
		dns_record_end(&x->dns);
	}
}

static void answer_ptr(struct exchange *x)
{
	char target[NAMES_MAX];
	names_host(target, x->domain, x->host);
	dns_record(&x->dns, DNS_ANSWER, x->name, DNS_PTR, 3600);
	dns_put_name(&x->dns, target, true);
	dns_record_end(&x->dns);
}

static void answer_srv(struct exchange *x)
{
	char target[NAMES_MAX];
	names_host(target, x->domain, x->host);
	dns_record(&x->dns, DNS_ANSWER, x->name, DNS_SRV, 300);
	dns_put32(&x->dns, 10 << 16 | 100);
	dns_put16(&x->dns, 5061);
	dns_put_name(&x->dns, target, false); /* RFC 2782: no pointers */
	dns_record_end(&x->dns);
}

static void answer_soa(struct exchange *x)
{
	put_soa(x, DNS_ANSWER);
}

static void answer_keys(struct exchange *x)
{
	uint8_t key[64];
	memset(key, (int)(x->domain & 0xff), sizeof(key));
	x->dnssec = true;
	for (int i = 0; i < 2; i++) {
		dns_record(&x->dns, DNS_ANSWER, x->name, DNS_DNSKEY, 3600);
		dns_put16(&x->dns, i == 0 ? 257 : 256);
		dns_put16(&x->dns, 3 << 8 | 13);
		dns_put(&x->dns, key, sizeof(key));
		dns_record_end(&x->dns);
	}
	put_signature(x, DNS_ANSWER, x->name);
}

/* The mix, in thousandths */
static const struct kind {
	uint32_t share;
	uint16_t type;
	void (*answer)(struct exchange *x);
} kinds[] = {
	{ 340, DNS_A, answer_addresses },    { 100, DNS_A, answer_chain },
	{ 150, DNS_AAAA, answer_addresses }, { 40, DNS_AAAA, answer_chain },
	{ 70, DNS_AAAA, answer_nodata },     { 35, DNS_HTTPS, answer_https },
	{ 35, DNS_HTTPS, answer_nodata },    { 70, DNS_A, answer_nxdomain },
	{ 50, DNS_A, answer_referral },      { 30, DNS_PTR, answer_ptr },
	{ 25, DNS_MX, answer_mx },           { 15, DNS_NS, answer_ns },
	{ 25, DNS_TXT, answer_txt },         { 5, DNS_SRV, answer_srv },
	{ 5, DNS_SOA, answer_soa },          { 5, DNS_DNSKEY, answer_keys },
};

static const struct kind *pick_kind(struct rng *rng)
{
	uint32_t left = rng_below(rng, 1000);
	const struct kind *kind = kinds;
	while (left >= kind->share) {
		left -= kind->share;
		kind++;
	}
	return kind;
}

/* Questions */

/* draft-vixie-dnsext-dns0x20: letters at random in either case. */
static void mix_case(struct exchange *x)
{
	uint64_t coins = rng_next(x->rng);
	for (char *at = x->name; *at != '\0'; at++, coins = coins >> 1 | coins << 63) {
		*at = (char)(coins & 1 ? toupper((unsigned char)*at) : *at);
	}
}

static void name_question(struct exchange *x, const struct kind *kind)
{
	char domain[NAMES_MAX];
	names_domain(domain, x->domain);
	if (kind->answer == answer_ptr) {
		(void)snprintf(x->name, sizeof(x->name), "%u.%u.%u.%u.in-addr.arpa", x->host,
		               x->domain >> 8 & 0xff, x->domain & 0xff, 1 + x->domain % 126);
	} else if (kind->answer == answer_srv) {
		(void)snprintf(x->name, sizeof(x->name), "_sips._tcp.%.80s", domain);
	} else if (kind->answer == answer_nxdomain) {
		(void)snprintf(x->name, sizeof(x->name), "no-%x.%.80s", rng_below(x->rng, 1 << 20),
		               domain);
	} else if (kind->type == DNS_A || kind->type == DNS_AAAA || kind->type == DNS_HTTPS) {
		names_host(x->name, x->domain, x->host);
	} else {
		memcpy(x->name, domain, sizeof(x->name));
	}
	if (x->upstream && rng_chance(x->rng, 40)) {
		mix_case(x);
	}
}

static void begin_exchange(struct exchange *x, struct dns_traffic *traffic, const struct kind *kind)
{
	struct rng *rng = &traffic->rng;
	x->rng = rng;
	x->fresh = traffic->fresh > 0;
	x->domain = x->fresh ? traffic->fresh++ : rng_skewed(rng, NAMES_IN_TRAFFIC);
	x->host = rng_below(rng, HOSTS);
	x->id = (uint16_t)rng_next(rng);
	x->type = kind->type;
	x->upstream = kind->answer == answer_referral || rng_chance(rng, 35);
	x->edns = rng_chance(rng, x->upstream ? 98 : 60);
	x->dnssec = x->edns && rng_chance(rng, x->upstream ? 30 : 5);
	name_question(x, kind);
}

static void build_query(struct exchange *x)
{
	dns_begin(&x->dns, x->id, x->upstream ? 0 : 0x0100);
	dns_question(&x->dns, x->name, x->type);
	if (x->edns) {
		dns_opt(&x->dns, x->dnssec);
	}
	dns_end(&x->dns);
}

static void build_response(struct exchange *x, const struct kind *kind)
{
	dns_begin(&x->dns, x->id, x->upstream ? AUTHORITATIVE : RESPONSE);
	dns_question(&x->dns, x->name, x->type);
	kind->answer(x);
	if (x->edns) {
		dns_opt(&x->dns, x->dnssec);
	}
	dns_end(&x->dns);
}

/* Packets */

static void write_over_tcp(struct exchange *x, struct writer *writer,
                           const struct dns_pending *query, const struct kind *kind)
{
	uint8_t bytes[2 + WRITER_PAYLOAD_MAX - 64];
	const struct endpoint *ends[] = { &query->client, &query->server };
	uint32_t seq[] = { (uint32_t)rng_next(x->rng), (uint32_t)rng_next(x->rng) };
	static const struct {
		uint8_t from, flags;
		bool message;
	} steps[] = {
		{ 0, TCP_SYN, false },           { 1, TCP_SYN | TCP_ACK, false },
		{ 0, TCP_ACK, false },           { 0, TCP_PSH | TCP_ACK, true },
		{ 1, TCP_PSH | TCP_ACK, true },  { 0, TCP_FIN | TCP_ACK, false },
		{ 1, TCP_FIN | TCP_ACK, false }, { 0, TCP_ACK, false },
	};
	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		uint8_t from = steps[i].from;
		struct segment segment = { seq[from], i > 0 ? seq[1 - from] : 0, steps[i].flags };
		size_t size = 0;
		if (steps[i].message) {
			if (from == 1) {
				build_response(x, kind);
			}
			size = x->dns.size < sizeof(bytes) - 2 ? x->dns.size : sizeof(bytes) - 2;
			bytes[0] = (uint8_t)(size >> 8);
			bytes[1] = (uint8_t)size;
			memcpy(bytes + 2, x->dns.wire, size);
			size += 2;
		}
		writer_wait(writer, 1);
		writer_tcp(writer, ends[from], ends[1 - from], &segment, bytes, size);
		seq[from] += (uint32_t)size + ((steps[i].flags & (TCP_SYN | TCP_FIN)) != 0);
	}
}

static void address(struct exchange *x, struct dns_pending *to)
{
	bool v6 = rng_chance(x->rng, 30);
	uint16_t port = (uint16_t)(1024 + rng_below(x->rng, 64000));
	if (x->upstream) {
		to->client = endpoint_inside(v6, 53, port);
		to->server = endpoint_outside(v6, x->domain * 16, PORT);
	} else {
		to->client = endpoint_inside(v6, 1000 + rng_below(x->rng, CLIENTS), port);
		to->server = endpoint_inside(v6, 53, PORT);
	}
}

static void send_pending(struct dns_pending *pending, struct writer *writer)
{
	if (pending->size > 0) {
		writer_wait(writer, 3);
		writer_udp(writer, &pending->server, &pending->client, pending->wire,
		           pending->size);
		pending->size = 0;
	}
}

void dns_traffic_init(struct dns_traffic *traffic, uint64_t seed)
{
	*traffic = (struct dns_traffic){ .rng = { .state = seed } };
}

void dns_traffic_step(struct dns_traffic *traffic, struct writer *writer)
{
	struct exchange x;
	struct rng *rng = &traffic->rng;
	struct dns_pending *slot = &traffic->pending[rng_below(rng, DNS_PENDING)];
	const struct kind *kind = pick_kind(rng);

	send_pending(slot, writer);
	begin_exchange(&x, traffic, kind);
	address(&x, slot);
	build_query(&x);
	writer_wait(writer, 1 + rng_below(rng, 14));
	if (rng_below(rng, 1000) < 3) {
		write_over_tcp(&x, writer, slot, kind);
		return;
	}
	writer_udp(writer, &slot->client, &slot->server, x.dns.wire, x.dns.size);
	build_response(&x, kind);
	memcpy(slot->wire, x.dns.wire, x.dns.size);
	slot->size = x.dns.size;
}

void dns_traffic_end(struct dns_traffic *traffic, struct writer *writer)
{
	for (size_t i = 0; i < DNS_PENDING; i++) {
		send_pending(&traffic->pending[i], writer);
	}
}
