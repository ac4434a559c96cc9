/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/secret.h"

#include <string.h>

#define DEPTH 65536 /* more than the stack of the functions that read options and targets */

__attribute__((noinline)) void secret_wipe_stack(void)
{
	char stack[DEPTH];
	explicit_bzero(stack, sizeof(stack));
}
