/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "sensor/outputs/outputs_private.h"

static bool make_temporary(struct outputs *outputs)
{
	const char *folder = getenv("TMPDIR");
	int size = snprintf(outputs->journal_dir, sizeof(outputs->journal_dir), "%s/nsmx-XXXXXX",
	                    folder != NULL && folder[0] == '/' ? folder : "/tmp");
	outputs->config.remove = true;
	return size > 0 && (size_t)size < sizeof(outputs->journal_dir) &&
	       mkdtemp(outputs->journal_dir) != NULL;
}

static bool make_directory(struct outputs *outputs, char error[OUTPUTS_ERROR_MAX])
{
	const char *state = outputs->config.state;
	if (state == NULL ? make_temporary(outputs)
	                  : snprintf(outputs->journal_dir, PATH_MAX, "%s", state) < PATH_MAX) {
		return true;
	}
	(void)snprintf(error, OUTPUTS_ERROR_MAX, "journal in %.512s: %s",
	               state != NULL ? state : outputs->journal_dir,
	               strerror(state != NULL ? ENAMETOOLONG : errno));
	return false;
}

/* The journal keeps records until these have read them. */
static int name_readers(const struct outputs *outputs)
{
	uint64_t hashes[OUTPUTS_MAX];
	size_t count = 0;
	for (size_t i = 0; i < outputs->count; i++) {
		if (outputs->list[i].kind == OUTPUT_NETWORK) {
			hashes[count++] = outputs->list[i].hash;
		}
	}
	return journal_outputs(outputs->journal_dir, hashes, count);
}

bool outputs_open_journal(struct outputs *outputs, char error[OUTPUTS_ERROR_MAX])
{
	const struct outputs_config *config = &outputs->config;
	if (!make_directory(outputs, error)) {
		return false;
	}
	int ret = journal_open(&outputs->journal, outputs->journal_dir, config->journal_max);
	if (ret == 0) {
		journal_set_sync(outputs->journal, config->journal_sync);
		ret = name_readers(outputs);
	}
	if (ret == -EBUSY) {
		(void)snprintf(error, OUTPUTS_ERROR_MAX,
		               "journal in %.512s: another sensor uses this folder; choose another "
		               "folder with --state DIR",
		               outputs->journal_dir);
	} else if (ret != 0) {
		(void)snprintf(error, OUTPUTS_ERROR_MAX,
		               "journal in %.512s: %s; choose another folder with --state DIR",
		               outputs->journal_dir, strerror(-ret));
	}
	return ret == 0;
}

void outputs_count_backlog(struct outputs *outputs, const struct output *output)
{
	uint64_t position = 0, waiting = 0;
	if (journal_position(outputs->journal_dir, output->hash, &position) == 0 &&
	    journal_backlog(outputs->journal_dir, position, &waiting) == 0 && waiting > 0) {
		outputs_count_due(outputs, output, waiting);
		log_info("%s: %" PRIu64 " events of an earlier run wait for delivery", output->name,
		         waiting);
	}
}

static bool is_full(int ret)
{
	return ret == -EDQUOT || ret == -ENOSPC;
}

/* Returns a sum that changes whenever an output delivers or answers. */
static uint64_t signs_of_life(const struct outputs *outputs)
{
	struct counters *counters = outputs->config.counters;
	counters_settle(counters);
	return counter_get(&counters->events_delivered) + counter_get(&counters->redis_loading);
}

/* Appends a record in a replay, which can wait until there is room. */
static int append_patiently(struct outputs *outputs, const struct record *record)
{
	int ret = journal_append(outputs->journal, record);
	if (!is_full(ret)) {
		return ret;
	}
	uint64_t signs = signs_of_life(outputs);
	time_t since = time(NULL);
	while (is_full(ret) && outputs->config.patient && !outputs->gave_up) {
		outputs_flush(outputs);
		bool go_on = outputs_wait_step(outputs);
		uint64_t before = signs;
		signs = signs_of_life(outputs);
		if (signs != before) {
			since = time(NULL);
		}
		outputs->gave_up = !go_on || time(NULL) - since >= OUTPUTS_PATIENCE_S;
		ret = journal_append(outputs->journal, record);
	}
	return ret;
}

void outputs_emit_to_journal(struct outputs *outputs, const struct record *record)
{
	int ret = append_patiently(outputs, record);
	for (size_t i = 0; i < outputs->count; i++) {
		const struct output *output = &outputs->list[i];
		if (!outputs_take_kind(output, record->kind)) {
			continue;
		}
		outputs_count_due(outputs, output, 1);
		if (ret == 0) {
			outputs_hold(outputs, output, 1);
		} else {
			outputs_count_dropped(outputs, output, 1);
		}
	}
	if (ret != 0) {
		outputs_complain(&outputs->complained, outputs->journal_dir,
		                 ret == -EDQUOT ? "the journal is full" : strerror(-ret),
		                 "events are dropped");
	}
}

/* Records that the appended events are no longer lost if this process dies. */
static void release_all(struct outputs *outputs)
{
	for (size_t i = 0; i < outputs->count; i++) {
		if (outputs->list[i].kind == OUTPUT_NETWORK) {
			counter_set(&outputs_account(outputs, &outputs->list[i])->held, 0);
		}
	}
}

void outputs_write_journal(struct outputs *outputs)
{
	if (outputs->journal != NULL && journal_write(outputs->journal) == 0) {
		release_all(outputs);
	}
}

void outputs_flush_journal(struct outputs *outputs)
{
	int ret = outputs->journal != NULL ? journal_flush(outputs->journal) : 0;
	if (ret == 0) {
		release_all(outputs);
	} else {
		outputs_complain(&outputs->complained, outputs->journal_dir, strerror(-ret),
		                 "events wait in memory");
	}
}

static void revive_publishers(struct outputs *outputs)
{
	for (size_t i = 0; i < outputs->count; i++) {
		struct output *output = &outputs->list[i];
		/* A publisher that has ended because it was asked to is not replaced. */
		if (output->kind == OUTPUT_NETWORK &&
		    (output->wake_fd >= 0 || output->publisher == 0)) {
			outputs_revive_publisher(outputs, output, 0);
		}
	}
}

static void log_waiting(const struct outputs *outputs)
{
	const char *again = outputs->config.again;
	log_error("%" PRIu64 " events wait in %s; they are delivered when nsmx runs again "
	          "with --state %s",
	          counter_get(&outputs->config.counters->events_pending), outputs->journal_dir,
	          again != NULL ? again : outputs->journal_dir);
}

bool outputs_close_journal(struct outputs *outputs)
{
	int ret = journal_finish(outputs->journal);
	revive_publishers(outputs);
	if (ret != 0) {
		log_error("%s: %s; events were lost", outputs->journal_dir, strerror(-ret));
	}
	/* The journal stays open until then, because a replaced publisher inherits its lock. */
	bool delivered = outputs_end_publishers(outputs) && ret == 0;
	journal_close(outputs->journal);
	outputs->journal = NULL;
	counters_settle(outputs->config.counters);
	if (!delivered) {
		log_waiting(outputs);
	} else if (outputs->config.remove && (ret = journal_remove(outputs->journal_dir)) != 0) {
		log_warn("%s: %s", outputs->journal_dir, strerror(-ret));
	}
	return delivered;
}

void outputs_drop_held(struct outputs *outputs)
{
	for (size_t i = 0; i < outputs->count; i++) {
		const struct output *output = &outputs->list[i];
		uint64_t held = counter_get(&outputs_account(outputs, output)->held);
		if (held > 0) {
			outputs->complained = 0;
			outputs_complain(&outputs->complained, outputs->journal_dir,
			                 "cannot be written", "events are dropped");
			outputs_count_dropped(outputs, output, held);
			outputs_release(outputs, output, held);
		}
	}
}
