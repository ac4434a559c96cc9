/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/baseline/mail.h"

#include <string.h>

#include "base/time_ns.h"
#include "sensor/baseline/servers.h"

#define MAIL_KINDS                                                                                 \
	(RULE_BIT(LEARN_MAIL) | RULE_BIT(LEARN_BANNER) | RULE_BIT(LEARN_TLS) |                     \
	 RULE_BIT(LEARN_CERTIFICATE))
/* An exchanger that is newer than this, and than another one, is a change of its own. */
#define EXCHANGER_S (7 * 86400)
/* A server that has taken mail for this time counts for its network. */
#define JOINED_S 3600

/* A mail that is being judged. */
struct judged {
	struct baseline *baseline;
	const struct baseline_mail *mail;
	known_id domain;
	known_id server;
	known_id pair;   /* of the server and the client */
	known_id banner; /* 0: there is none */
	struct ruleset_learn rules[LEARN_COUNT];
	unsigned ruled; /* what the rules learn of the domain, as bits */
	struct score_facts score;
	unsigned changed; /* what has changed, as bits of enum learn_kind */
};

bool baseline_learns_mail(const struct baseline *baseline)
{
	return (ruleset_learned(baseline->rules) & MAIL_KINDS) != 0;
}

static void begin(struct baseline *baseline, int64_t time_ns)
{
	baseline_set_time(baseline, time_ns);
	baseline->changes_count = 0;
	known_lock(baseline->known);
}

static void end(struct baseline *baseline, baseline_emit_t emit, void *ctx)
{
	known_unlock(baseline->known);
	for (size_t i = 0; i < baseline->changes_count; i++) {
		emit(ctx, &baseline->changes[i]);
	}
}

static void find_rules(struct judged *j, const uint8_t *owner, size_t size)
{
	static const enum learn_kind kinds[] = { LEARN_MAIL, LEARN_BANNER, LEARN_TLS };
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (baseline_find_rule(j->baseline, owner, size, kinds[i], true,
		                       &j->rules[kinds[i]])) {
			j->ruled |= RULE_BIT(kinds[i]);
		}
	}
}

static bool rules(const struct judged *j, enum learn_kind kind)
{
	return (j->ruled & RULE_BIT(kind)) != 0;
}

static void note(struct judged *j, enum learn_kind kind, enum score_reason reason)
{
	j->changed |= RULE_BIT(kind);
	j->score.reasons |= RULE_BIT(reason);
}

static known_id banner_of(struct baseline *baseline, const struct baseline_mail *mail)
{
	return mail->banner_size > 0
	               ? server_banner(baseline, mail->banner, mail->banner_size, true)
	               : 0;
}

/* Servers */

static bool has_network(struct baseline *baseline, known_id name, const struct in6_addr *addr)
{
	uint32_t network;
	enum known_kind kind = server_network(baseline, addr, &network);
	const struct known_value *value = known_first(baseline->known, name);
	for (; value != NULL; value = known_next(baseline->known, value)) {
		if (known_kind(value) == kind &&
		    baseline_network(baseline, kind, value->value) == network) {
			return true;
		}
	}
	return false;
}

static bool are_of_one_network(const struct baseline *baseline, const struct in6_addr *a,
                               const struct in6_addr *b)
{
	uint32_t of_a, of_b;
	return server_network(baseline, a, &of_a) == server_network(baseline, b, &of_b) &&
	       of_a == of_b;
}

/* Whether the known servers of the domain, or its exchangers, have an address in the network of the
 * server. `exchangers` receives whether an address of an exchanger is known. */
static bool is_at_home(const struct judged *j, bool *exchangers)
{
	struct known *known = j->baseline->known;
	const struct ruleset_learn *learn = &j->rules[LEARN_MAIL];
	const struct known_value *value = known_first(known, j->domain);
	for (; value != NULL; value = known_next(known, value)) {
		struct in6_addr addr;
		bool mail = known_kind(value) == KNOWN_MAIL;
		if ((!mail && known_kind(value) != KNOWN_MX) ||
		    !standing_has(j->baseline, value, learn)) {
			continue;
		}
		if (mail && server_address(known, value->value, &addr) &&
		    are_of_one_network(j->baseline, &addr, j->mail->server)) {
			return true;
		}
		if (!mail && has_network(j->baseline, value->value, j->mail->server)) {
			return true;
		}
		*exchangers |= !mail && known_first(known, value->value) != NULL;
	}
	return false;
}

/* Whether the domain has exchangers, and none of them is new. */
static bool is_exchanger_unchanged(const struct judged *j)
{
	const struct known_value *value = known_first(j->baseline->known, j->domain);
	uint32_t oldest = UINT32_MAX, newest = 0;
	for (; value != NULL; value = known_next(j->baseline->known, value)) {
		if (known_kind(value) != KNOWN_MX) {
			continue;
		}
		if ((value->kind & KNOWN_REPORTED) != 0) {
			return false;
		}
		oldest = value->first < oldest ? value->first : oldest;
		newest = value->first > newest ? value->first : newest;
	}
	return newest != 0 && (newest == oldest || baseline_age(j->baseline, newest) > EXCHANGER_S);
}

static void judge_server(struct judged *j)
{
	struct baseline *baseline = j->baseline;
	const struct ruleset_learn *learn = &j->rules[LEARN_MAIL];
	uint32_t network;
	bool exchangers = false;
	if (!rules(j, LEARN_MAIL) ||
	    known_find(baseline->known, j->domain, KNOWN_MAIL, j->server) ||
	    is_at_home(j, &exchangers)) {
		return;
	}
	struct standing mail =
	        standing_of(baseline, j->domain, RULE_BIT(KNOWN_MAIL), KNOWN_CHILD, learn);
	struct standing mx =
	        standing_of(baseline, j->domain, RULE_BIT(KNOWN_MX), KNOWN_CHILD, learn);
	if (standing_is_known(baseline, &mail, learn) ||
	    (exchangers && standing_is_known(baseline, &mx, learn))) {
		(void)server_network(j->baseline, j->mail->server, &network);
		j->score.network_is_shared =
		        known_network_is_shared(baseline->known, network, j->domain);
		j->score.exchanger_is_unchanged = is_exchanger_unchanged(j);
		note(j, LEARN_MAIL, SCORE_MAIL_SERVER_CHANGED);
	}
}

/* Greetings */

/* Whether two greetings are names of one domain, such as servers of one pool. */
static bool is_akin(const struct baseline *baseline, known_id a, known_id b)
{
	known_id domain = baseline_domain(baseline, a);
	return a == b || (domain != 0 && domain == baseline_domain(baseline, b));
}

/* Compares the greeting with those of one server. \return True if it is akin to one of them. */
static bool meets_banners(const struct judged *j, known_id server, known_id banner,
                          struct standing *sum)
{
	const struct ruleset_learn *learn = &j->rules[LEARN_BANNER];
	struct standing own =
	        standing_of(j->baseline, server, RULE_BIT(KNOWN_BANNER), KNOWN_CHILD, learn);
	const struct known_value *value = known_first(j->baseline->known, server);
	sum->count = own.count > sum->count ? own.count : sum->count;
	sum->first = own.count > 0 && own.first < sum->first ? own.first : sum->first;
	for (; value != NULL; value = known_next(j->baseline->known, value)) {
		if (known_kind(value) == KNOWN_BANNER &&
		    is_akin(j->baseline, banner, value->value)) {
			return true;
		}
	}
	return false;
}

/* A new server is compared with the known servers of the domain. */
static void judge_banner(struct judged *j)
{
	struct baseline *baseline = j->baseline;
	struct standing sum = { .first = UINT32_MAX };
	if (!rules(j, LEARN_BANNER) || j->banner == 0 ||
	    meets_banners(j, j->server, j->banner, &sum)) {
		return;
	}
	const struct known_value *value = known_first(baseline->known, j->domain);
	for (; sum.count == 0 && value != NULL; value = known_next(baseline->known, value)) {
		if (known_kind(value) == KNOWN_MAIL &&
		    meets_banners(j, value->value, j->banner, &sum)) {
			return;
		}
	}
	if (standing_is_known(baseline, &sum, &j->rules[LEARN_BANNER])) {
		note(j, LEARN_BANNER, SCORE_BANNER_CHANGED);
	}
}

/* TLS */

/* Whether a server, or a pair, has always shown one value of a kind, and never another one. */
static bool was_always(const struct judged *j, known_id name, enum known_kind kind, uint32_t number)
{
	const struct ruleset_learn *learn = &j->rules[LEARN_TLS];
	struct standing standing = { .first = UINT32_MAX };
	const struct known_value *value = known_first(j->baseline->known, name);
	for (; value != NULL; value = known_next(j->baseline->known, value)) {
		if (known_kind(value) == kind && value->value != number) {
			return false;
		}
		if (known_kind(value) == kind && standing_has(j->baseline, value, learn)) {
			standing.first = value->first;
			standing.count = value->count;
		}
	}
	return standing_is_known(j->baseline, &standing, learn);
}

/* Whether this client always used TLS with the server. The history does not have clients, so until
 * a session with the server was seen, what it has of the server counts for all of them. */
static bool was_always_tls(const struct judged *j)
{
	const struct known_value *value = known_find(j->baseline->known, j->server, KNOWN_TLS, 1);
	bool seen = value != NULL && value->ttl_child != 0;
	return was_always(j, seen ? j->pair : j->server, KNOWN_TLS, 1);
}

/* An offer that was overwritten is an attack regardless of what is known. It is reported once. */
static void judge_tls(struct judged *j)
{
	const struct baseline_mail *mail = j->mail;
	if (!rules(j, LEARN_TLS) || mail->tls) {
		return;
	}
	bool stripped = mail->overwritten
	                        ? known_find(j->baseline->known, j->server, KNOWN_STARTTLS,
	                                     OFFER_OVERWRITTEN) == NULL
	                        : mail->offer_seen && !mail->offered &&
	                                  was_always(j, j->server, KNOWN_STARTTLS, OFFER_STARTTLS);
	if (stripped) {
		note(j, LEARN_TLS, SCORE_STARTTLS_STRIPPED);
	}
	if (was_always_tls(j)) {
		note(j, LEARN_TLS, SCORE_TLS_LOST);
	}
}

/* Changes */

/* What the change is about: the first of these that has changed. */
static enum learn_kind subject_of(const struct judged *j)
{
	return (j->changed & RULE_BIT(LEARN_MAIL)) != 0  ? LEARN_MAIL
	       : (j->changed & RULE_BIT(LEARN_TLS)) != 0 ? LEARN_TLS
	                                                 : LEARN_BANNER;
}

static void list_known(const struct judged *j, struct baseline_change *change)
{
	switch (change->kind) {
	case LEARN_MAIL:
		baseline_list_known(j->baseline, change, j->domain, RULE_BIT(KNOWN_MAIL));
		break;
	case LEARN_TLS:
		baseline_list_known(j->baseline, change, j->pair, RULE_BIT(KNOWN_TLS));
		baseline_list_known(j->baseline, change, j->server,
		                    RULE_BIT(KNOWN_STARTTLS) |
		                            (change->known_count == 0 ? RULE_BIT(KNOWN_TLS) : 0));
		break;
	default:
		baseline_list_known(j->baseline, change, j->server, RULE_BIT(KNOWN_BANNER));
		break;
	}
}

/* The greeting may be a name or any text. */
static void observe(const struct judged *j, enum learn_kind kind, struct dns_name *name,
                    struct observation *seen)
{
	const struct baseline_mail *mail = j->mail;
	*seen = (struct observation){
		.kind = kind == LEARN_MAIL     ? KIND_SERVER
		        : kind == LEARN_BANNER ? KIND_BANNER
		                               : KIND_TLS,
		.addr = kind == LEARN_MAIL ? mail->server : NULL,
		.owner = mail->domain,
		.owner_size = mail->domain_size,
		.server = mail->server,
		.time_ns = j->baseline->now_ns,
	};
	if (kind != LEARN_BANNER) {
		return;
	}
	if (dns_name_from_host(mail->banner, mail->banner_size, name) == DNS_NAME_OK) {
		seen->name = name->wire;
		seen->name_size = name->size;
	} else {
		seen->text = mail->banner;
		seen->text_size = mail->banner_size;
	}
}

static bool is_server_allowed(const struct baseline *baseline, const struct in6_addr *server)
{
	const struct observation seen = {
		.kind = KIND_SERVER, .addr = server, .server = server, .time_ns = baseline->now_ns
	};
	return ruleset_is_allowed(baseline->rules, &seen);
}

static void report(struct judged *j, struct dns_name *name)
{
	struct observation seen;
	enum learn_kind kind = subject_of(j);
	if (j->changed == 0 || is_server_allowed(j->baseline, j->mail->server)) {
		return;
	}
	observe(j, kind, name, &seen);
	struct baseline_change *change =
	        baseline_add_change(j->baseline, kind, &seen, -1, &j->rules[kind], &j->score);
	if (change != NULL) {
		list_known(j, change);
	}
}

/* Learning */

static void learn(struct baseline *baseline, known_id owner, enum known_kind kind, uint32_t number,
                  bool reported)
{
	const struct history_seen once = { .first = baseline->now_s,
		                           .last = baseline->now_s,
		                           .count = 1 };
	bool had = known_find(baseline->known, owner, kind, number) != NULL;
	struct known_value *value = server_learn(baseline, owner, kind, number, &once);
	if (value != NULL && !had && reported) {
		value->kind |= KNOWN_REPORTED;
	}
}

/* A server that takes mail for some time counts for its network, as addresses do. */
static void join_network(const struct judged *j)
{
	uint32_t network;
	const struct known_value *value =
	        known_find(j->baseline->known, j->domain, KNOWN_MAIL, j->server);
	if (value != NULL && (value->kind & KNOWN_REPORTED) == 0 &&
	    value->last - value->first >= JOINED_S) {
		(void)server_network(j->baseline, j->mail->server, &network);
		known_join_network(j->baseline->known, network,
		                   baseline_domain(j->baseline, j->domain));
	}
}

static void learn_server(struct baseline *baseline, const struct baseline_mail *mail,
                         unsigned changed)
{
	known_id server = server_name(baseline->known, mail->server, true);
	enum server_offer offer = mail->offered       ? OFFER_STARTTLS
	                          : mail->overwritten ? OFFER_OVERWRITTEN
	                                              : OFFER_NONE;
	bool tls = (changed & RULE_BIT(LEARN_TLS)) != 0;
	if (mail->offer_seen) {
		learn(baseline, server, KNOWN_STARTTLS, offer, tls);
	}
	learn(baseline, server, KNOWN_TLS, mail->tls ? 1 : 0, tls);
	learn(baseline, server_pair(baseline->known, mail->server, mail->client, true), KNOWN_TLS,
	      mail->tls ? 1 : 0, tls);
	struct known_value *value =
	        known_find(baseline->known, server, KNOWN_TLS, mail->tls ? 1 : 0);
	if (value != NULL) {
		value->ttl_child = 1; /* a session was seen */
	}
	known_id banner = banner_of(baseline, mail);
	if (banner != 0) {
		learn(baseline, server, KNOWN_BANNER, banner,
		      (changed & RULE_BIT(LEARN_BANNER)) != 0);
	}
}

void baseline_mail(struct baseline *baseline, const struct baseline_mail *mail, int64_t time_ns,
                   baseline_emit_t emit, void *ctx)
{
	struct judged j = { .baseline = baseline, .mail = mail };
	struct dns_name name;
	begin(baseline, time_ns);
	find_rules(&j, mail->domain, mail->domain_size);
	j.domain = j.ruled != 0 ? baseline_name(baseline, mail->domain, mail->domain_size) : 0;
	/* What cannot be learned would be reported again. */
	j.server = j.domain != 0 ? server_name(baseline->known, mail->server, true) : 0;
	if (j.server != 0) {
		j.pair = server_pair(baseline->known, mail->server, mail->client, false);
		j.banner = banner_of(baseline, mail);
		judge_server(&j);
		judge_tls(&j);
		judge_banner(&j);
		report(&j, &name);
		learn_server(baseline, mail, j.changed);
		learn(baseline, j.domain, KNOWN_MAIL, j.server,
		      (j.changed & RULE_BIT(LEARN_MAIL)) != 0);
		join_network(&j);
	}
	end(baseline, emit, ctx);
}

void baseline_mail_server(struct baseline *baseline, const struct baseline_mail *mail,
                          int64_t time_ns)
{
	begin(baseline, time_ns);
	learn_server(baseline, mail, 0);
	known_unlock(baseline->known);
}

/* Certificates */

static void report_key(struct baseline *baseline, known_id server, const struct observation *seen,
                       const struct ruleset_learn *learn)
{
	const struct score_facts score = { .reasons = RULE_BIT(SCORE_CERTIFICATE_CHANGED) };
	struct baseline_change *change =
	        baseline_add_change(baseline, LEARN_CERTIFICATE, seen, -1, learn, &score);
	if (change != NULL) {
		baseline_list_known(baseline, change, server, RULE_BIT(KNOWN_CERTIFICATE));
	}
}

/* Whether a server has other keys for long enough, and not this one. */
static bool is_key_new(struct baseline *baseline, known_id server, known_id key,
                       const struct ruleset_learn *learn)
{
	struct standing standing =
	        standing_of(baseline, server, RULE_BIT(KNOWN_CERTIFICATE), KNOWN_CHILD, learn);
	return standing_is_known(baseline, &standing, learn) &&
	       known_find(baseline->known, server, KNOWN_CERTIFICATE, key) == NULL;
}

static void judge_key(struct baseline *baseline, const struct observation *seen, known_id key,
                      const struct ruleset_learn *learned)
{
	known_id server = server_name(baseline->known, seen->server, true);
	if (key == 0 || server == 0) {
		return;
	}
	bool changed = is_key_new(baseline, server, key, learned);
	if (changed && !is_server_allowed(baseline, seen->server)) {
		report_key(baseline, server, seen, learned);
	}
	learn(baseline, server, KNOWN_CERTIFICATE, key, changed);
}

/* `text` receives the hash, and lives until the change is emitted. */
static void judge_certificate(struct baseline *baseline, struct observation *seen,
                              const uint8_t key[HISTORY_HASH_SIZE], char text[BASELINE_TEXT_SIZE])
{
	struct ruleset_learn rule;
	uint8_t wire[DNS_NAME_MAX];
	size_t start;
	if (!ruleset_find_domain(baseline->rules, seen->owner, seen->owner_size, &start) ||
	    !baseline_find_rule(baseline, seen->owner, seen->owner_size, LEARN_CERTIFICATE, true,
	                        &rule)) {
		return;
	}
	known_id id = server_key(baseline->known, key, true);
	if (server_text(wire, known_wire(baseline->known, id, wire), text)) {
		seen->text = text;
		seen->text_size = strlen(text);
		judge_key(baseline, seen, id, &rule);
	}
}

void baseline_certificate(struct baseline *baseline, const struct in6_addr *server,
                          const struct dns_name *name, const uint8_t key[HISTORY_HASH_SIZE],
                          int64_t time_ns, baseline_emit_t emit, void *ctx)
{
	char text[BASELINE_TEXT_SIZE];
	struct observation seen = { .kind = KIND_TLS,
		                    .owner = name->wire,
		                    .owner_size = name->size,
		                    .server = server,
		                    .time_ns = time_ns };
	begin(baseline, time_ns);
	judge_certificate(baseline, &seen, key, text);
	end(baseline, emit, ctx);
}
