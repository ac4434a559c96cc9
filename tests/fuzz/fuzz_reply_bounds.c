/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Octets as a Redis server could send them, in two parts: what is within the bounds, hiredis
 * reads without much memory, and finds as many complete replies.
 */
#include <stdint.h>
#include <stdlib.h>

#include <hiredis/hiredis.h>

#include "sensor/redis/reply_bounds.h"
#include "tests/fuzz/found.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* False when hiredis rejects the octets. */
static bool read_replies(redisReader *reader)
{
	void *reply = NULL;
	while (redisReaderGetReply(reader, &reply) == REDIS_OK) {
		if (reply == NULL) {
			return true;
		}
		freeReplyObject(reply);
		found_number(1);
		reply = NULL;
	}
	return false;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct reply_bounds bounds = { .depth = 0 };
	redisReader *reader = redisReaderCreate();
	size_t first = size > 0 ? data[0] % size : 0;
	const size_t parts[] = { first, size - first };
	bool valid = reader != NULL;
	for (size_t i = 0; i < 2 && valid; i++) {
		const char *octets = (const char *)data + (i == 0 ? 0 : first);
		valid = reply_bounds_check(&bounds, octets, parts[i]) == NULL &&
		        redisReaderFeed(reader, octets, parts[i]) == REDIS_OK &&
		        read_replies(reader);
		found_number(bounds.depth);
		found_number(bounds.elements);
		found_number(valid);
		if (bounds.depth > REPLY_DEPTH_MAX || bounds.elements > REPLY_ELEMENTS_MAX ||
		    (valid && bounds.depth > 0 && reader->ridx <= 0)) {
			abort();
		}
	}
	redisReaderFree(reader);
	return 0;
}
