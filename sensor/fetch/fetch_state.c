/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/fetch/fetch_state.h"

#include <errno.h>
#include <inttypes.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "base/text.h"
#include "base/writer.h"
#include "sensor/fetch/fetch_files.h"
#include "sensor/options/config_file.h"

#define STATE_MAX    8192
#define SETTINGS_MAX 65536

/* The texts of the state, by their names in the file. */
#define TEXTS(X)                                                                                   \
	X(settings)                                                                                \
	X(origin)                                                                                  \
	X(rules)                                                                                   \
	X(objects)                                                                                 \
	X(etag)                                                                                    \
	X(modified)                                                                                \
	X(added)

static bool keep(char *to, size_t room, const struct config_line *line,
                 char error[CONFIG_ERROR_MAX])
{
	(void)snprintf(to, room, "%s", line->value);
	(void)snprintf(error, CONFIG_ERROR_MAX, "'%s' is too long", line->name);
	return strlen(line->value) < room;
}

static bool set(void *ctx, const struct config_line *line, char error[CONFIG_ERROR_MAX])
{
	struct fetch_state *state = ctx;
#define X(field)                                                                                   \
	if (strcmp(line->name, #field) == 0) {                                                     \
		return keep(state->field, sizeof(state->field), line, error);                      \
	}
	TEXTS(X)
#undef X
	if (strcmp(line->name, "failing") == 0) {
		state->failing_s = strtoll(line->value, NULL, 10);
		return true;
	}
	(void)snprintf(error, CONFIG_ERROR_MAX, "'%.100s' is unknown", line->name);
	return false;
}

void fetch_state_read(const struct fetch_config *config, const struct fetch_feed *feed,
                      struct fetch_state *state)
{
	char path[FETCH_PATH_MAX];
	char error[CONFIG_ERROR_MAX];
	*state = (struct fetch_state){ .failing_s = 0 };
	fetch_files_path(config->state, feed->name, "state", path);
	if (access(path, F_OK) == 0 && !config_file_read(path, set, state, error)) {
		log_warn("%s: %s: the feed is fetched again", feed->name, error);
		*state = (struct fetch_state){ .failing_s = 0 };
	}
}

bool fetch_state_write(const struct fetch_config *config, const struct fetch_feed *feed,
                       const struct fetch_state *state)
{
	char path[FETCH_PATH_MAX];
	char text[STATE_MAX];
	int size = snprintf(text, sizeof(text), "# The last good set of %s.\n", feed->name);
#define X(field)                                                                                   \
	size += snprintf(text + size, sizeof(text) - (size_t)size, #field " = %s\n", state->field);
	TEXTS(X)
#undef X
	size += snprintf(text + size, sizeof(text) - (size_t)size, "failing = %" PRId64 "\n",
	                 state->failing_s);
	fetch_files_path(config->state, feed->name, "state", path);
	return fetch_files_replace_text(path, text, (size_t)size);
}

bool fetch_state_is_same(const struct fetch_state *a, const struct fetch_state *b)
{
	bool same = a->failing_s == b->failing_s;
#define X(field) same = same && strcmp(a->field, b->field) == 0;
	TEXTS(X)
#undef X
	return same;
}

static void write_texts(const char *const *texts, size_t count, struct writer *w)
{
	for (size_t i = 0; i < count; i++) {
		writer_string(w, texts[i] != NULL ? texts[i] : "");
		writer_char(w, '\n');
	}
}

static void write_origin(const struct fetch_feed *feed, struct writer *w)
{
	const struct options_feed *source = &feed->options.source_feed;
	const char *const texts[] = { source->url, source->collection };
	write_texts(texts, 2, w);
	writer_number(w, source->source);
}

static void write_settings(const struct fetch_feed *feed, struct writer *w)
{
	const struct options *import = &feed->options;
	const char *const texts[] = { NSMX_VERSION, feed->name, import->ref, import->shared_hosts };
	const uint64_t numbers[] = { import->format, import->as,   feed->is_as_given,
		                     import->sev,    import->conf, import->kinds };
	write_origin(feed, w);
	write_texts(texts, sizeof(texts) / sizeof(texts[0]), w);
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		writer_number(w, numbers[i]);
		writer_char(w, '\n');
	}
	write_texts(import->columns.items, import->columns.count, w);
}

static bool digest(const struct writer *w, char to[FETCH_DIGEST_SIZE])
{
	uint8_t octets[EVP_MAX_MD_SIZE];
	if (w->failed ||
	    EVP_Digest(w->start, writer_size(w), octets, NULL, EVP_sha256(), NULL) != 1) {
		return false;
	}
	*text_hex(to, octets, 32) = '\0';
	return true;
}

bool fetch_state_digest_settings(const struct fetch_feed *feed, struct fetch_state *state)
{
	struct writer w;
	writer_init_growing(&w, SETTINGS_MAX);
	write_settings(feed, &w);
	bool made = digest(&w, state->settings);
	writer_restart(&w);
	write_origin(feed, &w);
	made = made && digest(&w, state->origin);
	writer_free(&w);
	return made;
}
