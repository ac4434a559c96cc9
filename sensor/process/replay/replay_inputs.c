/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/process/replay/replay_inputs.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "sensor/intake/folder.h"
#include "sensor/system/signals.h"

#define MESSAGE_MAX 512

struct finder {
	struct replay_inputs *inputs;
	void (*report)(void *ctx, bool failed, const char *text);
	void *ctx;
};

static bool add_input(struct replay_inputs *inputs, const char *path, int64_t first_ns)
{
	struct merge_input *larger =
	        reallocarray(inputs->items, inputs->count + 1, sizeof(*larger));
	if (larger == NULL) {
		return false;
	}
	inputs->items = larger;
	larger[inputs->count].path = strdup(path);
	larger[inputs->count].first_ns = first_ns;
	return larger[inputs->count].path != NULL && ++inputs->count > 0;
}

void replay_inputs_free(struct replay_inputs *inputs)
{
	for (size_t i = 0; i < inputs->count; i++) {
		free(inputs->items[i].path);
	}
	free(inputs->items);
}

static bool add_folder(const struct finder *finder, const char *path)
{
	struct folder folder = { .report = finder->report, .ctx = finder->ctx };
	char message[MESSAGE_MAX];
	bool added = true;
	folder_read(&folder, path);
	if (folder.count == 0 && !signals_stop()) {
		(void)snprintf(message, sizeof(message), "%s: the folder contains no captures",
		               path);
		finder->report(finder->ctx, false, message);
	}
	for (size_t i = 0; i < folder.count && added; i++) {
		added = add_input(finder->inputs, folder.files[i].path, folder.files[i].first_ns);
	}
	folder_free(&folder);
	return added;
}

/* A single file is not opened before it is read: it may be a pipe. */
static bool add_file(const struct finder *finder, const char *path, bool single)
{
	char error[CAPTURE_ERROR_MAX];
	struct stat info;
	int64_t first_ns = INT64_MIN;
	if (!single && stat(path, &info) == 0 && S_ISREG(info.st_mode)) {
		(void)capture_probe_file(path, &first_ns, error); /* reported when it is opened */
	}
	return add_input(finder->inputs, path, first_ns);
}

bool replay_inputs_find(struct replay_inputs *inputs, const struct options_operands *paths,
                        void (*report)(void *ctx, bool failed, const char *text), void *ctx)
{
	const struct finder finder = { .inputs = inputs, .report = report, .ctx = ctx };
	for (size_t i = 0; i < paths->count && !signals_stop(); i++) {
		struct stat info;
		const char *path = paths->items[i];
		bool added = stat(path, &info) == 0 && S_ISDIR(info.st_mode)
		                     ? add_folder(&finder, path)
		                     : add_file(&finder, path, paths->count == 1);
		if (!added) {
			return false;
		}
	}
	return true;
}

static int by_time(const void *a, const void *b)
{
	const struct merge_input *x = a, *y = b;
	return x->first_ns < y->first_ns ? -1 : x->first_ns > y->first_ns;
}

static uint64_t size_of(const char *path)
{
	struct stat info;
	return stat(path, &info) == 0 && info.st_size > 0 ? (uint64_t)info.st_size : 1;
}

bool replay_inputs_deal(struct replay_inputs *inputs, struct replay_inputs *shares,
                        unsigned workers)
{
	uint64_t sizes[OPTIONS_WORKERS_MAX] = { 0 };
	if (inputs->count > 1) {
		qsort(inputs->items, inputs->count, sizeof(*inputs->items), by_time);
	}
	for (size_t i = 0; i < inputs->count; i++) {
		const struct merge_input *input = &inputs->items[i];
		unsigned least = 0;
		for (unsigned j = 1; j < workers; j++) {
			least = sizes[j] < sizes[least] ? j : least;
		}
		sizes[least] += size_of(input->path);
		if (!add_input(&shares[least], input->path, input->first_ns)) {
			return false;
		}
	}
	return true;
}
