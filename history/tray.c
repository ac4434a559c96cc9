/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "history/tray.h"

#include <string.h>

#include "base/memory/shared.h"

struct history_tray {
	_Atomic uint32_t full;
	_Atomic uint64_t sequence; /* the number of batches that were put here */
	_Atomic uint64_t size, rows;
	_Atomic uint64_t held;
	uint8_t octets[HISTORY_BATCH_MAX];
};

static size_t at_most(const _Atomic uint64_t *value, size_t most)
{
	uint64_t copy = atomic_load(value);
	return copy < most ? (size_t)copy : most;
}

struct history_tray *history_tray_new(void)
{
	return shared_new(sizeof(struct history_tray));
}

void history_tray_free(struct history_tray *tray)
{
	shared_free(tray, sizeof(*tray));
}

bool history_tray_is_full(const struct history_tray *tray)
{
	return atomic_load(&tray->full) != 0;
}

uint8_t *history_tray_room(struct history_tray *tray)
{
	return history_tray_is_full(tray) ? NULL : tray->octets;
}

void history_tray_put(struct history_tray *tray, size_t size, size_t rows)
{
	atomic_store(&tray->size, size);
	atomic_store(&tray->rows, rows);
	atomic_fetch_add(&tray->sequence, 1);
	atomic_store(&tray->full, 1);
	atomic_store(&tray->held, 0);
}

void history_tray_hold(struct history_tray *tray, size_t rows)
{
	atomic_store_explicit(&tray->held, rows, memory_order_relaxed);
}

size_t history_tray_reap(struct history_tray *tray)
{
	size_t rows = at_most(&tray->held, HISTORY_TABLE_ROWS);
	atomic_store(&tray->held, 0);
	return rows;
}

size_t history_tray_rows(const struct history_tray *tray)
{
	return at_most(&tray->rows, HISTORY_TABLE_ROWS);
}

void history_tray_copy(const struct history_tray *tray, struct history_batch *batch)
{
	batch->sequence = atomic_load(&tray->sequence);
	batch->size = at_most(&tray->size, HISTORY_BATCH_MAX);
	batch->rows = history_tray_rows(tray);
	memcpy(batch->octets, tray->octets, batch->size);
}

void history_tray_empty(struct history_tray *tray)
{
	atomic_store(&tray->full, 0);
}

/* The sequence number is set last. If this process dies before, there is no claim, which is correct
 * because the batch is not yet being written. */
void history_claim_set(struct history_claim *claim, uint32_t tray,
                       const struct history_batch *batch, uint32_t file, uint64_t rows)
{
	history_claim_clear(claim);
	atomic_store(&claim->tray, tray);
	atomic_store(&claim->file, file);
	atomic_store(&claim->rows, rows);
	atomic_store(&claim->sequence, batch->sequence);
}

void history_claim_clear(struct history_claim *claim)
{
	atomic_store(&claim->sequence, 0);
}

bool history_claim_is_done(const struct history_claim *claim, uint32_t number,
                           const struct history_tray *tray, uint32_t next)
{
	uint64_t sequence = atomic_load(&claim->sequence);
	return sequence != 0 && atomic_load(&claim->tray) == number &&
	       atomic_load(&tray->sequence) == sequence && atomic_load(&claim->file) < next;
}
