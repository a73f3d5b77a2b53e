/* sha256 - the hash of FIPS 180-4, for the first line of generated files. */
#ifndef DPC_DRIVER_SHA256_H
#define DPC_DRIVER_SHA256_H

#include <stddef.h>

/* Writes 64 hexadecimal digits and a NUL. */
void sha256_hex(const char *bytes, size_t length, char hex[65]);

#endif
