/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/unit.h"

#include <stdlib.h>
#include <string.h>

#include "sensor/events/transcript.h"
#include "tests/unit/guard.h"

static void keeps_a_copy(void **state)
{
	(void)state;
	struct story_text kept = { .text = NULL };
	char text[] = "first\0second";
	story_keep(&kept, text, sizeof(text) - 1);
	memset(text, 'x', sizeof(text));
	assert_int_equal(kept.size, 12);
	assert_memory_equal(kept.text, "first\0second", 12);
	/* The next one takes its place. */
	story_keep(&kept, "b", 1);
	assert_int_equal(kept.size, 1);
	assert_memory_equal(kept.text, "b", 1);
	struct story story = { .helo = kept };
	story_clear(&story);
}

static void seen_though_empty(void **state)
{
	(void)state;
	struct story story = { .tls = false };
	story_keep(&story.mail_from, "", 0);
	assert_non_null(story.mail_from.text);
	assert_int_equal(story.mail_from.size, 0);
	assert_null(story.helo.text);
	story_clear(&story);
	assert_null(story.mail_from.text);
}

static void text_limit(void **state)
{
	(void)state;
	static const size_t sizes[] = { STORY_TEXT_MAX - 1, STORY_TEXT_MAX, STORY_TEXT_MAX + 1,
		                        GUARD_ROOM };
	static char text[GUARD_ROOM];
	struct guard guard;
	guard_open(&guard);
	memset(text, 0xff, sizeof(text));
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		struct story story = { .tls = false };
		story_keep(&story.banner, (const char *)guard_lay(&guard, text, sizes[i]),
		           sizes[i]);
		assert_int_equal(story.banner.size,
		                 sizes[i] < STORY_TEXT_MAX ? sizes[i] : STORY_TEXT_MAX);
		story_clear(&story);
	}
	guard_close(&guard);
}

static void recipient_limit(void **state)
{
	(void)state;
	struct story story = { .tls = false };
	for (size_t i = 0; i < STORY_RECIPIENTS_MAX; i++) {
		const char address[2] = { 'r', (char)i };
		struct story_recipient *recipient = story_add_recipient(&story, address, 2);
		assert_non_null(recipient);
		assert_int_equal(recipient->code, 0);
		recipient->code = 250;
	}
	assert_null(story_add_recipient(&story, "x", 1));
	assert_int_equal(story.recipients_count, STORY_RECIPIENTS_MAX);
	for (size_t i = 0; i < STORY_RECIPIENTS_MAX; i++) {
		assert_int_equal(story.recipients[i].address.text[1], (char)i);
		assert_int_equal(story.recipients[i].code, 250);
	}
	story_end_mail(&story, false);
	assert_int_equal(story.recipients_count, 0);
	assert_non_null(story_add_recipient(&story, "x", 1));
	story_clear(&story);
}

static void mail_ends_session_stays(void **state)
{
	(void)state;
	struct story story = { .starttls = true, .gap_bytes = 7, .reply_code = 250 };
	story_keep(&story.banner, "banner", 6);
	story_keep(&story.helo, "helo", 4);
	story_keep(&story.auth, "PLAIN", 5);
	story_keep(&story.sni, "sni", 3);
	story_keep(&story.mail_from, "a@example.org", 13);
	assert_non_null(story_add_recipient(&story, "b@example.org", 13));
	story_end_mail(&story, false);
	assert_null(story.mail_from.text);
	assert_null(story.recipients);
	assert_int_equal(story.reply_code, 0);
	assert_int_equal(story.banner.size, 6);
	assert_int_equal(story.helo.size, 4);
	assert_int_equal(story.auth.size, 5);
	assert_int_equal(story.sni.size, 3);
	assert_true(story.starttls);
	assert_int_equal(story.gap_bytes, 7);
	story_clear(&story);
	assert_null(story.banner.text);
	/* Nothing is left that could be freed twice. */
	story_clear(&story);
}

/* The same texts, in a room that holds all of them, some, or none. */
static void rooms_of_any_size(void **state)
{
	(void)state;
	static const size_t sizes[] = { 1, 10, 40, 100, 300, STORY_TEXT_MAX };
	static char text[STORY_TEXT_MAX];
	for (size_t s = 0; s < sizeof(sizes) / sizeof(sizes[0]); s++) {
		size_t size = sizes[s];
		char *room = malloc(STORY_ROOM);
		struct story story = { .room = room };
		memset(text, 'a' + (int)s, sizeof(text));
		for (unsigned mails = 0; mails < 3; mails++) {
			story_keep_of_mail(&story, &story.mail_from, text, size);
			for (unsigned i = 0; i < 20; i++) {
				struct story_recipient *added =
				        story_add_recipient(&story, text, size);
				assert_non_null(added);
				added->code = 200 + i;
			}
			for (unsigned i = 0; i < SMTP_HEADER_COUNT; i++) {
				story_keep_of_mail(&story, &story.header[i], text, size);
			}
			assert_true(story.room_used <= STORY_ROOM);
			assert_memory_equal(story.mail_from.text, text, size);
			for (unsigned i = 0; i < 20; i++) {
				assert_int_equal(story.recipients[i].code, 200 + i);
				assert_memory_equal(story.recipients[i].address.text, text, size);
			}
			for (unsigned i = 0; i < SMTP_HEADER_COUNT; i++) {
				assert_memory_equal(story.header[i].text, text, size);
			}
			story_end_mail(&story, false);
			assert_int_equal(story.room_used, 0);
		}
		story_clear(&story);
		free(room);
	}
}

/* A story that is told at the session's end has the envelopes of all mails. */
static void mails_are_kept(void **state)
{
	(void)state;
	struct story story = { .tls = false };
	story_keep(&story.mail_from, "a@example.org", 13);
	assert_non_null(story_add_recipient(&story, "b@example.org", 13));
	assert_non_null(story_add_recipient(&story, "c@example.org", 13));
	assert_int_equal(story.mail_at, 0);
	story_end_mail(&story, true);
	assert_int_equal(story.recipients_count, 2);
	assert_int_equal(story.mail_at, 2);
	assert_non_null(story.mail_from.text);
	assert_non_null(story_add_recipient(&story, "d@example.org", 13));
	assert_memory_equal(story.recipients[story.mail_at].address.text, "d@", 2);
	story_end_mail(&story, false);
	assert_int_equal(story.recipients_count, 0);
	assert_int_equal(story.mail_at, 0);
	story_clear(&story);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(keeps_a_copy),
		cmocka_unit_test(seen_though_empty),
		cmocka_unit_test(text_limit),
		cmocka_unit_test(recipient_limit),
		cmocka_unit_test(mail_ends_session_stays),
		cmocka_unit_test(rooms_of_any_size),
		cmocka_unit_test(mails_are_kept),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
