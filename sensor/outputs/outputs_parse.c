/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <grp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/secret.h"
#include "sensor/outputs/outputs_private.h"

static bool parse_redis(struct output *output, const char *target, char error[OUTPUTS_ERROR_MAX])
{
	char reason[1024];
	output->kind = OUTPUT_NETWORK;
	output->url = malloc(sizeof(*output->url));
	if (output->url == NULL) {
		(void)snprintf(error, OUTPUTS_ERROR_MAX, "out of memory");
		return false;
	}
	if (redis_url_parse(output->url, target, reason, sizeof(reason)) != 0) {
		(void)snprintf(error, OUTPUTS_ERROR_MAX, "--output: %s", reason);
		return false;
	}
	output->name = output->url->name;
	output->hash = output->url->hash;
	return true;
}

static bool parse_syslog(struct output *output, const char *target, char error[OUTPUTS_ERROR_MAX])
{
	char reason[512];
	output->kind = OUTPUT_NETWORK;
	output->syslog = malloc(sizeof(*output->syslog));
	if (output->syslog == NULL) {
		(void)snprintf(error, OUTPUTS_ERROR_MAX, "out of memory");
		return false;
	}
	if (syslog_url_parse(output->syslog, target, reason, sizeof(reason)) != 0) {
		(void)snprintf(error, OUTPUTS_ERROR_MAX, "--output: %s", reason);
		return false;
	}
	output->name = output->syslog->name;
	output->hash = output->syslog->hash;
	return true;
}

static bool parse_mode(const char *text, mode_t *mode)
{
	char *end;
	unsigned long value = strtoul(text, &end, 8);
	*mode = (mode_t)value;
	return text[0] >= '0' && text[0] <= '7' && *end == '\0' && value <= 0777;
}

static bool parse_group(const char *text, gid_t *group)
{
	const struct group *entry = getgrnam(text);
	if (entry != NULL) {
		*group = entry->gr_gid;
	}
	return entry != NULL;
}

/* Reads `mode=` or `group=`. */
static bool parse_right(struct local_rights *rights, const char *word)
{
	if (strncmp(word, "mode=", 5) == 0) {
		rights->has_mode = true;
		return parse_mode(word + 5, &rights->mode);
	}
	rights->has_group = true;
	return strncmp(word, "group=", 6) == 0 && parse_group(word + 6, &rights->group);
}

/* Reads file:PATH?mode=0640&group=adm. */
static bool parse_file(struct output *output, const char *target, char error[OUTPUTS_ERROR_MAX])
{
	char *rest;
	output->form = LOCAL_JSON;
	output->path = strdup(target + strlen("file:"));
	if (output->path == NULL) {
		(void)snprintf(error, OUTPUTS_ERROR_MAX, "out of memory");
		return false;
	}
	strtok_r(output->path, "?", &rest);
	for (char *word; (word = strtok_r(NULL, "&", &rest)) != NULL;) {
		if (!parse_right(&output->rights, word)) {
			(void)snprintf(
			        error, OUTPUTS_ERROR_MAX,
			        "--output '%.200s': '%.100s': expected mode=MODE (octal), or "
			        "group=NAME of a group that exists",
			        target, word);
			return false;
		}
	}
	return true;
}

static bool parse_target(struct output *output, const char *target, char error[OUTPUTS_ERROR_MAX])
{
	*output = (struct output){ .kind = OUTPUT_LOCAL, .wake_fd = -1, .read_fd = -1 };
	if (redis_url_is(target)) {
		return parse_redis(output, target, error);
	}
	if (syslog_url_is(target)) {
		return parse_syslog(output, target, error);
	}
	if (strcmp(target, "-") == 0) {
		output->form = LOCAL_JSON;
	} else if (strcmp(target, "text") == 0) {
		output->form = LOCAL_TEXT;
	} else if (strcmp(target, "null") == 0) {
		output->form = LOCAL_NULL;
	} else if (strncmp(target, "file:", 5) == 0 && target[5] != '\0') {
		return parse_file(output, target, error);
	} else {
		/* A target with an '@' may be a mistyped URL that has a password. */
		size_t shown = strcspn(target, strchr(target, '@') != NULL ? ":" : "");
		(void)snprintf(error, OUTPUTS_ERROR_MAX,
		               "--output '%.*s': expected -, text, null, file:PATH, redis://HOST, "
		               "redis+unix:///SOCKET or syslog://HOST",
		               shown < 200 ? (int)shown : 200, target);
		return false;
	}
	return true;
}

void outputs_free(struct outputs *outputs)
{
	for (size_t i = 0; i < outputs->count; i++) {
		local_close(outputs->list[i].local);
		free(outputs->list[i].path);
		free(outputs->list[i].url);
		free(outputs->list[i].syslog);
		if (outputs->list[i].read_fd >= 0) {
			(void)close(outputs->list[i].read_fd);
		}
	}
	free(outputs);
}

void outputs_conceal(const char *const *targets, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		redis_url_conceal((char *)targets[i]);
	}
	redis_url_forget_environment();
	secret_wipe_stack();
}

/* Two publishers with the same target share a position, so together they would deliver each event
 * only once. */
static bool is_new(const struct outputs *outputs, char error[OUTPUTS_ERROR_MAX])
{
	const struct output *last = &outputs->list[outputs->count - 1];
	for (size_t i = 0; last->kind == OUTPUT_NETWORK && i + 1 < outputs->count; i++) {
		const struct output *output = &outputs->list[i];
		if (output->kind == OUTPUT_NETWORK && output->hash == last->hash) {
			(void)snprintf(error, OUTPUTS_ERROR_MAX,
			               "--output: %s: the target is given twice%s", output->name,
			               output->url != NULL ? "; choose another key=" : "");
			return false;
		}
	}
	return true;
}

struct outputs *outputs_parse(const char *const *targets, size_t count,
                              char error[OUTPUTS_ERROR_MAX])
{
	struct outputs *outputs = calloc(1, sizeof(*outputs));
	if (outputs == NULL || count > OUTPUTS_MAX) {
		(void)snprintf(error, OUTPUTS_ERROR_MAX,
		               outputs == NULL ? "out of memory"
		                               : "--output: more than 16 targets are given");
		free(outputs);
		return NULL;
	}
	for (size_t i = 0; i < count; i++) {
		outputs->count++;
		if (!parse_target(&outputs->list[i], targets[i], error) ||
		    !is_new(outputs, error)) {
			outputs_free(outputs);
			return NULL;
		}
	}
	return outputs;
}
