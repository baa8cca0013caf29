#ifndef PRECACHE_CLINUX_H
#define PRECACHE_CLINUX_H

// What Swift's Glibc module lacks on Linux. The functions are defined in CLinux.c: they need _GNU_SOURCE, which
// here would give types another shape than the Glibc module's.

#include <stddef.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/types.h>

/// accept4(2) with SOCK_NONBLOCK | SOCK_CLOEXEC set. Returns the descriptor, or -1 with errno.
int clinux_accept_nonblocking(int listener, struct sockaddr *address, socklen_t *length);

/// Names the calling thread; Linux keeps 15 bytes of it.
void clinux_name_thread(const char *name);

/// The system's words for an errno. Safe on any thread: the answer is a constant or lies in `buffer`.
const char *clinux_describe_error(int code, char *buffer, size_t length);

/// fallocate(2) without changing the file's size (FALLOC_FL_KEEP_SIZE). Returns 0, or -1 with errno.
int clinux_reserve(int descriptor, off_t offset, off_t length);

/// sync_file_range(2): begins writing dirty pages of a range to the disk without waiting. A hint; errors don't matter.
void clinux_begin_writeback(int descriptor, off_t offset, off_t length);

/// fcntl(2), F_OFD_SETLK: an exclusive lock on all of a file, against record locks as well, without waiting. Returns 0, or
/// -1 with errno (EAGAIN or EACCES if somebody has it).
int clinux_try_lock(int descriptor);

/// The same for one byte that no image has, so that programs which lock images go on.
int clinux_try_lock_beyond(int descriptor);

/// Gives these locks back, also where a child process that is about to be another program still has the file open.
void clinux_unlock(int descriptor);

/// fcntl(2), F_SETFL: whether the file's file system knows O_DIRECT. Returns 1 or 0; the file's flags stay as they are.
int clinux_takes_direct_writes(int descriptor);

/// malloc_trim(3): gives memory that was freed back to the system.
void clinux_trim_heap(void);

/// mallopt(3), M_ARENA_MAX: fewer arenas, so that what one thread frees another takes.
void clinux_limit_arenas(int count);

/// fcntl(2), F_SETLEASE: a write lease, which there is only while nobody else has the file open. SIGURG is sent when
/// somebody wants it. Returns 0, or -1 with errno: EAGAIN if the file is open elsewhere.
int clinux_take_lease(int descriptor);

/// fcntl(2), F_GETLEASE: 1 while the write lease is held in full, else 0.
int clinux_holds_lease(int descriptor);

/// ioprio_set(2): the calling thread reads and writes only when nobody else does. A hint; errors don't matter.
void clinux_idle_io(void);

/// openat(2) for reading past the page cache (O_DIRECT). Returns the descriptor, or -1 with errno.
int clinux_open_direct(int directory, const char *name);

#endif
