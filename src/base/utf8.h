/*
 * utf8.h - decode, check and sanitise UTF-8 (RFC 3629: no surrogates, no
 * overlong forms, at most U+10FFFF).
 */
#ifndef TW_BASE_UTF8_H
#define TW_BASE_UTF8_H

#include "base/buf.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Length of the byte order mark that s begins with: 3, or 0. */
size_t tw_utf8_bom_len(const char *s, size_t n);
/* Length of the valid sequence at s (1..4) with its code point, or 0. */
size_t tw_utf8_decode(const char *s, size_t n, uint32_t *code);
/* Bytes written to out (1..4), 0 when code is no scalar value. */
size_t tw_utf8_encode(uint32_t code, char out[4]);
/* Offset of the first invalid byte, or n. */
size_t tw_utf8_valid_len(const char *s, size_t n);
/* No invalid byte at all; NUL bytes are valid. */
bool tw_utf8_valid(const char *s, size_t n);

/* A control character but newline and tab, a mark that turns the direction of
 * writing, or a separator that some take for a line end. */
bool tw_utf8_is_deceptive(uint32_t code);
/* Append untrusted text for a terminal: C0, C1, ESC, DEL, marks that turn the
 * direction of writing and invalid bytes become \xNN; newline and tab stay. */
void tw_utf8_add_safe(struct tw_buf *b, const char *s, size_t n);
/* The same in one line: newline and tab become \xNN too.  For names and
 * messages that stand in a line of ours. */
void tw_utf8_add_line(struct tw_buf *b, const char *s, size_t n);
/* Append untrusted text for HTML or XML content and attributes: & < > " '
 * escaped, control characters (except \n \t), direction marks and invalid
 * bytes as U+FFFD. */
void tw_utf8_add_xml(struct tw_buf *b, const char *s, size_t n);

#endif /* TW_BASE_UTF8_H */
