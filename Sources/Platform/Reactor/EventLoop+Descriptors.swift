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
