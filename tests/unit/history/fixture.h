/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A history in a folder of its own, which is removed after the test. */
#pragma once

#include <stdio.h>
#include <stdlib.h>

#include "history/store/store.h"
#include "history/table.h"
#include "tests/unit/unit.h"

struct fixture {
	char path[64];
	struct history_store *store;
	struct history_table *table; /* its batches are added to the store */
	uint8_t *batch;
	size_t batches, rows; /* that were added */
	size_t damaged;       /* files that were reported */
	bool no_room;         /* the table gets no room for a batch */
	bool merge_later;     /* merges are not waited for after each batch */
};

static inline uint8_t *fixture_room(void *ctx)
{
	struct fixture *f = ctx;
	return f->no_room ? NULL : f->batch;
}

static inline void fixture_put(void *ctx, size_t size, size_t rows)
{
	struct fixture *f = ctx;
	f->batches++;
	f->rows += rows;
	assert_true(history_store_add(f->store, f->batch, size));
	if (!f->merge_later) {
		history_store_settle(f->store);
	}
}

static inline void fixture_open_store(struct fixture *f)
{
	char error[HISTORY_ERROR_MAX];
	f->store = history_store_open(f->path, "here", error);
	assert_non_null(f->store);
}

static inline int fixture_set_up(void **state)
{
	static struct fixture f;
	f = (struct fixture){ .path = "/tmp/nsmx-history-XXXXXX" };
	assert_non_null(mkdtemp(f.path));
	fixture_open_store(&f);
	f.batch = malloc(HISTORY_BATCH_MAX);
	assert_non_null(f.batch);
	f.table = history_table_new(&(const struct history_sink){
	        .room = fixture_room, .put = fixture_put, .ctx = &f });
	assert_non_null(f.table);
	*state = &f;
	return 0;
}

static inline int fixture_tear_down(void **state)
{
	struct fixture *f = *state;
	char command[128];
	history_table_free(f->table);
	history_store_close(f->store);
	free(f->batch);
	(void)snprintf(command, sizeof(command), "rm -r %s", f->path);
	return system(command);
}
