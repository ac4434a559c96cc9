/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/system/endpoint.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define BACKLOG 16

static bool parse_port(in_port_t *port, const char *text)
{
	unsigned long number = 0;
	if (text[0] == '\0' || strlen(text) > 5 || strspn(text, "0123456789") != strlen(text)) {
		return false;
	}
	for (; *text != '\0'; text++) {
		number = 10 * number + (unsigned long)(*text - '0');
	}
	*port = htons((in_port_t)number);
	return number >= 1 && number <= 65535;
}

static bool parse_ipv4(struct endpoint *endpoint, const char *address, in_port_t port)
{
	struct sockaddr_in *in = (struct sockaddr_in *)&endpoint->address;
	in->sin_family = AF_INET;
	in->sin_port = port;
	endpoint->size = sizeof(*in);
	return inet_pton(AF_INET, address, &in->sin_addr) == 1;
}

static bool parse_ipv6(struct endpoint *endpoint, const char *address, in_port_t port)
{
	struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)&endpoint->address;
	in6->sin6_family = AF_INET6;
	in6->sin6_port = port;
	endpoint->size = sizeof(*in6);
	return inet_pton(AF_INET6, address, &in6->sin6_addr) == 1;
}

bool endpoint_parse(struct endpoint *endpoint, const char *text)
{
	char address[INET6_ADDRSTRLEN + 2];
	in_port_t port;
	const char *colon = strrchr(text, ':');
	size_t size = colon != NULL ? (size_t)(colon - text) : sizeof(address);
	memset(endpoint, 0, sizeof(*endpoint));
	if (size >= sizeof(address) || !parse_port(&port, colon + 1)) {
		return false;
	}
	memcpy(address, text, size);
	address[size] = '\0';
	if (size == 0) {
		return parse_ipv6(endpoint, "::", port);
	}
	if (address[0] == '[' && address[size - 1] == ']') {
		address[size - 1] = '\0';
		return parse_ipv6(endpoint, address + 1, port);
	}
	return parse_ipv4(endpoint, address, port);
}

void endpoint_text(const struct endpoint *endpoint, char text[ENDPOINT_TEXT_MAX])
{
	const struct sockaddr_in *in = (const struct sockaddr_in *)&endpoint->address;
	const struct sockaddr_in6 *in6 = (const struct sockaddr_in6 *)&endpoint->address;
	char address[INET6_ADDRSTRLEN] = "";
	if (endpoint->address.ss_family == AF_INET) {
		(void)inet_ntop(AF_INET, &in->sin_addr, address, sizeof(address));
		(void)snprintf(text, ENDPOINT_TEXT_MAX, "%s:%u", address, ntohs(in->sin_port));
	} else {
		(void)inet_ntop(AF_INET6, &in6->sin6_addr, address, sizeof(address));
		(void)snprintf(text, ENDPOINT_TEXT_MAX, "[%s]:%u", address, ntohs(in6->sin6_port));
	}
}

/* Without IPv6 in the kernel, every address means every IPv4 address. */
static int open_socket(struct endpoint *endpoint)
{
	int type = SOCK_STREAM | SOCK_CLOEXEC;
	int fd = socket(endpoint->address.ss_family, type, 0);
	const struct sockaddr_in6 *in6 = (const struct sockaddr_in6 *)&endpoint->address;
	if (fd < 0 && errno == EAFNOSUPPORT && endpoint->address.ss_family == AF_INET6 &&
	    IN6_IS_ADDR_UNSPECIFIED(&in6->sin6_addr)) {
		in_port_t port = in6->sin6_port;
		memset(&endpoint->address, 0, sizeof(endpoint->address));
		(void)parse_ipv4(endpoint, "0.0.0.0", port);
		fd = socket(AF_INET, type, 0);
	}
	return fd;
}

int endpoint_listen(const struct endpoint *endpoint)
{
	struct endpoint place = *endpoint;
	int fd = open_socket(&place);
	int on = 1;
	int off = 0;
	if (fd < 0) {
		return -1;
	}
	(void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (place.address.ss_family == AF_INET6) {
		/* `:PORT` includes IPv4, regardless of net.ipv6.bindv6only. */
		(void)setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof(off));
	}
	if (bind(fd, (const struct sockaddr *)&place.address, place.size) != 0 ||
	    listen(fd, BACKLOG) != 0) {
		int reason = errno;
		(void)close(fd);
		errno = reason;
		return -1;
	}
	return fd;
}
