/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/outputs/outputs.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "sensor/outputs/outputs_private.h"
#include "sensor/publisher/publisher.h"

bool outputs_need_journal(const struct outputs *outputs)
{
	for (size_t i = 0; i < outputs->count; i++) {
		if (outputs->list[i].kind == OUTPUT_NETWORK) {
			return true;
		}
	}
	return false;
}

bool outputs_start(struct outputs *outputs, const struct outputs_config *config,
                   char error[OUTPUTS_ERROR_MAX])
{
	outputs->config = *config;
	outputs_limit_local(outputs);
	if (!outputs_need_journal(outputs)) {
		return true;
	}
	if (!outputs_open_journal(outputs, error)) {
		return false;
	}
	for (size_t i = 0; i < outputs->count; i++) {
		struct output *output = &outputs->list[i];
		if (output->kind != OUTPUT_NETWORK) {
			continue;
		}
		outputs_count_backlog(outputs, output);
		if (!outputs_start_publisher(outputs, output)) {
			(void)snprintf(error, OUTPUTS_ERROR_MAX, "%.512s: no publisher: %s",
			               output->name, strerror(errno));
			return false;
		}
	}
	return true;
}

void outputs_leave(struct outputs *outputs)
{
	if (outputs != NULL) {
		outputs_close_wakes(outputs);
		journal_close(outputs->journal);
		outputs_free(outputs);
	}
}

void outputs_forget(struct outputs *outputs, const struct redis_url *keep)
{
	for (size_t i = 0; i < outputs->count; i++) {
		struct redis_url *url = outputs->list[i].url;
		if (url != NULL && url != keep) {
			redis_url_forget(url);
		}
	}
}

bool outputs_want_rows(const struct outputs *outputs)
{
	for (size_t i = 0; i < outputs->count; i++) {
		if (outputs_take_kind(&outputs->list[i], RECORD_ROWS)) {
			return true;
		}
	}
	return false;
}

void outputs_emit(struct outputs *outputs, const struct record *record)
{
	outputs->unkept =
	        outputs->unkept || record->kind == RECORD_HIT || record->kind == RECORD_INCIDENT;
	if (outputs->journal != NULL) {
		outputs_emit_to_journal(outputs, record);
	}
	if (record->kind != RECORD_ROWS) {
		outputs_emit_local(outputs, record);
	}
}

void outputs_keep(struct outputs *outputs)
{
	if (outputs->unkept) {
		outputs->unkept = false;
		outputs_write_journal(outputs);
		outputs_flush_local(outputs);
	}
}

static void wake_publishers(const struct outputs *outputs)
{
	for (size_t i = 0; i < outputs->count; i++) {
		if (outputs->list[i].kind == OUTPUT_NETWORK) {
			publisher_wake(outputs->list[i].wake_fd);
		}
	}
}

void outputs_flush(struct outputs *outputs)
{
	outputs->unkept = false;
	outputs_flush_journal(outputs);
	outputs_flush_local(outputs);
	wake_publishers(outputs);
	if (!outputs->forked) {
		outputs_maintain(outputs);
	}
}

int outputs_journal_fd(const struct outputs *outputs)
{
	return outputs->journal != NULL ? journal_dir_fd(outputs->journal) : -1;
}

int outputs_take_over(struct outputs *outputs, struct line_lock *locks, bool again)
{
	outputs->forked = true;
	for (size_t i = 0; i < outputs->count; i++) {
		struct output *output = &outputs->list[i];
		if (output->local != NULL && locks != NULL) {
			local_share(output->local, line_lock_at(locks, i));
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
	return !outputs->gave_up && outputs->dead_count < outputs->count;
}

bool outputs_end(struct outputs *outputs)
{
	outputs_flush(outputs);
	outputs_close_local(outputs); /* called last, because it may wait for a reader */
	outputs_drop_held(outputs);
	outputs_close_wakes(outputs);
	journal_close(outputs->journal);
	bool delivered = !outputs->lost;
	outputs_free(outputs);
	return delivered;
}

bool outputs_close(struct outputs *outputs)
{
	if (outputs->config.counters == NULL) {
		outputs_free(outputs); /* the outputs were never started, so there are no events */
		return true;
	}
	outputs_close_local(outputs);
	if (outputs->journal != NULL && !outputs_close_journal(outputs)) {
		outputs->lost = true;
	}
	bool delivered = !outputs->lost;
	outputs_free(outputs);
	return delivered;
}
