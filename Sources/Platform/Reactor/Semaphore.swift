import Glibc

/// A counting semaphore of the system (sem_overview(7)).
package final class Semaphore: @unchecked Sendable {
    // A C handle whose every operation is safe from any thread; the pointer itself never changes.
    private let handle: UnsafeMutablePointer<sem_t>

    package init() {
        handle = .allocate(capacity: 1)
        sem_init(handle, 0, 0)
    }

    deinit {
        sem_destroy(handle)
        handle.deallocate()
    }

    package func signal() {
        sem_post(handle)
    }

    package func wait() {
        while sem_wait(handle) != 0, errno == EINTR {}
    }

    /// Waits for so long at most; false when nobody signalled.
    @discardableResult
    package func wait(milliseconds: Int) -> Bool {
        var end = timespec()
        clock_gettime(CLOCK_REALTIME, &end)
        let nanoseconds = end.tv_nsec + milliseconds % 1_000 * 1_000_000
        end.tv_sec += milliseconds / 1_000 + nanoseconds / 1_000_000_000
        end.tv_nsec = nanoseconds % 1_000_000_000
        while sem_timedwait(handle, &end) != 0 {
            if errno != EINTR { return false }
        }
        return true
    }
}
