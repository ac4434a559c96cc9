/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/metrics/metrics.h"

#include <errno.h>
#include <fcntl.h>
#include <microhttpd.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/log.h"
#include "base/time_ns.h"
#include "sensor/metrics/metrics_text.h"
#include "sensor/system/sandbox.h"
#include "sensor/system/signals.h"

#define CONNECTIONS_MAX   16
#define CONNECTION_S      10
#define CONNECTION_MEMORY 16384
#define LISTENER_FD       3
#define RESTART_NS        (2 * NS_PER_S) /* the shortest time between two starts */

static enum MHD_Result reply(struct MHD_Connection *connection, unsigned status, char *text,
                             size_t size, enum MHD_ResponseMemoryMode mode)
{
	struct MHD_Response *response = MHD_create_response_from_buffer(size, text, mode);
	if (response == NULL) {
		return MHD_NO;
	}
	(void)MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, METRICS_TEXT_TYPE);
	enum MHD_Result queued = MHD_queue_response(connection, status, response);
	MHD_destroy_response(response);
	return queued;
}

static enum MHD_Result answer(void *ctx, struct MHD_Connection *connection, const char *url,
                              const char *method, const char *version, const char *upload,
                              size_t *upload_size, void **state)
{
	static char elsewhere[] = "see /metrics\n";
	static char read_only[] = "only GET and HEAD are supported\n";
	const struct metrics *metrics = ctx;
	size_t size;
	(void)version;
	(void)upload;
	if (strcmp(method, MHD_HTTP_METHOD_GET) != 0 && strcmp(method, MHD_HTTP_METHOD_HEAD) != 0) {
		return reply(connection, MHD_HTTP_METHOD_NOT_ALLOWED, read_only,
		             sizeof(read_only) - 1, MHD_RESPMEM_PERSISTENT);
	}
	if (strcmp(url, "/metrics") != 0) {
		return reply(connection, MHD_HTTP_NOT_FOUND, elsewhere, sizeof(elsewhere) - 1,
		             MHD_RESPMEM_PERSISTENT);
	}
	/* libmicrohttpd calls with the complete header, with each part of the body, and at the end
	 * of the request. A response before the last call would close the connection. */
	if (*state == NULL || *upload_size > 0) {
		*state = connection;
		*upload_size = 0;
		return MHD_YES;
	}
	struct counters sum;
	counters_sum(metrics->counters, metrics->sets, &sum);
	char *text =
	        metrics_text(&sum, metrics->rule_hits, &metrics->names, metrics->sensor, &size);
	if (text == NULL) {
		return MHD_NO;
	}
	return reply(connection, MHD_HTTP_OK, text, size, MHD_RESPMEM_MUST_FREE);
}

/* Closes all other descriptors. Standard output must not stay open here, because its reader would
 * not see the end of the events. */
static bool keep_only(int listener)
{
	int null = open("/dev/null", O_RDWR);
	return null >= 0 && dup2(null, STDIN_FILENO) >= 0 && dup2(null, STDOUT_FILENO) >= 0 &&
	       dup2(listener, LISTENER_FD) >= 0 && close_range(LISTENER_FD + 1, ~0U, 0) == 0;
}

static void serve(const struct metrics *metrics, pid_t parent)
{
	(void)prctl(PR_SET_NAME, "nsmx-metrics");
	signals_leave_to_parent();
	if (metrics->forget != NULL) {
		metrics->forget(metrics->forget_ctx);
	}
	if (!keep_only(metrics->listener) || (metrics->confine != NULL && !metrics->confine())) {
		return;
	}
	struct MHD_Daemon *daemon =
	        getppid() != parent
	                ? NULL
	                : MHD_start_daemon(MHD_NO_FLAG, 0, NULL, NULL, answer, (void *)metrics,
	                                   MHD_OPTION_LISTEN_SOCKET, LISTENER_FD,
	                                   MHD_OPTION_CONNECTION_LIMIT, CONNECTIONS_MAX,
	                                   MHD_OPTION_CONNECTION_TIMEOUT, CONNECTION_S,
	                                   MHD_OPTION_CONNECTION_MEMORY_LIMIT,
	                                   (size_t)CONNECTION_MEMORY, MHD_OPTION_END);
	tzset(); /* for the Date header: reads a file, which the sandbox forbids */
	if (daemon == NULL || !sandbox_enter(SANDBOX_METRICS)) {
		return;
	}
	while (MHD_run_wait(daemon, -1) == MHD_YES) {
	}
}

bool metrics_listen(struct metrics *metrics, const struct endpoint *endpoint)
{
	char text[ENDPOINT_TEXT_MAX];
	metrics->listener = -1;
	if (endpoint->size == 0) {
		return true;
	}
	endpoint_text(endpoint, text);
	metrics->listener = endpoint_listen(endpoint);
	if (metrics->listener < 0) {
		log_error("--metrics %s: %s", text, strerror(errno));
	}
	return metrics->listener >= 0;
}

static void start(struct metrics *metrics)
{
	pid_t parent = getpid();
	metrics->started_ns = monotonic_ns();
	metrics->process = fork();
	if (metrics->process == 0) {
		serve(metrics, parent);
		_exit(1);
	}
	if (metrics->process < 0) {
		log_error("--metrics: cannot start the process: %s", strerror(errno));
		metrics->process = 0;
	}
}

void metrics_maintain(struct metrics *metrics)
{
	int status;
	if (metrics->process > 0 && waitpid(metrics->process, &status, WNOHANG) > 0) {
		log_warn("--metrics: the process ended (%s %d); starting another",
		         WIFSIGNALED(status) ? "signal" : "status",
		         WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status));
		metrics->process = 0;
	}
	if (metrics->listener >= 0 && metrics->process == 0 &&
	    monotonic_ns() - metrics->started_ns >= RESTART_NS) {
		start(metrics);
	}
}

void metrics_leave(struct metrics *metrics)
{
	if (metrics->listener >= 0) {
		(void)close(metrics->listener);
		metrics->listener = -1;
	}
}

void metrics_stop(struct metrics *metrics)
{
	metrics_leave(metrics);
	if (metrics->process > 0) {
		/* the process has no state to save, and SIGTERM has no effect on a stopped
		 * process */
		(void)kill(metrics->process, SIGKILL);
		(void)TEMP_FAILURE_RETRY(waitpid(metrics->process, NULL, 0));
		metrics->process = 0;
	}
}
