/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/bench/smtp_dialogue.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/bench/names.h"

#define LINE_MAX_OCTETS 1024
#define MAIL_MAX        (100 << 10)
#define BASE64_LINE     76

/* Growth */

static bool grow(void **array, size_t *room, size_t wanted, size_t size)
{
	if (wanted <= *room) {
		return true;
	}
	size_t more = wanted > *room * 2 ? wanted : *room * 2;
	void *bigger = realloc(*array, more * size);
	if (bigger == NULL) {
		return false;
	}
	*array = bigger;
	*room = more;
	return true;
}

static void add_turn(struct dialogue *d, enum side from, uint8_t flags, size_t size)
{
	void *turns = d->turns;
	if (d->failed || !grow(&turns, &d->room_turns, d->count + 1, sizeof(*d->turns))) {
		d->failed = true;
		return;
	}
	d->turns = turns;
	d->turns[d->count++] = (struct turn){ (uint8_t)from, flags, (uint16_t)size };
}

static void add_bytes(struct dialogue *d, enum side from, const void *bytes, size_t size)
{
	void *octets = d->octets[from];
	if (d->failed || !grow(&octets, &d->room[from], d->size[from] + size, 1)) {
		d->failed = true;
		return;
	}
	d->octets[from] = octets;
	memcpy(d->octets[from] + d->size[from], bytes, size);
	d->size[from] += size;
}

static void add_line(struct dialogue *d, enum side from, const char *fmt, ...)
        __attribute__((format(printf, 3, 4)));

static void add_line(struct dialogue *d, enum side from, const char *fmt, ...)
{
	char line[LINE_MAX_OCTETS];
	va_list args;
	va_start(args, fmt);
	int size = vsnprintf(line, sizeof(line) - 2, fmt, args);
	va_end(args);
	memcpy(line + size, "\r\n", 2);
	add_bytes(d, from, line, (size_t)size + 2);
}

/* Sends what was added since `start`, in full segments; the peer acknowledges every other. */
static void flush(struct dialogue *d, enum side from, size_t start)
{
	size_t mss = endpoint_is_v6(&d->ends[0]) ? WRITER_MSS6 : WRITER_MSS;
	unsigned unacknowledged = 0;
	for (size_t at = start; at < d->size[from]; at += mss) {
		size_t left = d->size[from] - at;
		add_turn(d, from, left > mss ? TCP_ACK : TCP_PSH | TCP_ACK,
		         left > mss ? mss : left);
		if (++unacknowledged == 2 && left > mss) {
			add_turn(d, 1 - from, TCP_ACK, 0);
			unacknowledged = 0;
		}
	}
}

static void say(struct dialogue *d, enum side from, const char *line)
{
	size_t start = d->size[from];
	add_line(d, from, "%s", line);
	flush(d, from, start);
}

/* The mail */

static void compose_header(struct dialogue *d, struct rng *rng, const char *from, uint32_t number)
{
	add_line(d, CLIENT, "Received: from [10.1.%u.%u] by mail.%s with ESMTPSA id %08x",
	         number >> 8 & 0xff, number & 0xff, from, number);
	add_line(d, CLIENT, "\tfor <user%u@example.net>; Tue, 14 Nov 2023 22:13:20 +0000", number);
	add_line(d, CLIENT, "DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d=%s; s=s1;",
	         from);
	uint64_t hash = rng_next(rng);
	add_line(d, CLIENT,
	         "\th=from:to:subject:date; bh=%016" PRIx64 "%016" PRIx64 "=; b=%016" PRIx64, hash,
	         rng_mix(hash + 1), rng_mix(hash + 2));
	add_line(d, CLIENT, "From: =?utf-8?q?B=C3=BCro?= <office%u@%s>", number % 97, from);
	add_line(d, CLIENT, "To: user%u <user%u@example.net>", number, number);
	add_line(d, CLIENT, "Subject: Your order %u has been dispatched", number);
	add_line(d, CLIENT, "Date: Tue, 14 Nov 2023 22:13:20 +0000");
	add_line(d, CLIENT, "Message-ID: <%08x.%u@%s>", number, number, from);
	add_line(d, CLIENT, "MIME-Version: 1.0");
	add_line(d, CLIENT,
	         "Content-Type: application/pdf\r\nContent-Transfer-Encoding: base64\r\n");
}

static void compose_body(struct dialogue *d, struct rng *rng, size_t size)
{
	static const char letters[] =
	        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	char line[BASE64_LINE + 2] = "";
	memcpy(line + BASE64_LINE, "\r\n", 2);
	for (size_t done = 0; done < size; done += sizeof(line)) {
		uint64_t bits = rng_next(rng);
		for (size_t i = 0; i < BASE64_LINE; i++) {
			line[i] = letters[bits & 63];
			bits = bits >> 6 | bits << 58;
		}
		add_bytes(d, CLIENT, line, sizeof(line));
	}
}

static size_t mail_size(const struct dialogue *d, struct rng *rng)
{
	uint32_t size = 1024U << rng_below(rng, 7);
	size += rng_below(rng, size);
	size_t most = d->mail_max > 0 ? d->mail_max : MAIL_MAX;
	return size < most ? size : most;
}

/* The session */

static void greet(struct dialogue *d, const char *from, uint32_t number)
{
	char line[LINE_MAX_OCTETS];
	(void)snprintf(line, sizeof(line), "220 mx%u.example.net ESMTP ready", number % 8);
	say(d, SERVER, line);
	add_turn(d, CLIENT, TCP_ACK, 0);
	(void)snprintf(line, sizeof(line), "EHLO mail.%.80s", from);
	say(d, CLIENT, line);
	say(d, SERVER,
	    "250-mx.example.net\r\n250-PIPELINING\r\n250-SIZE 52428800\r\n250-STARTTLS\r\n"
	    "250-8BITMIME\r\n250-CHUNKING\r\n250 SMTPUTF8");
}

/* MAIL and RCPT: one packet each, or all of them in one. */
static void envelope(struct dialogue *d, struct rng *rng, const char *from, uint32_t number,
                     const char *last)
{
	bool pipelined = rng_chance(rng, 50);
	uint32_t recipients = 1 + rng_skewed(rng, 20);
	size_t start[2] = { d->size[CLIENT], d->size[SERVER] };
	for (uint32_t i = 0; i < recipients + 2; i++) {
		if (i == 0) {
			add_line(d, CLIENT, "MAIL FROM:<office%u@%s> SIZE=%u", number % 97, from,
			         number);
			add_line(d, SERVER, "250 2.1.0 Ok");
		} else if (i <= recipients) {
			bool refused = recipients > 1 && rng_chance(rng, 10);
			add_line(d, CLIENT, "RCPT TO:<user%u@example.net>", number + i - 1);
			add_line(d, SERVER, refused ? "550 5.1.1 User unknown" : "250 2.1.5 Ok");
		} else if (last != NULL) {
			add_line(d, CLIENT, "%s", last);
			add_line(d, SERVER, "354 End data with <CR><LF>.<CR><LF>");
		}
		if (!pipelined || i == recipients + 1) {
			flush(d, CLIENT, start[CLIENT]);
			flush(d, SERVER, start[SERVER]);
			start[CLIENT] = d->size[CLIENT];
			start[SERVER] = d->size[SERVER];
		}
	}
}

static void send_mail(struct dialogue *d, struct rng *rng, const char *from, uint32_t number)
{
	bool chunked = rng_chance(rng, 8);
	envelope(d, rng, from, number, chunked ? NULL : "DATA");
	size_t start = d->size[CLIENT], size = mail_size(d, rng);
	compose_header(d, rng, from, number);
	compose_body(d, rng, size);
	if (chunked) {
		char command[64];
		size_t body = d->size[CLIENT] - start;
		int length = snprintf(command, sizeof(command), "BDAT %zu LAST\r\n", body);
		add_bytes(d, CLIENT, command, (size_t)length);
		if (!d->failed) {
			memmove(d->octets[CLIENT] + start + length, d->octets[CLIENT] + start,
			        body);
			memcpy(d->octets[CLIENT] + start, command, (size_t)length);
		}
	} else {
		add_line(d, CLIENT, ".");
	}
	flush(d, CLIENT, start);
	say(d, SERVER, "250 2.0.0 Ok: queued as 4STk2x6Y0fz9sXy");
}

/* A ClientHello without a name, then records that nobody can read. */
static void send_tls(struct dialogue *d, struct rng *rng)
{
	uint8_t hello[5 + 4 + 2 + 32 + 1 + 4 + 2] = { 22, 3, 1, 0, 45, 1, 0, 0, 41, 3, 3 };
	uint8_t record[5 + 1200] = { 23, 3, 3, 1200 >> 8, 1200 & 0xff };
	memcpy(hello + 43, "\0\0\2\x13\1\1\0", 7);
	say(d, CLIENT, "STARTTLS");
	say(d, SERVER, "220 2.0.0 Ready to start TLS");
	size_t start = d->size[CLIENT];
	add_bytes(d, CLIENT, hello, sizeof(hello));
	flush(d, CLIENT, start);
	size_t left = mail_size(d, rng);
	for (start = d->size[CLIENT]; left > sizeof(record); left -= sizeof(record)) {
		uint64_t bits = rng_next(rng);
		for (size_t i = 5; i + 8 <= sizeof(record); i += 8) {
			memcpy(record + i, &bits, 8);
		}
		add_bytes(d, CLIENT, record, sizeof(record));
	}
	flush(d, CLIENT, start);
}

void dialogue_compose(struct dialogue *d, struct rng *rng, uint32_t number)
{
	char from[NAMES_MAX];
	bool v6 = rng_chance(rng, 20);
	names_domain(from, rng_skewed(rng, NAMES_IN_TRAFFIC));
	d->count = d->next = 0;
	memset(d->size, 0, sizeof(d->size));
	memset(d->sent, 0, sizeof(d->sent));
	d->ends[CLIENT] =
	        endpoint_outside(v6, rng_below(rng, 50000), (uint16_t)(1024 + number % 64000));
	d->ends[SERVER] = endpoint_inside(v6, 25 + rng_below(rng, 8), 25);
	d->seq[CLIENT] = (uint32_t)rng_next(rng);
	d->seq[SERVER] = (uint32_t)rng_next(rng);
	add_turn(d, CLIENT, TCP_SYN, 0);
	add_turn(d, SERVER, TCP_SYN | TCP_ACK, 0);
	add_turn(d, CLIENT, TCP_ACK, 0);
	greet(d, from, number);
	if (rng_chance(rng, 15)) {
		send_tls(d, rng);
	} else {
		send_mail(d, rng, from, number);
		say(d, CLIENT, "QUIT");
		say(d, SERVER, "221 2.0.0 Bye");
	}
	add_turn(d, SERVER, TCP_FIN | TCP_ACK, 0);
	add_turn(d, CLIENT, TCP_FIN | TCP_ACK, 0);
	add_turn(d, SERVER, TCP_ACK, 0);
}

void dialogue_clear(struct dialogue *d)
{
	free(d->octets[CLIENT]);
	free(d->octets[SERVER]);
	free(d->turns);
	*d = (struct dialogue){ .count = 0 };
}

bool dialogue_step(struct dialogue *d, struct writer *writer)
{
	if (d->next >= d->count) {
		return false;
	}
	const struct turn *turn = &d->turns[d->next++];
	const uint8_t *bytes = turn->size > 0 ? d->octets[turn->from] + d->sent[turn->from] : NULL;
	const struct segment segment = {
		.seq = d->seq[turn->from],
		.ack = (turn->flags & TCP_ACK) != 0 ? d->seq[1 - turn->from] : 0,
		.flags = turn->flags,
	};
	writer_tcp(writer, &d->ends[turn->from], &d->ends[1 - turn->from], &segment, bytes,
	           turn->size);
	d->sent[turn->from] += turn->size;
	d->seq[turn->from] += turn->size + ((turn->flags & (TCP_SYN | TCP_FIN)) != 0);
	return true;
}
