/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/incidents/incident_note.h"

#include <string.h>
#include <sys/param.h>

#include "base/cursor.h"
#include "base/writer.h"

/* Before each text: its role and its size. Octets after the head: their number. */
#define TEXT_HEAD 3
#define SIZE_HEAD 2

void incident_note_add(struct incident_note *note, enum incident_role role, const char *text,
                       size_t size)
{
	if (note->count < INCIDENT_NOTE_TEXTS && text != NULL) {
		note->texts[note->count++] =
		        (struct incident_text){ role, text, MIN(size, INCIDENT_TEXT_MAX) };
	}
}

const struct incident_text *incident_note_find(const struct incident_note *note,
                                               enum incident_role role)
{
	for (size_t i = 0; i < note->count; i++) {
		if (note->texts[i].role == role) {
			return &note->texts[i];
		}
	}
	return NULL;
}

/* The texts that fit. */
static size_t texts_size(const struct incident_note *note, size_t *count)
{
	size_t size = 0;
	*count = 0;
	while (*count < note->count &&
	       sizeof(note->head) + SIZE_HEAD + size + TEXT_HEAD + note->texts[*count].size <=
	               INCIDENT_NOTE_MAX) {
		size += TEXT_HEAD + note->texts[(*count)++].size;
	}
	return size;
}

size_t incident_note_encode(const struct incident_note *note, uint8_t *to, size_t room)
{
	struct writer out;
	size_t count;
	size_t size = texts_size(note, &count);
	writer_init(&out, (char *)to, room);
	writer_put(&out, (const char *)&note->head, sizeof(note->head));
	writer_u16(&out, size);
	for (size_t i = 0; i < count; i++) {
		writer_char(&out, (char)note->texts[i].role);
		writer_u16(&out, note->texts[i].size);
		writer_put(&out, note->texts[i].text, note->texts[i].size);
	}
	return out.failed ? 0 : writer_size(&out);
}

size_t incident_note_size(const uint8_t *octets)
{
	return sizeof(struct incident_head) + SIZE_HEAD +
	       octets_u16(octets + sizeof(struct incident_head));
}

static bool take_text(struct incident_note *note, struct cursor *from)
{
	unsigned role = cursor_u8(from);
	size_t size = cursor_u16(from);
	const char *text = (const char *)cursor_take(from, size);
	if (from->failed || role >= INCIDENT_ROLES || size > INCIDENT_TEXT_MAX ||
	    note->count == INCIDENT_NOTE_TEXTS) {
		return false;
	}
	incident_note_add(note, (enum incident_role)role, text, size);
	return true;
}

static bool is_valid(const struct incident_head *head)
{
	return head->time_ns >= 0 && head->date_ns >= 0 && head->cached_until_ns >= 0 &&
	       head->severity <= 99 && head->hit <= 1 && head->session <= 1 &&
	       head->accepted <= 1 && head->content <= 1 && head->tls <= 1 && head->unsure <= 1;
}

size_t incident_note_decode(struct incident_note *note, const uint8_t *octets, size_t size)
{
	struct cursor from = cursor_init(octets, size);
	const uint8_t *head = cursor_take(&from, sizeof(note->head));
	size_t texts_octets = cursor_u16(&from);
	const uint8_t *start = cursor_take(&from, texts_octets);
	if (from.failed) {
		return 0;
	}
	memcpy(&note->head, head, sizeof(note->head));
	note->count = 0;
	struct cursor texts = cursor_init(start, texts_octets);
	bool good = is_valid(&note->head);
	while (good && cursor_left(&texts) > 0) {
		good = take_text(note, &texts);
	}
	return good ? size - cursor_left(&from) : 0;
}
