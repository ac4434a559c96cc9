/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/events/transcript.h"

#include <stdalign.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define RECIPIENTS_FIRST 4
#define ALIGN            alignof(struct transcript_recipient)

/* Memory until the current mail ends. */
static void *take(struct transcript *transcript, size_t size)
{
	size_t step = (size + ALIGN - 1) / ALIGN * ALIGN;
	if (transcript->room == NULL || step > TRANSCRIPT_ROOM - transcript->room_used) {
		return malloc(size);
	}
	char *taken = transcript->room + transcript->room_used;
	transcript->room_used += step;
	return taken;
}

/* The room is free again when the mail ends. */
static void give_back(const struct transcript *transcript, void *taken)
{
	uintptr_t at = (uintptr_t)taken, room = (uintptr_t)transcript->room;
	if (transcript->room == NULL || at < room || at >= room + TRANSCRIPT_ROOM) {
		free(taken);
	}
}

static void forget(struct transcript_text *kept)
{
	free(kept->text);
	*kept = (struct transcript_text){ .text = NULL };
}

static void forget_of_mail(const struct transcript *transcript, struct transcript_text *kept)
{
	give_back(transcript, kept->text);
	*kept = (struct transcript_text){ .text = NULL };
}

static size_t cut(size_t size)
{
	return size < TRANSCRIPT_TEXT_MAX ? size : TRANSCRIPT_TEXT_MAX;
}

static void fill(struct transcript_text *kept, char *memory, const char *text, size_t size)
{
	kept->text = memory;
	if (memory != NULL && size > 0) {
		memcpy(memory, text, size);
		kept->size = size;
	}
}

void transcript_keep(struct transcript_text *kept, const char *text, size_t size)
{
	forget(kept);
	size = cut(size);
	fill(kept, malloc(size > 0 ? size : 1), text, size);
}

void transcript_keep_of_mail(struct transcript *transcript, struct transcript_text *kept,
                             const char *text, size_t size)
{
	forget_of_mail(transcript, kept);
	size = cut(size);
	fill(kept, take(transcript, size > 0 ? size : 1), text, size);
}

/* Room for four recipients, which is doubled when it is full. */
static bool has_room(struct transcript *transcript)
{
	size_t count = transcript->recipients_count;
	size_t room = count == 0 ? RECIPIENTS_FIRST : 2 * count;
	if (count != 0 && (count < RECIPIENTS_FIRST || (count & (count - 1)) != 0)) {
		return true;
	}
	struct transcript_recipient *grown = take(transcript, room * sizeof(*grown));
	if (grown == NULL) {
		return false;
	}
	if (count > 0) {
		memcpy(grown, transcript->recipients, count * sizeof(*grown));
		give_back(transcript, transcript->recipients);
	}
	transcript->recipients = grown;
	return true;
}

struct transcript_recipient *transcript_add_recipient(struct transcript *transcript,
                                                      const char *address, size_t size)
{
	if (transcript->recipients_count == TRANSCRIPT_RECIPIENTS_MAX || !has_room(transcript)) {
		return NULL;
	}
	struct transcript_recipient *added =
	        &transcript->recipients[transcript->recipients_count++];
	*added = (struct transcript_recipient){ .code = 0 };
	transcript_keep_of_mail(transcript, &added->address, address, size);
	return added;
}

void transcript_add_certificate_name(struct transcript *transcript, const char *name, size_t size)
{
	size_t count = transcript->certificate_names_count;
	if (count == TRANSCRIPT_NAMES_MAX) {
		return;
	}
	struct transcript_text *grown =
	        realloc(transcript->certificate_names, (count + 1) * sizeof(*grown));
	if (grown == NULL) {
		return;
	}
	transcript->certificate_names = grown;
	grown[count] = (struct transcript_text){ .text = NULL };
	transcript_keep(&grown[count], name, size);
	transcript->certificate_names_count++;
}

static void copy_text(struct transcript_text *to, const struct transcript_text *from)
{
	if (from->text != NULL) {
		transcript_keep(to, from->text, from->size);
	}
}

void transcript_copy(struct transcript *to, const struct transcript *from)
{
	copy_text(&to->banner, &from->banner);
	copy_text(&to->helo, &from->helo);
	copy_text(&to->auth, &from->auth);
	if (from->mail_from.text != NULL) {
		transcript_keep_of_mail(to, &to->mail_from, from->mail_from.text,
		                        from->mail_from.size);
	}
	to->gap_bytes = from->gap_bytes;
}

void transcript_forget_header(struct transcript *transcript)
{
	for (size_t i = 0; i < SMTP_HEADER_COUNT; i++) {
		forget_of_mail(transcript, &transcript->header[i]);
	}
}

void transcript_end_mail(struct transcript *transcript, bool keep)
{
	if (keep) {
		transcript->mail_at = transcript->recipients_count;
		return;
	}
	transcript->mail_at = 0;
	for (size_t i = 0; i < transcript->recipients_count; i++) {
		forget_of_mail(transcript, &transcript->recipients[i].address);
	}
	give_back(transcript, transcript->recipients);
	transcript->recipients = NULL;
	transcript->recipients_count = 0;
	transcript->reply_code = 0;
	transcript->smuggling = false;
	forget_of_mail(transcript, &transcript->mail_from);
	transcript_forget_header(transcript);
	transcript->room_used = 0;
}

void transcript_clear(struct transcript *transcript)
{
	transcript_end_mail(transcript, false);
	forget(&transcript->banner);
	forget(&transcript->helo);
	forget(&transcript->auth);
	forget(&transcript->sni);
	forget(&transcript->certificate_name);
	for (size_t i = 0; i < transcript->certificate_names_count; i++) {
		forget(&transcript->certificate_names[i]);
	}
	free(transcript->certificate_names);
	transcript->certificate_names = NULL;
	transcript->certificate_names_count = 0;
}
