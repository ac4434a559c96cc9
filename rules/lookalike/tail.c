/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "rules/lookalike/tail.h"

#include <string.h>

#include "rules/lookalike/deletion_keys.h"

void tail_read(struct tail *tail, const uint8_t *wire, size_t size, const struct dns_labels *labels)
{
	struct dns_labels found;
	if (labels == NULL) {
		dns_labels_read(&found, wire, size);
		labels = &found;
	}
	size_t count = labels->count;
	size_t first = count > TAIL_LABELS_MAX ? count - TAIL_LABELS_MAX : 0;
	size_t offset = count > 0 ? dns_labels_start(labels, first) : 0;
	tail->wire = wire + offset;
	tail->size = size - offset;
	tail->labels = count - first;
	for (size_t i = 0; i < tail->labels; i++) {
		tail->starts[i] = (uint8_t)(dns_labels_start(labels, first + i) - offset);
	}
}

struct tail tail_from(const struct tail *tail, size_t offset)
{
	struct tail end = { .wire = tail->wire + offset, .size = tail->size - offset };
	for (size_t i = 0; i < tail->labels; i++) {
		if (tail->starts[i] >= offset) {
			end.starts[end.labels++] = (uint8_t)(tail->starts[i] - offset);
		}
	}
	return end;
}

void tail_text_read(struct tail_text *text, const struct tail *tail, uint64_t seed)
{
	text->size = 0;
	for (size_t i = 0; i < tail->labels; i++) {
		const uint8_t *label = tail->wire + tail->starts[i];
		memcpy(text->text + text->size, label + 1, label[0]);
		text->size += label[0];
	}
	deletion_key_hash_ends(seed, text->text, text->size, text->hashes);
}
