/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/observe/observe.h"

#include <string.h>

#include "parsers/dns/dns_codes.h"
#include "parsers/dns/dns_service.h"
#include "sensor/observe/cname_chain.h"

struct observer {
	const struct dns_message *message;
	observe_t observe;
	void *ctx;
	/* the offset of the latest observed owner, because most records repeat it */
	size_t place;
	struct dns_name last;            /* the latest owner observed */
	struct cname_chain *cname_chain; /* NULL: `origins` has them */
	/* the origins of an address that is not in a message */
	const struct observation_name *origins;
	size_t origins_count;
	int fault;
	struct observation seen; /* the current observation */
};

static const char *const NAME_FIELDS[DNS_SECTIONS] = {
	"dns.question.name",
	"dns.answers.name",
	"dns.authorities.name",
	"dns.additionals.name",
};

static const char *const DATA_FIELDS[DNS_SECTIONS] = {
	NULL,
	"dns.answers.data",
	"dns.authorities.data",
	"dns.additionals.data",
};

const char *observe_data_field(enum dns_section section)
{
	return DATA_FIELDS[section];
}

/* Starts an observation. Members that do not depend on the record keep their values. */
static struct observation *start(struct observer *o, enum observation_kind kind,
                                 const struct dns_entry *entry)
{
	bool record = entry->section != DNS_QUESTION;
	o->seen.kind = kind;
	o->seen.name = NULL;
	o->seen.name_size = 0;
	o->seen.labels = NULL;
	o->seen.addr = NULL;
	o->seen.owner = record && entry->owner.size > 0 ? entry->owner.wire : NULL;
	o->seen.rdata = record ? entry->rdata : NULL;
	o->seen.owner_size = record ? entry->owner.size : 0;
	o->seen.rtype = 0;
	o->seen.ttl = dns_entry_ttl(entry);
	o->seen.origins_count = 0;
	return &o->seen;
}

static void observe_owner(struct observer *o, const struct dns_entry *entry)
{
	struct observation *seen = start(o, KIND_NAME, entry);
	seen->name = entry->owner.wire;
	seen->name_size = entry->owner.size;
	seen->labels = &entry->owner.labels;
	o->observe(o->ctx, seen, NAME_FIELDS[entry->section], (int)entry->section);
}

static void observe_new_owner(struct observer *o, const struct dns_walk *walk,
                              const struct dns_entry *entry)
{
	if (walk->owner == o->place) {
		return;
	}
	o->place = walk->owner;
	if (entry->owner.size == 0 || dns_name_equal(&entry->owner, o->last.wire, o->last.size)) {
		return;
	}
	o->last = entry->owner;
	observe_owner(o, entry);
}

static void observe_name(struct observer *o, const struct dns_entry *entry,
                         enum observation_kind kind)
{
	struct dns_name name;
	int ret = dns_rdata_name(o->message, entry, &name);
	if (ret < 0) {
		o->fault = ret;
	}
	if (ret <= 0) {
		return;
	}
	struct observation *seen = start(o, kind, entry);
	seen->name = name.wire;
	seen->name_size = name.size;
	seen->labels = &name.labels;
	seen->rtype = entry->type;
	o->observe(o->ctx, seen, DATA_FIELDS[entry->section], (int)entry->section);
}

/* No chain leads to an address that is the only record. */
static void read_chain(struct cname_chain *cname_chain, const struct dns_message *message)
{
	if (message->counts[DNS_ANSWER] + message->counts[DNS_AUTHORITY] +
	            message->counts[DNS_ADDITIONAL] >=
	    2) {
		cname_chain_read(cname_chain, message);
	}
}

static void observe_address(struct observer *o, const struct dns_entry *entry,
                            const struct in6_addr *addr)
{
	struct observation_name origins[OBSERVATION_ORIGINS_MAX];
	struct observation *seen = start(o, KIND_IP, entry);
	seen->addr = addr;
	seen->rtype = entry->type;
	if (o->cname_chain != NULL) {
		read_chain(o->cname_chain, o->message);
		seen->origins = origins;
		seen->origins_count = cname_chain_origins(o->cname_chain, &entry->owner, origins);
	} else {
		seen->origins = o->origins;
		seen->origins_count = o->origins_count;
	}
	o->observe(o->ctx, seen, DATA_FIELDS[entry->section], (int)entry->section);
}

static void observe_address_record(struct observer *o, const struct dns_entry *entry)
{
	struct in6_addr addr;
	if (dns_rdata_address(entry, &addr)) {
		observe_address(o, entry, &addr);
	} else {
		o->fault = DNS_BAD_RDATA;
	}
}

/* RFC 9460: a client may use the target and the hints without further queries. */
static void observe_service(struct observer *o, const struct dns_entry *entry)
{
	struct dns_service_hints hints;
	struct cursor parameters;
	struct in6_addr addr;
	observe_name(o, entry, KIND_NAME);
	dns_rdata_service(o->message, entry, &parameters);
	dns_service_hints_begin(&hints, parameters);
	while (dns_service_hints_next(&hints, &addr)) {
		observe_address(o, entry, &addr);
	}
}

/* Inline: it is called for each record of each message. */
static inline void observe_data(struct observer *o, const struct dns_entry *entry)
{
	switch (entry->type) {
	case DNS_TYPE_NS:
	case DNS_TYPE_SOA:
		observe_name(o, entry, KIND_NS);
		break;
	case DNS_TYPE_MX:
		observe_name(o, entry, KIND_MX);
		break;
	case DNS_TYPE_CNAME:
	case DNS_TYPE_DNAME:
		observe_name(o, entry, KIND_CNAME);
		break;
	case DNS_TYPE_SRV:
		observe_name(o, entry, KIND_NAME);
		break;
	case DNS_TYPE_SVCB:
	case DNS_TYPE_HTTPS:
		observe_service(o, entry);
		break;
	case DNS_TYPE_A:
	case DNS_TYPE_AAAA:
		observe_address_record(o, entry);
		break;
	default:
		break;
	}
}

void observe_questions(const struct dns_message *message, const struct flow *flow,
                       observe_t observe, void *ctx)
{
	struct dns_walk walk;
	struct dns_entry entry;
	dns_walk_begin(&walk, message);
	while (dns_walk_next(&walk, &entry) > 0 && entry.section == DNS_QUESTION) {
		if (entry.owner.size == 0 || !dns_is_about_names(message, &entry)) {
			continue;
		}
		const struct observation seen = { .kind = KIND_NAME,
			                          .name = entry.owner.wire,
			                          .name_size = entry.owner.size,
			                          .labels = &entry.owner.labels,
			                          .time_ns = flow->time_ns };
		observe(ctx, &seen, NAME_FIELDS[DNS_QUESTION], DNS_QUESTION);
	}
}

void observe_record(const struct dns_message *message, const struct dns_entry *entry,
                    const struct observation *like, observe_t observe, void *ctx)
{
	struct observer o; /* members that are only used for messages are not set */
	o.message = message;
	o.observe = observe;
	o.ctx = ctx;
	o.cname_chain = NULL;
	o.origins = like->origins;
	o.origins_count = like->origins_count;
	o.seen = *like;
	observe_owner(&o, entry);
	if (entry->section != DNS_QUESTION) {
		observe_data(&o, entry);
	}
}

int observe_dns(const struct dns_message *message, const struct flow *flow, bool origins,
                observe_t observe, void *ctx, const bool *enough)
{
	struct cname_chain cname_chain;
	/* The members are set one by one, because zeroing `last` costs more than reading most
	 * messages. */
	struct observer o;
	struct dns_walk walk;
	struct dns_entry entry;
	int ret = DNS_OK;
	const bool never = false;

	cname_chain_init(&cname_chain);
	o.message = message;
	o.observe = observe;
	o.ctx = ctx;
	o.place = SIZE_MAX;
	o.last.size = 0;
	o.cname_chain = origins ? &cname_chain : NULL;
	o.origins = NULL;
	o.origins_count = 0;
	o.fault = DNS_OK;
	o.seen = (struct observation){
		.kind = KIND_RESOLVER,
		.addr = &flow->key.server,
		.time_ns = flow->time_ns,
	};
	observe(ctx, &o.seen, observation_kind_field(KIND_RESOLVER), -1);
	enough = enough != NULL ? enough : &never;
	dns_walk_begin(&walk, message);
	while (!*enough && (ret = dns_walk_next(&walk, &entry)) > 0) {
		if (!dns_is_about_names(message, &entry)) {
			continue;
		}
		observe_new_owner(&o, &walk, &entry);
		if (entry.section != DNS_QUESTION) {
			observe_data(&o, &entry);
		}
	}
	return ret < 0 ? ret : o.fault;
}
