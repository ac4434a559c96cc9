/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/baseline/asn.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#if __has_include(<maxminddb.h>)

#include <maxminddb.h>

#include "base/address.h"

struct asn_db {
	MMDB_s file;
};

struct asn_db *asn_open(const char *path, char error[ASN_ERROR_MAX])
{
	struct asn_db *db = calloc(1, sizeof(*db));
	if (db == NULL) {
		(void)snprintf(error, ASN_ERROR_MAX, "out of memory");
		return NULL;
	}
	int ret = MMDB_open(path, MMDB_MODE_MMAP, &db->file);
	if (ret != MMDB_SUCCESS) {
		(void)snprintf(error, ASN_ERROR_MAX, "%.200s: %s", path, MMDB_strerror(ret));
		free(db);
		return NULL;
	}
	return db;
}

void asn_close(struct asn_db *db)
{
	if (db != NULL) {
		MMDB_close(&db->file);
		free(db);
	}
}

/* "AS64500", as some files have it. */
static uint32_t read_text(const MMDB_entry_data_s *data)
{
	char text[16];
	if (data->data_size < 3 || data->data_size >= sizeof(text) ||
	    memcmp(data->utf8_string, "AS", 2) != 0) {
		return 0;
	}
	memcpy(text, data->utf8_string, data->data_size);
	text[data->data_size] = '\0';
	unsigned long number = strtoul(text + 2, NULL, 10);
	return number <= UINT32_MAX ? (uint32_t)number : 0;
}

static uint32_t read_number(MMDB_entry_s *entry)
{
	MMDB_entry_data_s data;
	if (MMDB_get_value(entry, &data, "autonomous_system_number", NULL) == MMDB_SUCCESS &&
	    data.has_data && data.type == MMDB_DATA_TYPE_UINT32) {
		return data.uint32;
	}
	if (MMDB_get_value(entry, &data, "asn", NULL) == MMDB_SUCCESS && data.has_data &&
	    data.type == MMDB_DATA_TYPE_UTF8_STRING) {
		return read_text(&data);
	}
	return 0;
}

uint32_t asn_find(const struct asn_db *db, const struct in6_addr *addr)
{
	struct sockaddr_in6 ipv6 = { .sin6_family = AF_INET6, .sin6_addr = *addr };
	struct sockaddr_in ipv4 = { .sin_family = AF_INET };
	bool is_ipv4 = address_is_ipv4(addr);
	int error;
	memcpy(&ipv4.sin_addr, addr->s6_addr + 12, sizeof(ipv4.sin_addr));
	MMDB_lookup_result_s found = MMDB_lookup_sockaddr(
	        &db->file,
	        is_ipv4 ? (const struct sockaddr *)&ipv4 : (const struct sockaddr *)&ipv6, &error);
	return error == MMDB_SUCCESS && found.found_entry ? read_number(&found.entry) : 0;
}

#else

struct asn_db *asn_open(const char *path, char error[ASN_ERROR_MAX])
{
	(void)snprintf(error, ASN_ERROR_MAX,
	               "%.200s: nsmx was built without libmaxminddb, which reads this file", path);
	return NULL;
}

void asn_close(struct asn_db *db)
{
	free(db);
}

uint32_t asn_find(const struct asn_db *db, const struct in6_addr *addr)
{
	(void)db;
	(void)addr;
	return 0;
}

#endif
