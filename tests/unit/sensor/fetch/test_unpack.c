/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/unit.h"

#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "sensor/fetch/unpack.h"

#define ROOM 4096

static size_t pack(const char *text, size_t size, char *to)
{
	z_stream stream = { .next_in = (Bytef *)text, .avail_in = (uInt)size };
	stream.next_out = (Bytef *)to;
	stream.avail_out = ROOM;
	assert_int_equal(deflateInit2(&stream, 9, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY),
	                 Z_OK);
	assert_int_equal(deflate(&stream, Z_FINISH), Z_STREAM_END);
	(void)deflateEnd(&stream);
	return stream.total_out;
}

static void expect(const char *packed, size_t size, size_t max, const char *text, const char *why)
{
	struct writer out;
	const char *found = unpack_gzip(packed, size, max, &out);
	if (why != NULL) {
		assert_non_null(found);
		assert_non_null(strstr(found, why));
	} else {
		assert_null(found);
		assert_int_equal(writer_size(&out), strlen(text));
		assert_memory_equal(out.start, text, strlen(text));
	}
	writer_free(&out);
}

static void files(void **state)
{
	(void)state;
	char packed[2 * ROOM];
	size_t size = pack("hello", 5, packed);
	assert_true(unpack_is_gzip(packed, size));
	assert_false(unpack_is_gzip(packed, 1));
	expect(packed, size, 5, "hello", NULL);
	expect(packed, size, 4, NULL, "larger than max-size");
	for (size_t cut = 2; cut < size; cut++) {
		expect(packed, cut, 100, NULL, "damaged or cut");
	}
	size_t both = size + pack(", world", 7, packed + size);
	expect(packed, both, 100, "hello, world", NULL);
	expect(packed, both, 11, NULL, "larger than max-size");
	packed[both - 1] ^= 1; /* the size at the end of the last member */
	expect(packed, both, 100, NULL, "damaged or cut");
}

static void bombs(void **state)
{
	(void)state;
	char packed[2 * ROOM];
	size_t size = 1 << 20;
	char *zeros = calloc(1, size + 1);
	assert_non_null(zeros);
	size_t packed_size = pack(zeros, size, packed);
	expect(packed, packed_size, size - 1, NULL, "larger than max-size");
	expect(packed, packed_size, 1024, NULL, "larger than max-size");
	struct writer out;
	assert_null(unpack_gzip(packed, packed_size, size, &out));
	assert_int_equal(writer_size(&out), size);
	writer_free(&out);
	free(zeros);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(files),
		cmocka_unit_test(bombs),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
