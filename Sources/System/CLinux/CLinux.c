#define _GNU_SOURCE
#include "CLinux.h"

#include <fcntl.h>
#include <link.h>
#include <malloc.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
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

static int set_lock(int descriptor, short type) {
    struct flock whole = {.l_type = type, .l_whence = SEEK_SET, .l_start = 0, .l_len = 0, .l_pid = 0};
    return fcntl(descriptor, F_OFD_SETLK, &whole);
}

int clinux_try_lock(int descriptor) {
    return set_lock(descriptor, F_WRLCK);
}

void clinux_unlock(int descriptor) {
    (void)set_lock(descriptor, F_UNLCK);
}

void clinux_trim_heap(void) {
    (void)malloc_trim(0);
}

void clinux_limit_arenas(int count) {
    (void)mallopt(M_ARENA_MAX, count);
}

struct code_walk {
    int pagemap;
    ElfW(Addr) page;
};

/// Whether a page differs from its file: a debugger's breakpoint, a probe, relocated text. `entry` is of
/// /proc/self/pagemap (Documentation/admin-guide/mm/pagemap.rst): bit 63 says present, 62 swapped out, 61 a file's.
static int is_changed(uint64_t entry) {
    int is_present = entry >> 63 & 1, is_swapped = entry >> 62 & 1, is_of_file = entry >> 61 & 1;
    return is_swapped || (is_present && !is_of_file);
}

static void let_go(ElfW(Addr) start, ElfW(Addr) end, const struct code_walk *walk) {
    uint64_t entries[512];
    while (start < end) {
        size_t wanted = (end - start + walk->page - 1) / walk->page;
        if (wanted > 512) wanted = 512;
        off_t place = (off_t)(start / walk->page * sizeof entries[0]);
        ssize_t size = pread(walk->pagemap, entries, wanted * sizeof entries[0], place);
        if (size < (ssize_t)sizeof entries[0]) return;
        size_t count = (size_t)size / sizeof entries[0], first = 0;
        for (size_t index = 0; index <= count; index++) {
            if (index < count && !is_changed(entries[index])) continue;
            void *run = (void *)(start + first * walk->page);
            if (index > first) (void)madvise(run, (index - first) * walk->page, MADV_DONTNEED);
            first = index + 1;
        }
        start += count * walk->page;
    }
}

static int let_go_of_code(struct dl_phdr_info *object, size_t size, void *walk_) {
    (void)size;
    const struct code_walk *walk = walk_;
    for (int index = 0; index < object->dlpi_phnum; index++) {
        const ElfW(Phdr) *segment = &object->dlpi_phdr[index];
        if (segment->p_type != PT_LOAD || (segment->p_flags & (PF_X | PF_W)) != PF_X) continue;
        ElfW(Addr) start = object->dlpi_addr + segment->p_vaddr;
        let_go(start & ~(walk->page - 1), start + segment->p_memsz, walk);
    }
    return 0;
}

void clinux_let_go_of_code(void) {
    struct code_walk walk = {.page = (ElfW(Addr))sysconf(_SC_PAGESIZE)};
    walk.pagemap = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);
    if (walk.pagemap == -1) return;
    (void)dl_iterate_phdr(let_go_of_code, &walk);
    close(walk.pagemap);
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
