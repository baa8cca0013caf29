import CLinux
import Glibc

/// One epoll instance and the eventfd that wakes it; closes both with its last reference.
final class Poller: Sendable {
    /// The token under which the wake-up itself is reported.
    static let wakeToken = UInt64.max

    private let epoll: Int32
    private let waker: Int32

    init() throws(SystemError) {
        let epoll = epoll_create1(Int32(EPOLL_CLOEXEC))
        guard epoll >= 0 else { throw SystemError(call: "epoll_create1") }
        let waker = eventfd(0, Int32(EFD_CLOEXEC | EFD_NONBLOCK))
        guard waker >= 0 else {
            let error = SystemError(call: "eventfd")
            close(epoll)
            throw error
        }
        // Edge triggered: every write is a new edge, so the counter never has to be read back.
        var event = epoll_event(
            events: EPOLLIN.rawValue | EPOLLET.rawValue,
            data: epoll_data_t(u64: Poller.wakeToken)
        )
        guard epoll_ctl(epoll, EPOLL_CTL_ADD, waker, &event) == 0 else {
            let error = SystemError(call: "epoll_ctl")
            close(epoll)
            close(waker)
            throw error
        }
        self.epoll = epoll
        self.waker = waker
    }

    deinit {
        close(waker)
        close(epoll)
    }

    /// Ends a `wait` from any thread.
    func wake() {
        var one: UInt64 = 1
        while write(waker, &one, 8) < 0, errno == EINTR {}
    }

    func add(_ descriptor: Int32, interest: Interest, token: UInt64) throws(SystemError) {
        try control(EPOLL_CTL_ADD, descriptor, interest, token)
    }

    func modify(_ descriptor: Int32, interest: Interest, token: UInt64) throws(SystemError) {
        try control(EPOLL_CTL_MOD, descriptor, interest, token)
    }

    /// Forgets a descriptor; one that was closed meanwhile is already forgotten.
    func remove(_ descriptor: Int32) {
        var unused = epoll_event()
        _ = epoll_ctl(epoll, EPOLL_CTL_DEL, descriptor, &unused)
    }

    /// Waits for events, `milliseconds` at most and without limit when it is -1; an interrupted wait reports none.
    func wait(into events: UnsafeMutableBufferPointer<epoll_event>, milliseconds: Int32) -> Int {
        let count = epoll_wait(epoll, events.baseAddress, Int32(events.count), milliseconds)
        return max(0, Int(count))
    }

    private func control(
        _ operation: Int32,
        _ descriptor: Int32,
        _ interest: Interest,
        _ token: UInt64
    ) throws(SystemError) {
        var bits = EPOLLRDHUP.rawValue
        if interest.contains(.read) { bits |= EPOLLIN.rawValue }
        if interest.contains(.write) { bits |= EPOLLOUT.rawValue }
        if interest.contains(.edgeTriggered) { bits |= EPOLLET.rawValue }
        // Silenced: a hang-up cannot be turned off, but is then told once and does not spin.
        if interest.isDisjoint(with: [.read, .write]) { bits = EPOLLET.rawValue }
        var event = epoll_event(events: bits, data: epoll_data_t(u64: token))
        guard epoll_ctl(epoll, operation, descriptor, &event) == 0 else {
            throw SystemError(call: "epoll_ctl")
        }
    }
}

extension Readiness {
    /// Reads epoll's bits: an error or a hang-up ends waits for either direction.
    init(epollBits bits: UInt32) {
        var readiness: Readiness = []
        if bits & (EPOLLIN.rawValue | EPOLLHUP.rawValue | EPOLLERR.rawValue | EPOLLRDHUP.rawValue) != 0 {
            readiness.insert(.readable)
        }
        if bits & (EPOLLOUT.rawValue | EPOLLHUP.rawValue | EPOLLERR.rawValue) != 0 {
            readiness.insert(.writable)
        }
        if bits & (EPOLLHUP.rawValue | EPOLLRDHUP.rawValue) != 0 { readiness.insert(.hangup) }
        if bits & EPOLLERR.rawValue != 0 { readiness.insert(.error) }
        self = readiness
    }
}
