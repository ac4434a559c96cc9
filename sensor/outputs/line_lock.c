/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/outputs/line_lock.h"

#include <errno.h>
#include <limits.h>

#include "base/shared.h"

#define NOBODY UINT_MAX
#define DEAD   (UINT_MAX - 1)

struct gate {
	pthread_mutex_t lock;
	unsigned inside; /* who writes */
	unsigned torn;   /* whose line is half written */
};

static bool init(struct gate *gate)
{
	gate->inside = NOBODY;
	gate->torn = NOBODY;
	return shared_lock_init(&gate->lock);
}

struct gate *gate_new(size_t count)
{
	struct gate *gates = shared_new(count * sizeof(*gates));
	for (size_t i = 0; gates != NULL && i < count; i++) {
		if (!init(&gates[i])) {
			gate_free(gates, count);
			return NULL;
		}
	}
	return gates;
}

void gate_free(struct gate *gates, size_t count)
{
	shared_free(gates, count * sizeof(*gates));
}

struct gate *gate_at(struct gate *gates, size_t index)
{
	return &gates[index];
}

static void lock(struct gate *gate)
{
	if (pthread_mutex_lock(&gate->lock) != EOWNERDEAD) {
		return;
	}
	(void)pthread_mutex_consistent(&gate->lock);
	if (gate->inside != NOBODY) {
		gate->torn = DEAD;
		gate->inside = NOBODY;
	}
}

bool gate_enter(struct gate *gate, unsigned writer, bool *torn)
{
	lock(gate);
	*torn = gate->torn == DEAD;
	if (gate->torn != NOBODY && gate->torn != DEAD && gate->torn != writer) {
		(void)pthread_mutex_unlock(&gate->lock);
		return false;
	}
	gate->inside = writer;
	return true;
}

void gate_leave(struct gate *gate, unsigned writer, bool torn)
{
	gate->torn = torn ? writer : NOBODY;
	gate->inside = NOBODY;
	(void)pthread_mutex_unlock(&gate->lock);
}

void gate_bury(struct gate *gate, unsigned writer)
{
	lock(gate);
	if (gate->torn == writer) {
		gate->torn = DEAD;
	}
	(void)pthread_mutex_unlock(&gate->lock);
}
