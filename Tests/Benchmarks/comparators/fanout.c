/* The least that a fan-out over libcurl can cost: PUTs one body to every URL of a file, CONCURRENCY at once, on
 * libcurl's multi interface with epoll, and reads each answer to its end. Nothing is parsed, nothing is kept.
 *
 *   fanout URLS BODY CONCURRENCY TOKEN_FILE [cache | CA CERTIFICATE KEY]
 *
 * libcurl remembers addresses, and looks through all of them at the end of every transfer; that is turned off unless
 * "cache" is given.
 *
 * A line of URLS is a URL, and under TLS also the address to connect to, as CURLOPT_CONNECT_TO takes it ("::127.16.0.1:7701").
 * Prints the seconds taken and how many answers ended in an "end" line.
 */
#include <curl/curl.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <time.h>

struct transfer {
    char *url, *via;
    char tail[16];
    size_t kept;
    struct curl_slist *connect_to;
};

static CURLM *multi;
static int epoll_fd;
static long timeout_ms = -1;
static struct transfer *list;
static size_t count, started, done, good;
static char *body;
static size_t body_length;
static struct curl_slist *headers;
static const char *ca, *certificate, *key;
static int caches;

static void die(const char *what) {
    fprintf(stderr, "fanout: %s: %s\n", what, strerror(errno));
    exit(1);
}

static char *contents(const char *path, size_t *length) {
    FILE *file = fopen(path, "rb");
    if (!file || fseek(file, 0, SEEK_END)) die(path);
    long size = ftell(file);
    rewind(file);
    char *text = calloc(1, (size_t)size + 1);
    if (!text || fread(text, 1, (size_t)size, file) != (size_t)size) die(path);
    fclose(file);
    *length = (size_t)size;
    return text;
}

/* Keeps the last bytes of an answer: a whole one ends with {"type":"end"} and a line feed. */
static size_t on_bytes(char *bytes, size_t one, size_t length, void *context) {
    struct transfer *transfer = context;
    for (size_t i = length > 15 ? length - 15 : 0; i < length; i++) {
        if (transfer->kept == 15) memmove(transfer->tail, transfer->tail + 1, --transfer->kept);
        transfer->tail[transfer->kept++] = bytes[i];
    }
    return one * length;
}

static int on_socket(CURL *easy, curl_socket_t fd, int what, void *context, void *known) {
    struct epoll_event event = {.data.fd = fd};
    if (what == CURL_POLL_REMOVE) {
        epoll_ctl(epoll_fd, EPOLL_CTL_DEL, fd, &event);
        return 0;
    }
    if (what & CURL_POLL_IN) event.events |= EPOLLIN;
    if (what & CURL_POLL_OUT) event.events |= EPOLLOUT;
    if (epoll_ctl(epoll_fd, known ? EPOLL_CTL_MOD : EPOLL_CTL_ADD, fd, &event)) die("epoll_ctl");
    curl_multi_assign(multi, fd, &epoll_fd);
    return 0;
}

static int on_timer(CURLM *handle, long milliseconds, void *context) {
    timeout_ms = milliseconds;
    return 0;
}

static void start(CURL *easy) {
    struct transfer *transfer = &list[started++];
    curl_easy_reset(easy);
    curl_easy_setopt(easy, CURLOPT_URL, transfer->url);
    curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, "PUT");
    curl_easy_setopt(easy, CURLOPT_POSTFIELDS, body);
    curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE, (long)body_length);
    curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_bytes);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, transfer);
    curl_easy_setopt(easy, CURLOPT_PRIVATE, transfer);
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_PROXY, "");
    curl_easy_setopt(easy, CURLOPT_FRESH_CONNECT, 1L);
    curl_easy_setopt(easy, CURLOPT_FORBID_REUSE, 1L);
    if (!caches) curl_easy_setopt(easy, CURLOPT_DNS_CACHE_TIMEOUT, 0L);
    if (transfer->via) {
        transfer->connect_to = curl_slist_append(NULL, transfer->via);
        curl_easy_setopt(easy, CURLOPT_CONNECT_TO, transfer->connect_to);
        curl_easy_setopt(easy, CURLOPT_CAINFO, ca);
        curl_easy_setopt(easy, CURLOPT_SSLCERT, certificate);
        curl_easy_setopt(easy, CURLOPT_SSLKEY, key);
    }
    curl_multi_add_handle(multi, easy);
}

static void collect(void) {
    int left;
    CURLMsg *message;
    while ((message = curl_multi_info_read(multi, &left))) {
        if (message->msg != CURLMSG_DONE) continue;
        CURL *easy = message->easy_handle;
        struct transfer *transfer;
        long status = 0;
        curl_easy_getinfo(easy, CURLINFO_PRIVATE, &transfer);
        curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
        if (message->data.result == CURLE_OK && status == 200 && !memcmp(transfer->tail + 1, "\"type\":\"end\"}\n", 14)) good++;
        done++;
        curl_multi_remove_handle(multi, easy);
        if (started < count)
            start(easy);
        else
            curl_easy_cleanup(easy);
    }
}

int main(int argc, char **argv) {
    if (argc != 5 && argc != 6 && argc != 8)
        return fprintf(stderr, "usage: fanout URLS BODY CONCURRENCY TOKEN_FILE [cache | CA CERTIFICATE KEY]\n"), 64;
    caches = argc == 6;
    if (argc == 8) ca = argv[5], certificate = argv[6], key = argv[7];
    struct rlimit limit;
    getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
    size_t length;
    char *text = contents(argv[1], &length), *rest = text;
    for (char *p = text; *p; p++) count += *p == '\n';
    list = calloc(count, sizeof *list);
    if (!list) die("calloc");
    for (size_t i = 0; i < count; i++) {
        char *line = strsep(&rest, "\n");
        list[i].url = strsep(&line, " ");
        list[i].via = line;
    }
    body = contents(argv[2], &body_length);
    char *token = contents(argv[4], &length), header[4096];
    token[strcspn(token, "\n")] = 0;
    snprintf(header, sizeof header, "Authorization: Bearer %s", token);
    headers = curl_slist_append(curl_slist_append(curl_slist_append(NULL, header), "Content-Type: application/json"), "Expect:");

    curl_global_init(CURL_GLOBAL_DEFAULT);
    multi = curl_multi_init();
    epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    curl_multi_setopt(multi, CURLMOPT_SOCKETFUNCTION, on_socket);
    curl_multi_setopt(multi, CURLMOPT_TIMERFUNCTION, on_timer);
    struct timespec begin, end;
    clock_gettime(CLOCK_MONOTONIC, &begin);
    size_t at_once = (size_t)atoi(argv[3]);
    for (size_t i = 0; i < at_once && i < count; i++) start(curl_easy_init());
    int running = 0;
    struct epoll_event events[256];
    while (done < count) {
        int ready = epoll_wait(epoll_fd, events, 256, timeout_ms < 0 ? 1000 : (int)timeout_ms);
        if (ready < 0 && errno != EINTR) die("epoll_wait");
        if (ready <= 0) {
            timeout_ms = -1;
            curl_multi_socket_action(multi, CURL_SOCKET_TIMEOUT, 0, &running);
        }
        for (int i = 0; i < ready; i++) {
            int what = (events[i].events & EPOLLIN ? CURL_CSELECT_IN : 0) | (events[i].events & EPOLLOUT ? CURL_CSELECT_OUT : 0)
                | (events[i].events & (EPOLLERR | EPOLLHUP) ? CURL_CSELECT_IN : 0);
            curl_multi_socket_action(multi, events[i].data.fd, what, &running);
        }
        if (timeout_ms == 0) {
            timeout_ms = -1;
            curl_multi_socket_action(multi, CURL_SOCKET_TIMEOUT, 0, &running);
        }
        collect();
    }
    clock_gettime(CLOCK_MONOTONIC, &end);
    printf("%.6f %zu\n", (double)(end.tv_sec - begin.tv_sec) + (double)(end.tv_nsec - begin.tv_nsec) / 1e9, good);
    return good == count ? 0 : 1;
}
