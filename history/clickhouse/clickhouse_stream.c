/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "history/clickhouse/clickhouse_stream.h"

#include <curl/curl.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"

#define WAIT_MS         1000
#define CONNECT_SECONDS 10L
#define SILENT_SECONDS  900L /* the server executes the statement before it answers */
#define ERROR_SHOWN     300
#define RUNNING         "Code: 216,"
#define NO_TABLE        "Code: 60,"
#define NO_DATABASE     "Code: 81,"
#define SETTINGS                                                                                   \
	"wait_end_of_query=1&max_bytes_before_external_group_by=1000000000&"                       \
	"max_bytes_before_external_sort=1000000000&min_insert_block_size_rows=1048576&"            \
	"min_insert_block_size_bytes=1073741824&max_query_size=8388608"

struct clickhouse_stream {
	const struct clickhouse_url *url;
	const char *shard;
	CURL *curl;
	CURLM *multi;
	curl_mime *form;
	char *target; /* URL of the request */
	struct curl_slist *places;
	char why[CURL_ERROR_SIZE];
	bool paused, ended;
	CURLcode result;
	size_t start, end; /* the octets that were not taken */
	uint8_t octets[CLICKHOUSE_STREAM_ROOM];
};

static size_t receive(char *octets, size_t one, size_t size, void *ctx)
{
	struct clickhouse_stream *stream = ctx;
	(void)one;
	if (size > sizeof(stream->octets) - stream->end) {
		stream->paused = true;
		return CURL_WRITEFUNC_PAUSE;
	}
	memcpy(stream->octets + stream->end, octets, size);
	stream->end += size;
	return size;
}

/* Appends `&NAME=VALUE`, in which the value is encoded. */
static bool add_parameter(struct clickhouse_stream *stream, const char *name, const char *value)
{
	char *encoded = curl_easy_escape(stream->curl, value, 0);
	char *target = NULL;
	if (encoded != NULL && asprintf(&target, "%s&%s=%s", stream->target, name, encoded) >= 0) {
		free(stream->target);
		stream->target = target;
	} else {
		target = NULL;
	}
	curl_free(encoded);
	return target != NULL;
}

static bool set_target(struct clickhouse_stream *stream, const char *statement,
                       const struct clickhouse_input *input)
{
	const struct clickhouse_url *url = stream->url;
	const char *colon = strrchr(stream->shard, ':');
	bool named = url->sni[0] != '\0';
	int size = asprintf(&stream->target, "%s://%s%s/?" SETTINGS, url->tls ? "https" : "http",
	                    named ? url->sni : stream->shard, named ? colon : "");
	if (size < 0) {
		stream->target = NULL;
		return false;
	}
	if (input == NULL) {
		return add_parameter(stream, "database", url->database);
	}
	return add_parameter(stream, "database", url->database) &&
	       add_parameter(stream, "query", statement) &&
	       add_parameter(stream, "query_id", input->query_id) &&
	       add_parameter(stream, "batch_format", "RowBinary") &&
	       add_parameter(stream, "batch_structure", input->structure);
}

/* With sni=, the URL contains the expected name, and curl connects to the shard. */
static bool set_place(struct clickhouse_stream *stream)
{
	char place[sizeof(stream->url->shards[0]) + 2];
	if (stream->url->sni[0] == '\0') {
		return true;
	}
	(void)snprintf(place, sizeof(place), "::%s", stream->shard);
	stream->places = curl_slist_append(NULL, place);
	(void)curl_easy_setopt(stream->curl, CURLOPT_CONNECT_TO, stream->places);
	return stream->places != NULL;
}

static void set_access(struct clickhouse_stream *stream)
{
	const struct clickhouse_url *url = stream->url;
	CURL *curl = stream->curl;
	if (url->user[0] != '\0' || url->password[0] != '\0') {
		(void)curl_easy_setopt(curl, CURLOPT_HTTPAUTH, CURLAUTH_BASIC);
		(void)curl_easy_setopt(curl, CURLOPT_USERNAME,
		                       url->user[0] != '\0' ? url->user : "default");
		(void)curl_easy_setopt(curl, CURLOPT_PASSWORD, url->password);
	}
	if (url->ca[0] != '\0') {
		(void)curl_easy_setopt(curl, CURLOPT_CAINFO, url->ca);
	}
	if (url->cert[0] != '\0') {
		(void)curl_easy_setopt(curl, CURLOPT_SSLCERT, url->cert);
		(void)curl_easy_setopt(curl, CURLOPT_SSLKEY, url->tls_key);
	}
	(void)curl_easy_setopt(curl, CURLOPT_SSLVERSION, CURL_SSLVERSION_TLSv1_2);
}

static void set_transfer(struct clickhouse_stream *stream)
{
	CURL *curl = stream->curl;
	(void)curl_easy_setopt(curl, CURLOPT_URL, stream->target);
	(void)curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, stream->url->tls ? "https" : "http");
	(void)curl_easy_setopt(curl, CURLOPT_PROXY, "");
	(void)curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
	(void)curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT, CONNECT_SECONDS);
	(void)curl_easy_setopt(curl, CURLOPT_LOW_SPEED_LIMIT, 1L);
	(void)curl_easy_setopt(curl, CURLOPT_LOW_SPEED_TIME, SILENT_SECONDS);
	(void)curl_easy_setopt(curl, CURLOPT_TCP_KEEPALIVE, 1L);
	(void)curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, stream->why);
	(void)curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, receive);
	(void)curl_easy_setopt(curl, CURLOPT_WRITEDATA, stream);
	(void)curl_easy_setopt(curl, CURLOPT_PRIVATE, stream);
}

/* Without rows, the statement is the body of the request; with rows, they are the body, and the
 * statement is a parameter. */
static bool set_body(struct clickhouse_stream *stream, const char *statement,
                     const struct clickhouse_input *input)
{
	CURL *curl = stream->curl;
	if (input == NULL) {
		return curl_easy_setopt(curl, CURLOPT_COPYPOSTFIELDS, statement) == CURLE_OK;
	}
	stream->form = curl_mime_init(curl);
	curl_mimepart *part = stream->form != NULL ? curl_mime_addpart(stream->form) : NULL;
	return part != NULL && curl_mime_name(part, "batch") == CURLE_OK &&
	       curl_mime_filename(part, "batch") == CURLE_OK &&
	       curl_mime_data(part, input->rows, input->size) == CURLE_OK &&
	       curl_easy_setopt(curl, CURLOPT_MIMEPOST, stream->form) == CURLE_OK;
}

static bool start(struct clickhouse_stream *stream, const char *statement,
                  const struct clickhouse_input *input)
{
	stream->curl = curl_easy_init();
	stream->multi = curl_multi_init();
	if (stream->curl == NULL || stream->multi == NULL ||
	    !set_target(stream, statement, input) || !set_place(stream) ||
	    !set_body(stream, statement, input)) {
		return false;
	}
	set_transfer(stream);
	set_access(stream);
	return curl_multi_add_handle(stream->multi, stream->curl) == CURLM_OK;
}

struct clickhouse_stream *clickhouse_stream_open(const struct clickhouse_url *url, size_t shard,
                                                 const char *statement,
                                                 const struct clickhouse_input *input)
{
	struct clickhouse_stream *stream = calloc(1, sizeof(*stream));
	if (stream == NULL) {
		return NULL;
	}
	stream->url = url;
	stream->shard = url->shards[shard];
	if (!start(stream, statement, input)) {
		clickhouse_stream_close(stream);
		return NULL;
	}
	return stream;
}

void clickhouse_stream_close(struct clickhouse_stream *stream)
{
	if (stream == NULL) {
		return;
	}
	if (stream->multi != NULL && stream->curl != NULL) {
		(void)curl_multi_remove_handle(stream->multi, stream->curl);
	}
	curl_easy_cleanup(stream->curl);
	(void)curl_multi_cleanup(stream->multi);
	curl_mime_free(stream->form);
	curl_slist_free_all(stream->places);
	free(stream->target);
	free(stream);
}

static void take_result(struct clickhouse_stream *stream)
{
	int left;
	const CURLMsg *message;
	while ((message = curl_multi_info_read(stream->multi, &left)) != NULL) {
		if (message->msg == CURLMSG_DONE) {
			stream->ended = true;
			stream->result = message->data.result;
		}
	}
}

/* Waits for network events, and receives octets of the answer. */
static void step(struct clickhouse_stream *stream)
{
	int running;
	if (stream->paused) {
		stream->paused = false;
		(void)curl_easy_pause(stream->curl, CURLPAUSE_CONT);
	}
	CURLMcode code = curl_multi_perform(stream->multi, &running);
	take_result(stream);
	if (code == CURLM_OK && !stream->ended && !stream->paused) {
		code = curl_multi_poll(stream->multi, NULL, 0, WAIT_MS, NULL);
	}
	if (code != CURLM_OK) {
		stream->ended = true;
		stream->result = CURLE_OUT_OF_MEMORY;
	}
}

/* Waits until there are `size` octets, or the answer has ended. */
static bool fill(struct clickhouse_stream *stream, size_t size)
{
	while (stream->end - stream->start < size && !stream->ended) {
		if (stream->start > 0) {
			memmove(stream->octets, stream->octets + stream->start,
			        stream->end - stream->start);
			stream->end -= stream->start;
			stream->start = 0;
		}
		step(stream);
	}
	return stream->end - stream->start >= size;
}

static bool is_good(const struct clickhouse_stream *stream)
{
	long status = 0;
	(void)curl_easy_getinfo(stream->curl, CURLINFO_RESPONSE_CODE, &status);
	return status == 200;
}

const uint8_t *clickhouse_stream_take(struct clickhouse_stream *stream, size_t size)
{
	if (!fill(stream, size) || !is_good(stream)) {
		return NULL;
	}
	const uint8_t *octets = stream->octets + stream->start;
	stream->start += size;
	return octets;
}

bool clickhouse_stream_has_more(struct clickhouse_stream *stream)
{
	return fill(stream, 1) && is_good(stream);
}

static void report(const struct clickhouse_stream *stream, const char *reason)
{
	log_error("history %s: %s: %s", stream->url->name, stream->shard, reason);
}

/* If a server refuses a statement, its answer contains the reason. */
static int take_refusal(struct clickhouse_stream *stream)
{
	char reason[ERROR_SHOWN + 1];
	(void)fill(stream, ERROR_SHOWN);
	size_t size = stream->end - stream->start;
	size = size < ERROR_SHOWN ? size : ERROR_SHOWN;
	memcpy(reason, stream->octets + stream->start, size);
	reason[size] = '\0';
	reason[strcspn(reason, "\r\n")] = '\0';
	if (strncmp(reason, RUNNING, sizeof(RUNNING) - 1) == 0) {
		return -EINPROGRESS;
	}
	if (strncmp(reason, NO_TABLE, sizeof(NO_TABLE) - 1) == 0 ||
	    strncmp(reason, NO_DATABASE, sizeof(NO_DATABASE) - 1) == 0) {
		return -ENOENT;
	}
	report(stream, reason[0] != '\0' ? reason : "the server refuses the statement");
	return -EIO;
}

int clickhouse_stream_end(struct clickhouse_stream *stream)
{
	while (clickhouse_stream_has_more(stream)) {
		stream->start = stream->end;
	}
	if (stream->ended && stream->result != CURLE_OK) {
		report(stream,
		       stream->why[0] != '\0' ? stream->why : curl_easy_strerror(stream->result));
		return -EIO;
	}
	return is_good(stream) ? 0 : take_refusal(stream);
}
