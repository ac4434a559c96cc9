/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/outputs/outputs.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "sensor/outputs/outputs_private.h"
#include "sensor/outputs/publisher.h"

#define COMPLAIN_EVERY_S 60

bool outputs_need_journal(const struct outputs *outputs)
{
	for (size_t i = 0; i < outputs->count; i++) {
		if (outputs->list[i].kind == OUTPUT_REDIS) {
			return true;
		}
	}
	return false;
}

/* Starting */

bool outputs_open_local(struct outputs *outputs, char error[OUTPUTS_ERROR_MAX])
{
	for (size_t i = 0; i < outputs->count; i++) {
		struct output *output = &outputs->list[i];
		if (output->kind != OUTPUT_LOCAL) {
			continue;
		}
		output->local = local_open(output->form, output->path);
		if (output->local == NULL) {
			(void)snprintf(error, OUTPUTS_ERROR_MAX, "--output: %s: %s",
			               output->path != NULL ? output->path : "standard output",
			               strerror(errno));
			return false;
		}
	}
	return true;
}

static bool make_temporary(struct outputs *outputs)
{
	const char *folder = getenv("TMPDIR");
	int size = snprintf(outputs->journal_dir, sizeof(outputs->journal_dir), "%s/nsmx-XXXXXX",
	                    folder != NULL && folder[0] == '/' ? folder : "/tmp");
	outputs->config.remove = true;
	return size > 0 && (size_t)size < sizeof(outputs->journal_dir) &&
	       mkdtemp(outputs->journal_dir) != NULL;
}

static bool open_journal(struct outputs *outputs, char error[OUTPUTS_ERROR_MAX])
{
	uint64_t hashes[OUTPUTS_MAX];
	size_t count = 0;
	const char *state = outputs->config.state;
	if (state == NULL ? !make_temporary(outputs)
	                  : snprintf(outputs->journal_dir, PATH_MAX, "%s", state) >= PATH_MAX) {
		(void)snprintf(error, OUTPUTS_ERROR_MAX, "journal in %.512s: %s",
		               state != NULL ? state : outputs->journal_dir,
		               strerror(state != NULL ? ENAMETOOLONG : errno));
		return false;
	}
	for (size_t i = 0; i < outputs->count; i++) {
		if (outputs->list[i].kind == OUTPUT_REDIS) {
			hashes[count++] = outputs->list[i].url->hash;
		}
	}
	int ret =
	        journal_open(&outputs->journal, outputs->journal_dir, outputs->config.journal_max);
	if (ret == 0) {
		journal_set_sync(outputs->journal, outputs->config.journal_sync);
		ret = journal_outputs(outputs->journal_dir, hashes, count);
	}
	if (ret == -EBUSY) {
		(void)snprintf(error, OUTPUTS_ERROR_MAX,
		               "journal in %.512s: another sensor uses it; give this one its own "
		               "with --state DIR",
		               outputs->journal_dir);
	} else if (ret != 0) {
		(void)snprintf(error, OUTPUTS_ERROR_MAX,
		               "journal in %.512s: %s; choose another folder with --state DIR",
		               outputs->journal_dir, strerror(-ret));
	}
	return ret == 0;
}

static void count_due(struct outputs *outputs, const struct output *output, uint64_t count)
{
	counter_add(&outputs_account(outputs, output)->due, count);
}

/* Events that an earlier run left are due again. */
static void count_backlog(struct outputs *outputs, const struct output *output)
{
	uint64_t position = 0, waiting = 0;
	if (journal_position(outputs->journal_dir, output->url->hash, &position) == 0 &&
	    journal_backlog(outputs->journal_dir, position, &waiting) == 0 && waiting > 0) {
		count_due(outputs, output, waiting);
		log_info("%s: %" PRIu64 " events of an earlier run wait for delivery",
		         output->url->name, waiting);
	}
}

bool outputs_start(struct outputs *outputs, const struct outputs_config *config,
                   char error[OUTPUTS_ERROR_MAX])
{
	outputs->config = *config;
	outputs_name(outputs);
	if (!outputs_need_journal(outputs)) {
		return true;
	}
	if (!open_journal(outputs, error)) {
		return false;
	}
	for (size_t i = 0; i < outputs->count; i++) {
		struct output *output = &outputs->list[i];
		if (output->kind != OUTPUT_REDIS) {
			continue;
		}
		count_backlog(outputs, output);
		if (!outputs_start_publisher(outputs, output)) {
			(void)snprintf(error, OUTPUTS_ERROR_MAX, "%.512s: no publisher: %s",
			               output->url->name, strerror(errno));
			return false;
		}
	}
	return true;
}

/* Events */

static void count_dropped(struct outputs *outputs, const struct output *output, uint64_t count)
{
	outputs->lost = true;
	counter_add(&outputs->config.counters->events_dropped, count);
	counter_add(&outputs_account(outputs, output)->dropped, count);
}

static void complain(struct outputs *outputs, const char *name, const char *reason)
{
	time_t now = time(NULL);
	if (now - outputs->complained >= COMPLAIN_EVERY_S) {
		outputs->complained = now;
		log_error("%s: %s; events are dropped", name, reason);
	}
}

static void drop(struct outputs *outputs, const struct output *output, uint64_t count,
                 const char *reason)
{
	count_dropped(outputs, output, count);
	complain(outputs, local_name(output->local), reason);
}

static bool is_full(int ret)
{
	return ret == -EDQUOT || ret == -ENOSPC;
}

/* Changes with each sign of life of an output. */
static uint64_t signs_of_life(const struct outputs *outputs)
{
	struct counters *counters = outputs->config.counters;
	counters_settle(counters);
	return counter_get(&counters->events_delivered) + counter_get(&counters->redis_loading);
}

/* A replay loses nothing by being slow: it waits until there is room. */
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
		bool go_on = outputs_wait_a_little(outputs);
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

static void hold(struct outputs *outputs, const struct output *output, uint64_t count)
{
	counter_add(&outputs_account(outputs, output)->held, count);
}

static void let_go(struct outputs *outputs, const struct output *output, uint64_t count)
{
	_Atomic uint64_t *held = &outputs_account(outputs, output)->held;
	counter_set(held, counter_get(held) - count);
}

static void emit_to_journal(struct outputs *outputs, const struct record *record)
{
	int ret = append_patiently(outputs, record);
	for (size_t i = 0; i < outputs->count; i++) {
		const struct output *output = &outputs->list[i];
		if (output->kind == OUTPUT_REDIS) {
			count_due(outputs, output, 1);
			if (ret == 0) {
				hold(outputs, output, 1);
			} else {
				count_dropped(outputs, output, 1);
			}
		}
	}
	if (ret != 0) {
		complain(outputs, outputs->journal_dir,
		         ret == -EDQUOT ? "the journal is full" : strerror(-ret));
	}
}

void outputs_emit(struct outputs *outputs, const struct record *record)
{
	outputs->unkept = outputs->unkept || record->kind == RECORD_HIT;
	if (outputs->journal != NULL) {
		emit_to_journal(outputs, record);
	}
	for (size_t i = 0; i < outputs->count; i++) {
		struct output *output = &outputs->list[i];
		if (output->kind != OUTPUT_LOCAL) {
			continue;
		}
		count_due(outputs, output, 1);
		if (output->dead || !local_add(output->local, record)) {
			drop(outputs, output, 1, "cannot be written");
			continue;
		}
		hold(outputs, output, 1);
	}
}

static void flush_local(struct outputs *outputs, struct output *output)
{
	uint64_t delivered;
	if (output->dead) {
		return;
	}
	int error = local_flush(output->local, &delivered);
	counter_add(&outputs_account(outputs, output)->delivered, delivered);
	let_go(outputs, output, delivered);
	if (error == 0) {
		return;
	}
	counter_add_shared(&outputs->config.counters->output_errors, 1);
	if (error == EPIPE) {
		/* The reader has gone, as `head` does: it comes back no more. */
		output->dead = true;
		let_go(outputs, output, local_waiting(output->local));
		drop(outputs, output, local_waiting(output->local), strerror(error));
	} else if (time(NULL) - outputs->complained >= COMPLAIN_EVERY_S) {
		outputs->complained = time(NULL);
		log_error("%s: %s; events wait", local_name(output->local), strerror(error));
	}
}

/* Deliveries that are the journal's now are lost with this process no more. */
static void let_journal_hold(struct outputs *outputs)
{
	for (size_t i = 0; i < outputs->count; i++) {
		if (outputs->list[i].kind == OUTPUT_REDIS) {
			counter_set(&outputs_account(outputs, &outputs->list[i])->held, 0);
		}
	}
}

void outputs_keep(struct outputs *outputs)
{
	if (!outputs->unkept) {
		return;
	}
	outputs->unkept = false;
	/* What cannot be written is told of by the flush. */
	if (outputs->journal != NULL && journal_write(outputs->journal) == 0) {
		let_journal_hold(outputs);
	}
	for (size_t i = 0; i < outputs->count; i++) {
		if (outputs->list[i].kind == OUTPUT_LOCAL) {
			flush_local(outputs, &outputs->list[i]);
		}
	}
}

void outputs_flush(struct outputs *outputs)
{
	outputs->unkept = false;
	int ret = outputs->journal != NULL ? journal_flush(outputs->journal) : 0;
	if (ret == 0) {
		let_journal_hold(outputs);
	} else if (time(NULL) - outputs->complained >= COMPLAIN_EVERY_S) {
		outputs->complained = time(NULL);
		log_error("%s: %s; events wait in memory", outputs->journal_dir, strerror(-ret));
	}
	for (size_t i = 0; i < outputs->count; i++) {
		struct output *output = &outputs->list[i];
		if (output->kind == OUTPUT_LOCAL) {
			flush_local(outputs, output);
		} else {
			publisher_wake(output->wake_fd);
		}
	}
	if (!outputs->apart) {
		outputs_maintain(outputs);
	}
}

int outputs_take_over(struct outputs *outputs, struct line_lock *line_locks, unsigned number,
                      bool again)
{
	outputs->apart = true;
	for (size_t i = 0; i < outputs->count; i++) {
		struct output *output = &outputs->list[i];
		if (output->local != NULL && line_locks != NULL) {
			local_share(output->local, line_lock_at(line_locks, i), number);
		}
		if (output->read_fd >= 0) {
			(void)close(output->read_fd);
			output->read_fd = -1;
		}
	}
	return again && outputs->journal != NULL ? journal_continue(outputs->journal) : 0;
}

bool outputs_alive(const struct outputs *outputs)
{
	if (outputs->gave_up) {
		return false;
	}
	for (size_t i = 0; i < outputs->count; i++) {
		if (!outputs->list[i].dead) {
			return true;
		}
	}
	return false;
}

/* The end */

static void close_local(struct outputs *outputs, struct output *output)
{
	flush_local(outputs, output);
	uint64_t waiting = output->dead ? 0 : local_waiting(output->local);
	if (waiting > 0) {
		outputs->complained = 0;
		let_go(outputs, output, waiting);
		drop(outputs, output, waiting, "cannot be written");
	}
}

static void close_all_local(struct outputs *outputs)
{
	for (size_t i = 0; i < outputs->count; i++) {
		if (outputs->list[i].local != NULL) {
			close_local(outputs, &outputs->list[i]);
		}
	}
}

static bool close_journal(struct outputs *outputs)
{
	bool delivered = true;
	int ret = journal_finish(outputs->journal);
	for (size_t i = 0; i < outputs->count; i++) {
		struct output *output = &outputs->list[i];
		/* One that was told to end, and has, needs no other. */
		if (output->kind == OUTPUT_REDIS &&
		    (output->wake_fd >= 0 || output->publisher == 0)) {
			outputs_look_after(outputs, output, 0);
		}
	}
	if (ret != 0) {
		log_error("%s: %s; events were lost", outputs->journal_dir, strerror(-ret));
		delivered = false;
	}
	/* One that takes a killed one's place inherits the lock. */
	delivered = outputs_end_publishers(outputs) && delivered;
	journal_close(outputs->journal);
	outputs->journal = NULL;
	counters_settle(outputs->config.counters);
	const char *again = outputs->config.again;
	if (!delivered) {
		log_error("%" PRIu64 " events wait in %s; they are delivered when nsmx runs again "
		          "with --state %s",
		          counter_get(&outputs->config.counters->events_pending),
		          outputs->journal_dir, again != NULL ? again : outputs->journal_dir);
	} else if (outputs->config.remove && (ret = journal_remove(outputs->journal_dir)) != 0) {
		log_warn("%s: %s", outputs->journal_dir, strerror(-ret));
	}
	return delivered;
}

static void give_up_held(struct outputs *outputs)
{
	for (size_t i = 0; i < outputs->count; i++) {
		const struct output *output = &outputs->list[i];
		uint64_t held = counter_get(&outputs_account(outputs, output)->held);
		if (held > 0) {
			outputs->complained = 0;
			complain(outputs, outputs->journal_dir, "cannot be written");
			count_dropped(outputs, output, held);
			let_go(outputs, output, held);
		}
	}
}

bool outputs_end(struct outputs *outputs)
{
	close_all_local(outputs);
	outputs_flush(outputs);
	give_up_held(outputs);
	outputs_close_wakes(outputs);
	journal_close(outputs->journal);
	bool good = !outputs->lost;
	outputs_free(outputs);
	return good;
}

bool outputs_close(struct outputs *outputs)
{
	if (outputs->config.counters == NULL) {
		outputs_free(outputs); /* never started: there are no events */
		return true;
	}
	close_all_local(outputs);
	if (outputs->journal != NULL && !close_journal(outputs)) {
		outputs->lost = true;
	}
	bool delivered = !outputs->lost;
	outputs_free(outputs);
	return delivered;
}
