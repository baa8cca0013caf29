#ifndef PRECACHE_CLINUX_H
#define PRECACHE_CLINUX_H

// What Swift's Glibc module lacks on Linux.

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <fcntl.h>
#include <pthread.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/sendfile.h>
#include <sys/socket.h>

/// accept4(2) with SOCK_NONBLOCK | SOCK_CLOEXEC set. Returns the descriptor, or -1 with errno.
static inline int clinux_accept_nonblocking(int listener, struct sockaddr *address, socklen_t *length) {
    return accept4(listener, address, length, SOCK_NONBLOCK | SOCK_CLOEXEC);
}

/// Names the calling thread; Linux keeps 15 bytes of it.
static inline void clinux_name_thread(const char *name) {
    pthread_setname_np(pthread_self(), name);
}

/// The system's words for an errno. Safe on any thread: the answer is a constant or lies in `buffer`.
static inline const char *clinux_describe_error(int code, char *buffer, size_t length) {
    return strerror_r(code, buffer, length);
}

/// fallocate(2) without changing the file's size (FALLOC_FL_KEEP_SIZE). Returns 0, or -1 with errno.
static inline int clinux_reserve(int descriptor, off_t offset, off_t length) {
    return fallocate(descriptor, FALLOC_FL_KEEP_SIZE, offset, length);
}

#endif
