/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/redis/transport.h"

#include <errno.h>
#include <linux/sockios.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/time_ns.h"

#define VERDICT_MS 500 /* for servers that send nothing before a request */
/* The kernel has no event for the acknowledgement of octets, so it is asked this often. */
#define CONFIRM_MS 20

/* The time until the time-out after `since` or until the deadline, whichever is earlier. */
static int timeout_ms(const struct transport *transport, int64_t since)
{
	int64_t patience_ms =
	        transport->patience_ms > 0 ? transport->patience_ms : TRANSPORT_TIMEOUT_MS;
	int64_t end = since + patience_ms * NS_PER_MS;
	if (transport->deadline_ns != 0 && transport->deadline_ns < end) {
		end = transport->deadline_ns;
	}
	int64_t left = end - monotonic_ns();
	return left > 0 ? (int)(left / NS_PER_MS) + 1 : 0;
}

static void take_hangup(struct transport *transport)
{
	transport->hangup_fd = -1;
	transport->hung_up_ns = monotonic_ns();
	transport->deadline_ns = transport->hung_up_ns + transport->grace_ns;
}

static int await(struct transport *transport, short events)
{
	int64_t since = monotonic_ns();
	for (;;) {
		struct pollfd fds[] = {
			{ .fd = transport->fd, .events = events },
			{ .fd = transport->hangup_fd, .events = 0 },
		};
		int ret = poll(fds, 2, timeout_ms(transport, since));
		if (ret < 0 && errno != EINTR) {
			return -errno;
		}
		if (ret == 0) {
			return -ETIMEDOUT;
		}
		if (ret > 0 && fds[0].revents != 0) {
			return 0;
		}
		if (ret > 0) {
			take_hangup(transport);
		}
	}
}

static int finish_connect(struct transport *transport)
{
	int error = 0;
	socklen_t size = sizeof(error);
	int ret = await(transport, POLLOUT);
	if (ret == 0 && getsockopt(transport->fd, SOL_SOCKET, SO_ERROR, &error, &size) != 0) {
		ret = -errno;
	}
	return ret != 0 ? ret : -error;
}

static int connect_to(struct transport *transport, const struct sockaddr *address, socklen_t size,
                      int type)
{
	transport->fd = socket(address->sa_family, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (transport->fd < 0) {
		return -errno;
	}
	int ret = connect(transport->fd, address, size) == 0 ? 0 : -errno;
	if (ret == -EINPROGRESS) {
		ret = finish_connect(transport);
	}
	if (ret != 0) {
		transport_close(transport);
	}
	return ret;
}

static int open_unix(struct transport *transport, const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	(void)snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
	return connect_to(transport, (const struct sockaddr *)&address, sizeof(address),
	                  SOCK_STREAM);
}

static void set_tcp_options(const struct transport *transport)
{
	const int on = 1;
	(void)setsockopt(transport->fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof(on));
	(void)setsockopt(transport->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
}

static int open_host(struct transport *transport, const struct redis_place *place, int type,
                     const struct redis_networks *only)
{
	const struct addrinfo hints = { .ai_socktype = type };
	struct addrinfo *list = NULL;
	char service[8];
	(void)snprintf(service, sizeof(service), "%u", place->port);
	int ret = getaddrinfo(place->host, service, &hints, &list);
	if (ret != 0) {
		return ret == EAI_SYSTEM ? -errno : -EADDRNOTAVAIL;
	}
	ret = -EADDRNOTAVAIL;
	for (const struct addrinfo *at = list; at != NULL && ret != 0; at = at->ai_next) {
		ret = only == NULL || redis_networks_have(only, at->ai_addr)
		              ? connect_to(transport, at->ai_addr, at->ai_addrlen, type)
		              : -ENONET;
	}
	freeaddrinfo(list);
	if (ret == 0 && type == SOCK_STREAM) {
		set_tcp_options(transport);
	}
	return ret;
}

/*
 * A server rejects the client's certificate by an alert after the handshake. If data were
 * sent before, its reset would discard the alert. A server that accepts it sends tickets.
 */
static int hear_verdict(struct transport *transport)
{
	struct pollfd answer = { .fd = transport->fd, .events = POLLIN };
	if (!tls_verdict_is_pending(transport->tls) || poll(&answer, 1, VERDICT_MS) <= 0) {
		return 0;
	}
	return tls_verdict(transport->tls);
}

static int open_tls(struct transport *transport, const struct redis_url *url, const char *host)
{
	short events = 0;
	int ret = tls_open(&transport->tls, transport->fd, url, host, transport->why);
	if (ret == 0) {
		ret = tls_handshake(transport->tls, &events);
	}
	while (ret == -EAGAIN) {
		ret = await(transport, events);
		ret = ret == 0 ? tls_handshake(transport->tls, &events) : ret;
	}
	if (ret == 0) {
		ret = hear_verdict(transport);
	}
	if (ret == 0) {
		return 0;
	}
	if (ret == -ETIMEDOUT) {
		/* A server without TLS waits for the end of a line and does not answer. */
		(void)snprintf(transport->why, sizeof(transport->why),
		               "no answer to the TLS handshake: check that the server uses TLS on "
		               "this port");
	}
	transport_close(transport);
	return ret;
}

int transport_open(struct transport *transport, const struct redis_url *url,
                   const struct redis_place *place, const struct redis_networks *only)
{
	transport->why[0] = '\0';
	if (url->scheme == REDIS_URL_UNIX) {
		return open_unix(transport, url->path);
	}
	int ret = open_host(transport, place, SOCK_STREAM, only);
	if (ret == 0 && url->scheme == REDIS_URL_TLS) {
		ret = open_tls(transport, url, place->host);
	}
	return ret;
}

int transport_open_udp(struct transport *transport, const struct redis_place *place)
{
	transport->why[0] = '\0';
	return open_host(transport, place, SOCK_DGRAM, NULL);
}

int transport_unconfirmed(const struct transport *transport)
{
	int octets = 0;
	return ioctl(transport->fd, SIOCOUTQ, &octets) == 0 ? octets : -errno;
}

/* Waits for a while; -ECONNRESET if the peer has closed the connection. */
static int await_close(struct transport *transport, int most_ms)
{
	struct pollfd fds[] = {
		{ .fd = transport->fd, .events = POLLRDHUP },
		{ .fd = transport->hangup_fd, .events = 0 },
	};
	int ret = poll(fds, 2, most_ms);
	if (ret < 0) {
		return errno == EINTR ? 0 : -errno;
	}
	if (fds[1].revents != 0) {
		take_hangup(transport);
	}
	return fds[0].revents != 0 ? -ECONNRESET : 0;
}

int transport_confirm(struct transport *transport)
{
	int64_t since = monotonic_ns();
	int wait_ms = 0;
	for (;;) {
		int ret = await_close(transport, wait_ms);
		int left = ret == 0 ? transport_unconfirmed(transport) : ret;
		if (left <= 0) {
			return left;
		}
		if (timeout_ms(transport, since) == 0) {
			return -ETIMEDOUT;
		}
		wait_ms = wait_ms < CONFIRM_MS ? wait_ms + 1 : CONFIRM_MS;
	}
}

void transport_close(struct transport *transport)
{
	tls_close(transport->tls);
	transport->tls = NULL;
	if (transport->fd >= 0) {
		(void)close(transport->fd);
		transport->fd = -1;
	}
}

/* Transfers without waiting; -EAGAIN: wait for `events`. */
static ssize_t put(struct transport *transport, const char *bytes, size_t size, short *events)
{
	if (transport->tls != NULL) {
		return tls_write(transport->tls, bytes, size, events);
	}
	*events = POLLOUT;
	ssize_t sent = send(transport->fd, bytes, size, MSG_NOSIGNAL);
	return sent >= 0 ? sent : -errno;
}

static ssize_t take(struct transport *transport, char *bytes, size_t size, short *events)
{
	if (transport->tls != NULL) {
		return tls_read(transport->tls, bytes, size, events);
	}
	*events = POLLIN;
	ssize_t got = recv(transport->fd, bytes, size, 0);
	if (got == 0) {
		return -ECONNRESET;
	}
	return got > 0 ? got : -errno;
}

int transport_write(struct transport *transport, const char *bytes, size_t size)
{
	short events = 0;
	while (size > 0) {
		ssize_t sent = put(transport, bytes, size, &events);
		if (sent > 0) {
			bytes += sent;
			size -= (size_t)sent;
			continue;
		}
		int ret = sent == -EAGAIN ? await(transport, events) : (int)sent;
		if (ret != 0 && ret != -EINTR) {
			return ret;
		}
	}
	return 0;
}

ssize_t transport_read(struct transport *transport, char *bytes, size_t size)
{
	short events = 0;
	for (;;) {
		ssize_t got = take(transport, bytes, size, &events);
		if (got > 0) {
			return got;
		}
		int ret = got == -EAGAIN ? await(transport, events) : (int)got;
		if (ret != 0 && ret != -EINTR) {
			return ret;
		}
	}
}
