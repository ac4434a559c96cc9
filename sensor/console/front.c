/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/console/front.h"

#include <errno.h>
#include <microhttpd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <time.h>

#include "base/log.h"
#include "base/time_ns.h"
#include "sensor/console/calls.h"
#include "sensor/console/exchange.h"
#include "sensor/console/page.h"
#include "sensor/system/sandbox.h"

TAILQ_HEAD(exchanges, exchange);

struct server {
	int fd;
	struct exchanges *waiting; /* what it can answer */
	uint32_t number;           /* of the call that it answers */
	struct exchange *answers;  /* NULL: none */
};

struct front {
	const struct access *access;
	struct MHD_Daemon *daemon;
	struct server servers[FRONT_SERVERS_MAX];
	size_t count;
	struct exchanges queries, incidents; /* exchanges without a server */
	size_t held;                         /* octets of answers that wait for their clients */
	uint32_t number;
	struct connection {
		int fd; /* -1: the place is free */
		int64_t end_ns;
		size_t held;         /* octets of its answer */
		int64_t answered_ns; /* when it could begin to take the answer */
	} connections[FRONT_CONNECTIONS_MAX];
};

static struct connection *connection_of(struct MHD_Connection *connection)
{
	const union MHD_ConnectionInfo *info =
	        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
	return info != NULL ? info->socket_context : NULL;
}

static void allow_seconds(struct MHD_Connection *connection, int64_t seconds)
{
	struct connection *known = connection_of(connection);
	if (known != NULL) {
		known->end_ns = seconds > 0 ? monotonic_ns() + seconds * NS_PER_S : INT64_MAX;
	}
}

static void hold(struct MHD_Connection *connection, size_t size)
{
	struct connection *known = connection_of(connection);
	if (known != NULL) {
		known->held = size;
		known->answered_ns = monotonic_ns();
	}
}

static void note_connection(void *ctx, struct MHD_Connection *connection, void **context,
                            enum MHD_ConnectionNotificationCode code)
{
	struct front *front = ctx;
	struct connection *known = *context;
	if (code == MHD_CONNECTION_NOTIFY_CLOSED) {
		if (known != NULL) {
			known->fd = -1;
		}
		return;
	}
	const union MHD_ConnectionInfo *info =
	        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
	for (size_t i = 0; i < FRONT_CONNECTIONS_MAX && info != NULL; i++) {
		if (front->connections[i].fd < 0) {
			front->connections[i].fd = info->connect_fd;
			front->connections[i].end_ns = monotonic_ns() + FRONT_REQUEST_S * NS_PER_S;
			*context = &front->connections[i];
			return;
		}
	}
}

/* Of the clients that have taken their answers for some time, the one with the largest answer. */
static struct connection *find_largest(struct front *front, int64_t now_ns)
{
	struct connection *largest = NULL;
	for (size_t i = 0; i < FRONT_CONNECTIONS_MAX; i++) {
		struct connection *connection = &front->connections[i];
		if (connection->fd >= 0 && connection->held > 0 &&
		    now_ns - connection->answered_ns >= FRONT_SHARE_S * NS_PER_S &&
		    (largest == NULL || connection->held > largest->held)) {
			largest = connection;
		}
	}
	return largest;
}

/* Few clients that do not read must not keep all others waiting. */
static void make_room(struct front *front)
{
	if (front->held >= FRONT_HELD_MAX &&
	    (!TAILQ_EMPTY(&front->queries) || !TAILQ_EMPTY(&front->incidents))) {
		struct connection *largest = find_largest(front, monotonic_ns());
		if (largest != NULL) {
			(void)shutdown(largest->fd, SHUT_RDWR);
			largest->held = 0;
		}
	}
}

/* libmicrohttpd counts the time without octets, so a client that sends one now and then would stay
 * for ever. */
static void end_slow(struct front *front)
{
	int64_t now_ns = monotonic_ns();
	for (size_t i = 0; i < FRONT_CONNECTIONS_MAX; i++) {
		if (front->connections[i].fd >= 0 && front->connections[i].end_ns < now_ns) {
			(void)shutdown(front->connections[i].fd, SHUT_RDWR);
			front->connections[i].end_ns = INT64_MAX;
		}
	}
}

/* The context of a request is made when its first line is there. */
static void *begin_exchange(void *ctx, const char *target, struct MHD_Connection *connection)
{
	(void)ctx;
	return exchange_new(connection, target);
}

static void end_exchange(void *ctx, struct MHD_Connection *connection, void **context,
                         enum MHD_RequestTerminationCode code)
{
	struct front *front = ctx;
	struct exchange *exchange = *context;
	(void)code;
	if (exchange != NULL) {
		front->held -= exchange->held;
		hold(connection, 0);
		exchange_free(exchange);
		*context = NULL;
	}
	allow_seconds(connection, FRONT_REQUEST_S);
}

static void finish(struct front *front, struct server *server)
{
	struct exchange *exchange = server->answers;
	server->answers = NULL;
	exchange->state = EXCHANGE_ANSWERED;
	exchange->held = exchange->answer.body.room;
	front->held += exchange->held;
	MHD_resume_connection(exchange->connection);
}

static void fail(struct front *front, struct server *server, unsigned status)
{
	exchange_say(server->answers, status,
	             status == MHD_HTTP_SERVICE_UNAVAILABLE
	                     ? "the query took too long: ask for less"
	                     : "the query could not be answered");
	finish(front, server);
}

static void give_work(struct front *front)
{
	for (size_t i = 0; i < front->count && front->held < FRONT_HELD_MAX; i++) {
		struct server *server = &front->servers[i];
		struct exchange *exchange = TAILQ_FIRST(server->waiting);
		if (exchange == NULL || server->answers != NULL) {
			continue;
		}
		TAILQ_REMOVE(server->waiting, exchange, entries);
		struct console_call call = { .request = exchange->request };
		/* 0 is the number by which the parent of a process states its end. */
		front->number += front->number == UINT32_MAX ? 2 : 1;
		call.number = server->number = front->number;
		server->answers = exchange;
		if (send(server->fd, &call, sizeof(call), MSG_NOSIGNAL | MSG_DONTWAIT) < 0) {
			fail(front, server, MHD_HTTP_INTERNAL_SERVER_ERROR);
		}
	}
}

static void take_part(struct front *front, struct server *server, const struct console_head *head,
                      const char *octets, size_t size)
{
	if (server->answers == NULL || (head->number != 0 && head->number != server->number)) {
		return;
	}
	if (head->number == 0) {
		fail(front, server, head->status);
		return;
	}
	struct console_answer *answer = &server->answers->answer;
	answer->status = head->status;
	answer->type = head->type < CONSOLE_TYPES ? head->type : CONSOLE_TEXT;
	writer_put(&answer->body, octets, size);
	if (head->last != 0 && answer->body.failed) {
		fail(front, server, MHD_HTTP_INTERNAL_SERVER_ERROR);
	} else if (head->last != 0) {
		finish(front, server);
	}
}

/* Takes what a process has sent. */
static void take_parts(struct front *front, struct server *server)
{
	static char octets[sizeof(struct console_head) + CONSOLE_PART_MAX];
	struct console_head head;
	ssize_t size;
	while ((size = recv(server->fd, octets, sizeof(octets), MSG_DONTWAIT)) >=
	       (ssize_t)sizeof(head)) {
		memcpy(&head, octets, sizeof(head));
		take_part(front, server, &head, octets + sizeof(head), (size_t)size - sizeof(head));
	}
}

static bool is_of_incidents(const struct exchange *exchange)
{
	return exchange->request.page == CONSOLE_INCIDENTS ||
	       exchange->request.page == CONSOLE_INCIDENT;
}

static enum MHD_Result handle(void *ctx, struct MHD_Connection *connection, const char *url,
                              const char *method, const char *version, const char *upload,
                              size_t *upload_size, void **context)
{
	struct front *front = ctx;
	struct exchange *exchange = *context;
	(void)url;
	(void)version;
	if (exchange == NULL) {
		return MHD_NO;
	}
	if (exchange->state == EXCHANGE_NEW) {
		exchange->state = EXCHANGE_BEGUN;
		return MHD_YES;
	}
	if (*upload_size > 0) {
		bool taken = exchange_take(exchange, upload, *upload_size);
		*upload_size = 0;
		return taken ? MHD_YES : MHD_NO;
	}
	if (exchange->state == EXCHANGE_BEGUN && exchange_decide(exchange, front->access, method)) {
		exchange->state = EXCHANGE_WAITS;
		allow_seconds(connection, 0);
		MHD_suspend_connection(connection);
		TAILQ_INSERT_TAIL(is_of_incidents(exchange) ? &front->incidents : &front->queries,
		                  exchange, entries);
		return MHD_YES;
	}
	allow_seconds(connection, FRONT_ANSWER_S);
	hold(connection, exchange->held);
	return exchange_reply(exchange) ? MHD_YES : MHD_NO;
}

/* A target is decoded later, because %2F is no slash of a path. */
static size_t leave_encoded(void *ctx, struct MHD_Connection *connection, char *text)
{
	(void)ctx;
	(void)connection;
	return strlen(text);
}

static bool start(struct front *front, int listener)
{
	for (size_t i = 0; i < FRONT_CONNECTIONS_MAX; i++) {
		front->connections[i].fd = -1;
	}
	front->daemon = MHD_start_daemon(
	        MHD_ALLOW_SUSPEND_RESUME, 0, NULL, NULL, handle, front, MHD_OPTION_LISTEN_SOCKET,
	        listener, MHD_OPTION_CONNECTION_LIMIT, FRONT_CONNECTIONS_MAX,
	        MHD_OPTION_CONNECTION_TIMEOUT, FRONT_REQUEST_S, MHD_OPTION_CONNECTION_MEMORY_LIMIT,
	        FRONT_MEMORY, MHD_OPTION_URI_LOG_CALLBACK, begin_exchange, front,
	        MHD_OPTION_UNESCAPE_CALLBACK, leave_encoded, front, MHD_OPTION_NOTIFY_COMPLETED,
	        end_exchange, front, MHD_OPTION_NOTIFY_CONNECTION, note_connection, front,
	        MHD_OPTION_END);
	if (front->daemon == NULL) {
		log_error("the console could not be started");
	}
	return front->daemon != NULL;
}

/* Waits at most a second, so that slow clients are noticed. */
static bool wait_and_serve(struct front *front)
{
	fd_set reads, writes, errors;
	int most = 0;
	MHD_UNSIGNED_LONG_LONG wait_ms = 1000;
	FD_ZERO(&reads);
	FD_ZERO(&writes);
	FD_ZERO(&errors);
	if (MHD_get_fdset(front->daemon, &reads, &writes, &errors, &most) != MHD_YES) {
		return false;
	}
	for (size_t i = 0; i < front->count; i++) {
		FD_SET(front->servers[i].fd, &reads);
		most = front->servers[i].fd > most ? front->servers[i].fd : most;
	}
	if (MHD_get_timeout(front->daemon, &wait_ms) != MHD_YES || wait_ms > 1000) {
		wait_ms = 1000;
	}
	struct timeval wait = { .tv_sec = (time_t)(wait_ms / 1000),
		                .tv_usec = (suseconds_t)(wait_ms % 1000 * 1000) };
	if (select(most + 1, &reads, &writes, &errors, &wait) < 0) {
		return errno == EINTR;
	}
	for (size_t i = 0; i < front->count; i++) {
		if (FD_ISSET(front->servers[i].fd, &reads)) {
			take_parts(front, &front->servers[i]);
		}
	}
	return MHD_run_from_select(front->daemon, &reads, &writes, &errors) == MHD_YES;
}

void front_serve(const struct access *access, int listener, const int *servers, size_t count)
{
	static struct front front;
	front.access = access;
	front.count = count;
	TAILQ_INIT(&front.queries);
	TAILQ_INIT(&front.incidents);
	for (size_t i = 0; i < count; i++) {
		front.servers[i].fd = servers[i];
		front.servers[i].waiting = i == 0 ? &front.incidents : &front.queries;
	}
	/* A process may still answer calls of a process that was there before. */
	front.number = (uint32_t)monotonic_ns();
	(void)page_policy();
	tzset(); /* for the Date header: reads a file, which the sandbox forbids */
	if (!start(&front, listener) || !sandbox_enter(SANDBOX_CONSOLE)) {
		return;
	}
	while (wait_and_serve(&front)) {
		end_slow(&front);
		make_room(&front);
		give_work(&front);
	}
}
