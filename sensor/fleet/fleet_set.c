/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/fleet/fleet_set.h"

#include <string.h>

#include <xxhash.h>

#define MAGIC     "nsmx-rules 1 "
#define FILE_WORD "file "

static const char damaged[] = "it is damaged";
static const char foreign[] = "it is not a set of rules of nsmx rules push";

/* Reading */

static bool take_word(struct cursor *c, const char *word)
{
	size_t size = strlen(word);
	const uint8_t *octets = cursor_take(c, size);
	return octets != NULL && memcmp(octets, word, size) == 0;
}

/* Reads digits up to the octet `end`. At most 19 digits are read, so that there is no overflow. */
static bool take_number(struct cursor *c, char end, uint64_t *number)
{
	*number = 0;
	for (int digits = 0; digits <= 19; digits++) {
		uint8_t octet = cursor_u8(c);
		if (octet == (uint8_t)end) {
			return digits > 0 && !c->failed;
		}
		if (octet < '0' || octet > '9') {
			return false;
		}
		*number = 10 * *number + (uint64_t)(octet - '0');
	}
	return false;
}

static bool take_hash(struct cursor *c, uint64_t *hash)
{
	static const char digits[] = "0123456789abcdef";
	*hash = 0;
	for (int i = 0; i < 16; i++) {
		uint8_t octet = cursor_u8(c);
		const char *digit = octet != 0 ? strchr(digits, octet) : NULL;
		if (digit == NULL) {
			return false;
		}
		*hash = *hash << 4 | (uint64_t)(digit - digits);
	}
	return cursor_u8(c) == '\n' && !c->failed;
}

const char *fleet_head_read(const char *octets, size_t size, struct fleet_head *head)
{
	struct cursor c = cursor_init((const uint8_t *)octets, size);
	uint64_t rest;
	*head = (struct fleet_head){ .version = 0 };
	if (!take_word(&c, MAGIC)) {
		return foreign;
	}
	if (!take_number(&c, ' ', &head->version) || head->version == 0 ||
	    !take_number(&c, ' ', &rest) || !take_hash(&c, &head->hash)) {
		return damaged;
	}
	head->at = c.pos;
	if (rest > FLEET_SET_MAX - head->at) {
		return "it is larger than 7 MiB";
	}
	head->size = rest;
	return NULL;
}

bool fleet_name_is_valid(const char *name, size_t size)
{
	for (size_t i = 0; i < size; i++) {
		if (name[i] <= ' ' || name[i] > '~' || name[i] == '/') {
			return false;
		}
	}
	return size > 0 && size <= FLEET_NAME_MAX;
}

static bool take_name(struct cursor *c, char name[FLEET_NAME_MAX + 1])
{
	const uint8_t *start = c->wire + c->pos;
	const uint8_t *end = memchr(start, '\n', cursor_left(c));
	if (end == NULL || !fleet_name_is_valid((const char *)start, (size_t)(end - start))) {
		return false;
	}
	memcpy(name, start, (size_t)(end - start));
	name[end - start] = '\0';
	cursor_skip(c, (size_t)(end - start) + 1);
	return true;
}

static bool take_file(struct cursor *c, struct fleet_file *file)
{
	uint64_t size;
	if (!take_word(c, FILE_WORD) || !take_number(c, ' ', &size) || !take_name(c, file->name) ||
	    size > cursor_left(c)) {
		return false;
	}
	file->size = size;
	file->text = (const char *)cursor_take(c, size);
	return cursor_u8(c) == '\n' && !c->failed;
}

const char *fleet_set_read(const char *octets, size_t size, struct fleet_set *set)
{
	struct fleet_file file;
	*set = (struct fleet_set){ .octets = octets, .size = size };
	const char *why = fleet_head_read(octets, size, &set->head);
	if (why != NULL) {
		return why;
	}
	if (set->head.size != size - set->head.at ||
	    XXH64(octets + set->head.at, set->head.size, 0) != set->head.hash) {
		return damaged;
	}
	struct cursor c = fleet_set_files(set);
	for (size_t files = 0; cursor_left(&c) > 0; files++) {
		if (files == FLEET_FILES_MAX) {
			return "it has more than 256 files";
		}
		if (!take_file(&c, &file)) {
			return damaged;
		}
	}
	return NULL;
}

struct cursor fleet_set_files(const struct fleet_set *set)
{
	return cursor_init((const uint8_t *)set->octets + set->head.at, set->head.size);
}

bool fleet_set_next(struct cursor *files, struct fleet_file *file)
{
	return cursor_left(files) > 0 && take_file(files, file);
}

/* Writing */

void fleet_set_add(struct writer *files, const char *name, const char *text, size_t size)
{
	writer_literal(files, FILE_WORD);
	writer_number(files, size);
	writer_char(files, ' ');
	writer_string(files, name);
	writer_char(files, '\n');
	writer_put(files, text, size);
	writer_char(files, '\n');
}

void fleet_set_write(struct writer *set, const struct writer *files, uint64_t version)
{
	size_t size = writer_size(files);
	writer_literal(set, MAGIC);
	writer_number(set, version);
	writer_char(set, ' ');
	writer_number(set, size);
	writer_char(set, ' ');
	writer_hex64(set, XXH64(files->start, size, 0));
	writer_char(set, '\n');
	writer_put(set, files->start, size);
}
