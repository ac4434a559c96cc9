/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The target of a request to the console: it is refused with a reason, or a query whose parts the
 * process that answers it accepts.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "sensor/console/request.h"
#include "tests/fuzz/found.h"

#define NOW 1600000000

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(const struct console_request *request)
{
	const struct history_query *query = &request->query;
	enum history_key_kind parts[HISTORY_PARTS_MAX];
	if (memchr(request->text, '\0', sizeof(request->text)) == NULL || query->limit == 0 ||
	    query->limit > CONSOLE_LIMIT_MAX || request->offset > CONSOLE_OFFSET_MAX ||
	    query->types_count > HISTORY_TYPES_MAX || query->prefix > 128 ||
	    query->data_size > HISTORY_ASK_DATA_MAX || query->local_size > HISTORY_LOCAL_MAX ||
	    (query->name.size > 0 && !dns_name_is_whole(query->name.wire, query->name.size)) ||
	    history_query_parts(query, parts) > HISTORY_PARTS_MAX) {
		abort();
	}
	if (request->page == CONSOLE_DNSDB && query->question == HISTORY_ASK_NAME &&
	    query->name.size == 0) {
		abort();
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct console_request request;
	const char *reason = NULL;
	char *target = malloc(size + 1);
	if (target == NULL) {
		return 0;
	}
	memcpy(target, data, size);
	target[size] = '\0';
	unsigned status = console_request_read(&request, target, NOW, &reason);
	free(target);
	found_number(status);
	if ((status == 200) != (reason == NULL)) {
		abort();
	}
	if (status == 200) {
		check(&request);
		found_number(request.page);
		found_number(request.query.question);
		found_number(request.query.types_count);
		found_number(request.query.limit);
	}
	return 0;
}
