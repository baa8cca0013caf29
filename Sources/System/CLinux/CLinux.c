#define _GNU_SOURCE
#include "CLinux.h"

#include <fcntl.h>
#include <malloc.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

int clinux_accept_nonblocking(int listener, struct sockaddr *address, socklen_t *length) {
    return accept4(listener, address, length, SOCK_NONBLOCK | SOCK_CLOEXEC);
}

void clinux_name_thread(const char *name) {
    pthread_setname_np(pthread_self(), name);
}

const char *clinux_describe_error(int code, char *buffer, size_t length) {
    return strerror_r(code, buffer, length);
}

int clinux_reserve(int descriptor, off_t offset, off_t length) {
    return fallocate(descriptor, FALLOC_FL_KEEP_SIZE, offset, length);
}

int clinux_takes_direct_writes(int descriptor) {
    int flags = fcntl(descriptor, F_GETFL);
    if (flags == -1 || fcntl(descriptor, F_SETFL, flags | O_DIRECT) == -1) return 0;
    (void)fcntl(descriptor, F_SETFL, flags);
    return 1;
}

void clinux_begin_writeback(int descriptor, off_t offset, off_t length) {
    (void)sync_file_range(descriptor, offset, length, SYNC_FILE_RANGE_WRITE);
}

static int set_lock(int descriptor, short type, off_t start, off_t length) {
    struct flock lock = {.l_type = type, .l_whence = SEEK_SET, .l_start = start, .l_len = length, .l_pid = 0};
    return fcntl(descriptor, F_OFD_SETLK, &lock);
}

int clinux_try_lock(int descriptor) {
    return set_lock(descriptor, F_WRLCK, 0, 0);
}

int clinux_try_lock_beyond(int descriptor) {
    return set_lock(descriptor, F_WRLCK, (off_t)1 << 62, 1);
}

void clinux_unlock(int descriptor) {
    (void)set_lock(descriptor, F_UNLCK, 0, 0);
}

void clinux_trim_heap(void) {
    (void)malloc_trim(0);
}

void clinux_limit_arenas(int count) {
    (void)mallopt(M_ARENA_MAX, count);
}

int clinux_take_lease(int descriptor) {
    // Someone who wants the file makes the kernel send a signal: SIGURG does nothing, the default SIGIO would end us.
    if (fcntl(descriptor, F_SETSIG, SIGURG) == -1) return -1;
    return fcntl(descriptor, F_SETLEASE, F_WRLCK);
}

int clinux_holds_lease(int descriptor) {
    return fcntl(descriptor, F_GETLEASE) == F_WRLCK;
}

void clinux_idle_io(void) {
    // linux/ioprio.h: IOPRIO_WHO_PROCESS is 1, IOPRIO_CLASS_IDLE 3, shifted by 13; 0 is the calling thread.
    (void)syscall(SYS_ioprio_set, 1, 0, 3 << 13);
}

int clinux_open_direct(int directory, const char *name) {
    return openat(directory, name, O_RDONLY | O_DIRECT | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
}
