#ifndef PRECACHE_CPAGE_H
#define PRECACHE_CPAGE_H

#include <stddef.h>

// A file of Sources/Page as it was at the build.
struct cpage_file {
    const char *name;
    const unsigned char *bytes;
    size_t size;
};

const struct cpage_file *cpage_list(void);
size_t cpage_count(void);

#endif
