/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/story.h"

#include <stdlib.h>
#include <string.h>

static void forget(struct story_text *kept)
{
	free(kept->text);
	*kept = (struct story_text){ .text = NULL };
}

void story_keep(struct story_text *kept, const char *text, size_t size)
{
	forget(kept);
	if (size > STORY_TEXT_MAX) {
		size = STORY_TEXT_MAX;
	}
	kept->text = malloc(size > 0 ? size : 1);
	if (kept->text != NULL) {
		memcpy(kept->text, text, size);
		kept->size = size;
	}
}

struct story_recipient *story_add_recipient(struct story *story, const char *address, size_t size)
{
	if (story->recipients_count == STORY_RECIPIENTS_MAX) {
		return NULL;
	}
	struct story_recipient *grown =
	        realloc(story->recipients, (story->recipients_count + 1) * sizeof(*grown));
	if (grown == NULL) {
		return NULL;
	}
	story->recipients = grown;
	struct story_recipient *added = &grown[story->recipients_count++];
	*added = (struct story_recipient){ .code = 0 };
	story_keep(&added->address, address, size);
	return added;
}

void story_end_mail(struct story *story)
{
	for (size_t i = 0; i < story->recipients_count; i++) {
		forget(&story->recipients[i].address);
	}
	free(story->recipients);
	story->recipients = NULL;
	story->recipients_count = 0;
	story->reply_code = 0;
	forget(&story->mail_from);
}

void story_clear(struct story *story)
{
	story_end_mail(story);
	forget(&story->banner);
	forget(&story->helo);
	forget(&story->auth);
	forget(&story->sni);
}
