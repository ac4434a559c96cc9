/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/correlate/correlator_shared.h"

#include <stdlib.h>
struct correlator_shared *correlator_shared_new(unsigned workers, int64_t watch_ns)
{
	struct correlator_shared *shared = calloc(1, sizeof(*shared));
	if (shared == NULL) {
		return NULL;
	}
	shared->workers = workers;
	shared->watch = watch_new(watch_ns);
	if (shared->watch == NULL) {
		correlator_shared_free(shared);
		return NULL;
	}
	return shared;
}

void correlator_shared_free(struct correlator_shared *shared)
{
	if (shared == NULL) {
		return;
	}
	watermarks_free(shared->watermarks);
	watch_free(shared->watch);
	free(shared);
}

bool correlator_shared_add_watermarks(struct correlator_shared *shared)
{
	shared->watermarks = watermarks_new(shared->workers);
	return shared->watermarks != NULL;
}

void correlator_shared_leave(struct correlator_shared *shared, unsigned worker)
{
	if (shared->watermarks != NULL) {
		watermarks_end(shared->watermarks, worker);
	}
}
