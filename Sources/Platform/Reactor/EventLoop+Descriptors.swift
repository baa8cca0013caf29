extension EventLoop {
    /// Watches a descriptor.
    ///
    /// Call it on the loop's thread; the handler runs there too.
    ///
    /// - Parameters:
    ///   - descriptor: A non-blocking descriptor, which stays the caller's; one registration each.
    ///   - interest: What to tell of. Hang-ups and errors are told as long as this names a direction.
    ///   - handler: Called with what happened.
    /// - Returns: The registration; the loop keeps it until it is cancelled.
    /// - Throws: The failure of epoll_ctl(2): `EPERM` for a regular file, `EEXIST` for a second registration.
    package func register(
        _ descriptor: Int32,
        interest: Interest,
        handler: @escaping (Readiness) -> Void
    ) throws(SystemError) -> Registration {
        precondition(isCurrent, "register descriptors on the thread of event loop \(name)")
        let token = state.nextToken(for: descriptor)
        try poller.add(descriptor, interest: interest, token: token)
        let registration = Registration(
            descriptor: descriptor,
            interest: interest,
            token: token,
            loop: self,
            handler: handler
        )
        state.insert(registration)
        return registration
    }

    func modify(_ registration: Registration, interest: Interest) throws(SystemError) {
        precondition(isCurrent, "registrations belong to the thread of event loop \(name)")
        try poller.modify(registration.descriptor, interest: interest, token: registration.token)
    }

    func forget(_ registration: Registration) {
        precondition(isCurrent, "registrations belong to the thread of event loop \(name)")
        poller.remove(registration.descriptor)
        state.remove(registration)
    }
}

/// A descriptor watched by a loop; use it on the loop's thread only.
///
/// The descriptor itself stays the caller's: cancel first, then close it.
package final class Registration {
    /// The descriptor that is watched.
    package let descriptor: Int32
    /// What its handler is told of.
    package private(set) var interest: Interest

    let token: UInt64
    private(set) var handler: ((Readiness) -> Void)?
    private unowned let loop: EventLoop

    init(
        descriptor: Int32,
        interest: Interest,
        token: UInt64,
        loop: EventLoop,
        handler: @escaping (Readiness) -> Void
    ) {
        self.descriptor = descriptor
        self.interest = interest
        self.token = token
        self.loop = loop
        self.handler = handler
    }

    /// Changes what the handler is told of; an empty set silences it until the next change.
    ///
    /// - Throws: The failure of epoll_ctl(2), such as `EBADF` for a descriptor that was closed first.
    package func update(interest: Interest) throws(SystemError) {
        guard handler != nil, interest != self.interest else { return }
        try loop.modify(self, interest: interest)
        self.interest = interest
    }

    /// Ends the watch: the handler is not called again, not even for events already at hand, and is let go.
    package func cancel() {
        guard handler != nil else { return }
        handler = nil
        loop.forget(self)
    }
}

/// What a registration wants to hear of its descriptor.
///
/// A closed peer and errors are always told.
package struct Interest: OptionSet, Sendable {
    /// The bits of the set.
    package let rawValue: UInt8

    /// Makes a set of its bits.
    package init(rawValue: UInt8) {
        self.rawValue = rawValue
    }

    /// There is something to read, or to accept.
    package static let read = Interest(rawValue: 1)
    /// There is room to write, or a connection was made.
    package static let write = Interest(rawValue: 2)
    /// Tell each change once (`EPOLLET`, epoll(7)): the handler then reads or writes until `EAGAIN`.
    package static let edgeTriggered = Interest(rawValue: 4)
}

/// What happened to a descriptor.
package struct Readiness: OptionSet, Sendable {
    /// The bits of the set.
    package let rawValue: UInt8

    /// Makes a set of its bits.
    package init(rawValue: UInt8) {
        self.rawValue = rawValue
    }

    /// Reading would not block, be it that the stream has ended or is in error.
    package static let readable = Readiness(rawValue: 1)
    /// Writing would not block, be it that there is an error to be had.
    package static let writable = Readiness(rawValue: 2)
    /// The peer has closed its sending half, or all of it (`EPOLLRDHUP`, `EPOLLHUP`).
    package static let hangup = Readiness(rawValue: 4)
    /// The descriptor is in error (`EPOLLERR`): `SO_ERROR` tells which.
    package static let error = Readiness(rawValue: 8)
}
