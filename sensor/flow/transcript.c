/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/flow/transcript.h"

#include <stdalign.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/param.h>

#define RECIPIENTS_FIRST 4
#define MALLOC_OVERHEAD  16
#define NAMES_SIZE       (TRANSCRIPT_NAMES_MAX * sizeof(struct transcript_text))
#define ALIGN            alignof(struct transcript_recipient)

/* If the share is exhausted, the text counts as not seen, or the recipient as omitted. */
static void *allocate(struct transcript *transcript, size_t size)
{
	size_t cost = size + MALLOC_OVERHEAD;
	if (transcript->memory != NULL && !memory_budget_take(transcript->memory, cost)) {
		return NULL;
	}
	void *memory = malloc(size);
	if (memory == NULL && transcript->memory != NULL) {
		memory_budget_give(transcript->memory, cost);
	}
	return memory;
}

static void release(const struct transcript *transcript, void *memory, size_t size)
{
	if (memory != NULL && transcript->memory != NULL) {
		memory_budget_give(transcript->memory, size + MALLOC_OVERHEAD);
	}
	free(memory);
}

/* Allocates memory that is used until the current mail ends. */
static void *take(struct transcript *transcript, size_t size)
{
	size_t step = (size + ALIGN - 1) / ALIGN * ALIGN;
	if (transcript->room == NULL || step > TRANSCRIPT_ROOM - transcript->room_used) {
		return allocate(transcript, size);
	}
	char *taken = transcript->room + transcript->room_used;
	transcript->room_used += step;
	return taken;
}

/* Memory in `room` is free again when the mail ends. */
static void give_back(const struct transcript *transcript, void *taken, size_t size)
{
	uintptr_t at = (uintptr_t)taken, room = (uintptr_t)transcript->room;
	if (transcript->room == NULL || at < room || at >= room + TRANSCRIPT_ROOM) {
		release(transcript, taken, size);
	}
}

/* An empty text also needs a pointer that is not NULL. */
static size_t memory_of(size_t size)
{
	return size > 0 ? size : 1;
}

static void forget(const struct transcript *transcript, struct transcript_text *kept)
{
	release(transcript, kept->text, memory_of(kept->size));
	*kept = (struct transcript_text){ .text = NULL };
}

static void forget_of_mail(const struct transcript *transcript, struct transcript_text *kept)
{
	give_back(transcript, kept->text, memory_of(kept->size));
	*kept = (struct transcript_text){ .text = NULL };
}

static size_t cut(size_t size)
{
	return MIN(size, TRANSCRIPT_TEXT_MAX);
}

static void fill(struct transcript_text *kept, char *memory, const char *text, size_t size)
{
	kept->text = memory;
	if (memory != NULL && size > 0) {
		memcpy(memory, text, size);
		kept->size = size;
	}
}

void transcript_keep(struct transcript *transcript, struct transcript_text *kept, const char *text,
                     size_t size)
{
	forget(transcript, kept);
	size = cut(size);
	fill(kept, allocate(transcript, memory_of(size)), text, size);
}

void transcript_begin_hello(struct transcript *transcript, const char *name, size_t size)
{
	if (transcript->helo.text != NULL) {
		forget(transcript, &transcript->helo_before);
		transcript->helo_before = transcript->helo;
		transcript->helo = (struct transcript_text){ .text = NULL };
	}
	transcript_keep(transcript, &transcript->helo, name, size);
}

void transcript_end_hello(struct transcript *transcript, bool accepted)
{
	struct transcript_text before = transcript->helo_before;
	if (before.text == NULL) {
		return;
	}
	if (accepted) {
		forget(transcript, &transcript->helo_before);
		return;
	}
	forget(transcript, &transcript->helo);
	transcript->helo = before;
	transcript->helo_before = (struct transcript_text){ .text = NULL };
}

void transcript_keep_of_mail(struct transcript *transcript, struct transcript_text *kept,
                             const char *text, size_t size)
{
	forget_of_mail(transcript, kept);
	size = cut(size);
	fill(kept, take(transcript, memory_of(size)), text, size);
}

static struct smtp_text cut_reading(const struct mailbox_reading *reading, size_t *local_size)
{
	size_t size = reading->text.size, over = size - cut(size);
	*local_size = reading->local_size - MIN(over, reading->local_size);
	return (struct smtp_text){ reading->text.text, size - over };
}

void transcript_fill_mailbox(struct transcript_mailbox *kept, char *memory,
                             const struct smtp_mailbox *box)
{
	*kept = (struct transcript_mailbox){ .text = memory,
		                             .count = (uint8_t)box->count,
		                             .direct = (uint8_t)box->direct };
	for (unsigned i = 0; i < box->count; i++) {
		size_t local_size;
		struct smtp_text text = cut_reading(&box->readings[i], &local_size);
		size_t rest = text.size - local_size;
		const char *end = text.text + box->readings[i].text.size;
		memcpy(memory, text.text, local_size);
		memcpy(memory + local_size, end - rest, rest);
		kept->sizes[i] = (uint16_t)text.size;
		kept->local_sizes[i] = (uint16_t)local_size;
		memory += text.size;
	}
}

static size_t mailbox_size(const struct smtp_mailbox *box)
{
	size_t size = 0;
	for (unsigned i = 0; i < box->count; i++) {
		size += cut(box->readings[i].text.size);
	}
	return memory_of(size);
}

static void keep_mailbox(struct transcript *transcript, struct transcript_mailbox *kept,
                         const struct smtp_mailbox *box)
{
	char *memory = take(transcript, mailbox_size(box));
	if (memory != NULL) {
		transcript_fill_mailbox(kept, memory, box);
	}
}

static void forget_mailbox(const struct transcript *transcript, struct transcript_mailbox *kept)
{
	size_t size = 0;
	for (unsigned i = 0; i < kept->count; i++) {
		size += kept->sizes[i];
	}
	give_back(transcript, kept->text, memory_of(size));
	*kept = (struct transcript_mailbox){ .text = NULL };
}

struct mailbox_reading transcript_reading(const struct transcript_mailbox *kept, unsigned index)
{
	const char *text = kept->text;
	for (unsigned i = 0; i < index; i++) {
		text += kept->sizes[i];
	}
	return (struct mailbox_reading){ .text = { text, kept->sizes[index] },
		                         .local_size = kept->local_sizes[index] };
}

struct smtp_text transcript_address(const struct transcript_mailbox *kept)
{
	return (struct smtp_text){ kept->text, kept->sizes[0] };
}

struct smtp_text transcript_also(const struct transcript_mailbox *kept)
{
	return kept->count > kept->direct ? transcript_reading(kept, kept->count - 1U).text
	                                  : (struct smtp_text){ NULL, 0 };
}

void transcript_keep_sender(struct transcript *transcript, const struct smtp_mailbox *from)
{
	forget_mailbox(transcript, &transcript->mail_from);
	keep_mailbox(transcript, &transcript->mail_from, from);
}

/* Room for four recipients, which is doubled when it is full. */
static bool has_room(struct transcript *transcript)
{
	size_t count = transcript->recipients_count, room = transcript->recipients_room;
	if (count < room) {
		return true;
	}
	size_t more = room == 0 ? RECIPIENTS_FIRST : 2 * room;
	struct transcript_recipient *grown = take(transcript, more * sizeof(*grown));
	if (grown == NULL) {
		return false;
	}
	if (count > 0) {
		memcpy(grown, transcript->recipients, count * sizeof(*grown));
		give_back(transcript, transcript->recipients, room * sizeof(*grown));
	}
	transcript->recipients = grown;
	transcript->recipients_room = more;
	return true;
}

struct transcript_recipient *transcript_add_recipient(struct transcript *transcript,
                                                      const struct smtp_mailbox *box)
{
	/* After one omitted recipient, all further ones are omitted, so that the stored ones are
	 * the first of the mail. */
	if (transcript->recipients_count == TRANSCRIPT_RECIPIENTS_MAX ||
	    transcript->recipients_omitted > 0 || !has_room(transcript)) {
		transcript->recipients_omitted++;
		return NULL;
	}
	struct transcript_recipient *added =
	        &transcript->recipients[transcript->recipients_count++];
	*added = (struct transcript_recipient){ .code = 0 };
	keep_mailbox(transcript, &added->mailbox, box);
	if (added->mailbox.text == NULL) {
		transcript->recipients_count--;
		transcript->recipients_omitted++;
		return NULL;
	}
	return added;
}

void transcript_add_certificate_name(struct transcript *transcript, const char *name, size_t size)
{
	size_t count = transcript->certificate_names_count;
	if (count == TRANSCRIPT_NAMES_MAX) {
		return;
	}
	if (transcript->certificate_names == NULL) {
		transcript->certificate_names = allocate(transcript, NAMES_SIZE);
	}
	if (transcript->certificate_names == NULL) {
		return;
	}
	struct transcript_text *added = &transcript->certificate_names[count];
	*added = (struct transcript_text){ .text = NULL };
	transcript_keep(transcript, added, name, size);
	transcript->certificate_names_count += added->text != NULL;
}

static void copy_text(struct transcript *transcript, struct transcript_text *to,
                      const struct transcript_text *from)
{
	if (from->text != NULL) {
		transcript_keep(transcript, to, from->text, from->size);
	}
}

static void copy_sender(struct transcript *to, const struct transcript_mailbox *from)
{
	struct smtp_mailbox box = { .count = from->count, .direct = from->direct };
	for (unsigned i = 0; i < box.count; i++) {
		box.readings[i] = transcript_reading(from, i);
	}
	if (from->text != NULL) {
		transcript_keep_sender(to, &box);
	}
}

void transcript_copy(struct transcript *to, const struct transcript *from)
{
	copy_text(to, &to->banner, &from->banner);
	copy_text(to, &to->helo, &from->helo);
	copy_text(to, &to->auth, &from->auth);
	copy_sender(to, &from->mail_from);
	to->proxied = from->proxied;
	to->origin = from->origin;
	to->gap_bytes = from->gap_bytes;
	to->offer_seen = from->offer_seen;
	to->starttls_offered = from->starttls_offered;
	to->starttls_overwritten = from->starttls_overwritten;
	to->starttls = from->starttls;
	to->tls = from->tls;
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
		forget_mailbox(transcript, &transcript->recipients[i].mailbox);
	}
	give_back(transcript, transcript->recipients,
	          transcript->recipients_room * sizeof(*transcript->recipients));
	transcript->recipients = NULL;
	transcript->recipients_count = 0;
	transcript->recipients_room = 0;
	transcript->recipients_omitted = 0;
	transcript->reply_code = 0;
	transcript->smuggling = false;
	forget_mailbox(transcript, &transcript->mail_from);
	transcript_forget_header(transcript);
	transcript->room_used = 0;
}

void transcript_clear(struct transcript *transcript)
{
	transcript_end_mail(transcript, false);
	forget(transcript, &transcript->banner);
	forget(transcript, &transcript->helo);
	forget(transcript, &transcript->helo_before);
	forget(transcript, &transcript->auth);
	forget(transcript, &transcript->sni);
	forget(transcript, &transcript->certificate_name);
	for (size_t i = 0; i < transcript->certificate_names_count; i++) {
		forget(transcript, &transcript->certificate_names[i]);
	}
	release(transcript, transcript->certificate_names, NAMES_SIZE);
	transcript->certificate_names = NULL;
	transcript->certificate_names_count = 0;
}
