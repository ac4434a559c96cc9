/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/journal/record.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

/* The fields before the three texts. */
struct head {
	uint32_t json_size;
	uint16_t id_size;
	uint16_t rule_size;
	uint8_t kind;
	uint8_t severity;
	uint8_t unused[2];
};

size_t record_size(const struct record *record)
{
	return sizeof(struct head) + record->id_size + record->rule_size + record->json_size;
}

static bool fits(const struct record *record)
{
	return record->id_size <= UINT16_MAX && record->rule_size <= UINT16_MAX &&
	       record->json_size < RECORD_SIZE_MAX && record_size(record) <= RECORD_SIZE_MAX;
}

static uint8_t *put(uint8_t *out, const void *bytes, size_t size)
{
	if (size > 0) {
		memcpy(out, bytes, size);
	}
	return out + size;
}

int record_encode(const struct record *record, uint8_t *out, size_t size)
{
	if (!fits(record) || size < record_size(record)) {
		return -EMSGSIZE;
	}
	const struct head head = {
		.json_size = (uint32_t)record->json_size,
		.id_size = (uint16_t)record->id_size,
		.rule_size = (uint16_t)record->rule_size,
		.kind = (uint8_t)record->kind,
		.severity = (uint8_t)record->severity,
	};
	out = put(out, &head, sizeof(head));
	out = put(out, record->id, record->id_size);
	out = put(out, record->rule, record->rule_size);
	(void)put(out, record->json, record->json_size);
	return 0;
}

int record_decode(struct record *record, const uint8_t *bytes, size_t size)
{
	struct head head;
	if (size < sizeof(head)) {
		return -EBADMSG;
	}
	memcpy(&head, bytes, sizeof(head));
	if (head.kind == 0 || head.kind > RECORD_KINDS) {
		return -EBADMSG;
	}
	*record = (struct record){
		.kind = (enum record_kind)head.kind,
		.severity = head.severity,
		.id_size = head.id_size,
		.rule_size = head.rule_size,
		.json_size = head.json_size,
	};
	/* The size is checked before any view is made. The sum cannot wrap, because the sizes have
	 * 16 and 32 bits. */
	if (size != record_size(record)) {
		return -EBADMSG;
	}
	record->id = (const char *)bytes + sizeof(head);
	record->rule = record->id + record->id_size;
	record->json = record->rule + record->rule_size;
	return 0;
}
