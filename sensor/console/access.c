/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/console/access.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/sha.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/ascii.h"
#include "base/log.h"
#include "base/secret_hash.h"

#define HOST_MAX 255

static bool is_loopback(const struct endpoint *endpoint)
{
	const struct sockaddr_in *in = (const struct sockaddr_in *)&endpoint->address;
	const struct sockaddr_in6 *in6 = (const struct sockaddr_in6 *)&endpoint->address;
	if (endpoint->address.ss_family == AF_INET) {
		return ntohl(in->sin_addr.s_addr) >> 24 == IN_LOOPBACKNET;
	}
	return IN6_IS_ADDR_LOOPBACK(&in6->sin6_addr);
}

static void warn_of_readers(FILE *file, const char *path)
{
	struct stat info;
	if (fstat(fileno(file), &info) == 0 && (info.st_mode & S_IROTH) != 0) {
		log_warn("%s: all users can read the token; run `chmod o= %s`", path, path);
	}
}

/* The file is read before the rights of root are dropped. */
static bool read_token(struct access *access, const char *path)
{
	char line[ACCESS_TOKEN_MAX + 2] = "";
	FILE *file = fopen(path, "re");
	if (file == NULL) {
		log_error("--token %s: %s", path, strerror(errno));
		return false;
	}
	warn_of_readers(file, path);
	size_t size = fgets(line, sizeof(line), file) != NULL ? strcspn(line, "\r\n") : 0;
	(void)fclose(file);
	bool good = size >= ACCESS_TOKEN_MIN && size <= ACCESS_TOKEN_MAX &&
	            memchr(line, '\0', size) == NULL;
	if (good) {
		(void)SHA256((const unsigned char *)line, size, access->token);
	} else {
		log_error("--token %s: the first line must have %d to %d characters; make one with "
		          "`openssl rand -hex 32 > %s`",
		          path, ACCESS_TOKEN_MIN, ACCESS_TOKEN_MAX, path);
	}
	explicit_bzero(line, sizeof(line));
	return good;
}

bool access_open(struct access *access, const struct endpoint *endpoint, const char *path)
{
	*access = (struct access){ .has_token = path != NULL, .endpoint = *endpoint };
	if (path == NULL && !is_loopback(endpoint)) {
		log_error("serve: --listen is not a loopback address, so other hosts could read "
		          "the history: add --token FILE (make one with `openssl rand -hex 32 > "
		          "FILE`), or listen at 127.0.0.1");
		return false;
	}
	if (!secret_hash_draw(access->key, sizeof(access->key))) {
		log_error("no random numbers: %s", strerror(errno));
		return false;
	}
	return path == NULL || read_token(access, path);
}

bool access_has_token(const struct access *access, const char *text)
{
	uint8_t hash[ACCESS_HASH_SIZE];
	(void)SHA256((const unsigned char *)text, strlen(text), hash);
	return access->has_token && CRYPTO_memcmp(hash, access->token, sizeof(hash)) == 0;
}

/* Writes `TIME.HMAC`, in hexadecimal digits. */
static void write_cookie(const struct access *access, uint64_t end_s,
                         char cookie[ACCESS_COOKIE_MAX])
{
	uint8_t sum[EVP_MAX_MD_SIZE];
	int size = snprintf(cookie, ACCESS_COOKIE_MAX, "%016llx", (unsigned long long)end_s);
	(void)HMAC(EVP_sha256(), access->key, sizeof(access->key), (const unsigned char *)cookie,
	           (size_t)size, sum, NULL);
	cookie[size++] = '.';
	for (size_t i = 0; i < SHA256_DIGEST_LENGTH; i++) {
		size += snprintf(cookie + size, ACCESS_COOKIE_MAX - (size_t)size, "%02x", sum[i]);
	}
}

void access_write_cookie(const struct access *access, uint64_t now_s,
                         char cookie[ACCESS_COOKIE_MAX])
{
	write_cookie(access, now_s + ACCESS_COOKIE_S, cookie);
}

bool access_has_cookie(const struct access *access, uint64_t now_s, const char *cookie)
{
	char wanted[ACCESS_COOKIE_MAX];
	char *end;
	unsigned long long end_s = strtoull(cookie, &end, 16);
	write_cookie(access, end_s, wanted);
	return *end == '.' && strlen(cookie) == strlen(wanted) && end_s >= now_s &&
	       CRYPTO_memcmp(cookie, wanted, strlen(wanted)) == 0;
}

/* Copies the host without its port, and without the brackets of IPv6. */
static bool read_host(const char *host, char name[HOST_MAX + 1])
{
	size_t size = host[0] == '[' ? strcspn(host, "]") : strcspn(host, ":");
	const char *port = host + size + (host[0] == '[' && host[size] == ']');
	size_t skip = host[0] == '[';
	if ((skip == 1 && host[size] == '\0') || size - skip > HOST_MAX || size <= skip ||
	    (*port != '\0' &&
	     (*port != ':' || strspn(port + 1, "0123456789") != strlen(port + 1)))) {
		return false;
	}
	memcpy(name, host + skip, size - skip);
	name[size - skip] = '\0';
	return true;
}

static bool is_of_loopback(const char *name)
{
	struct endpoint endpoint = { .size = 0 };
	struct sockaddr_in *in = (struct sockaddr_in *)&endpoint.address;
	struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)&endpoint.address;
	if (strcasecmp(name, "localhost") == 0) {
		return true;
	}
	endpoint.address.ss_family = AF_INET;
	if (inet_pton(AF_INET, name, &in->sin_addr) == 1) {
		return is_loopback(&endpoint);
	}
	endpoint.address.ss_family = AF_INET6;
	return inet_pton(AF_INET6, name, &in6->sin6_addr) == 1 && is_loopback(&endpoint);
}

static bool is_host_char(char c)
{
	return ascii_is_alphanumeric(c) || c == '-' || c == '.' || c == '_' || c == ':';
}

bool access_has_host(const struct access *access, const char *host)
{
	char name[HOST_MAX + 1];
	if (host == NULL || !read_host(host, name)) {
		return false;
	}
	return access->has_token ? ascii_span(name, is_host_char) == strlen(name)
	                         : is_of_loopback(name);
}

bool access_has_origin(const char *origin, const char *host)
{
	static const char *const schemes[] = { "http://", "https://" };
	for (size_t i = 0; i < 2 && origin != NULL; i++) {
		size_t size = strlen(schemes[i]);
		if (strncasecmp(origin, schemes[i], size) == 0) {
			return host != NULL && strcasecmp(origin + size, host) == 0;
		}
	}
	return origin == NULL;
}
