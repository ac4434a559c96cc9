/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "history/query.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/ascii.h"
#include "base/cursor.h"
#include "history/merged.h"
#include "history/reading.h"
#include "history/rows/batch.h"
#include "history/selection.h"
#include "rules/index/mailboxes.h"
#include "rules/language/indicator.h"
#include "rules/language/range.h"
#include "rules/language/refang.h"

/* The average size of the rows in an answer is at most this, in octets. */
#define ROW_ROOM ((size_t)1024)

/* The greatest size of all clients in an answer, in octets. */
#define CLIENTS_ROOM ((size_t)64 << 20)

/* The header that the child writes before the rows. */
struct head {
	uint64_t left_out, clients_left_out;
	char sensors[HISTORY_SENSORS_MAX];
};

/* These functions parse the text of a query. */

_Static_assert(HISTORY_WHY_MAX == INDICATOR_WHY_SIZE, "there is room for a reason");
_Static_assert(HISTORY_LOCAL_MAX == MAILBOX_LOCAL_MAX, "there is room for a local part");

static void begin(struct history_query *query)
{
	query->question = HISTORY_ASK_NAME;
	query->mail = false;
	query->local_size = 0;
	query->is_range = false;
}

static unsigned common_prefix(const struct in6_addr *one, const struct in6_addr *other)
{
	unsigned bits = 0;
	while (bits < 128 &&
	       ((one->s6_addr[bits / 8] ^ other->s6_addr[bits / 8]) & (0x80 >> bits % 8)) == 0) {
		bits++;
	}
	return bits;
}

static void take_range(struct history_query *query, const struct network ends[2])
{
	memcpy(&query->network, ends[0].addr, sizeof(query->network));
	memcpy(&query->last, ends[1].addr, sizeof(query->last));
	query->prefix = common_prefix(&query->network, &query->last);
	query->is_range = true;
	query->question = HISTORY_ASK_NETWORK;
}

/* Parses "*." or "." before a name. Returns the rest. */
static const char *read_form(struct history_query *query, const char *text)
{
	if (text[0] == '*' && text[1] == '.') {
		query->question = HISTORY_ASK_BELOW;
		return text + 2;
	}
	if (text[0] == '.' && text[1] != '\0') {
		query->question = HISTORY_ASK_AT_BELOW;
		return text + 1;
	}
	return text;
}

/* Parses ".*" after a name. Returns the size of the rest. */
static size_t read_end(struct history_query *query, const char *text)
{
	size_t size = strlen(text);
	if (size > 2 && strchr("*.", text[0]) == NULL && strchr(text, '@') == NULL &&
	    memcmp(text + size - 2, ".*", 2) == 0) {
		query->question = HISTORY_ASK_START;
		return size - 2;
	}
	return size;
}

const char *history_query_read_name(struct history_query *query, const char *text)
{
	begin(query);
	size_t cut = strlen(text) - read_end(query, text);
	text = read_form(query, text);
	return dns_name_from_text(text, strlen(text) - cut, &query->name) == DNS_NAME_OK
	               ? NULL
	               : "it is not a name: a label has 1 to 63 octets, a name at most 255, and "
	                 "\\DDD is an octet up to 255";
}

/* Returns whether a text has `\DDD`, so that it is a name as nsmx prints it. In defanged texts a
 * backslash precedes a dot or another backslash. */
static bool has_escape(const char *text)
{
	const char *at = strchr(text, '\\');
	while (at != NULL && at[1] != '\0' && !ascii_is_digit(at[1])) {
		at = strchr(at + 2, '\\');
	}
	return at != NULL && at[1] != '\0';
}

static bool take_local(struct history_query *query, const char *local, size_t size)
{
	int folded = mailbox_local_fold(local, size, (char *)query->local);
	query->local_size = folded > 0 ? (size_t)folded : 0;
	query->mail = true;
	return folded > 0 || size == 0;
}

/* Returns whether the domain of a mailbox has a star or a dot before it. */
static bool has_form(const char *text)
{
	const char *at = strrchr(text, '@');
	return at != NULL && at != text && (at[1] == '.' || (at[1] == '*' && at[2] == '.'));
}

/* Reads a name or a mailbox whose name has escapes. */
static const char *read_printed(struct history_query *query, const char *text)
{
	const char *at = strrchr(text, '@');
	const char *wrong = history_query_read_name(query, at != NULL ? at + 1 : text);
	if (wrong == NULL && at != NULL && !take_local(query, text, (size_t)(at - text))) {
		return "its local part is empty or too long";
	}
	return wrong;
}

/* The rows of a mailbox at an address literal have the root as domain, and all of the mailbox as
 * local part. */
static const char *read_literal(struct history_query *query, const char *text)
{
	(void)dns_name_from_text(".", 1, &query->name);
	return take_local(query, text, strlen(text)) ? NULL : "the mailbox is too long";
}

static void take_indicator(struct history_query *query, const struct indicator *indicator)
{
	static const enum history_question QUESTIONS[] = {
		[REACH_EXACT] = HISTORY_ASK_NAME,
		[REACH_BELOW] = HISTORY_ASK_BELOW,
		[REACH_BOTH] = HISTORY_ASK_AT_BELOW,
	};
	if (indicator->form == FORM_NETWORK) {
		memcpy(&query->network, indicator->network.addr, sizeof(query->network));
		query->prefix = indicator->network.bits;
		query->question = HISTORY_ASK_NETWORK;
		return;
	}
	query->name.size = (uint8_t)indicator->name_size;
	memcpy(query->name.wire, indicator->name, indicator->name_size);
	dns_labels_read(&query->name.labels, query->name.wire, query->name.size);
	if (indicator->form == FORM_MAILBOX) {
		query->mail = true;
		query->local_size = indicator->local_size;
		memcpy(query->local, indicator->local, indicator->local_size);
	} else if (query->question != HISTORY_ASK_START) {
		query->question = QUESTIONS[indicator->reach];
	}
}

/* Reads an indicator, and the forms that rules do not have: `NAME.*`, `@.DOMAIN`, and networks with
 * bits beyond the prefix. */
static const char *read_indicator(struct history_query *query, char *text)
{
	struct indicator indicator;
	query->mail = text[0] == '@';
	text += query->mail;
	text[read_end(query, text)] = '\0';
	int ret = indicator_parse(text, &indicator, query->why);
	if (ret != 0 && ret != INDICATOR_BITS_SET) {
		return query->why;
	}
	if (indicator.form != FORM_NAME && (query->mail || query->question == HISTORY_ASK_START)) {
		return query->mail ? "its domain is not a name" : "it is not a name";
	}
	take_indicator(query, &indicator);
	return NULL;
}

/* Reads an address range. Returns false if the text is something else. */
static bool read_range(struct history_query *query, const char *text, const char **wrong)
{
	struct network ends[2];
	int ret = range_ends(text, ends, query->why);
	*wrong = ret < 0 ? query->why : NULL;
	if (ret > 0) {
		take_range(query, ends);
	}
	return ret != 0;
}

const char *history_query_read(struct history_query *query, const char *text)
{
	char plain[INDICATOR_WORD_MAX + 1];
	const char *wrong;
	begin(query);
	if (!has_escape(text) && read_range(query, text, &wrong)) {
		return wrong;
	}
	if (refang(text, plain, sizeof(plain)) < 0) {
		return "it is too long";
	}
	if (has_form(plain)) {
		return "a mailbox has exactly one domain: @.DOMAIN finds all mail for a domain and "
		       "those below it";
	}
	if (strcmp(text, ".") == 0 || has_escape(text)) {
		return read_printed(query, text);
	}
	const char *at = strrchr(plain, '@');
	return at != NULL && at != plain && at[1] == '[' ? read_literal(query, plain)
	                                                 : read_indicator(query, plain);
}

size_t history_query_parts(const struct history_query *query,
                           enum history_key_kind parts[HISTORY_PARTS_MAX])
{
	size_t count = 0;
	if (query->mail && query->types_count > 0) {
		return 0;
	}
	if (query->mail) {
		parts[count++] = HISTORY_KEY_MAIL;
		parts[count++] = HISTORY_KEY_RECIPIENT;
		parts[count++] = HISTORY_KEY_SENDER;
	} else if (query->question != HISTORY_ASK_NETWORK) {
		parts[count++] = HISTORY_KEY_OWNER;
		if (query->types_count == 0 && query->question != HISTORY_ASK_START) {
			parts[count++] = HISTORY_KEY_FOLDED;
		}
		parts[count++] = HISTORY_KEY_TARGET;
	} else {
		parts[count++] = HISTORY_KEY_ADDRESS;
		if (query->types_count == 0) {
			parts[count++] = HISTORY_KEY_SERVER;
			parts[count++] = HISTORY_KEY_MAIL_SERVER;
		}
	}
	return count;
}

/* These functions run in the child. */

static size_t prefix_of(const struct history_query *query, uint8_t prefix[HISTORY_KEY_MAX])
{
	size_t size = 1;
	prefix[0] = (uint8_t)query->kind;
	if (query->question == HISTORY_ASK_NETWORK) {
		memcpy(prefix + 1, &query->network, query->prefix / 8);
		return 1 + query->prefix / 8;
	}
	if (query->question == HISTORY_ASK_START || query->question == HISTORY_ASK_DATA) {
		return 1;
	}
	size_t skipped = 0;
	/* A name may have been folded into its zone, so the zone is searched. */
	if (query->kind == HISTORY_KEY_FOLDED && query->question == HISTORY_ASK_NAME &&
	    query->name.wire[0] != 0) {
		skipped = 1u + query->name.wire[0];
	}
	size += history_reverse(query->name.wire + skipped, query->name.size - skipped, prefix + 1);
	if (query->question == HISTORY_ASK_NAME) {
		prefix[size++] = 0;
	}
	return size;
}

/* Whether the address after the first octet of the key is one of the range. If the prefix of a
 * network ends within an octet, compares the bits of that octet that belong to the prefix. */
static bool in_network(const struct history_query *query, const uint8_t *key)
{
	unsigned octet = query->prefix / 8, bits = query->prefix % 8;
	uint8_t mask = (uint8_t)(0xff00 >> bits);
	if (query->is_range) {
		return memcmp(key + 1, &query->network, sizeof(query->network)) >= 0 &&
		       memcmp(key + 1, &query->last, sizeof(query->last)) <= 0;
	}
	return bits == 0 || ((key[1 + octet] ^ query->network.s6_addr[octet]) & mask) == 0;
}

/* Returns whether the name after the first octet of the key begins with the labels of the query,
 * and has more. The name is reversed, so it ends with them. */
static bool begins_so(const struct history_query *query, const uint8_t *key, size_t size)
{
	uint8_t labels[DNS_NAME_MAX];
	size_t wanted = history_reverse(query->name.wire, query->name.size, labels);
	size_t end = 1, at = 1;
	while (end < size && key[end] != 0) {
		end += 1u + key[end];
	}
	if (end >= size || end - 1 <= wanted) {
		return false;
	}
	while (at < end - wanted) {
		at += 1u + key[at];
	}
	return at == end - wanted && memcmp(key + at, labels, wanted) == 0;
}

/* Several hints of a record can be in the network. Only the first of them selects the record, so
 * that it is returned once. */
static bool is_first_hint(const struct history_query *query, const uint8_t *key, size_t prefix,
                          const struct history_record *record)
{
	uint8_t other[HISTORY_KEY_MAX];
	size_t size;
	for (unsigned i = 1; (size = history_key_write_other(record, i, other)) > 0; i++) {
		if (memcmp(other, key, prefix) == 0 && in_network(query, other)) {
			return memcmp(other, key, size) == 0;
		}
	}
	return true;
}

/* Returns whether a mail is to or from the mailbox of the query. The keys have local parts as sent,
 * perhaps in quotes, so all mails of the domain are compared. */
static bool is_of_mailbox(const struct history_query *query, const struct history_mail *mail)
{
	return query->local_size == 0 || query->kind == HISTORY_KEY_MAIL ||
	       history_mailbox_has(query->kind == HISTORY_KEY_SENDER ? &mail->sender
	                                                             : &mail->recipient,
	                           query->local, query->local_size);
}

/* A record whose owner and data are both asked, and a mail to and from the same mailbox, were found
 * in the part of the answer before, by the key that has their value. */
static bool is_in_part_before(const struct history_query *query,
                              const struct history_record *record)
{
	uint8_t own[HISTORY_KEY_MAX], prefix[HISTORY_KEY_MAX];
	struct history_query before = *query;
	if (query->alone ||
	    (query->kind != HISTORY_KEY_TARGET && query->kind != HISTORY_KEY_SENDER)) {
		return false;
	}
	before.kind = record->kind;
	size_t size = prefix_of(&before, prefix);
	if (query->question == HISTORY_ASK_START) {
		return begins_so(query, own, history_key_write(record, own));
	}
	return history_key_write(record, own) > size && memcmp(own, prefix, size) == 0 &&
	       is_of_mailbox(&before, &record->mail) &&
	       (query->question != HISTORY_ASK_BELOW || own[size] != 0);
}

static bool has_data(const struct history_query *query, const struct history_row *row)
{
	return !row->is_code && row->data_size == query->data_size &&
	       memcmp(row->data, query->data, query->data_size) == 0;
}

static bool is_asked(const struct history_query *query, const uint8_t *key, size_t size,
                     size_t prefix, const struct history_record *record)
{
	if ((query->question == HISTORY_ASK_START && !begins_so(query, key, size)) ||
	    (query->question == HISTORY_ASK_DATA && !has_data(query, &record->row))) {
		return false;
	}
	if (!is_of_mailbox(query, &record->mail) || is_in_part_before(query, record)) {
		return false;
	}
	if (query->question == HISTORY_ASK_BELOW && query->kind != HISTORY_KEY_FOLDED &&
	    key[prefix] == 0) {
		return false;
	}
	if (query->question == HISTORY_ASK_NETWORK &&
	    (!in_network(query, key) || !is_first_hint(query, key, prefix, record))) {
		return false;
	}
	bool typed = query->types_count == 0 || record->kind != HISTORY_KEY_OWNER;
	for (size_t i = 0; i < query->types_count; i++) {
		typed |= query->types[i] == record->row.type;
	}
	return typed;
}

static bool in_time(const struct history_query *query, const struct history_seen *seen)
{
	return seen->last >= query->since_s && seen->first <= query->until_s &&
	       seen->first >= query->first_since_s &&
	       (query->last_until_s == 0 || seen->last <= query->last_until_s);
}

/* Selects rows among the keys that begin with the prefix. Returns false if out of memory. */
static bool select_rows(struct history_merged *merged, const struct history_query *query,
                        size_t prefix, struct history_selection *selection)
{
	const uint8_t *key, *value;
	size_t size, value_size;
	struct history_record record;
	uint8_t own[HISTORY_KEY_MAX];

	while (history_merged_next(merged, &key, &size, &value, &value_size)) {
		if (!history_key_read(key, size, &record) ||
		    !is_asked(query, key, size, prefix, &record)) {
			continue;
		}
		size_t own_size = history_key_write(&record, own);
		bool good =
		        value_size > 0
		                ? history_value_read(record.kind, value, value_size, &record.seen)
		                : history_merged_find(merged, own, own_size, &record.seen);
		if (good && in_time(query, &record.seen) &&
		    !history_selection_add(selection, own, own_size, &record.seen)) {
			return false;
		}
	}
	return true;
}

/* Adds the clients to which a record was sent. */
static void add_clients(struct history_merged *merged, const uint8_t *own, size_t own_size,
                        struct writer *output, struct head *head)
{
	uint8_t prefix[HISTORY_KEY_MAX];
	const uint8_t *key, *value;
	size_t size, value_size;
	struct history_record record;
	memcpy(prefix, own, own_size);
	prefix[0] = HISTORY_KEY_CLIENT;
	(void)history_merged_seek(merged, prefix, own_size);
	while (history_merged_next(merged, &key, &size, &value, &value_size)) {
		/* The data of another record can begin with the same octets. */
		if (size != own_size + HISTORY_CLIENT_SIZE ||
		    !history_key_read(key, size, &record) ||
		    !history_value_read(record.kind, value, value_size, &record.seen)) {
			continue;
		}
		if (writer_size(output) + size + ROW_ROOM > output->limit) {
			head->clients_left_out++;
		} else {
			history_batch_add(output, key, size, &record.seen);
		}
	}
}

static void put_rows(struct history_merged *merged, const struct writer *rows,
                     struct writer *output, struct head *head)
{
	struct cursor c = cursor_init((const uint8_t *)rows->start, writer_size(rows));
	struct history_record record;
	const uint8_t *key;
	size_t size;
	while (history_batch_next(&c, &key, &size, &record) == 1) {
		history_batch_add(output, key, size, &record.seen);
		if (record.kind == HISTORY_KEY_OWNER) {
			add_clients(merged, key, size, output, head);
		}
	}
}

static int answer(const struct history_query *query, struct history_merged *merged,
                  struct writer *output)
{
	uint8_t prefix[HISTORY_KEY_MAX];
	size_t size = prefix_of(query, prefix);
	struct head head = { .left_out = 0 };
	struct history_selection selection;

	history_merged_sensors(merged, head.sensors, sizeof(head.sensors));
	if (history_merged_failed(merged)) {
		return -EIO;
	}
	history_selection_init(&selection, query->limit);
	(void)history_merged_seek(merged, prefix, size);
	bool good = select_rows(merged, query, size, &selection);
	struct writer rows;
	writer_init_growing(&rows, output->limit);
	history_selection_write(&selection, &rows);
	head.left_out = selection.left_out;
	writer_put(output, (const char *)&head, sizeof(head));
	if (query->clients) {
		put_rows(merged, &rows, output, &head);
	} else {
		writer_put(output, rows.start, writer_size(&rows));
	}
	good = good && !rows.failed && !output->failed;
	if (good) {
		memcpy(output->start, &head, sizeof(head));
	}
	writer_free(&rows);
	history_selection_free(&selection);
	if (history_merged_failed(merged)) {
		return -EIO;
	}
	return good ? 0 : -ENOMEM;
}

static int answer_request(struct cursor *request, struct history_merged *merged,
                          struct writer *output)
{
	struct history_query query;
	const uint8_t *octets = cursor_take(request, sizeof(query));
	if (octets == NULL) {
		return -EBADMSG;
	}
	memcpy(&query, octets, sizeof(query));
	return answer(&query, merged, output);
}

static int answer_range(void *ctx, struct history_merged *merged, struct writer *output)
{
	return answer(ctx, merged, output);
}

/* These functions run in the caller. */

/* Returns whether the query is for one name or address. */
static bool asks_for_one(const struct history_query *query)
{
	return query->question == HISTORY_ASK_NAME ||
	       (query->question == HISTORY_ASK_NETWORK && query->prefix == 128);
}

int history_ask(struct history_reading *reading, const struct history_query *query,
                struct history_answer *answered)
{
	*answered = (struct history_answer){ .left_out = 0 };
	writer_init_growing(&answered->memory, sizeof(struct head) +
	                                               (query->limit + 64) * ROW_ROOM +
	                                               (query->clients ? CLIENTS_ROOM : 0));
	int ret = asks_for_one(query)
	                  ? history_reading_ask(reading, answer_request, (const uint8_t *)query,
	                                        sizeof(*query), &answered->memory)
	                  : history_reading_run(reading, answer_range, (void *)query,
	                                        &answered->memory);
	if (ret != 0) {
		return ret;
	}
	struct cursor c = cursor_init((const uint8_t *)answered->memory.start,
	                              writer_size(&answered->memory));
	struct head head;
	const uint8_t *octets = cursor_take(&c, sizeof(head));
	if (octets == NULL) {
		return -EIO;
	}
	memcpy(&head, octets, sizeof(head));
	answered->left_out = head.left_out;
	answered->clients_left_out = head.clients_left_out;
	memcpy(answered->sensors, head.sensors, sizeof(answered->sensors));
	answered->rows = cursor_init(c.wire + c.pos, cursor_left(&c));
	return 0;
}

void history_answer_free(struct history_answer *answer)
{
	writer_free(&answer->memory);
}
