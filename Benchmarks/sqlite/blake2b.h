/* BLAKE2b-256 of RFC 7693, of one message, for entries.c. */
#pragma once
#include <stddef.h>
#include <stdint.h>

void blake2b_256(uint8_t digest[32], const uint8_t *message, size_t length);
