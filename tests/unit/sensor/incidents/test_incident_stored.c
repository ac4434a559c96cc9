/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Octets of an incident whose fields are at their limits, or beyond them. */
#include "tests/unit/unit.h"

#include <stddef.h>
#include <string.h>

#include "sensor/incidents/incident_stored.h"

/* The layout of version 1 of the file. */
struct head {
	uint8_t id[INCIDENT_ID_SIZE];
	int64_t first_ns, last_ns, cached_until_ns, noted_ns, reported_ns;
	uint64_t hits, mail_sessions;
	uint32_t words[4];
	uint32_t resolvers, clients, listed, mails;
	uint8_t severity, reported, grown, ended;
	uint8_t unused[4];
};

struct mail_head {
	uint64_t key;
	int64_t time_ns;
	uint32_t rcpts;
	uint8_t accepted, content, tls, unused;
};

static struct writer out;

static void put_empty_words(uint32_t count)
{
	for (uint32_t i = 0; i < count; i++) {
		writer_u16(&out, 0);
	}
}

/* Each list has as many items as the head states. */
static bool is_restored(const struct head *head, const struct mail_head *mail)
{
	const struct incident_resolver resolver = { .cached_until_ns = 1 };
	const struct in6_addr client = { .s6_addr = { 1 } };
	const uint64_t hash = 1;
	struct incident_memory memory = { .limit = 1 << 20 };
	writer_restart(&out);
	writer_put(&out, (const char *)head, sizeof(*head));
	put_empty_words(2 + head->words[0] + head->words[1] + head->words[2] + head->words[3]);
	for (uint32_t i = 0; i < head->resolvers; i++) {
		writer_put(&out, (const char *)&resolver, sizeof(resolver));
	}
	for (uint32_t i = 0; i < head->clients; i++) {
		writer_put(&out, (const char *)&hash, sizeof(hash));
	}
	for (uint32_t i = 0; i < head->listed; i++) {
		writer_put(&out, (const char *)&client, sizeof(client));
	}
	for (uint32_t i = 0; i < head->mails; i++) {
		writer_put(&out, (const char *)mail, sizeof(*mail));
		put_empty_words(1 + mail->rcpts);
	}
	assert_false(out.failed);
	struct incident *incident =
	        incident_restore(&memory, (const uint8_t *)out.start, writer_size(&out));
	bool good = incident != NULL;
	if (good) {
		incident_free(&memory, incident);
	}
	assert_int_equal(memory.used, 0);
	return good;
}

/* A field of each size, its greatest value, and one that is not valid. */
struct field {
	size_t at;
	uint8_t size;
	int64_t most, bad;
};

static void set(void *octets, const struct field *field, int64_t value)
{
	const uint32_t four = (uint32_t)value;
	const uint8_t one = (uint8_t)value;
	memcpy((uint8_t *)octets + field->at,
	       field->size == 8   ? (const void *)&value
	       : field->size == 4 ? (const void *)&four
	                          : (const void *)&one,
	       field->size);
}

static void heads(void **state)
{
	(void)state;
	static const struct field fields[] = {
		{ offsetof(struct head, first_ns), 8, 0, -1 },
		{ offsetof(struct head, last_ns), 8, 0, -1 },
		{ offsetof(struct head, cached_until_ns), 8, 0, -1 },
		{ offsetof(struct head, noted_ns), 8, 0, -1 },
		{ offsetof(struct head, reported_ns), 8, 0, -1 },
		{ offsetof(struct head, first_ns), 8, INT64_MAX, INT64_MIN },
		{ offsetof(struct head, words[0]), 4, INCIDENT_WORDS_MAX, INCIDENT_WORDS_MAX + 1 },
		{ offsetof(struct head, words[3]), 4, INCIDENT_WORDS_MAX, INCIDENT_WORDS_MAX + 1 },
		{ offsetof(struct head, resolvers), 4, INCIDENT_RESOLVERS_MAX,
		  INCIDENT_RESOLVERS_MAX + 1 },
		{ offsetof(struct head, clients), 4, INCIDENT_CLIENTS_COUNTED,
		  INCIDENT_CLIENTS_COUNTED + 1 },
		{ offsetof(struct head, listed), 4, INCIDENT_CLIENTS_MAX,
		  INCIDENT_CLIENTS_MAX + 1 },
		{ offsetof(struct head, mails), 4, INCIDENT_MAILS_MAX, INCIDENT_MAILS_MAX + 1 },
		{ offsetof(struct head, severity), 1, 99, 100 },
		{ offsetof(struct head, reported), 1, 1, 2 },
		{ offsetof(struct head, grown), 1, 1, 2 },
		{ offsetof(struct head, ended), 1, 1, 2 },
	};
	const struct mail_head mail = { .key = 1 };
	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
		struct head head = { .hits = 1 };
		set(&head, &fields[i], fields[i].most);
		bool good = is_restored(&head, &mail);
		set(&head, &fields[i], fields[i].bad);
		if (!good || is_restored(&head, &mail)) {
			fail_msg("field %zu", i);
		}
	}
}

static void mails(void **state)
{
	(void)state;
	static const struct field fields[] = {
		{ offsetof(struct mail_head, key), 8, 1, 0 },
		{ offsetof(struct mail_head, time_ns), 8, 0, -1 },
		{ offsetof(struct mail_head, rcpts), 4, INCIDENT_RCPTS_MAX,
		  INCIDENT_RCPTS_MAX + 1 },
		{ offsetof(struct mail_head, accepted), 1, 1, 2 },
		{ offsetof(struct mail_head, content), 1, 1, 2 },
		{ offsetof(struct mail_head, tls), 1, 1, 2 },
	};
	const struct head head = { .mails = 1 };
	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
		struct mail_head mail = { .key = 2 };
		set(&mail, &fields[i], fields[i].most);
		bool good = is_restored(&head, &mail);
		set(&mail, &fields[i], fields[i].bad);
		if (!good || is_restored(&head, &mail)) {
			fail_msg("field %zu", i);
		}
	}
}

static int set_up(void **state)
{
	(void)state;
	writer_init_growing(&out, INCIDENT_STORED_MAX);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	writer_free(&out);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(heads), cmocka_unit_test(mails) };
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
