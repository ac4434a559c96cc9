/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/observe/observe_sets.h"

#include <string.h>

#include "base/cursor.h"
#include "parsers/dns/dns_codes.h"
#include "sensor/observe/cname_chain.h"

/* Response codes (RFC 1035 section 4.1.1). */
#define NOERROR  0
#define NXDOMAIN 3
/* Octets of a DS record that are written as text; valid ones are shorter. */
#define DS_MAX      256
#define DS_TEXT_MAX (8 * DS_MAX + 8192)
/* All texts of the largest message, each with an octet between it and the next. */
#define TEXTS_MAX 65536

struct sets {
	const struct dns_message *message;
	observe_t observe;
	void *ctx;
	struct observation seen; /* with the time of the message */
	/* The message was read to its end, and is not truncated. */
	bool whole;
	/* The first question; its size is 0 if it is not about names of the Internet. */
	struct dns_name question;
	uint16_t asked_type;
	bool has_question;
	/* Owners of the first SOA and NS record in the authority section. The size of one
	 * that is missing is 0. */
	struct dns_name zone, child;
	uint32_t soa_ttl;
	bool proof; /* there are NSEC or NSEC3 records in the authority section */
	/* There are DS records of `question`, of `child`. */
	bool question_has_ds, child_has_ds;
};

static bool is_same(const struct dns_name *a, const struct dns_name *b)
{
	return dns_name_equal(a, b->wire, b->size);
}

static void set_once(struct dns_name *name, const struct dns_name *owner)
{
	if (name->size == 0) {
		*name = *owner;
	}
}

static void note_authority(struct sets *s, const struct dns_entry *entry)
{
	switch (entry->type) {
	case DNS_TYPE_SOA:
		set_once(&s->zone, &entry->owner);
		s->soa_ttl = dns_entry_ttl(entry);
		break;
	case DNS_TYPE_NS:
		set_once(&s->child, &entry->owner);
		break;
	case DNS_TYPE_NSEC:
	case DNS_TYPE_NSEC3:
		s->proof = true;
		break;
	default:
		break;
	}
}

static void note_question(struct sets *s, const struct dns_entry *entry)
{
	if (!s->has_question && dns_is_about_names(s->message, entry)) {
		s->question = entry->owner;
		s->asked_type = entry->type;
	}
	s->has_question = true;
}

static void read_facts(struct sets *s)
{
	struct dns_walk walk;
	struct dns_entry entry;
	int ret;
	dns_walk_begin(&walk, s->message);
	while ((ret = dns_walk_next(&walk, &entry)) > 0) {
		if (entry.section == DNS_QUESTION) {
			note_question(s, &entry);
		} else if (entry.section == DNS_AUTHORITY &&
		           dns_is_about_names(s->message, &entry)) {
			note_authority(s, &entry);
		}
	}
	s->whole = ret == DNS_OK && (s->message->flags & DNS_FLAG_TC) == 0;
}

static void see(struct sets *s, enum observation_kind kind, const struct dns_name *owner,
                enum dns_section section)
{
	s->seen.kind = kind;
	s->seen.owner = owner->wire;
	s->seen.owner_size = owner->size;
	s->observe(s->ctx, &s->seen, observe_data_field(section), (int)section);
}

/* No record of the kind was seen. */
static void see_none(struct sets *s, enum observation_kind kind, uint16_t type,
                     const struct dns_name *owner, enum dns_section section)
{
	s->seen.text = NULL;
	s->seen.text_size = 0;
	s->seen.rdata = NULL;
	s->seen.rtype = type;
	s->seen.ttl = s->zone.size > 0 ? s->soa_ttl : 0;
	see(s, kind, owner, section);
}

/* DS records */

static void observe_ds_record(struct sets *s, const struct dns_entry *entry)
{
	char text[DS_TEXT_MAX];
	struct dns_entry cut = *entry;
	cut.rdata_size = entry->rdata_size < DS_MAX ? entry->rdata_size : DS_MAX;
	s->question_has_ds = s->question_has_ds || is_same(&entry->owner, &s->question);
	s->child_has_ds = s->child_has_ds || is_same(&entry->owner, &s->child);
	s->seen.text = text;
	s->seen.text_size = dns_rdata_text(s->message, &cut, text);
	s->seen.rdata = entry->rdata;
	s->seen.rtype = DNS_TYPE_DS;
	s->seen.ttl = dns_entry_ttl(entry);
	see(s, KIND_DS, &entry->owner, entry->section);
}

/* Returns whether the message is an answer of the parent zone, or of a resolver, which has no DS
 * record of the question. */
static bool lacks_ds(const struct sets *s)
{
	unsigned rcode = dns_rcode(s->message, NULL);
	if (s->asked_type != DNS_TYPE_DS || s->question.size == 0 || s->question_has_ds ||
	    (rcode != NOERROR && rcode != NXDOMAIN)) {
		return false;
	}
	if (s->zone.size > 0) {
		return !is_same(&s->zone, &s->question);
	}
	return (s->message->flags & DNS_FLAG_RA) != 0 && s->child.size == 0;
}

static bool is_signed_referral(const struct sets *s)
{
	return (s->message->flags & (DNS_FLAG_AA | DNS_FLAG_RA)) == 0 &&
	       s->message->counts[DNS_ANSWER] == 0 && dns_rcode(s->message, NULL) == NOERROR &&
	       s->child.size > 0 && s->zone.size == 0 && s->proof;
}

static void observe_ds(struct sets *s)
{
	struct dns_walk walk;
	struct dns_entry entry;
	dns_walk_begin(&walk, s->message);
	while (dns_walk_next(&walk, &entry) > 0) {
		if (entry.section != DNS_QUESTION && entry.type == DNS_TYPE_DS &&
		    entry.owner.size > 0 && dns_is_about_names(s->message, &entry)) {
			observe_ds_record(s, &entry);
		}
	}
	if (s->whole && lacks_ds(s)) {
		see_none(s, KIND_DS, DNS_TYPE_DS, &s->question, DNS_ANSWER);
	} else if (s->whole && is_signed_referral(s) && !s->child_has_ds) {
		see_none(s, KIND_DS, DNS_TYPE_DS, &s->child, DNS_AUTHORITY);
	}
}

/* Texts */

bool observe_text(const struct dns_entry *entry, struct writer *text)
{
	struct cursor c = cursor_init(entry->rdata, entry->rdata_size);
	while (cursor_left(&c) > 0 && !c.failed) {
		size_t size = cursor_u8(&c);
		const uint8_t *octets = cursor_take(&c, size);
		if (octets != NULL) {
			writer_put(text, (const char *)octets, size);
		}
	}
	return !c.failed;
}

static bool add_text(struct writer *texts, const struct dns_entry *entry)
{
	if (writer_size(texts) > 0) {
		writer_char(texts, '\0');
	}
	return observe_text(entry, texts);
}

/* Collects the TXT records of a name in the answer. \return False if one of them is invalid. */
static bool collect_texts(struct sets *s, const struct observation_name *owner,
                          struct writer *texts)
{
	struct dns_walk walk;
	struct dns_entry entry;
	bool valid = true;
	dns_walk_begin(&walk, s->message);
	while (dns_walk_next(&walk, &entry) > 0) {
		if (entry.section == DNS_ANSWER && entry.type == DNS_TYPE_TXT &&
		    dns_is_about_names(s->message, &entry) &&
		    dns_name_equal(&entry.owner, owner->wire, owner->size)) {
			valid = add_text(texts, &entry) && valid;
			s->seen.rdata = s->seen.rdata != NULL ? s->seen.rdata : entry.rdata;
			s->seen.ttl = dns_entry_ttl(&entry);
		}
	}
	return valid && !texts->failed;
}

/* Returns whether the message states that the name at the end of a chain has no text. An
 * authoritative server can end a chain where its zone ends. */
static bool lacks_texts(const struct sets *s, bool chain)
{
	unsigned rcode = dns_rcode(s->message, NULL);
	bool own = (s->message->flags & DNS_FLAG_AA) != 0 || s->child.size == 0;
	return rcode == NXDOMAIN || (rcode == NOERROR && (s->zone.size > 0 || (own && !chain)));
}

static void observe_texts(struct sets *s)
{
	char memory[TEXTS_MAX];
	struct cname_chain chain;
	struct observation_name names[OBSERVATION_ORIGINS_MAX];
	struct writer texts;
	struct observation_name end = { s->question.wire, s->question.size };
	cname_chain_init(&chain);
	cname_chain_read(&chain, s->message);
	size_t count = cname_chain_follow(&chain, &s->question, names);
	end = count > 0 ? names[count - 1] : end;
	writer_init(&texts, memory, sizeof(memory));
	s->seen.rdata = NULL;
	if (!collect_texts(s, &end, &texts)) {
		return;
	}
	s->seen.origins = names;
	s->seen.origins_count = count;
	if (s->seen.rdata != NULL) {
		s->seen.text = memory;
		s->seen.text_size = writer_size(&texts);
		s->seen.rtype = DNS_TYPE_TXT;
		see(s, KIND_TXT, &s->question, DNS_ANSWER);
	} else if (lacks_texts(s, count > 0)) {
		see_none(s, KIND_TXT, DNS_TYPE_TXT, &s->question, DNS_ANSWER);
	}
}

void observe_sets(const struct dns_message *message, const struct flow *flow, unsigned kinds,
                  observe_t observe, void *ctx)
{
	struct sets s; /* names are not zeroed */
	s.message = message;
	s.observe = observe;
	s.ctx = ctx;
	s.seen = (struct observation){ .time_ns = flow->time_ns };
	s.question.size = s.zone.size = s.child.size = 0;
	s.asked_type = 0;
	s.soa_ttl = 0;
	s.has_question = s.proof = s.question_has_ds = s.child_has_ds = false;
	read_facts(&s);
	if ((kinds & RULE_BIT(KIND_DS)) != 0) {
		observe_ds(&s);
	}
	if ((kinds & RULE_BIT(KIND_TXT)) != 0 && s.whole && s.question.size > 0 &&
	    s.asked_type == DNS_TYPE_TXT) {
		observe_texts(&s);
	}
}
