/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/correlate/correlator_shared.h"

#include <stdlib.h>

#include "base/log.h"

static bool open_summaries(struct correlator_shared *shared)
{
	for (unsigned i = 0; i < shared->workers; i++) {
		shared->summaries[i] = incident_summary_new();
		if (shared->summaries[i] == NULL) {
			return false;
		}
	}
	for (unsigned i = 0; i < shared->workers; i++) {
		incident_summary_share(shared->summaries[i], shared->summaries, shared->workers);
	}
	return true;
}

struct correlator_shared *correlator_shared_new(unsigned workers, int64_t watch_ns)
{
	struct correlator_shared *shared =
	        calloc(1, sizeof(*shared) + workers * sizeof(shared->summaries[0]));
	if (shared == NULL) {
		return NULL;
	}
	shared->workers = workers;
	shared->watch = watch_new(watch_ns);
	if (shared->watch == NULL || !open_summaries(shared)) {
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
	for (unsigned i = 0; i < shared->workers; i++) {
		incident_summary_free(shared->summaries[i]);
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

void correlator_shared_report(const struct correlator_shared *shared)
{
	struct incident_summary *sum = incident_summary_new();
	if (sum == NULL) {
		log_error("out of memory");
		return;
	}
	for (unsigned i = 0; i < shared->workers; i++) {
		incident_summary_merge(sum, shared->summaries[i]);
	}
	incident_summary_report(sum);
	incident_summary_free(sum);
}
