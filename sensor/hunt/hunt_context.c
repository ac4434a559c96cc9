/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/hunt/hunt_context.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/time_ns.h"
#include "history/lookup.h"
#include "history/rows/mail_text.h"
#include "parsers/dns/dns_codes.h"
#include "sensor/hunt/hunt_keys.h"

/* A mailbox as text: each octet of the domain may need an escape. */
#define MAILBOX_TEXT_MAX (HISTORY_LOCAL_MAX + 1 + DNS_NAME_TEXT_MAX)

/* The mails of domains, and after them the single mails that replace them. */
#define MAILS_MAX (2 * EVENT_ROW_LIST_MAX)

struct hunt_context {
	struct history_reading *reading;
	bool has_clients, has_mail, has_mailboxes;
	const struct history_record *record; /* the current row */
	uint64_t first_s, last_s;            /* mail that was seen in this time is listed */
	struct in6_addr addresses[HUNT_ADDRESSES_MAX];
	size_t addresses_count;
	size_t mails_read;
	struct in6_addr clients[EVENT_ROW_LIST_MAX];
	size_t clients_count;
	struct event_mail mails[MAILS_MAX];
	char texts[MAILS_MAX][2][MAILBOX_TEXT_MAX]; /* of recipients and senders */
	size_t mails_count, mails_most;
	struct hunt_banner banners[HUNT_BANNERS_MAX];
	size_t banners_count;
};

static int look_up(struct hunt_context *context, struct history_lookup *lookup, bool made,
                   history_row_t each)
{
	int ret = made ? history_lookup_run(lookup, context->reading, each, context) : -ENOMEM;
	history_lookup_free(lookup);
	return ret;
}

static bool note_kind(void *ctx, const struct history_record *record)
{
	struct hunt_context *context = ctx;
	context->has_clients |= record->kind == HISTORY_KEY_CLIENT;
	context->has_mail |= record->kind == HISTORY_KEY_MAIL;
	context->has_mailboxes |= record->kind == HISTORY_KEY_RECIPIENT;
	return false;
}

int hunt_context_new(struct hunt_context **out, struct history_reading *reading)
{
	static const uint8_t kinds[] = { HISTORY_KEY_CLIENT, HISTORY_KEY_MAIL,
		                         HISTORY_KEY_RECIPIENT };
	struct hunt_context *context = calloc(1, sizeof(*context));
	int ret = context != NULL ? 0 : -ENOMEM;
	for (size_t i = 0; i < sizeof(kinds) && ret == 0; i++) {
		struct history_lookup lookup = { .count = 0 };
		context->reading = reading;
		ret = look_up(context, &lookup, history_lookup_add(&lookup, &kinds[i], 1),
		              note_kind);
	}
	if (ret != 0) {
		hunt_context_free(context);
		return ret;
	}
	*out = context;
	return 0;
}

void hunt_context_free(struct hunt_context *context)
{
	free(context);
}

/* These functions find clients. */

/* The data of another record can begin with the data of this one. */
static bool take_client(void *ctx, const struct history_record *record)
{
	struct hunt_context *context = ctx;
	if (record->kind == HISTORY_KEY_CLIENT &&
	    record->row.data_size == context->record->row.data_size) {
		context->clients[context->clients_count++] = record->client;
	}
	return context->clients_count < EVENT_ROW_LIST_MAX;
}

static int find_clients(struct hunt_context *context)
{
	struct history_lookup lookup = { .count = 0 };
	uint8_t key[HISTORY_KEY_MAX];
	size_t size = history_key_by_owner(&context->record->row, key);
	key[0] = HISTORY_KEY_CLIENT;
	return look_up(context, &lookup, history_lookup_add(&lookup, key, size), take_client);
}

/* These functions find mail. */

static bool is_in_time(const struct hunt_context *context, const struct history_seen *seen)
{
	return seen->last >= context->first_s && seen->first <= context->last_s;
}

static bool is_asked(const struct hunt_context *context, const struct in6_addr *server)
{
	for (size_t i = 0; i < context->addresses_count; i++) {
		if (IN6_ARE_ADDR_EQUAL(&context->addresses[i], server)) {
			return true;
		}
	}
	return false;
}

static struct event_text put_mailbox(char text[MAILBOX_TEXT_MAX],
                                     const struct history_mailbox *mailbox)
{
	struct writer w;
	writer_init(&w, text, MAILBOX_TEXT_MAX);
	history_mailbox_text(mailbox, &w);
	return (struct event_text){ text, writer_size(&w) };
}

static int64_t nanoseconds(uint64_t time_s)
{
	return time_s < INT64_MAX / NS_PER_S ? (int64_t)time_s * NS_PER_S : INT64_MAX;
}

static void add_mail(struct hunt_context *context, const struct history_record *record)
{
	const struct history_mail *mail = &record->mail;
	const struct history_seen *seen = &record->seen;
	size_t i = context->mails_count++;
	bool single = record->kind == HISTORY_KEY_RECIPIENT;
	struct event_mail *to = &context->mails[i];
	*to = (struct event_mail){
		.server = mail->server,
		.single = single,
		.first_ns = nanoseconds(seen->first),
		.last_ns = nanoseconds(seen->last),
		.client = mail->client,
		.reply_code = mail->reply_code,
		.content = mail->content,
		.tls = mail->tls,
		.count = seen->count,
		.accepted_count = seen->accepted,
		.tls_count = seen->tls,
	};
	if (single) {
		to->recipient = put_mailbox(context->texts[i][0], &mail->recipient);
		to->sender = put_mailbox(context->texts[i][1], &mail->sender);
	} else {
		to->recipient = (struct event_text){ context->texts[i][0],
			                             dns_name_text(mail->recipient.domain,
			                                           context->texts[i][0]) };
	}
}

/* Takes a row of mail at one of the addresses: all mail for a domain, or a single mail. */
static bool take_mail(void *ctx, const struct history_record *record)
{
	struct hunt_context *context = ctx;
	if (is_asked(context, &record->mail.server) && is_in_time(context, &record->seen)) {
		add_mail(context, record);
	}
	return context->mails_count < context->mails_most &&
	       ++context->mails_read < HUNT_MAILS_READ;
}

static bool add_domain_key(struct history_lookup *lookup, const struct event_mail *mail)
{
	struct dns_name name;
	uint8_t key[1 + DNS_NAME_MAX + 1] = { HISTORY_KEY_RECIPIENT };
	if (dns_name_from_host(mail->recipient.text, mail->recipient.size, &name) != DNS_NAME_OK) {
		return true;
	}
	size_t size = 1 + history_reverse(name.wire, name.size, key + 1);
	key[size++] = 0;
	return history_lookup_add(lookup, key, size);
}

/* If the history has single mails, they replace the rows of their domains. */
static int find_single_mails(struct hunt_context *context)
{
	struct history_lookup lookup = { .count = 0 };
	bool made = true;
	size_t domains = context->mails_count;
	for (size_t i = 0; i < domains && made; i++) {
		made = add_domain_key(&lookup, &context->mails[i]);
	}
	context->mails_read = 0;
	context->mails_most = domains + EVENT_ROW_LIST_MAX;
	int ret = look_up(context, &lookup, made, take_mail);
	if (context->mails_count > domains) {
		context->mails_count -= domains;
		memmove(context->mails, context->mails + domains,
		        context->mails_count * sizeof(context->mails[0]));
	}
	return ret;
}

static int find_mails(struct hunt_context *context)
{
	struct history_lookup lookup = { .count = 0 };
	bool made = true;
	uint8_t key[1 + sizeof(struct in6_addr)] = { HISTORY_KEY_MAIL_SERVER };
	for (size_t i = 0; i < context->addresses_count && made; i++) {
		memcpy(key + 1, &context->addresses[i], sizeof(struct in6_addr));
		made = history_lookup_add(&lookup, key, sizeof(key));
	}
	context->mails_read = 0;
	int ret = look_up(context, &lookup, made, take_mail);
	return ret == 0 && context->has_mailboxes && context->mails_count > 0
	               ? find_single_mails(context)
	               : ret;
}

/* These functions find the addresses of a record: its own, or those of the exchange of an MX
 * record. */

static void add_address(struct hunt_context *context, const struct history_row *row)
{
	struct dns_message message;
	const struct dns_entry entry = history_entry(row, &message);
	struct in6_addr address;
	if (!row->is_code && context->addresses_count < HUNT_ADDRESSES_MAX &&
	    dns_rdata_address(&entry, &address) && !is_asked(context, &address)) {
		context->addresses[context->addresses_count++] = address;
	}
}

static bool take_address(void *ctx, const struct history_record *record)
{
	struct hunt_context *context = ctx;
	if (is_in_time(context, &record->seen)) {
		add_address(context, &record->row);
	}
	return context->addresses_count < HUNT_ADDRESSES_MAX;
}

static int find_addresses(struct hunt_context *context)
{
	const struct history_row *row = &context->record->row;
	struct history_lookup lookup = { .count = 0 };
	struct dns_message message;
	const struct dns_entry entry = history_entry(row, &message);
	struct dns_name exchange;
	if (row->type != DNS_TYPE_MX || row->is_code ||
	    dns_rdata_name(&message, &entry, &exchange) != 1) {
		add_address(context, row);
		return 0;
	}
	return look_up(context, &lookup,
	               hunt_key_by_owner(&lookup, exchange.wire, exchange.size, true),
	               take_address);
}

static void begin(struct hunt_context *context, const struct history_record *record)
{
	const struct history_seen *seen = &record->seen;
	context->record = record;
	context->addresses_count = 0;
	context->clients_count = 0;
	context->mails_count = 0;
	context->mails_most = EVENT_ROW_LIST_MAX;
	context->first_s = seen->first;
	context->last_s = seen->last + (seen->ttl_max <= INT32_MAX ? seen->ttl_max : 0);
}

static int find_for_record(struct hunt_context *context)
{
	int ret = context->has_clients ? find_clients(context) : 0;
	if (ret == 0 && context->has_mail) {
		ret = find_addresses(context);
	}
	return ret == 0 && context->addresses_count > 0 ? find_mails(context) : ret;
}

int hunt_context_find(struct hunt_context *context, const struct history_record *record,
                      struct event_row *row)
{
	int ret = 0;
	begin(context, record);
	if (record->kind == HISTORY_KEY_OWNER) {
		ret = find_for_record(context);
	} else if (record->kind == HISTORY_KEY_MAIL || record->kind == HISTORY_KEY_RECIPIENT) {
		add_mail(context, record);
	}
	row->clients = context->clients;
	row->clients_count = context->clients_count;
	row->mails = context->mails;
	row->mails_count = context->mails_count;
	return ret;
}

/* Greetings */

static bool take_banner(void *ctx, const struct history_record *record)
{
	struct hunt_context *context = ctx;
	const struct history_mail *mail = &record->mail;
	if (mail->fact == HISTORY_BANNER && is_in_time(context, &record->seen)) {
		struct hunt_banner *banner = &context->banners[context->banners_count++];
		banner->size = mail->data_size;
		memcpy(banner->text, mail->data, mail->data_size);
	}
	return context->banners_count < HUNT_BANNERS_MAX;
}

int hunt_context_find_banners(struct hunt_context *context, const struct history_record *record,
                              const struct hunt_banner **banners, size_t *count)
{
	struct history_lookup lookup = { .count = 0 };
	uint8_t key[1 + sizeof(struct in6_addr)] = { HISTORY_KEY_SERVER };
	memcpy(key + 1, &record->mail.server, sizeof(struct in6_addr));
	begin(context, record);
	context->banners_count = 0;
	int ret = look_up(context, &lookup, history_lookup_add(&lookup, key, sizeof(key)),
	                  take_banner);
	*banners = context->banners;
	*count = context->banners_count;
	return ret;
}
