/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Credentials are nowhere in this process's memory once the parser has seen them. */
#include "tests/unit/unit.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "parsers/smtp/smtp.h"

/* Kept with each octet inverted: only copies that the parser left can be found. */
#define SECRET_SIZE 24
#define MAPPING_MAX (64UL << 20)
static uint8_t inverted[SECRET_SIZE];
static uint8_t window[1 << 20];

static uint8_t plain(size_t k)
{
	return inverted[k] ^ 0xff;
}

static char events[4096];

static void note(struct smtp_text text)
{
	size_t size = strlen(events);
	assert_true(text.size < sizeof(events) - size - 2);
	memcpy(events + size, text.text, text.size);
	events[size + text.size] = '|';
	events[size + text.size + 1] = '\0';
}

static void on_auth(void *user, struct smtp_text mechanism)
{
	(void)user;
	note(mechanism);
}

static void on_text(void *user, enum smtp_verb verb, struct smtp_text text, uint64_t offset)
{
	(void)user;
	(void)verb;
	(void)offset;
	note(text);
}

static void on_header(void *user, enum smtp_header header, struct smtp_text value)
{
	(void)user;
	(void)header;
	note(value);
}

static const struct smtp_handler HANDLER = { .auth = on_auth,
	                                     .hello = on_text,
	                                     .header = on_header };

/* Counts the secret in [at, at + size), without ever holding it. */
static unsigned count(const uint8_t *bytes, size_t size)
{
	unsigned found = 0;
	for (size_t i = 0; i + SECRET_SIZE <= size; i++) {
		size_t k = 0;
		while (k < SECRET_SIZE && bytes[i + k] == plain(k)) {
			k++;
		}
		found += k == SECRET_SIZE;
	}
	return found;
}

static unsigned count_between(int memory, unsigned long from, unsigned long to)
{
	unsigned found = 0;
	for (unsigned long at = from; at < to; at += sizeof(window) - SECRET_SIZE) {
		size_t size = to - at < sizeof(window) ? to - at : sizeof(window);
		ssize_t got = pread(memory, window, size, (off_t)at);
		found += got > 0 ? count(window, (size_t)got) : 0;
	}
	return found;
}

/* All that can be written, stack and heap included. The window itself holds the octets that are
 * searched; in qemu the heap is in the same map. */
static unsigned count_in_memory(void)
{
	char line[512];
	unsigned found = 0;
	const unsigned long begin = (unsigned long)(uintptr_t)window;
	const unsigned long end = begin + sizeof(window);
	FILE *maps = fopen("/proc/self/maps", "r");
	int memory = open("/proc/self/mem", O_RDONLY);
	assert_non_null(maps);
	assert_true(memory >= 0);
	while (fgets(line, sizeof(line), maps) != NULL) {
		unsigned long from, to;
		char mode[8];
		/* A sanitizer's own maps are larger than any memory. */
		if (sscanf(line, "%lx-%lx %7s", &from, &to, mode) != 3 || mode[1] != 'w' ||
		    to - from > MAPPING_MAX) {
			continue;
		}
		found += count_between(memory, from, to < begin ? to : begin);
		found += count_between(memory, from > end ? from : end, to);
		explicit_bzero(window, sizeof(window));
	}
	close(memory);
	(void)fclose(maps);
	return found;
}

struct session {
	const char *name, *script; /* "C ..." and "S ...", '$' is the secret; "G" is a gap */
};

static const struct session sessions[] = {
	{ "initial response", "S 220 mx|C EHLO a|S 250 mx|C AUTH PLAIN $|S 235 ok" },
	{ "after a challenge", "S 220 mx|C EHLO a|S 250 mx|C AUTH LOGIN|S 334 u|C $|S 334 p|C $|"
	                       "S 235 ok|C MAIL FROM:<a@a>" },
	{ "refused", "S 220 mx|C EHLO a|S 250 mx|C AUTH PLAIN $|S 535 no" },
	{ "in place of the mechanism", "S 220 mx|C EHLO a|S 250 mx|C AUTH $|S 501 no" },
	{ "without the server", "C EHLO a|C AUTH PLAIN $|C MAIL FROM:<a@a>|C RCPT TO:<b@b>" },
	{ "without the server, in two lines", "C EHLO a|C AUTH LOGIN|C $|C $|C MAIL FROM:<a@a>" },
	{ "joined after AUTH", "C $|S 235 ok|C MAIL FROM:<a@a>|S 250 ok" },
	{ "after a gap", "S 220 mx|C EHLO a|S 250 mx|G|C $|S 235 ok|C MAIL FROM:<a@a>|S 250 ok" },
	{ "a bad command", "S 220 mx|C EHLO a|S 250 mx|C AUTHPLAIN $|S 500 what" },
};

/* Feeds one item; the buffer with the secret is wiped. */
static void send_text(struct smtp_session *s, const char *item, size_t size)
{
	static uint8_t line[256];
	size_t used = 0;
	if (item[0] == 'G') {
		smtp_gap(s, SMTP_CLIENT, 9);
		return;
	}
	for (size_t i = 2; i < size; i++) {
		for (size_t k = 0; item[i] == '$' && k < SECRET_SIZE; k++) {
			line[used++] = plain(k);
		}
		if (item[i] != '$') {
			line[used++] = (uint8_t)item[i];
		}
	}
	line[used++] = '\r';
	line[used++] = '\n';
	/* In two pieces, so that the buffers are used. */
	enum smtp_side side = item[0] == 'C' ? SMTP_CLIENT : SMTP_SERVER;
	smtp_feed(s, side, line, used - 3, 0);
	smtp_feed(s, side, line + used - 3, 3, used - 3);
	explicit_bzero(line, sizeof(line));
}

static void nothing_is_left(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(sessions) / sizeof(sessions[0]); i++) {
		struct smtp_session *s = malloc(sizeof(*s));
		assert_non_null(s);
		smtp_init(s, &HANDLER, NULL);
		events[0] = '\0';
		for (const char *item = sessions[i].script; *item != '\0';) {
			size_t size = strcspn(item, "|");
			send_text(s, item, size);
			item += size + (item[size] == '|');
		}
		smtp_end(s);
		free(s);
		unsigned left = count_in_memory();
		if (left != 0) {
			fail_msg("%s: %u times in memory; events: %s", sessions[i].name, left,
			         events);
		}
	}
}

/* The search finds a copy. */
static void search_finds(void **state)
{
	(void)state;
	char *copy = malloc(SECRET_SIZE);
	assert_non_null(copy);
	for (size_t k = 0; k < SECRET_SIZE; k++) {
		copy[k] = (char)plain(k);
	}
	unsigned found = count_in_memory();
	explicit_bzero(copy, SECRET_SIZE);
	free(copy);
	assert_int_equal(found, 1);
}

int main(void)
{
	static const char alphabet[] = "aBcDeFgHiJkLmNoPqRsTuVwXyZ0123456789+/";
	srand((unsigned)getpid());
	for (size_t k = 0; k < SECRET_SIZE; k++) {
		inverted[k] = (uint8_t)alphabet[(size_t)rand() % (sizeof(alphabet) - 1)] ^ 0xff;
	}
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(search_finds),
		cmocka_unit_test(nothing_is_left),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
