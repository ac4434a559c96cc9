/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/unit.h"

#include <stdlib.h>
#include <string.h>

#include "sensor/reassembly/islands.h"

/* The largest offset: so few octets have every kind of overlap often. */
#define OCTETS 24

/* The same as struct islands, with a flag for each octet. */
struct model {
	bool known[OCTETS + 1];
};

static enum islands_fit fit_of(const struct model *model, uint16_t from, uint16_t to)
{
	int known = 0;
	for (uint16_t at = from; at < to; at++) {
		known += model->known[at];
	}
	return known == 0 ? ISLANDS_NEW : known == to - from ? ISLANDS_KNOWN : ISLANDS_OVERLAP;
}

static void check(const struct islands *islands, const struct model *model)
{
	struct model found = { { false } };
	uint16_t prefix = 0, end = 0;

	for (int i = 0; i < islands->count; i++) {
		const struct island *here = &islands->island[i];
		assert_true(here->from < here->to);
		assert_true(i == 0 || here[-1].to < here->from);
		memset(found.known + here->from, true, (size_t)(here->to - here->from));
	}
	assert_memory_equal(&found, model, sizeof(found));
	while (model->known[prefix]) {
		prefix++;
	}
	for (uint16_t at = 0; at < OCTETS; at++) {
		end = model->known[at] ? (uint16_t)(at + 1) : end;
	}
	assert_int_equal(islands_prefix(islands), prefix);
	assert_int_equal(islands_end(islands), end);
}

static void ranges_in_any_order(void **state)
{
	(void)state;
	unsigned seed = 1;
	for (int round = 0; round < 4000; round++) {
		struct islands islands = { 0 };
		struct model model = { { false } };
		for (int i = 0; i < 12; i++) {
			uint16_t from = (uint16_t)(rand_r(&seed) % OCTETS);
			uint16_t size = (uint16_t)(rand_r(&seed) % (OCTETS - from) % 7 + 1);
			uint16_t to = (uint16_t)(from + size);
			enum islands_fit fit = fit_of(&model, from, to);
			bool cover = rand_r(&seed) % 8 == 0;
			if (cover) {
				assert_true(islands_cover(&islands, from, to));
			} else {
				assert_int_equal(islands_add(&islands, from, to), fit);
			}
			if (cover || fit == ISLANDS_NEW) {
				memset(model.known + from, true, size);
			}
			check(&islands, &model);
		}
	}
}

static void too_many_ranges(void **state)
{
	(void)state;
	struct islands islands = { 0 };
	uint16_t at;

	for (at = 0; at < 4 * ISLANDS_MAX; at += 4) {
		assert_int_equal(islands_add(&islands, at, at + 2), ISLANDS_NEW);
	}
	assert_int_equal(islands_add(&islands, at, at + 2), ISLANDS_FULL);
	assert_false(islands_cover(&islands, at, at + 2));
	assert_int_equal(islands_end(&islands), at - 2);
	/* Other ranges still fit. */
	assert_int_equal(islands_add(&islands, 0, 2), ISLANDS_KNOWN);
	assert_int_equal(islands_add(&islands, 1, 3), ISLANDS_OVERLAP);
	assert_int_equal(islands_add(&islands, 2, 4), ISLANDS_NEW);
	assert_int_equal(islands_prefix(&islands), 6);
	assert_int_equal(islands_add(&islands, at, at + 2), ISLANDS_NEW);
	assert_true(islands_cover(&islands, 0, at));
	assert_int_equal(islands.count, 1);
	assert_int_equal(islands_prefix(&islands), at + 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ranges_in_any_order),
		cmocka_unit_test(too_many_ranges),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
