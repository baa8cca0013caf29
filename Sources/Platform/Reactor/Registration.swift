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
