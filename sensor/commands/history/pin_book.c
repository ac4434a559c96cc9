/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/commands/history/pin_book.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "history/lookup.h"
#include "parsers/dns/dns_codes.h"
#include "rules/language/indicator.h"
#include "sensor/observe/observe.h"
#include "sensor/observe/observe_sets.h"

/* The largest number of CNAME records that lead from a name to its addresses. */
#define CHAIN_MAX 16
/* The type of a SOA record, whose primary server pins do not compare. */
#define RTYPE_SOA DNS_TYPE_SOA

struct reader {
	struct pin_book *book;
	struct history_reading *reading;
	uint64_t since_s, until_s;
	const struct history_record *record; /* the current row */
	bool of_servers;                     /* rows of mail servers are read, not of owners */
	/* The domains and servers of mail, for the facts of these servers. */
	struct mail_pair {
		uint32_t domain;
		struct in6_addr server;
	} * pairs;
	size_t pairs_count, pairs_room;
	int failure;
};

void pin_book_free(struct pin_book *book)
{
	intern_free(&book->owners);
	intern_free(&book->values);
	free(book->items);
}

const char *pin_book_owner(const struct pin_book *book, uint32_t owner)
{
	return intern_get(&book->owners, owner, NULL);
}

const char *pin_book_value(const struct pin_book *book, uint32_t value)
{
	return intern_get(&book->values, value, NULL);
}

/* Items */

static bool grow(void **items, size_t *room, size_t count, size_t size)
{
	if (count < *room) {
		return true;
	}
	size_t more = *room > 0 ? *room * 2 : 64;
	void *grown = realloc(*items, more * size);
	if (grown != NULL) {
		*items = grown;
		*room = more;
	}
	return grown != NULL;
}

/* Writes a name as rules have it. \return False if no rule can have it. */
static bool write_name(const uint8_t *wire, size_t size, char text[INDICATOR_TEXT_SIZE])
{
	struct indicator indicator;
	char why[INDICATOR_WHY_SIZE];
	if (size == 1) {
		strcpy(text, ".");
		return true;
	}
	(void)dns_name_to_host(wire, size, text);
	return indicator_parse(text, &indicator, why) == 0 && indicator.form == FORM_NAME &&
	       indicator.reach == REACH_EXACT && indicator.name_size == size &&
	       memcmp(indicator.name, wire, size) == 0;
}

static uint32_t add_owner(struct reader *r, const uint8_t *wire, size_t size)
{
	char text[INDICATOR_TEXT_SIZE];
	if (size <= 1 || !write_name(wire, size, text)) {
		r->book->unwritable++;
		return INTERN_NONE;
	}
	uint32_t owner = intern_add(&r->book->owners, text, strlen(text) + 1);
	r->failure = owner == INTERN_NONE ? -ENOMEM : r->failure;
	return owner;
}

static void add(struct reader *r, enum observation_kind kind, uint32_t owner, const char *value,
                const struct history_seen *seen)
{
	struct pin_book *book = r->book;
	if (book->count == PIN_BOOK_ITEMS_MAX) {
		book->full = true;
		return;
	}
	uint32_t number = intern_add(&book->values, value, strlen(value) + 1);
	if (number == INTERN_NONE ||
	    !grow((void **)&book->items, &book->room, book->count, sizeof(*book->items))) {
		r->failure = -ENOMEM;
		return;
	}
	book->items[book->count++] =
	        (struct pin_item){ .kind = kind, .owner = owner, .value = number, .seen = *seen };
}

static void add_of_row(struct reader *r, enum observation_kind kind, const char *value)
{
	const struct history_row *row = &r->record->row;
	uint32_t owner = add_owner(r, row->owner, row->owner_size);
	if (owner != INTERN_NONE) {
		add(r, kind, owner, value, &r->record->seen);
	}
}

/* Rows of DNS */

/* Takes what pins of names and addresses compare. */
static void take_observation(void *ctx, const struct observation *seen, const char *field,
                             int section)
{
	struct reader *r = ctx;
	char value[INDICATOR_TEXT_SIZE];
	bool compared = seen->kind == KIND_NS || seen->kind == KIND_MX ||
	                seen->kind == KIND_CNAME || seen->kind == KIND_IP;
	(void)field;
	(void)section;
	if (!compared || seen->rtype == RTYPE_SOA) {
		return;
	}
	if (seen->addr != NULL) {
		*text_address(value, seen->addr) = '\0';
		add_of_row(r, seen->kind, value);
	} else if (write_name(seen->name, seen->name_size, value)) {
		add_of_row(r, seen->kind, value);
	} else {
		r->book->unwritable++;
	}
}

/* Texts that no rule can have are left out. */
static void take_text(struct reader *r, const struct dns_entry *entry)
{
	char text[INDICATOR_WRITTEN_MAX + 1];
	struct writer out;
	writer_init(&out, text, sizeof(text) - 1);
	bool good = observe_text(entry, &out);
	size_t size = writer_size(&out);
	text[size] = '\0';
	for (size_t i = 0; i < size; i++) {
		good = good && text[i] >= ' ' && text[i] <= '~';
	}
	if (good && size > 0) {
		add_of_row(r, KIND_TXT, text);
	} else {
		r->book->unwritable++;
	}
}

static void take_record(struct reader *r)
{
	static const struct observation like = { .time_ns = 0 };
	const struct history_row *row = &r->record->row;
	struct dns_message message;
	const struct dns_entry entry = history_entry(row, &message);
	if (row->type == DNS_TYPE_TXT) {
		take_text(r, &entry);
	} else if (row->type == DNS_TYPE_DS) {
		add_of_row(r, KIND_DS, "any");
	} else {
		struct dns_entry named = entry;
		named.owner.size = row->owner_size;
		memcpy(named.owner.wire, row->owner, row->owner_size);
		dns_labels_read(&named.owner.labels, row->owner, row->owner_size);
		named.section = DNS_ANSWER;
		named.rclass = DNS_CLASS_IN;
		observe_record(&message, &named, &like, take_observation, r);
	}
}

static void take_code(struct reader *r)
{
	const struct history_row *row = &r->record->row;
	bool absent = row->data_size == 1 &&
	              (row->data[0] == HISTORY_NODATA || row->data[0] == HISTORY_NXDOMAIN);
	if (absent && row->type == DNS_TYPE_TXT) {
		add_of_row(r, KIND_TXT, "");
	} else if (absent && row->type == DNS_TYPE_DS) {
		add_of_row(r, KIND_DS, "");
	}
}

/* Rows of mail */

static void take_mail(struct reader *r)
{
	const struct history_mail *mail = &r->record->mail;
	const struct history_seen *seen = &r->record->seen;
	char value[TEXT_ADDRESS_MAX];
	uint32_t domain = add_owner(r, mail->recipient.domain, mail->recipient.domain_size);
	if (domain == INTERN_NONE) {
		return;
	}
	*text_address(value, &mail->server) = '\0';
	add(r, KIND_RCPT, domain, value, seen);
	add(r, KIND_TLS, domain, seen->tls < seen->count ? "" : "required", seen);
	if (!grow((void **)&r->pairs, &r->pairs_room, r->pairs_count, sizeof(*r->pairs))) {
		r->failure = -ENOMEM;
		return;
	}
	r->pairs[r->pairs_count++] = (struct mail_pair){ domain, mail->server };
}

/* A greeting that is not a name is no value that a pin can expect. */
static void take_banner(struct reader *r)
{
	const struct history_mail *mail = &r->record->mail;
	struct dns_name name;
	char value[INDICATOR_TEXT_SIZE];
	bool named = dns_name_from_host((const char *)mail->data, mail->data_size, &name) ==
	                     DNS_NAME_OK &&
	             write_name(name.wire, name.size, value);
	for (size_t i = 0; i < r->pairs_count; i++) {
		if (IN6_ARE_ADDR_EQUAL(&r->pairs[i].server, &mail->server)) {
			add(r, KIND_BANNER, r->pairs[i].domain, named ? value : "",
			    &r->record->seen);
		}
	}
}

/* Reading */

static bool take_row(void *ctx, const struct history_record *record)
{
	struct reader *r = ctx;
	r->record = record;
	if (record->seen.last < r->since_s || record->seen.first > r->until_s) {
		return true;
	}
	if (record->kind == HISTORY_KEY_OWNER && record->row.is_code) {
		take_code(r);
	} else if (record->kind == HISTORY_KEY_OWNER) {
		take_record(r);
	} else if (record->kind == HISTORY_KEY_MAIL) {
		take_mail(r);
	} else if (record->kind == HISTORY_KEY_SERVER && record->mail.fact == HISTORY_BANNER) {
		take_banner(r);
	}
	return r->failure == 0 && !r->book->full;
}

/* Looks up the rows and frees the keys. `made` is false if there was no memory for the keys. */
static int look_up(struct reader *r, struct history_lookup *lookup, bool made)
{
	int ret = made ? 0 : -ENOMEM;
	if (ret == 0 && lookup->count > 0) {
		ret = history_lookup_run(lookup, r->reading, take_row, r);
	}
	history_lookup_free(lookup);
	return ret == 0 ? r->failure : ret;
}

static int read_domains(struct reader *r, const struct dns_name *domains, size_t count,
                        enum history_key_kind kind)
{
	struct history_lookup lookup = { .count = 0 };
	bool made = true;
	for (size_t i = 0; i < count && made; i++) {
		made = history_lookup_add_name(&lookup, kind, domains[i].wire, domains[i].size,
		                               false);
	}
	return look_up(r, &lookup, made);
}

static int read_servers(struct reader *r)
{
	struct history_lookup lookup = { .count = 0 };
	uint8_t key[1 + sizeof(struct in6_addr)] = { HISTORY_KEY_SERVER };
	bool made = true;
	for (size_t i = 0; i < r->pairs_count && made; i++) {
		memcpy(key + 1, &r->pairs[i].server, sizeof(struct in6_addr));
		made = history_lookup_add(&lookup, key, sizeof(key));
	}
	return look_up(r, &lookup, made);
}

/* Adds the key of a target of CNAME unless its rows were read. \return False when out of memory. */
static bool add_target_key(struct reader *r, struct history_lookup *lookup, const char *target)
{
	struct dns_name name;
	size_t size = strlen(target);
	if (intern_find(&r->book->owners, target, size + 1) != INTERN_NONE ||
	    dns_name_from_host(target, size, &name) != DNS_NAME_OK) {
		return true;
	}
	return intern_add(&r->book->owners, target, size + 1) != INTERN_NONE &&
	       history_lookup_add_name(lookup, HISTORY_KEY_OWNER, name.wire, name.size, true);
}

/* Reads the targets of the CNAME records that were read last, then the targets of these. */
static int read_chains(struct reader *r)
{
	size_t from = 0;
	int ret = 0;
	for (int length = 0; length < CHAIN_MAX && from < r->book->count && ret == 0; length++) {
		struct history_lookup lookup = { .count = 0 };
		size_t end = r->book->count;
		bool made = true;
		for (; from < end && made; from++) {
			const struct pin_item *item = &r->book->items[from];
			if (item->kind == KIND_CNAME) {
				made = add_target_key(r, &lookup,
				                      pin_book_value(r->book, item->value));
			}
		}
		ret = look_up(r, &lookup, made);
	}
	return ret;
}

/* Order */

static int compare(const void *a, const void *b)
{
	const struct pin_item *x = a, *y = b;
	if (x->owner != y->owner) {
		return x->owner < y->owner ? -1 : 1;
	}
	if (x->kind != y->kind) {
		return x->kind < y->kind ? -1 : 1;
	}
	return x->value < y->value ? -1 : x->value > y->value;
}

/* The same value of rows of several origins, or of several servers, is one item. */
static void merge(struct pin_book *book)
{
	size_t kept = 0;
	if (book->count > 0) {
		qsort(book->items, book->count, sizeof(*book->items), compare);
	}
	for (size_t i = 0; i < book->count; i++) {
		const struct pin_item *item = &book->items[i];
		if (kept > 0 && compare(&book->items[kept - 1], item) == 0) {
			history_seen_merge(HISTORY_KEY_OWNER, &book->items[kept - 1].seen,
			                   &item->seen);
		} else {
			book->items[kept++] = *item;
		}
	}
	book->count = kept;
}

static int read_all(struct reader *r, const struct dns_name *domains, size_t count)
{
	int ret = read_domains(r, domains, count, HISTORY_KEY_OWNER);
	if (ret == 0) {
		ret = read_domains(r, domains, count, HISTORY_KEY_MAIL);
	}
	r->book->own_owners = r->book->owners.count;
	if (ret == 0) {
		ret = read_servers(r);
	}
	return ret == 0 ? read_chains(r) : ret;
}

int pin_book_read(struct pin_book *book, const struct dns_name *domains, size_t count,
                  struct history_reading *reading, uint64_t since_s, uint64_t until_s)
{
	struct reader r = {
		.book = book, .reading = reading, .since_s = since_s, .until_s = until_s
	};
	/* The number PIN_BOOK_ABSENT. */
	int ret = intern_add(&book->values, "", 1) != INTERN_NONE ? 0 : -ENOMEM;
	ret = ret == 0 ? read_all(&r, domains, count) : ret;
	merge(book);
	free(r.pairs);
	return ret;
}
