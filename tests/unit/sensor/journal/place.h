/* SPDX-License-Identifier: GPL-3.0-or-later */
/*! \brief A temporary folder for each test, with a journal in it. */
#pragma once

#include "tests/unit/unit.h"

#include <stdlib.h>

#include "sensor/journal/journal.h"

struct place {
	char top[64];
	char dir[80]; /* of the journal */
};

static inline int set_up(void **state)
{
	static struct place place;
	const char *tmp = getenv("TMPDIR");
	(void)snprintf(place.top, sizeof(place.top), "%.40s/nsmx-XXXXXX",
	               tmp != NULL ? tmp : "/tmp");
	if (mkdtemp(place.top) == NULL) {
		return -1;
	}
	(void)snprintf(place.dir, sizeof(place.dir), "%s/journal", place.top);
	*state = &place;
	return 0;
}

static inline int tear_down(void **state)
{
	const struct place *place = *state;
	(void)journal_remove(place->dir);
	return rmdir(place->top);
}

static inline const char *dir_of(void **state)
{
	return ((const struct place *)*state)->dir;
}

static inline struct journal *open_journal(void **state, size_t max_bytes)
{
	struct journal *journal = NULL;
	assert_int_equal(journal_open(&journal, dir_of(state), max_bytes), 0);
	return journal;
}
