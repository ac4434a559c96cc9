/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/report/report_mails.h"

#include <stdlib.h>
#include <strings.h>

#include "sensor/report/report_merge.h"

/* Recipients */

static struct report_rcpt *find_rcpt(const struct report_mail *mail, struct report_text address)
{
	for (size_t i = 0; i < mail->rcpt_count; i++) {
		if (report_text_equal(mail->rcpts[i].address, address)) {
			return &mail->rcpts[i];
		}
	}
	return NULL;
}

static bool shares_rcpt(const struct report_mail *a, const struct report_mail *b)
{
	for (size_t i = 0; i < b->rcpt_count; i++) {
		if (find_rcpt(a, b->rcpts[i].address) != NULL) {
			return true;
		}
	}
	return a->rcpt_count == 0 || b->rcpt_count == 0;
}

/* A reply that was seen is kept. */
static void set_reply(struct report_rcpt *to, const struct report_rcpt *from)
{
	if (from->reply_code != 0 || from->accepted) {
		to->reply_code = from->reply_code != 0 ? from->reply_code : to->reply_code;
		to->accepted = from->accepted;
	}
}

static bool add_rcpt(struct report_memory *memory, struct report_mail *mail,
                     const struct report_rcpt *from)
{
	struct report_rcpt *items = report_extend(memory, mail->rcpts, mail->rcpt_count,
	                                          sizeof(*items), REPORT_RCPTS_MAX);
	if (items == NULL) {
		return false;
	}
	mail->rcpts = items;
	struct report_rcpt *added = &items[mail->rcpt_count];
	*added = (struct report_rcpt){ .reply_code = from->reply_code, .accepted = from->accepted };
	if (!report_set_text(memory, &added->address, from->address)) {
		return false;
	}
	mail->rcpt_count++;
	return true;
}

/* A hit at the end of a session lists the recipients of all its mails. */
static struct report_rcpt *find_in_connection(const struct report_incident *to,
                                              const struct report_mail *mail,
                                              struct report_text address)
{
	struct report_rcpt *rcpt = find_rcpt(mail, address);
	for (size_t i = 0; rcpt == NULL && mail->connection != 0 && i < to->mail_count; i++) {
		if (to->mails[i].connection == mail->connection) {
			rcpt = find_rcpt(&to->mails[i], address);
		}
	}
	return rcpt;
}

static void merge_rcpts(struct report_memory *memory, struct report_incident *to,
                        struct report_mail *mail, const struct report_mail *from,
                        enum report_mails_rule rule)
{
	for (size_t i = 0; i < from->rcpt_count; i++) {
		struct report_rcpt *rcpt =
		        rule == REPORT_MAILS_OF_HITS
		                ? find_in_connection(to, mail, from->rcpts[i].address)
		                : find_rcpt(mail, from->rcpts[i].address);
		if (rcpt != NULL) {
			set_reply(rcpt, &from->rcpts[i]);
		} else if (rule != REPORT_MAILS_CORRELATE) {
			to->omitted += !add_rcpt(memory, mail, &from->rcpts[i]);
		}
	}
}

/* Mails */

#define MAIL_TEXTS(X)                                                                              \
	X(event_id) X(client) X(server) X(helo) X(subject) X(message_id) X(evidence) X(from)

static void merge_mail(struct report_memory *memory, struct report_incident *to,
                       struct report_mail *mail, const struct report_mail *from,
                       enum report_mails_rule rule)
{
	bool all = true;
#define X(name) all = report_set_text(memory, &mail->name, from->name) && all;
	MAIL_TEXTS(X)
#undef X
	to->omitted += !all;
	if (mail->connection == 0) {
		mail->connection = from->connection;
	}
	if (mail->time_ns == 0 || (rule == REPORT_MAILS_OF_HITS && from->time_ns < mail->time_ns)) {
		mail->time_ns = from->time_ns;
	}
	mail->accepted |= from->accepted;
	mail->content |= from->content;
	mail->tls |= from->tls;
	merge_rcpts(memory, to, mail, from, rule);
}

static struct report_mail *add_mail(struct report_memory *memory, struct report_incident *to)
{
	struct report_mail *items =
	        report_extend(memory, to->mails, to->mail_count, sizeof(*items), REPORT_MAILS_MAX);
	if (items == NULL) {
		return NULL;
	}
	to->mails = items;
	items[to->mail_count] = (struct report_mail){ .time_ns = 0 };
	return &items[to->mail_count++];
}

static uint64_t distance(const struct report_mail *a, const struct report_mail *b)
{
	return a->time_ns > b->time_ns ? (uint64_t)a->time_ns - (uint64_t)b->time_ns
	                               : (uint64_t)b->time_ns - (uint64_t)a->time_ns;
}

static bool is_same(const struct report_mail *a, const struct report_mail *b,
                    enum report_mails_rule rule)
{
	if (!report_text_equal(a->from, b->from)) {
		return false;
	}
	switch (rule) {
	case REPORT_MAILS_OF_INCIDENTS:
		return a->time_ns == b->time_ns;
	case REPORT_MAILS_OF_HITS:
		return a->connection == b->connection && b->connection != 0;
	default:
		/* Each mail is joined once. */
		return a->connection == 0 && shares_rcpt(a, b);
	}
}

/* The nearest in time of the first `count` mails. */
static struct report_mail *find_mail(const struct report_incident *to, size_t count,
                                     const struct report_mail *mail, enum report_mails_rule rule)
{
	struct report_mail *found = NULL;
	for (size_t i = 0; i < count; i++) {
		struct report_mail *other = &to->mails[i];
		if (is_same(other, mail, rule) &&
		    (found == NULL || distance(other, mail) < distance(found, mail))) {
			found = other;
		}
	}
	return found;
}

void report_merge_mails(struct report_memory *memory, struct report_incident *to,
                        const struct report_incident *from, enum report_mails_rule rule)
{
	size_t before = to->mail_count;
	for (size_t i = 0; i < from->mail_count; i++) {
		size_t count = rule == REPORT_MAILS_CORRELATE ? before : to->mail_count;
		struct report_mail *mail = find_mail(to, count, &from->mails[i], rule);
		if (mail != NULL) {
			merge_mail(memory, to, mail, &from->mails[i], rule);
			continue;
		}
		mail = add_mail(memory, to);
		if (mail == NULL) {
			to->omitted++;
		} else {
			merge_mail(memory, to, mail, &from->mails[i], REPORT_MAILS_OF_HITS);
		}
	}
}

/* Rows of a history */

static bool is_equal_mailbox(struct report_text a, struct report_text b)
{
	return a.size == b.size && (a.size == 0 || strncasecmp(a.text, b.text, a.size) == 0);
}

static bool is_near(const struct report_mail *a, const struct report_mail *b)
{
	return is_equal_mailbox(a->from, b->from) && distance(a, b) <= REPORT_MAIL_NEAR_NS;
}

static struct report_rcpt *find_mailbox(const struct report_mail *mail, struct report_text address)
{
	for (size_t i = 0; i < mail->rcpt_count; i++) {
		if (is_equal_mailbox(mail->rcpts[i].address, address)) {
			return &mail->rcpts[i];
		}
	}
	return NULL;
}

/* \return False if the row is not about this mail. */
static bool add_row(struct report_memory *memory, struct report_incident *to,
                    struct report_mail *mail, const struct report_mail *row)
{
	struct report_rcpt *rcpt = find_mailbox(mail, row->rcpts[0].address);
	if (!is_near(mail, row) || (rcpt == NULL && mail->connection != row->connection)) {
		return false;
	}
	if (rcpt == NULL) {
		to->omitted += !add_rcpt(memory, mail, &row->rcpts[0]);
	} else if (rcpt->reply_code == 0) {
		set_reply(rcpt, &row->rcpts[0]);
	}
	(void)report_set_text(memory, &mail->client, row->client);
	(void)report_set_text(memory, &mail->server, row->server);
	mail->accepted |= row->accepted;
	mail->content |= row->content;
	mail->tls |= row->tls;
	return true;
}

void report_add_mail_row(struct report_memory *memory, struct report_incident *to,
                         const struct report_mail *row)
{
	struct report_mail *mail;
	for (size_t i = 0; row->rcpt_count == 1 && i < to->mail_count; i++) {
		if (add_row(memory, to, &to->mails[i], row)) {
			return;
		}
	}
	mail = add_mail(memory, to);
	if (mail == NULL) {
		to->omitted++;
	} else {
		merge_mail(memory, to, mail, row, REPORT_MAILS_OF_INCIDENTS);
	}
}

static int compare_mails(const void *a, const void *b)
{
	const struct report_mail *x = a, *y = b;
	int order = report_compare_times(x->time_ns, y->time_ns);
	return order != 0 ? order : report_compare_texts(x->from, y->from);
}

void report_sort_mails(struct report_incident *incident)
{
	if (incident->mail_count > 1) {
		qsort(incident->mails, incident->mail_count, sizeof(*incident->mails),
		      compare_mails);
	}
}

static void release_mail(struct report_memory *memory, struct report_mail *mail)
{
#define X(name) report_release(memory, mail->name.text);
	MAIL_TEXTS(X)
#undef X
	for (size_t i = 0; i < mail->rcpt_count; i++) {
		report_release(memory, mail->rcpts[i].address.text);
	}
	report_release(memory, mail->rcpts);
}

void report_release_mails(struct report_memory *memory, struct report_incident *incident)
{
	for (size_t i = 0; i < incident->mail_count; i++) {
		release_mail(memory, &incident->mails[i]);
	}
	report_release(memory, incident->mails);
}
