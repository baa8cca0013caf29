import Glibc

/// Holds server threads back until it is opened, once and for all.
package final class Gate: Sendable {
    private let semaphore: Semaphore

    package init() { semaphore = Semaphore() }

    package func open() { sem_post(semaphore.pointer) }

    package func pass() {
        while sem_wait(semaphore.pointer) != 0 {}
        sem_post(semaphore.pointer)
    }

    private final class Semaphore: @unchecked Sendable {
        // Unchecked: sem_t is made for threads; the pointer is constant.
        let pointer = UnsafeMutablePointer<sem_t>.allocate(capacity: 1)

        init() { sem_init(pointer, 0, 0) }

        deinit {
            sem_destroy(pointer)
            pointer.deallocate()
        }
    }
}
