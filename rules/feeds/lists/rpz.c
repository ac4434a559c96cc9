/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Response policy zones (draft-vixie-dnsop-dns-rpz): owners are triggers, data are
 * actions. libldns reads the zone file, and opens no other file for $INCLUDE.
 */
#include <ldns/ldns.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/ascii.h"
#include "base/writer.h"
#include "rules/feeds/import/reader.h"

/*! \brief Room for a trigger as text, in octets, the final zero included. */
#define TRIGGER_SIZE 512

struct zone {
	struct feed *feed;
	ldns_rdf *origin; /*!< The value of $ORIGIN. */
	ldns_rdf *apex;   /*!< The owner of the SOA record. */
	size_t line;
};

enum action { ACTION_ALERT, ACTION_ALLOW, ACTION_NONE };

/*! \brief The kinds of a trigger by its last labels. */
static const struct trigger {
	const char *end;
	int kinds[2]; /*!< The kinds of the trigger; -1: there is none. */
	bool is_network;
} TRIGGERS[] = {
	{ ".rpz-ip", { KIND_IP, -1 }, true },
	{ ".rpz-nsdname", { KIND_NS, -1 }, false },
	/* The address of a name server occurs in glue records, and as the source of responses. */
	{ ".rpz-nsip", { KIND_IP, KIND_RESOLVER }, true },
	{ ".rpz-client-ip", { -1, -1 }, true },
	{ "", { KIND_NAME, -1 }, false },
};

/*!
 * \brief Writes a name as text without the apex of the zone. Returns false if the name is not below
 *        the apex.
 */
static bool relative(const struct zone *zone, const ldns_rdf *owner, char text[TRIGGER_SIZE])
{
	const uint8_t *wire = ldns_rdf_data(owner);
	const ldns_rdf *apex = zone->apex != NULL ? zone->apex : zone->origin;
	size_t left = ldns_rdf_size(owner);
	size_t apex_size = apex != NULL ? ldns_rdf_size(apex) : 1;
	size_t used = 0;
	while (left > apex_size) {
		size_t label = wire[0];
		if (label + 1 > left || used + label + 2 > TRIGGER_SIZE) {
			return false;
		}
		used += used > 0;
		for (size_t i = 1; i <= label; i++) {
			/* A dot inside a label would separate labels in the text. */
			bool odd = wire[i] <= ' ' || wire[i] > '~' || wire[i] == '.';
			text[used++] = odd ? '?' : (char)wire[i];
		}
		text[used] = '.';
		wire += label + 1;
		left -= label + 1;
	}
	text[used] = '\0';
	return left == apex_size &&
	       (apex == NULL ||
	        strncasecmp((const char *)wire, (const char *)ldns_rdf_data(apex), apex_size) == 0);
}

/*! \brief Removes the last label and returns it; NULL if there is none. */
static const char *last_label(char *text)
{
	char *dot = strrchr(text, '.');
	if (text[0] == '\0') {
		return NULL;
	}
	if (dot == NULL) {
		return text;
	}
	*dot = '\0';
	return dot + 1;
}

/*!
 * \brief Converts `24.0.2.0.192` and `48.zz.1.db8.2001`, which have the length first and the
 *        address in reverse order, to ordinary text.
 */
static bool read_network(const char *backwards, char text[TRIGGER_SIZE])
{
	char labels[TRIGGER_SIZE];
	snprintf(labels, sizeof(labels), "%s", backwards);
	size_t dots = 0;
	for (const char *at = labels; *at != '\0'; at++) {
		dots += *at == '.';
	}
	char *address = strchr(labels, '.');
	bool v4 = dots == 4 && strstr(labels, "zz") == NULL;
	if (address == NULL || dots > 8) {
		return false;
	}
	*address++ = '\0';
	struct writer out;
	const char *label;
	writer_init(&out, text, TRIGGER_SIZE);
	for (bool last = false; !last && (label = last_label(address)) != NULL;) {
		last = label == address;
		if (strcasecmp(label, "zz") == 0) {
			bool after_colon = writer_size(&out) > 0 && out.at[-1] == ':';
			writer_string(&out, after_colon ? ":" : "::");
		} else {
			writer_string(&out, label);
			writer_string(&out, last ? "" : v4 ? "." : ":");
		}
	}
	writer_char(&out, '/');
	writer_string(&out, labels);
	return writer_text(&out) != NULL;
}

static bool is_name(const ldns_rdf *name, const char *text)
{
	bool is = false;
	ldns_rdf *other = ldns_dname_new_frm_str(text);
	if (name != NULL && other != NULL) {
		is = ldns_dname_compare(name, other) == 0;
	}
	ldns_rdf_deep_free(other);
	return is;
}

/*!
 * \brief Returns true if a CNAME leads to its own trigger, which is the old form of rpz-passthru.
 */
static bool leads_to_itself(const struct zone *zone, const ldns_rr *rr, const ldns_rdf *target)
{
	char trigger[TRIGGER_SIZE];
	return relative(zone, ldns_rr_owner(rr), trigger) && trigger[0] != '\0' &&
	       is_name(target, trigger);
}

static enum action read_action(const struct zone *zone, const ldns_rr *rr)
{
	if (ldns_rr_get_type(rr) != LDNS_RR_TYPE_CNAME || ldns_rr_rd_count(rr) < 1) {
		return ACTION_ALERT;
	}
	const ldns_rdf *target = ldns_rr_rdf(rr, 0);
	if (is_name(target, "rpz-passthru.") || leads_to_itself(zone, rr, target)) {
		return ACTION_ALLOW;
	}
	return is_name(target, "rpz-tcp-only.") ? ACTION_NONE : ACTION_ALERT;
}

static const struct trigger *find_trigger(const char *text, size_t *size)
{
	const struct trigger *trigger = TRIGGERS;
	for (;; trigger++) {
		size_t end = strlen(trigger->end);
		if (*size > end && strcasecmp(text + *size - end, trigger->end) == 0) {
			*size -= end;
			return trigger;
		}
	}
}

static void add_trigger(struct zone *zone, char text[TRIGGER_SIZE], enum action action)
{
	char network[TRIGGER_SIZE];
	size_t size = strlen(text);
	struct imported_rule rule = IMPORTED_RULE_INIT;
	const struct trigger *trigger = find_trigger(text, &size);
	text[size] = '\0';
	if (action == ACTION_NONE || trigger->kinds[0] < 0) {
		feed_leave_out(zone->feed,
		               action == ACTION_NONE ? "rpz-tcp-only" : trigger->end + 1);
		return;
	}
	if (trigger->is_network && !read_network(text, network)) {
		feed_complain(zone->feed, zone->line, 1,
		              "`%.80s` is not a network in reverse order", text);
		return;
	}
	rule.verb = action == ACTION_ALLOW ? RULE_ALLOW : RULE_ALERT;
	for (int i = 0; i < 2 && trigger->kinds[i] >= 0; i++) {
		rule.kind = (enum observation_kind)trigger->kinds[i];
		feed_add(zone->feed, trigger->is_network ? network : text, zone->line, 1,
		         FEED_EXACT, &rule);
	}
}

static void read_rr(struct zone *zone, const ldns_rr *rr)
{
	char text[TRIGGER_SIZE];
	if (ldns_rr_get_type(rr) == LDNS_RR_TYPE_SOA && zone->apex == NULL) {
		zone->apex = ldns_rdf_clone(ldns_rr_owner(rr));
		zone->feed->no_memory |= zone->apex == NULL;
		return;
	}
	if (!relative(zone, ldns_rr_owner(rr), text)) {
		feed_complain(zone->feed, zone->line, 1, "the owner is not in the zone");
		return;
	}
	/* The name servers of the zone itself are ignored. */
	if (text[0] != '\0') {
		add_trigger(zone, text, read_action(zone, rr));
	}
}

static void take(struct zone *zone, ldns_status status, ldns_rr *rr)
{
	switch (status) {
	case LDNS_STATUS_OK:
		read_rr(zone, rr);
		ldns_rr_free(rr);
		break;
	case LDNS_STATUS_SYNTAX_EMPTY:
	case LDNS_STATUS_SYNTAX_TTL:
	case LDNS_STATUS_SYNTAX_ORIGIN:
		break;
	case LDNS_STATUS_SYNTAX_INCLUDE:
	case LDNS_STATUS_SYNTAX_INCLUDE_ERR_NOTIMPL:
		feed_complain(zone->feed, zone->line, 1,
		              "$INCLUDE is not followed: import the included file as well");
		break;
	default:
		feed_complain(zone->feed, zone->line, 1, "%s", ldns_get_errorstr_by_id(status));
		break;
	}
}

/*! \brief Returns true if a line has a word, with blanks around it. */
static bool has_word(const struct feed_line *line, const char *word)
{
	size_t size = strlen(word);
	const char *end = line->text + line->size;
	for (const char *at = line->text; (at = memmem(at, (size_t)(end - at), word, size)) != NULL;
	     at++) {
		bool begins = at == line->text || ascii_is_blank(at[-1]);
		bool ends = at + size == end || ascii_is_blank(at[size]);
		if (begins && ends) {
			return true;
		}
	}
	return false;
}

/*!
 * \brief Recognises a zone, which begins with a directive or with an SOA record (RFC 1035 section
 *        5).
 */
bool rpz_is(struct feed *feed)
{
	struct feed_line line = { .number = 0 };
	while (feed_next_line(feed, &line)) {
		if (feed_line_is_blank(&line) || line.text[0] == ';') {
			continue;
		}
		return has_word(&line, "SOA") || strncmp(line.text, "$TTL", 4) == 0 ||
		       strncmp(line.text, "$ORIGIN", 7) == 0;
	}
	return false;
}

void rpz_read(struct feed *feed)
{
	struct zone zone = { .feed = feed };
	ldns_rdf *previous = NULL;
	uint32_t ttl = 3600;
	int line = 0;
	FILE *in = feed->size > 0 ? fmemopen((void *)feed->text, feed->size, "r") : NULL;
	if (in == NULL) {
		feed->no_memory |= feed->size > 0;
		return;
	}
	while (feof(in) == 0 && ferror(in) == 0) {
		ldns_rr *rr = NULL;
		long before = ftell(in);
		zone.line = (size_t)line + 1;
		ldns_status status =
		        ldns_rr_new_frm_fp_l(&rr, in, &ttl, &zone.origin, &previous, &line);
		take(&zone, status, rr);
		if (ftell(in) == before) {
			break;
		}
	}
	(void)fclose(in);
	ldns_rdf_deep_free(zone.origin);
	ldns_rdf_deep_free(zone.apex);
	ldns_rdf_deep_free(previous);
}
