/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/unit.h"

#include <stdlib.h>
#include <string.h>

#include "sensor/flow/transcript.h"
#include "tests/unit/guard.h"
#include "tests/unit/sensor/events/one_mailbox.h"

static void keeps_a_copy(void **state)
{
	(void)state;
	struct transcript transcript = { .tls = false };
	struct transcript_text kept = { .text = NULL };
	char text[] = "first\0second";
	transcript_keep(&transcript, &kept, text, sizeof(text) - 1);
	memset(text, 'x', sizeof(text));
	assert_int_equal(kept.size, 12);
	assert_memory_equal(kept.text, "first\0second", 12);
	/* The next one replaces it. */
	transcript_keep(&transcript, &kept, "b", 1);
	assert_int_equal(kept.size, 1);
	assert_memory_equal(kept.text, "b", 1);
	transcript.helo = kept;
	transcript_clear(&transcript);
}

static void seen_though_empty(void **state)
{
	(void)state;
	struct transcript transcript = { .tls = false };
	transcript_keep_sender(&transcript, one_mailbox("", 0));
	assert_non_null(transcript.mail_from.text);
	assert_int_equal(transcript.mail_from.sizes[0], 0);
	assert_null(transcript.helo.text);
	transcript_clear(&transcript);
	assert_null(transcript.mail_from.text);
}

static void text_limit(void **state)
{
	(void)state;
	static const size_t sizes[] = { TRANSCRIPT_TEXT_MAX - 1, TRANSCRIPT_TEXT_MAX,
		                        TRANSCRIPT_TEXT_MAX + 1, GUARD_ROOM };
	static char text[GUARD_ROOM];
	struct guard guard;
	guard_open(&guard);
	memset(text, 0xff, sizeof(text));
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		struct transcript transcript = { .tls = false };
		transcript_keep(&transcript, &transcript.banner,
		                (const char *)guard_lay(&guard, text, sizes[i]), sizes[i]);
		assert_int_equal(transcript.banner.size,
		                 sizes[i] < TRANSCRIPT_TEXT_MAX ? sizes[i] : TRANSCRIPT_TEXT_MAX);
		transcript_clear(&transcript);
	}
	guard_close(&guard);
}

/* After one that the budget left out all of the mail are left out: replies keep their order. */
static void budget_leaves_out(void **state)
{
	(void)state;
	static char text[TRANSCRIPT_TEXT_MAX];
	struct memory_budget budget;
	struct memory_share share;
	memory_budget_init(&budget, 3 * TRANSCRIPT_TEXT_MAX);
	memory_budget_add(&budget, &share, 0, NULL, NULL);
	struct transcript transcript = { .memory = &share };
	assert_non_null(transcript_add_recipient(&transcript, one_mailbox(text, sizeof(text))));
	assert_non_null(transcript_add_recipient(&transcript, one_mailbox(text, sizeof(text))));
	assert_null(transcript_add_recipient(&transcript, one_mailbox(text, sizeof(text))));
	assert_null(transcript_add_recipient(&transcript, one_mailbox("x", 1)));
	assert_int_equal(transcript.recipients_count, 2);
	assert_int_equal(transcript.recipients_omitted, 2);
	transcript_keep(&transcript, &transcript.banner, text, sizeof(text));
	assert_null(transcript.banner.text);
	transcript_end_mail(&transcript, false);
	assert_int_equal(share.used, 0);
	assert_non_null(transcript_add_recipient(&transcript, one_mailbox("x", 1)));
	transcript_add_certificate_name(&transcript, "a.test", 6);
	assert_int_equal(transcript.certificate_names_count, 1);
	transcript_clear(&transcript);
	assert_int_equal(share.used, 0);
	memory_budget_remove(&share);
}

/* The budget has room for the text of one more recipient, but not for a longer list. */
static void budget_limits_the_list(void **state)
{
	(void)state;
	struct memory_budget budget;
	struct memory_share share;
	struct transcript transcript = { .memory = &share };
	memory_budget_init(&budget, 8 * sizeof(struct transcript_recipient));
	memory_budget_add(&budget, &share, 0, NULL, NULL);
	for (size_t i = 0; i < 4; i++) {
		assert_non_null(transcript_add_recipient(&transcript, one_mailbox("x", 1)));
	}
	assert_null(transcript_add_recipient(&transcript, one_mailbox("x", 1)));
	assert_int_equal(transcript.recipients_count, 4);
	assert_int_equal(transcript.recipients_omitted, 1);
	transcript_clear(&transcript);
	assert_int_equal(share.used, 0);
	memory_budget_remove(&share);
}

static void recipient_limit(void **state)
{
	(void)state;
	struct transcript transcript = { .tls = false };
	for (size_t i = 0; i < TRANSCRIPT_RECIPIENTS_MAX; i++) {
		const char address[2] = { 'r', (char)i };
		struct transcript_recipient *recipient =
		        transcript_add_recipient(&transcript, one_mailbox(address, 2));
		assert_non_null(recipient);
		assert_int_equal(recipient->code, 0);
		recipient->code = 250;
	}
	assert_null(transcript_add_recipient(&transcript, one_mailbox("x", 1)));
	assert_int_equal(transcript.recipients_count, TRANSCRIPT_RECIPIENTS_MAX);
	for (size_t i = 0; i < TRANSCRIPT_RECIPIENTS_MAX; i++) {
		assert_int_equal(transcript.recipients[i].mailbox.text[1], (char)i);
		assert_int_equal(transcript.recipients[i].code, 250);
	}
	transcript_end_mail(&transcript, false);
	assert_int_equal(transcript.recipients_count, 0);
	assert_non_null(transcript_add_recipient(&transcript, one_mailbox("x", 1)));
	transcript_clear(&transcript);
}

static void mail_ends_session_stays(void **state)
{
	(void)state;
	struct transcript transcript = { .starttls = true, .gap_bytes = 7, .reply_code = 250 };
	transcript_keep(&transcript, &transcript.banner, "banner", 6);
	transcript_keep(&transcript, &transcript.helo, "helo", 4);
	transcript_keep(&transcript, &transcript.auth, "PLAIN", 5);
	transcript_keep(&transcript, &transcript.sni, "sni", 3);
	transcript_keep_sender(&transcript, one_mailbox("a@example.org", 13));
	assert_non_null(transcript_add_recipient(&transcript, one_mailbox("b@example.org", 13)));
	transcript_end_mail(&transcript, false);
	assert_null(transcript.mail_from.text);
	assert_null(transcript.recipients);
	assert_int_equal(transcript.reply_code, 0);
	assert_int_equal(transcript.banner.size, 6);
	assert_int_equal(transcript.helo.size, 4);
	assert_int_equal(transcript.auth.size, 5);
	assert_int_equal(transcript.sni.size, 3);
	assert_true(transcript.starttls);
	assert_int_equal(transcript.gap_bytes, 7);
	transcript_clear(&transcript);
	assert_null(transcript.banner.text);
	/* Nothing is left that could be freed twice. */
	transcript_clear(&transcript);
}

/* The same texts, in a room that holds all of them, some, or none. */
static void rooms_of_any_size(void **state)
{
	(void)state;
	static const size_t sizes[] = { 1, 10, 40, 100, 300, TRANSCRIPT_TEXT_MAX };
	static char text[TRANSCRIPT_TEXT_MAX];
	for (size_t s = 0; s < sizeof(sizes) / sizeof(sizes[0]); s++) {
		size_t size = sizes[s];
		char *room = malloc(TRANSCRIPT_ROOM);
		struct transcript transcript = { .room = room };
		memset(text, 'a' + (int)s, sizeof(text));
		for (unsigned mails = 0; mails < 3; mails++) {
			transcript_keep_sender(&transcript, one_mailbox(text, size));
			for (unsigned i = 0; i < 20; i++) {
				struct transcript_recipient *added = transcript_add_recipient(
				        &transcript, one_mailbox(text, size));
				assert_non_null(added);
				added->code = 200 + i;
			}
			for (unsigned i = 0; i < SMTP_HEADER_COUNT; i++) {
				transcript_keep_of_mail(&transcript, &transcript.header[i], text,
				                        size);
			}
			assert_true(transcript.room_used <= TRANSCRIPT_ROOM);
			assert_memory_equal(transcript.mail_from.text, text, size);
			for (unsigned i = 0; i < 20; i++) {
				assert_int_equal(transcript.recipients[i].code, 200 + i);
				assert_memory_equal(transcript.recipients[i].mailbox.text, text,
				                    size);
			}
			for (unsigned i = 0; i < SMTP_HEADER_COUNT; i++) {
				assert_memory_equal(transcript.header[i].text, text, size);
			}
			transcript_end_mail(&transcript, false);
			assert_int_equal(transcript.room_used, 0);
		}
		transcript_clear(&transcript);
		free(room);
	}
}

/* For an event at the end of the session the envelopes of all mails are kept. */
static void mails_are_kept(void **state)
{
	(void)state;
	struct transcript transcript = { .tls = false };
	transcript_keep_sender(&transcript, one_mailbox("a@example.org", 13));
	assert_non_null(transcript_add_recipient(&transcript, one_mailbox("b@example.org", 13)));
	assert_non_null(transcript_add_recipient(&transcript, one_mailbox("c@example.org", 13)));
	assert_int_equal(transcript.mail_at, 0);
	transcript_end_mail(&transcript, true);
	assert_int_equal(transcript.recipients_count, 2);
	assert_int_equal(transcript.mail_at, 2);
	assert_non_null(transcript.mail_from.text);
	assert_non_null(transcript_add_recipient(&transcript, one_mailbox("d@example.org", 13)));
	assert_memory_equal(transcript.recipients[transcript.mail_at].mailbox.text, "d@", 2);
	transcript_end_mail(&transcript, false);
	assert_int_equal(transcript.recipients_count, 0);
	assert_int_equal(transcript.mail_at, 0);
	transcript_clear(&transcript);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(keeps_a_copy),
		cmocka_unit_test(seen_though_empty),
		cmocka_unit_test(text_limit),
		cmocka_unit_test(budget_leaves_out),
		cmocka_unit_test(budget_limits_the_list),
		cmocka_unit_test(recipient_limit),
		cmocka_unit_test(mail_ends_session_stays),
		cmocka_unit_test(rooms_of_any_size),
		cmocka_unit_test(mails_are_kept),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
