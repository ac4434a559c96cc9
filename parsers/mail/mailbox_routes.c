/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>
#include <strings.h>

#include "parsers/mail/mailbox_private.h"

/* The largest number of hosts that are read from one local part. Real mail has one or two. */
#define HOPS_MAX 16

static size_t unquote(struct writer *room, const struct mailbox_reading *reading)
{
	size_t at = 0, size = 0;
	char octet;
	while (mailbox_next_octet(reading, &at, &octet)) {
		writer_char(room, octet);
		size++;
	}
	return size;
}

/* Returns "@relay:mailbox" without the route. */
static struct smtp_text without_route(struct smtp_text local)
{
	const char *colon =
	        local.size > 0 && local.text[0] == '@' ? memchr(local.text, ':', local.size) : NULL;
	size_t route = colon != NULL ? (size_t)(colon + 1 - local.text) : 0;
	return (struct smtp_text){ local.text + route, local.size - route };
}

/* Splits off one hop: the user and the host that a local part names. It is split at the last "@",
 * else at the first "!", else at the last "%". */
static bool split_route(struct smtp_text local, struct smtp_text *user, struct smtp_text *host)
{
	local = without_route(local);
	const char *end = local.text + local.size;
	const char *mark = memrchr(local.text, '@', local.size);
	const char *bang = mark == NULL ? memchr(local.text, '!', local.size) : NULL;
	if (bang != NULL) {
		*host = (struct smtp_text){ local.text, (size_t)(bang - local.text) };
		*user = (struct smtp_text){ bang + 1, (size_t)(end - bang - 1) };
		return host->size > 0;
	}
	if (mark == NULL) {
		mark = memrchr(local.text, '%', local.size);
	}
	if (mark == NULL) {
		return false;
	}
	*user = (struct smtp_text){ local.text, (size_t)(mark - local.text) };
	*host = (struct smtp_text){ mark + 1, (size_t)(end - mark - 1) };
	return host->size > 0;
}

static void add_route(struct mailbox_sink *sink, struct smtp_text user, struct smtp_text host)
{
	const char *start = sink->room.at;
	mailbox_put_local(&sink->room, user.text, user.size);
	size_t local_size = (size_t)(sink->room.at - start);
	writer_char(&sink->room, '@');
	writer_put(&sink->room, host.text, host.size);
	mailbox_add(sink, start, local_size);
}

/* The first hop is the host to which the server sends the mail. The last hop is the host at which
 * the mail will arrive. */
void mailbox_add_routes(struct mailbox_sink *sink, const struct mailbox_reading *reading)
{
	struct smtp_text user, host, first = { NULL, 0 };
	const char *start = sink->room.at;
	size_t size = unquote(&sink->room, reading);
	struct smtp_text local = { start, size }, domain = mailbox_domain(reading);
	if (sink->room.failed) {
		return;
	}
	for (int hops = 0; hops < HOPS_MAX && split_route(local, &user, &host); hops++) {
		bool same = host.size == domain.size &&
		            strncasecmp(host.text, domain.text, host.size) == 0;
		if (!same && first.text == NULL) {
			first = host;
			add_route(sink, user, host);
		}
		local = user;
		domain = host;
	}
	if (first.text != NULL && first.text != domain.text) {
		add_route(sink, local, domain);
	}
}
