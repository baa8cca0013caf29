#include "CPage.h"

#pragma clang diagnostic ignored "-Wc23-extensions"

static const unsigned char api_js[] = {
#embed "../../Page/api.js"
};
static const unsigned char app_js[] = {
#embed "../../Page/app.js"
};
static const unsigned char bars_js[] = {
#embed "../../Page/bars.js"
};
static const unsigned char dom_js[] = {
#embed "../../Page/dom.js"
};
static const unsigned char icon_svg[] = {
#embed "../../Page/icon.svg"
};
static const unsigned char index_html[] = {
#embed "../../Page/index.html"
};
static const unsigned char jobs_js[] = {
#embed "../../Page/jobs.js"
};
static const unsigned char pace_js[] = {
#embed "../../Page/pace.js"
};
static const unsigned char signin_js[] = {
#embed "../../Page/signin.js"
};
static const unsigned char stream_js[] = {
#embed "../../Page/stream.js"
};
static const unsigned char text_js[] = {
#embed "../../Page/text.js"
};

#define FILE_OF(name, bytes) {name, bytes, sizeof bytes}

// By name. A test holds the list to the folder.
static const struct cpage_file files[] = {
    FILE_OF("api.js", api_js),
    FILE_OF("app.js", app_js),
    FILE_OF("bars.js", bars_js),
    FILE_OF("dom.js", dom_js),
    FILE_OF("icon.svg", icon_svg),
    FILE_OF("index.html", index_html),
    FILE_OF("jobs.js", jobs_js),
    FILE_OF("pace.js", pace_js),
    FILE_OF("signin.js", signin_js),
    FILE_OF("stream.js", stream_js),
    FILE_OF("text.js", text_js),
};

const struct cpage_file *cpage_list(void) { return files; }

size_t cpage_count(void) { return sizeof files / sizeof *files; }
