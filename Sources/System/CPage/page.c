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
static const unsigned char coverage_js[] = {
#embed "../../Page/coverage.js"
};
static const unsigned char dom_js[] = {
#embed "../../Page/dom.js"
};
static const unsigned char fleet_js[] = {
#embed "../../Page/fleet.js"
};
static const unsigned char groups_js[] = {
#embed "../../Page/groups.js"
};
static const unsigned char heatlayout_js[] = {
#embed "../../Page/heatlayout.js"
};
static const unsigned char heatmap_js[] = {
#embed "../../Page/heatmap.js"
};
static const unsigned char host_js[] = {
#embed "../../Page/host.js"
};
static const unsigned char icon_svg[] = {
#embed "../../Page/icon.svg"
};
static const unsigned char index_html[] = {
#embed "../../Page/index.html"
};
static const unsigned char job_js[] = {
#embed "../../Page/job.js"
};
static const unsigned char jobdata_js[] = {
#embed "../../Page/jobdata.js"
};
static const unsigned char jobparts_js[] = {
#embed "../../Page/jobparts.js"
};
static const unsigned char jobs_js[] = {
#embed "../../Page/jobs.js"
};
static const unsigned char jobview_js[] = {
#embed "../../Page/jobview.js"
};
static const unsigned char lacking_js[] = {
#embed "../../Page/lacking.js"
};
static const unsigned char metrics_js[] = {
#embed "../../Page/metrics.js"
};
static const unsigned char pace_js[] = {
#embed "../../Page/pace.js"
};
static const unsigned char policies_js[] = {
#embed "../../Page/policies.js"
};
static const unsigned char reads_js[] = {
#embed "../../Page/reads.js"
};
static const unsigned char reasons_js[] = {
#embed "../../Page/reasons.js"
};
static const unsigned char results_js[] = {
#embed "../../Page/results.js"
};
static const unsigned char service_js[] = {
#embed "../../Page/service.js"
};
static const unsigned char signin_js[] = {
#embed "../../Page/signin.js"
};
static const unsigned char spark_js[] = {
#embed "../../Page/spark.js"
};
static const unsigned char stream_js[] = {
#embed "../../Page/stream.js"
};
static const unsigned char style_css[] = {
#embed "../../Page/style.css"
};
static const unsigned char text_js[] = {
#embed "../../Page/text.js"
};
static const unsigned char timeline_js[] = {
#embed "../../Page/timeline.js"
};

#define FILE_OF(name, bytes) {name, bytes, sizeof bytes}

// By name. A test holds the list to the folder.
static const struct cpage_file files[] = {
    FILE_OF("api.js", api_js),
    FILE_OF("app.js", app_js),
    FILE_OF("bars.js", bars_js),
    FILE_OF("coverage.js", coverage_js),
    FILE_OF("dom.js", dom_js),
    FILE_OF("fleet.js", fleet_js),
    FILE_OF("groups.js", groups_js),
    FILE_OF("heatlayout.js", heatlayout_js),
    FILE_OF("heatmap.js", heatmap_js),
    FILE_OF("host.js", host_js),
    FILE_OF("icon.svg", icon_svg),
    FILE_OF("index.html", index_html),
    FILE_OF("job.js", job_js),
    FILE_OF("jobdata.js", jobdata_js),
    FILE_OF("jobparts.js", jobparts_js),
    FILE_OF("jobs.js", jobs_js),
    FILE_OF("jobview.js", jobview_js),
    FILE_OF("lacking.js", lacking_js),
    FILE_OF("metrics.js", metrics_js),
    FILE_OF("pace.js", pace_js),
    FILE_OF("policies.js", policies_js),
    FILE_OF("reads.js", reads_js),
    FILE_OF("reasons.js", reasons_js),
    FILE_OF("results.js", results_js),
    FILE_OF("service.js", service_js),
    FILE_OF("signin.js", signin_js),
    FILE_OF("spark.js", spark_js),
    FILE_OF("stream.js", stream_js),
    FILE_OF("style.css", style_css),
    FILE_OF("text.js", text_js),
    FILE_OF("timeline.js", timeline_js),
};

const struct cpage_file *cpage_list(void) { return files; }

size_t cpage_count(void) { return sizeof files / sizeof *files; }
