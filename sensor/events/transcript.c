/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/events/transcript.h"

#include <stdalign.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define RECIPIENTS_FIRST 4
#define ALIGN            alignof(struct story_recipient)

/* Memory until the mail at hand ends. */
static void *take(struct story *story, size_t size)
{
	size_t step = (size + ALIGN - 1) / ALIGN * ALIGN;
	if (story->room == NULL || step > STORY_ROOM - story->room_used) {
		return malloc(size);
	}
	char *taken = story->room + story->room_used;
	story->room_used += step;
	return taken;
}

/* What lies in the room is over when the mail is. */
static void give_back(const struct story *story, void *taken)
{
	uintptr_t at = (uintptr_t)taken, room = (uintptr_t)story->room;
	if (story->room == NULL || at < room || at >= room + STORY_ROOM) {
		free(taken);
	}
}

static void forget(struct story_text *kept)
{
	free(kept->text);
	*kept = (struct story_text){ .text = NULL };
}

static void forget_of_mail(const struct story *story, struct story_text *kept)
{
	give_back(story, kept->text);
	*kept = (struct story_text){ .text = NULL };
}

static size_t cut(size_t size)
{
	return size < STORY_TEXT_MAX ? size : STORY_TEXT_MAX;
}

static void fill(struct story_text *kept, char *memory, const char *text, size_t size)
{
	kept->text = memory;
	if (memory != NULL && size > 0) {
		memcpy(memory, text, size);
		kept->size = size;
	}
}

void story_keep(struct story_text *kept, const char *text, size_t size)
{
	forget(kept);
	size = cut(size);
	fill(kept, malloc(size > 0 ? size : 1), text, size);
}

void story_keep_of_mail(struct story *story, struct story_text *kept, const char *text, size_t size)
{
	forget_of_mail(story, kept);
	size = cut(size);
	fill(kept, take(story, size > 0 ? size : 1), text, size);
}

/* Room is made for four recipients, and doubled when it is full. */
static bool has_room(struct story *story)
{
	size_t count = story->recipients_count;
	size_t room = count == 0 ? RECIPIENTS_FIRST : 2 * count;
	if (count != 0 && (count < RECIPIENTS_FIRST || (count & (count - 1)) != 0)) {
		return true;
	}
	struct story_recipient *grown = take(story, room * sizeof(*grown));
	if (grown == NULL) {
		return false;
	}
	if (count > 0) {
		memcpy(grown, story->recipients, count * sizeof(*grown));
		give_back(story, story->recipients);
	}
	story->recipients = grown;
	return true;
}

struct story_recipient *story_add_recipient(struct story *story, const char *address, size_t size)
{
	if (story->recipients_count == STORY_RECIPIENTS_MAX || !has_room(story)) {
		return NULL;
	}
	struct story_recipient *added = &story->recipients[story->recipients_count++];
	*added = (struct story_recipient){ .code = 0 };
	story_keep_of_mail(story, &added->address, address, size);
	return added;
}

void story_add_certificate_name(struct story *story, const char *name, size_t size)
{
	size_t count = story->certificate_names_count;
	if (count == STORY_NAMES_MAX) {
		return;
	}
	struct story_text *grown = realloc(story->certificate_names, (count + 1) * sizeof(*grown));
	if (grown == NULL) {
		return;
	}
	story->certificate_names = grown;
	grown[count] = (struct story_text){ .text = NULL };
	story_keep(&grown[count], name, size);
	story->certificate_names_count++;
}

void story_forget_header(struct story *story)
{
	for (size_t i = 0; i < SMTP_HEADER_COUNT; i++) {
		forget_of_mail(story, &story->header[i]);
	}
}

void story_end_mail(struct story *story, bool keep)
{
	if (keep) {
		story->mail_at = story->recipients_count;
		return;
	}
	story->mail_at = 0;
	for (size_t i = 0; i < story->recipients_count; i++) {
		forget_of_mail(story, &story->recipients[i].address);
	}
	give_back(story, story->recipients);
	story->recipients = NULL;
	story->recipients_count = 0;
	story->reply_code = 0;
	story->smuggling = false;
	forget_of_mail(story, &story->mail_from);
	story_forget_header(story);
	story->room_used = 0;
}

void story_clear(struct story *story)
{
	story_end_mail(story, false);
	forget(&story->banner);
	forget(&story->helo);
	forget(&story->auth);
	forget(&story->sni);
	forget(&story->certificate_name);
	for (size_t i = 0; i < story->certificate_names_count; i++) {
		forget(&story->certificate_names[i]);
	}
	free(story->certificate_names);
	story->certificate_names = NULL;
	story->certificate_names_count = 0;
}
