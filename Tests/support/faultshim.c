// Preloaded into precache-agent by the tests: counts the file system calls that it makes below one directory, and kills
// the process at the n-th, or lets that call fail. What it does is told, and changed while it runs, through a file
// that both sides map (Tests/support/faultshim.py has the same layout).
//
//   FAULTSHIM_CONTROL  the mapped file
//   FAULTSHIM_UNDER    only calls on paths below this directory count
#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

enum { NOTHING, KILL, FAIL, HALF, HALF_AND_KILL };
enum { LOG_BYTES = 1 << 20 };

struct control {
    int64_t armed;         // whether calls are counted
    int64_t at;            // the first call to act on, from 1
    int64_t times;         // how many calls to act on
    int64_t action;        // what to do then
    int64_t error;         // the errno of FAIL
    int64_t reads;         // whether calls that change nothing count, too
    int64_t count;         // calls counted
    int64_t hits;          // calls acted on
    int64_t clock_offset;  // seconds that the wall clock is wrong by
    int64_t free_bytes;    // what statvfs says is free; -1 for the truth
    int64_t logged;        // bytes of the log that are used
    char log[LOG_BYTES];   // one line for each counted call
};

static struct control *control;
static const char *under;

__attribute__((constructor)) static void begin(void) {
    const char *file = getenv("FAULTSHIM_CONTROL");
    under = getenv("FAULTSHIM_UNDER");
    // Programs that the agent starts run untouched.
    if (!file || !under || strcmp(program_invocation_short_name, "precache-agent") != 0) return;
    int descriptor = open(file, O_RDWR | O_CLOEXEC);
    if (descriptor == -1) abort();
    void *mapped = mmap(NULL, sizeof(struct control), PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0);
    close(descriptor);
    if (mapped == MAP_FAILED) abort();
    control = mapped;
}

static void die(void) {
    kill(getpid(), SIGKILL);
    for (;;) pause();
}

// The path that a name below an open directory stands for; the descriptor's own path for an empty name.
static const char *resolve(int directory, const char *name, char *path) {
    if (name && name[0] == '/') return name;
    char link[64];
    snprintf(link, sizeof link, directory == AT_FDCWD ? "/proc/self/cwd" : "/proc/self/fd/%d", directory);
    ssize_t length = readlink(link, path, PATH_MAX - 1);
    if (length < 0) return "";
    path[length] = 0;
    if (name && name[0]) snprintf(path + length, PATH_MAX - (size_t)length, "/%s", name);
    return path;
}

static void note(int64_t number, const char *call, const char *path) {
    char line[PATH_MAX + 64];
    int length = snprintf(line, sizeof line, "%ld %s %s\n", (long)number, call, path + strlen(under));
    for (int at = 0; at < length - 1; at++)
        if (line[at] == '\n') line[at] = '?';
    int64_t start = __atomic_fetch_add(&control->logged, length, __ATOMIC_SEQ_CST);
    if (start + length <= LOG_BYTES) memcpy(control->log + start, line, (size_t)length);
}

// Counts a call; returns what is to be done with it, with errno set for FAIL.
static int decide(const char *call, int changes, int directory, const char *name) {
    if (!control || !control->armed || (!changes && !control->reads)) return NOTHING;
    int before = errno;
    char buffer[PATH_MAX];
    const char *path = resolve(directory, name, buffer);
    size_t length = strlen(under);
    if (strncmp(path, under, length) != 0 || (path[length] != '/' && path[length] != 0)) {
        errno = before;
        return NOTHING;
    }
    int64_t number = __atomic_add_fetch(&control->count, 1, __ATOMIC_SEQ_CST);
    note(number, call, path);
    errno = before;
    if (control->at == 0 || number < control->at || number - control->at >= control->times) return NOTHING;
    __atomic_add_fetch(&control->hits, 1, __ATOMIC_SEQ_CST);
    int action = (int)control->action;
    if (action == KILL) die();
    if (action == FAIL) errno = (int)control->error;
    return action;
}

#define REAL(name) ((__typeof__(name) *)real(#name))

static void *real(const char *name) {
    void *found = dlsym(RTLD_NEXT, name);
    if (!found) abort();
    return found;
}

// A call that does all or nothing: HALF leaves it as it is.
#define WHOLE(type, name, parameters, arguments, changes, directory, path)                    \
    type name parameters {                                                                    \
        static __typeof__(name) *next;                                                        \
        if (!next) next = REAL(name);                                                         \
        int what = decide(#name, changes, directory, path);                                   \
        if (what == FAIL) return -1;                                                          \
        type answer = next arguments;                                                         \
        if (what == HALF_AND_KILL) die();                                                     \
        return answer;                                                                        \
    }

// A call that may do less than it was asked for.
#define PARTIAL(name, pointer, changes)                                                       \
    ssize_t name(int file, pointer bytes, size_t size, off_t offset) {                        \
        static __typeof__(name) *next;                                                        \
        if (!next) next = REAL(name);                                                         \
        int what = decide(#name, changes, file, NULL);                                        \
        if (what == FAIL) return -1;                                                          \
        if (what == HALF || what == HALF_AND_KILL) size = size > 1 ? size / 2 : size;         \
        ssize_t answer = next(file, bytes, size, offset);                                     \
        if (what == HALF_AND_KILL) die();                                                     \
        return answer;                                                                        \
    }

// An open; making a file or emptying it changes something.
#define OPENING(name, directory_parameter, directory, directory_argument)                     \
    int name(directory_parameter const char *path, int flags, ...) {                          \
        static __typeof__(name) *next;                                                        \
        if (!next) next = REAL(name);                                                         \
        va_list list;                                                                         \
        va_start(list, flags);                                                                \
        mode_t mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(list, mode_t) : 0;               \
        va_end(list);                                                                         \
        int what = decide(#name, (flags & (O_CREAT | O_TRUNC)) != 0, directory, path);        \
        if (what == FAIL) return -1;                                                          \
        int answer = next(directory_argument path, flags, mode);                              \
        if (what == HALF_AND_KILL) die();                                                     \
        return answer;                                                                        \
    }

#define COMMA ,
OPENING(open, , AT_FDCWD, )
OPENING(open64, , AT_FDCWD, )
OPENING(openat, int directory COMMA, directory, directory COMMA)
OPENING(openat64, int directory COMMA, directory, directory COMMA)

PARTIAL(pwrite, const void *, 1)
PARTIAL(pwrite64, const void *, 1)
PARTIAL(pread, void *, 0)
PARTIAL(pread64, void *, 0)

WHOLE(ssize_t, write, (int file, const void *bytes, size_t size), (file, bytes, size), 1, file, NULL)
WHOLE(ssize_t, read, (int file, void *bytes, size_t size), (file, bytes, size), 0, file, NULL)
WHOLE(int, fsync, (int file), (file), 1, file, NULL)
WHOLE(int, fdatasync, (int file), (file), 1, file, NULL)
WHOLE(int, ftruncate, (int file, off_t length), (file, length), 1, file, NULL)
WHOLE(int, ftruncate64, (int file, off_t length), (file, length), 1, file, NULL)
WHOLE(int, fallocate, (int file, int mode, off_t from, off_t length), (file, mode, from, length), 1, file, NULL)
WHOLE(int, fallocate64, (int file, int mode, off_t from, off_t length), (file, mode, from, length), 1, file, NULL)
WHOLE(int, fchmod, (int file, mode_t mode), (file, mode), 1, file, NULL)
WHOLE(int, fchown, (int file, uid_t user, gid_t group), (file, user, group), 1, file, NULL)
WHOLE(int, fchownat, (int directory, const char *path, uid_t user, gid_t group, int flags),
      (directory, path, user, group, flags), 1, directory, path)
WHOLE(int, futimens, (int file, const struct timespec times[2]), (file, times), 1, file, NULL)
WHOLE(int, utimensat, (int directory, const char *path, const struct timespec times[2], int flags),
      (directory, path, times, flags), 1, directory, path)
WHOLE(int, mkdirat, (int directory, const char *path, mode_t mode), (directory, path, mode), 1, directory, path)
WHOLE(int, mkdir, (const char *path, mode_t mode), (path, mode), 1, AT_FDCWD, path)
WHOLE(int, unlinkat, (int directory, const char *path, int flags), (directory, path, flags), 1, directory, path)
WHOLE(int, unlink, (const char *path), (path), 1, AT_FDCWD, path)
WHOLE(int, renameat, (int from, const char *old, int to, const char *new), (from, old, to, new), 1, to, new)
WHOLE(int, renameat2, (int from, const char *old, int to, const char *new, unsigned flags),
      (from, old, to, new, flags), 1, to, new)
WHOLE(int, rename, (const char *old, const char *new), (old, new), 1, AT_FDCWD, new)
WHOLE(int, linkat, (int from, const char *old, int to, const char *new, int flags), (from, old, to, new, flags), 1, to,
      new)
WHOLE(int, flock, (int file, int operation), (file, operation), 1, file, NULL)
WHOLE(int, fstatat, (int directory, const char *restrict path, struct stat *restrict answer_, int flags),
      (directory, path, answer_, flags), 0, directory, path)
WHOLE(int, fstatat64, (int directory, const char *restrict path, struct stat64 *restrict answer_, int flags),
      (directory, path, answer_, flags), 0, directory, path)
WHOLE(int, fstat, (int file, struct stat *answer_), (file, answer_), 0, file, NULL)
WHOLE(int, fstat64, (int file, struct stat64 *answer_), (file, answer_), 0, file, NULL)

// The end of a list, or a failure: both are NULL, told apart by errno. A signal interrupts no reading of a directory.
#define LISTING(name, type)                                                                   \
    struct type *name(DIR *stream) {                                                          \
        static __typeof__(name) *next;                                                        \
        if (!next) next = REAL(name);                                                         \
        int what = decide(#name, 0, dirfd(stream), NULL);                                     \
        if (what == FAIL && errno != EINTR) return NULL;                                      \
        errno = 0;                                                                            \
        return next(stream);                                                                  \
    }

LISTING(readdir, dirent)
LISTING(readdir64, dirent64)

// Only record locks count, and only those that ask for something.
static int locks(const char *call, int file, int command) {
    int asks = command == F_SETLK || command == F_SETLKW || command == F_OFD_SETLK || command == F_OFD_SETLKW;
    return asks ? decide(call, 1, file, NULL) : NOTHING;
}

#define CONTROLLING(name)                                                                     \
    int name(int file, int command, ...) {                                                    \
        static __typeof__(name) *next;                                                        \
        if (!next) next = REAL(name);                                                         \
        va_list list;                                                                         \
        va_start(list, command);                                                              \
        void *argument = va_arg(list, void *);                                                \
        va_end(list);                                                                         \
        int what = locks(#name, file, command);                                               \
        if (what == FAIL) return -1;                                                          \
        int answer = next(file, command, argument);                                           \
        if (what == HALF_AND_KILL) die();                                                     \
        return answer;                                                                        \
    }

CONTROLLING(fcntl)
CONTROLLING(fcntl64)

// What statvfs says may be a lie.
#define SPACE(name, type, parameter, argument)                                                \
    int name(parameter, struct type *answer) {                                                \
        int result = REAL(name)(argument, answer);                                            \
        if (result == 0 && control && control->free_bytes >= 0) {                             \
            answer->f_bavail = answer->f_bfree = (fsblkcnt_t)control->free_bytes / answer->f_frsize; \
        }                                                                                     \
        return result;                                                                        \
    }

SPACE(fstatvfs, statvfs, int file, file)
SPACE(fstatvfs64, statvfs64, int file, file)
SPACE(statvfs, statvfs, const char *restrict path, path)
SPACE(statvfs64, statvfs64, const char *restrict path, path)

// The wall clock may be wrong; the monotonic one never is.
int clock_gettime(clockid_t clock, struct timespec *answer) {
    static __typeof__(clock_gettime) *next;
    if (!next) next = REAL(clock_gettime);
    int result = next(clock, answer);
    if (result == 0 && clock == CLOCK_REALTIME && control) answer->tv_sec += control->clock_offset;
    return result;
}

time_t time(time_t *answer) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    if (answer) *answer = now.tv_sec;
    return now.tv_sec;
}

int gettimeofday(struct timeval *restrict answer, void *restrict zone) {
    int result = REAL(gettimeofday)(answer, zone);
    if (result == 0 && control) answer->tv_sec += control->clock_offset;
    return result;
}
