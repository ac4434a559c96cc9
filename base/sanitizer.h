/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief Defines ADDRESS_SANITIZED: 1 in a build with AddressSanitizer, else 0. gcc and clang
 *        define different macros for it.
 */
#pragma once

#if defined(__SANITIZE_ADDRESS__)
#define ADDRESS_SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define ADDRESS_SANITIZED 1
#endif
#endif

#ifndef ADDRESS_SANITIZED
#define ADDRESS_SANITIZED 0
#endif
