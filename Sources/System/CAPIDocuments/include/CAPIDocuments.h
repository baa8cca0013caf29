#ifndef PRECACHE_CAPIDOCUMENTS_H
#define PRECACHE_CAPIDOCUMENTS_H

#include <stddef.h>

// The files of api-spec as they were at the build. Each function says where its file lies, and how long it is.
const unsigned char *capi_service_document(size_t *size);
const unsigned char *capi_agent_document(size_t *size);

#endif
