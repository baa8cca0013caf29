import Glibc

/// A counting semaphore of the system (sem_overview(7)).
final class Semaphore: @unchecked Sendable {
    // A C handle whose every operation is safe from any thread; the pointer itself never changes.
    private let handle: UnsafeMutablePointer<sem_t>

    init() {
        handle = .allocate(capacity: 1)
        sem_init(handle, 0, 0)
    }

    deinit {
        sem_destroy(handle)
        handle.deallocate()
    }

    func signal() {
        sem_post(handle)
    }

    func wait() {
        while sem_wait(handle) != 0, errno == EINTR {}
    }
}
