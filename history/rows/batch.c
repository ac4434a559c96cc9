/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "history/rows/batch.h"

void history_batch_add(struct writer *w, const uint8_t *key, size_t size,
                       const struct history_seen *seen)
{
	uint8_t value[HISTORY_VALUE_MAX];
	size_t value_size = history_value_write(key[0], seen, value);
	const uint8_t sizes[3] = { (uint8_t)(size >> 8), (uint8_t)size, (uint8_t)value_size };
	writer_put(w, (const char *)sizes, sizeof(sizes));
	writer_put(w, (const char *)key, size);
	writer_put(w, (const char *)value, value_size);
}

int history_batch_next(struct cursor *c, const uint8_t **key, size_t *size,
                       struct history_record *record)
{
	if (!c->failed && cursor_left(c) == 0) {
		return 0;
	}
	*size = cursor_u16(c);
	size_t value_size = cursor_u8(c);
	*key = cursor_take(c, *size);
	const uint8_t *value = cursor_take(c, value_size);
	bool good = value != NULL && *size > 0 && history_key_has_value((*key)[0]) &&
	            history_key_read(*key, *size, record) &&
	            history_value_read(record->kind, value, value_size, &record->seen);
	return good ? 1 : -1;
}
