/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "history/clickhouse/clickhouse_delete.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/cursor.h"
#include "base/writer.h"
#include "history/clickhouse/clickhouse_private.h"
#include "history/clickhouse/clickhouse_stream.h"

/* A key becomes two digits an octet, and 10 octets of SQL. */
#define STATEMENT_MAX (1024 + 12 * CLICKHOUSE_DELETE_MAX)

/* The server executes the statement in the background, where no database is selected. */
static void begin(struct writer *w, const struct clickhouse_url *url)
{
	writer_init_growing(w, STATEMENT_MAX);
	writer_literal(w, "ALTER TABLE ");
	writer_string(w, url->database);
	writer_literal(w, "." CLICKHOUSE_TABLE " DELETE WHERE ");
}

static bool run(struct writer *w, const struct clickhouse_url *url)
{
	const char *statement = writer_text(w);
	bool good = statement != NULL;
	for (size_t i = 0; good && i < url->shards_count; i++) {
		good = clickhouse_execute(url, i, statement, NULL) == 0;
	}
	writer_free(w);
	return good;
}

bool clickhouse_delete_older(const struct clickhouse_url *url, const uint8_t *kinds, size_t count,
                             uint64_t time_s)
{
	struct writer w;
	char text[64];
	begin(&w, url);
	writer_literal(&w, "key IN (SELECT key FROM ");
	writer_string(&w, url->database);
	writer_literal(&w, "." CLICKHOUSE_TABLE " WHERE ");
	for (size_t i = 0; i < count; i++) {
		(void)snprintf(text, sizeof(text),
		               "%s(key >= unhex('%02x') AND key < unhex('%02x'))",
		               i > 0 ? " OR " : "", kinds[i], kinds[i] + 1U);
		writer_string(&w, text);
	}
	(void)snprintf(text, sizeof(text), " GROUP BY key HAVING maxMerge(last) < %" PRIu64 ")",
	               time_s);
	writer_string(&w, text);
	return run(&w, url);
}

bool clickhouse_delete_cancelled(const struct clickhouse_url *url)
{
	struct writer w;
	begin(&w, url);
	writer_literal(&w, CLICKHOUSE_IS_ROW " AND finalizeAggregation(count) = 0");
	return run(&w, url);
}

bool clickhouse_delete_keys(const struct clickhouse_url *url, const uint8_t *keys, size_t size)
{
	struct cursor c = cursor_init(keys, size);
	struct writer w;
	begin(&w, url);
	writer_literal(&w, "key IN (");
	for (bool first = true; cursor_left(&c) > 0; first = false) {
		size_t key_size = cursor_u16(&c);
		const uint8_t *key = cursor_take(&c, key_size);
		if (key == NULL) {
			break;
		}
		writer_string(&w, first ? "" : ",");
		clickhouse_put_hex(&w, key, key_size);
	}
	writer_literal(&w, ")");
	return run(&w, url);
}

bool clickhouse_deletions(const struct clickhouse_url *url, uint64_t *count)
{
	static const char STATEMENT[] =
	        "SELECT count() FROM system.mutations WHERE NOT is_done AND "
	        "database = currentDatabase() AND table = '" CLICKHOUSE_TABLE "' FORMAT RowBinary";
	bool good = true;
	*count = 0;
	for (size_t i = 0; good && i < url->shards_count; i++) {
		struct clickhouse_stream *stream = clickhouse_stream_open(url, i, STATEMENT, NULL);
		const uint8_t *number = stream != NULL ? clickhouse_stream_take(stream, 8) : NULL;
		*count += number != NULL ? clickhouse_number(number, 8) : 0;
		good = stream != NULL && clickhouse_stream_end(stream) == 0 && number != NULL;
		clickhouse_stream_close(stream);
	}
	return good;
}
