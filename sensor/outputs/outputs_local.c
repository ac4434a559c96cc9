/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "sensor/outputs/outputs_private.h"

#define LOCAL_WAIT_MS 100 /* in a live capture, packets must not wait for a reader */

void outputs_set_owner(struct outputs *outputs, uid_t user, gid_t group)
{
	for (size_t i = 0; i < outputs->count; i++) {
		struct local_rights *rights = &outputs->list[i].rights;
		rights->has_owner = true;
		rights->owner = user;
		rights->owner_group = group;
	}
}

bool outputs_open_local(struct outputs *outputs, char error[OUTPUTS_ERROR_MAX])
{
	for (size_t i = 0; i < outputs->count; i++) {
		struct output *output = &outputs->list[i];
		if (output->kind != OUTPUT_LOCAL) {
			continue;
		}
		output->local = local_open(output->form, output->path, &output->rights);
		if (output->local == NULL) {
			(void)snprintf(error, OUTPUTS_ERROR_MAX, "--output: %s: %s",
			               output->path != NULL ? output->path : "standard output",
			               strerror(errno));
			return false;
		}
	}
	return true;
}

bool outputs_group_hits(struct outputs *outputs)
{
	bool grouped = false;
	for (size_t i = 0; i < outputs->count; i++) {
		if (outputs->list[i].local != NULL) {
			grouped = local_group_hits(outputs->list[i].local) || grouped;
		}
	}
	return grouped;
}

void outputs_limit_local(struct outputs *outputs)
{
	const struct outputs_config *config = &outputs->config;
	const struct local_patience patience = {
		.wait_ms = config->patient ? 0 : LOCAL_WAIT_MS,
		.end_ms = config->patient ? 0 : LOCAL_STOP_MS,
		.go_on = config->waiting,
		.ctx = config->waiting_ctx,
	};
	for (size_t i = 0; i < outputs->count; i++) {
		if (outputs->list[i].local != NULL) {
			local_set_patience(outputs->list[i].local, &patience);
		}
	}
}

static void drop(struct outputs *outputs, struct output *output, uint64_t count, const char *reason)
{
	outputs_count_dropped(outputs, output, count);
	outputs_complain(&output->complained, local_name(output->local), reason,
	                 "events are dropped");
}

static void emit(struct outputs *outputs, struct output *output, const struct record *record)
{
	outputs_count_due(outputs, output, 1);
	if (output->dead || !local_add(output->local, record)) {
		drop(outputs, output, 1, "cannot be written");
	} else {
		outputs_hold(outputs, output, 1);
	}
}

void outputs_emit_local(struct outputs *outputs, const struct record *record)
{
	for (size_t i = 0; i < outputs->count; i++) {
		if (outputs->list[i].kind == OUTPUT_LOCAL) {
			emit(outputs, &outputs->list[i], record);
		}
	}
}

/* Gives up an output. The reader of the pipe has ended, as `head` does, and does not return. */
static void give_up(struct outputs *outputs, struct output *output)
{
	uint64_t waiting = local_waiting(output->local);
	output->dead = true;
	outputs->dead_count++;
	outputs_release(outputs, output, waiting);
	drop(outputs, output, waiting, strerror(EPIPE));
}

static void flush(struct outputs *outputs, struct output *output,
                  int (*write_lines)(struct local *local, uint64_t *delivered))
{
	uint64_t delivered;
	if (output->dead) {
		return;
	}
	int error = write_lines(output->local, &delivered);
	counter_add(&outputs_account(outputs, output)->delivered, delivered);
	outputs_release(outputs, output, delivered);
	if (error == 0) {
		return;
	}
	counter_add_shared(&outputs->config.counters->output_errors, 1);
	if (error == EPIPE) {
		give_up(outputs, output);
	} else {
		outputs_complain(&output->complained, local_name(output->local),
		                 error == EAGAIN ? "not read" : strerror(error), "events wait");
	}
}

void outputs_flush_local(struct outputs *outputs)
{
	for (size_t i = 0; i < outputs->count; i++) {
		if (outputs->list[i].kind == OUTPUT_LOCAL) {
			flush(outputs, &outputs->list[i], local_flush);
		}
	}
}

static void close_output(struct outputs *outputs, struct output *output)
{
	flush(outputs, output, local_finish);
	uint64_t waiting = output->dead ? 0 : local_waiting(output->local);
	if (waiting > 0) {
		output->complained = 0;
		outputs_release(outputs, output, waiting);
		drop(outputs, output, waiting, "cannot be written");
	}
}

void outputs_close_local(struct outputs *outputs)
{
	for (size_t i = 0; i < outputs->count; i++) {
		if (outputs->list[i].local != NULL) {
			close_output(outputs, &outputs->list[i]);
		}
	}
}

size_t outputs_open_files_again(const struct outputs *outputs, int fds[OUTPUTS_MAX])
{
	size_t count = 0;
	for (size_t i = 0; i < outputs->count; i++) {
		const struct output *output = &outputs->list[i];
		int fd = output->path != NULL ? local_open_again(output->local) : -1;
		if (fd >= 0) {
			fds[count++] = fd;
		} else if (output->path != NULL) {
			break; /* further files would be taken for this one */
		}
	}
	return count;
}

void outputs_replace_files(struct outputs *outputs, const int *fds, size_t count)
{
	size_t taken = 0;
	for (size_t i = 0; i < outputs->count && taken < count; i++) {
		if (outputs->list[i].path != NULL) {
			local_replace(outputs->list[i].local, fds[taken++]);
		}
	}
	while (taken < count) {
		(void)close(fds[taken++]);
	}
}
