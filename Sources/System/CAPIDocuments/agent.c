#include "CAPIDocuments.h"

#pragma clang diagnostic ignored "-Wc23-extensions"

static const unsigned char document[] = {
#embed "../../../api-spec/agent.yaml"
};

const unsigned char *capi_agent_document(size_t *size) {
    *size = sizeof document;
    return document;
}
