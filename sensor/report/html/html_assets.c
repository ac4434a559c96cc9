/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/report/html/html_assets.h"

#include <openssl/evp.h>
#include <openssl/sha.h>
#include <string.h>

/*
 * The assembler reads the files, relative to the folder of the Makefile. So they are ordinary files
 * for an editor, and the program needs none of them when it runs.
 */
#define EMBED(name, file)                                                                          \
	__asm__(".pushsection .rodata\n" #name "_text:\n.incbin \"sensor/report/html/" file        \
	        "\"\n.byte 0\n.popsection\n");                                                     \
	extern const char name##_text[] __attribute__((visibility("hidden")))

EMBED(html_style, "report.css");
EMBED(html_script, "report.js");

struct html_asset html_style(void)
{
	return (struct html_asset){ html_style_text, strlen(html_style_text) };
}

struct html_asset html_script(void)
{
	return (struct html_asset){ html_script_text, strlen(html_script_text) };
}

void html_asset_hash(struct html_asset asset, char hash[HTML_HASH_MAX])
{
	unsigned char digest[SHA256_DIGEST_LENGTH];
	static const char SCHEME[] = "sha256-";
	(void)SHA256((const unsigned char *)asset.text, asset.size, digest);
	memcpy(hash, SCHEME, sizeof(SCHEME) - 1);
	(void)EVP_EncodeBlock((unsigned char *)hash + sizeof(SCHEME) - 1, digest, sizeof(digest));
}
