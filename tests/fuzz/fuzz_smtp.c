/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdlib.h>
#include <string.h>
#include <sys/param.h>

#include "parsers/smtp/smtp.h"
#include "parsers/tls/tls_certificate.h"
#include "tests/fuzz/dialog.h"
#include "tests/fuzz/found.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/*! \brief Checks the order of events that smtp.h states, and sums up all events. */
struct checker {
	uint64_t sum;
	bool mail_open;
	bool content_open;
	uint32_t rcpts;
	uint32_t replied;
	uint64_t finals[SMTP_FINALS_MAX / 64];
	struct tls_certificate certificate;
};

static void check(bool holds)
{
	if (!holds) {
		abort();
	}
}

static void add(struct checker *c, uint64_t value)
{
	c->sum = (c->sum ^ value) * 0x100000001b3u;
}

static void add_text(struct checker *c, struct smtp_text t)
{
	add(c, t.size);
	for (size_t i = 0; i < t.size; i++) {
		add(c, (uint8_t)t.text[i]);
	}
}

static void add_box(struct checker *c, const struct smtp_mailbox *box)
{
	for (unsigned i = 0; i < box->count; i++) {
		add_text(c, box->readings[i].text);
		add_text(c, mailbox_local(&box->readings[i]));
		add_text(c, mailbox_domain(&box->readings[i]));
	}
	add(c, box->count - box->direct);
	add(c, box->null_sender);
	add(c, box->angled);
}

static void on_greeting(void *user, unsigned code, struct smtp_text name, struct smtp_text line)
{
	add(user, code);
	add_text(user, name);
	add_text(user, line);
}

static void on_origin(void *user, const struct smtp_origin *origin)
{
	add(user, origin != NULL ? origin->port : UINT64_MAX);
	for (size_t i = 0; i < sizeof(origin->addr) && origin != NULL; i++) {
		add(user, origin->addr.s6_addr[i]);
	}
}

static void on_hello(void *user, enum smtp_verb verb, struct smtp_text name, uint64_t offset)
{
	add(user, verb + offset);
	add_text(user, name);
}

static void on_mail(void *user, const struct smtp_mailbox *from, uint64_t offset)
{
	struct checker *c = user;
	check(!c->mail_open);
	c->mail_open = true;
	add(c, offset);
	add_box(c, from);
}

static void on_mail_reply(void *user, unsigned code)
{
	check(((struct checker *)user)->mail_open);
	add(user, code);
}

static void on_mail_refused(void *user, const struct smtp_mailbox *from, uint64_t offset)
{
	struct checker *c = user;
	check(c->mail_open);
	add(c, offset);
	add_box(c, from);
}

static void on_rcpt(void *user, unsigned index, const struct smtp_mailbox *to, uint64_t offset)
{
	struct checker *c = user;
	c->mail_open = true; /* MAIL may have been missed */
	check(index == c->rcpts);
	c->rcpts++;
	add(c, offset);
	add_box(c, to);
}

static void on_rcpt_reply(void *user, unsigned index, unsigned code)
{
	struct checker *c = user;
	check(c->mail_open && index < c->rcpts);
	c->replied++;
	add(c, index);
	add(c, code);
}

static void on_rcpt_final(void *user, unsigned index, unsigned code)
{
	struct checker *c = user;
	check(c->mail_open && index < c->rcpts && index < SMTP_FINALS_MAX && code != 0);
	check((c->finals[index / 64] & UINT64_C(1) << index % 64) == 0);
	c->finals[index / 64] |= UINT64_C(1) << index % 64;
	add(c, index);
	add(c, code);
}

static void on_header(void *user, enum smtp_header header, struct smtp_text value)
{
	struct checker *c = user;
	check(c->content_open && value.size <= SMTP_VALUE_MAX);
	add(c, header);
	add_text(c, value);
}

static void on_content_begin(void *user)
{
	struct checker *c = user;
	check(c->mail_open);
	c->content_open = true;
	add(c, 1);
}

static void on_content_end(void *user, uint64_t bytes)
{
	struct checker *c = user;
	check(c->content_open);
	c->content_open = false;
	add(c, bytes);
}

static void on_mail_end(void *user, enum smtp_outcome outcome, unsigned code)
{
	struct checker *c = user;
	check(c->mail_open && c->replied == c->rcpts);
	c->mail_open = false;
	c->content_open = false;
	c->rcpts = 0;
	c->replied = 0;
	memset(c->finals, 0, sizeof(c->finals));
	add(c, outcome);
	add(c, code);
}

static void on_starttls(void *user, unsigned code)
{
	check(!((struct checker *)user)->mail_open);
	add(user, code);
}

static void on_offer(void *user, enum smtp_offer offer)
{
	add(user, 5 + (uint64_t)offer);
}

static void on_tls(void *user)
{
	add(user, 4);
}

static void on_text(void *user, struct smtp_text text)
{
	add_text(user, text);
}

static void on_query(void *user, enum smtp_verb verb, struct smtp_text argument)
{
	add(user, verb);
	add_text(user, argument);
}

static void on_reply(void *user, enum smtp_verb verb, unsigned code)
{
	check(code >= 200 && code < 600);
	add(user, verb);
	add(user, code);
}

static void on_smuggling(void *user, uint64_t offset)
{
	add(user, offset);
}

static bool on_server_tls(void *user, const uint8_t *bytes, size_t size)
{
	struct checker *c = user;
	check(size > 0 && size <= SMTP_TLS_MAX);
	return tls_certificate_feed(&c->certificate, bytes, size) == TLS_CERTIFICATE_MORE;
}

static void on_quit(void *user)
{
	add(user, 3);
}

static void add_counters(struct checker *c, const struct smtp_counters *counters)
{
	add(c, counters->commands);
	add(c, counters->unknown);
	add(c, counters->replies);
	add(c, counters->malformed);
	add(c, counters->truncated);
	add(c, counters->overflowed);
	add(c, counters->gaps);
	add(c, counters->smuggling);
	add(c, counters->relost);
}

static void add_certificate(struct checker *c)
{
	struct smtp_text name;
	uint16_t walk = 0;

	add(c, c->certificate.status);
	add(c, c->certificate.version);
	name.text = tls_certificate_name(&c->certificate, &name.size);
	while (name.text != NULL) {
		add_text(c, name);
		name.text = tls_certificate_other(&c->certificate, &walk, &name.size);
	}
}

static const struct smtp_handler HANDLER = {
	.greeting = on_greeting,
	.origin = on_origin,
	.hello = on_hello,
	.mail = on_mail,
	.mail_reply = on_mail_reply,
	.mail_refused = on_mail_refused,
	.rcpt = on_rcpt,
	.rcpt_reply = on_rcpt_reply,
	.rcpt_final = on_rcpt_final,
	.header = on_header,
	.content_begin = on_content_begin,
	.content_end = on_content_end,
	.mail_end = on_mail_end,
	.starttls = on_starttls,
	.offer = on_offer,
	.tls = on_tls,
	.sni = on_text,
	.server_tls = on_server_tls,
	.auth = on_text,
	.query = on_query,
	.quit = on_quit,
	.reply = on_reply,
	.smuggling = on_smuggling,
};

/*! \brief How the octets of a dialog are cut into segments. */
enum cuts {
	CUT_LINES,  /*!< As the items of the dialog: one line each. */
	CUT_OCTETS, /*!< One octet each. */
	CUT_SIDES,  /*!< Nowhere, as long as the same side sends. */
};

/*! \brief A session, and octets of one side that will be its next segment. */
struct feeder {
	struct smtp_session session;
	uint64_t offset[2];
	enum smtp_side side;
	uint8_t *segment;
	size_t size;
};

static void feed(struct feeder *f, enum smtp_side side, const uint8_t *bytes, size_t size)
{
	smtp_feed(&f->session, side, bytes, size, f->offset[side]);
	f->offset[side] += size;
}

/*! \brief Feeds the collected segment, from memory of its size. */
static void flush(struct feeder *f)
{
	if (f->size > 0) {
		feed(f, f->side, f->segment, f->size);
	}
	free(f->segment);
	f->segment = NULL;
	f->size = 0;
}

static void collect(struct feeder *f, enum smtp_side side, const uint8_t *bytes, size_t size)
{
	if (f->side != side) {
		flush(f);
	}
	uint8_t *segment = realloc(f->segment, MAX(f->size + size, 1));
	check(segment != NULL);
	memcpy(segment + f->size, bytes, size);
	f->segment = segment;
	f->size += size;
	f->side = side;
}

static void feed_item(struct feeder *f, const struct dialog_item *item, enum cuts cuts)
{
	enum smtp_side side = item->client ? SMTP_CLIENT : SMTP_SERVER;
	if (item->lost > 0) {
		flush(f);
		smtp_gap(&f->session, side, item->lost);
		f->offset[side] += item->lost;
	} else if (cuts == CUT_SIDES) {
		collect(f, side, item->bytes, item->size);
	} else if (cuts == CUT_LINES && item->size > 0) {
		feed(f, side, item->bytes, item->size);
	} else {
		for (size_t i = 0; i < item->size; i++) {
			feed(f, side, item->bytes + i, 1);
		}
	}
}

static uint64_t run(const uint8_t *data, size_t size, enum cuts cuts)
{
	static struct feeder f;
	static struct checker c;
	struct dialog dialog = { .data = data, .size = size };
	struct dialog_item item;

	memset(&c, 0, sizeof(c));
	memset(f.offset, 0, sizeof(f.offset));
	tls_certificate_init(&c.certificate);
	smtp_init(&f.session, &HANDLER, &c);
	while (dialog_next(&dialog, &item)) {
		feed_item(&f, &item, cuts);
	}
	flush(&f);
	smtp_end(&f.session);
	check(!c.mail_open);
	add_counters(&c, &f.session.counters);
	add_certificate(&c);
	return c.sum;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint64_t sum = run(data, size, CUT_LINES);
	check(sum == run(data, size, CUT_OCTETS));
	check(sum == run(data, size, CUT_SIDES));
	found_number(sum);
	return 0;
}
