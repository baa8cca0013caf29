internal import CCurl
internal import Glibc
internal import Reactor

/// A multi handle's connections that wait for their next request.
///
/// libcurl looks at its idle connections only when another request begins, and has no call that closes one. So they are
/// watched here, and one that its far end has closed or that has waited long enough is closed by a fetch that takes it and
/// lets go before a byte is sent (``Transfer/isClosing``).
final class IdleConnections {
    /// Where a connection leads, as a request has to say it to be given the same one.
    struct Place {
        let origin: String
        let connectTo: FetchRequest.ConnectTarget?
        let proxy: ProxyRule?
    }

    private struct Waiting {
        let place: Place
        let since: ContinuousClock.Instant
        let registration: Registration
    }

    private let loop: EventLoop
    private let ended: (Place) -> Void
    private var waiting = AgedEntries<curl_socket_t, Waiting>()

    /// - Parameters:
    ///   - loop: Where they are watched.
    ///   - ended: Called for one that its far end has closed, or said something on that nobody asked for.
    init(loop: EventLoop, ended: @escaping (Place) -> Void) {
        self.loop = loop
        self.ended = ended
    }

    var isEmpty: Bool { waiting.isEmpty }

    /// A request is over, and its connection is kept.
    func insert(_ socket: curl_socket_t, to place: Place) {
        remove(socket)
        let registration = try? loop.register(socket, interest: .read) { [weak self] _ in
            guard let self, let gone = waiting.remove(socket) else { return }
            gone.registration.cancel()
            ended(gone.place)
        }
        // Unwatched it still serves: libcurl looks at it before it is used.
        guard let registration else { return }
        waiting.insert(Waiting(place: place, since: .now, registration: registration), for: socket)
    }

    /// A connection has another request, or is closed.
    func remove(_ socket: curl_socket_t) {
        waiting.remove(socket)?.registration.cancel()
    }

    /// Takes out one that has waited since before a moment, if there is any.
    func takeOne(waitingSince moment: ContinuousClock.Instant) -> Place? {
        guard let oldest = waiting.oldest(), oldest.value.since <= moment else { return nil }
        remove(oldest.key)
        return oldest.value.place
    }

    /// Watches none any more.
    func removeAll() {
        while let entry = waiting.popOldest() { entry.value.registration.cancel() }
    }
}

extension CurlMulti {
    /// CURLOPT_CLOSESOCKETFUNCTION; its data is the `CurlMulti`.
    static let closeSocketCallback: curl_closesocket_callback = { user, socket in
        if let user { Unmanaged<CurlMulti>.fromOpaque(user).takeUnretainedValue().closes(socket) }
        return Glibc.close(socket)
    }

    private func closes(_ socket: curl_socket_t) {
        idle?.remove(socket)
        open[socket] = nil
    }

    /// Whether connections wait that have a time limit.
    var hasIdle: Bool { idle?.isEmpty == false }

    /// Takes out a connection that has waited since before a moment, if there is any.
    func takeIdle(waitingSince moment: ContinuousClock.Instant) -> IdleConnections.Place? {
        loop.assertCurrent()
        return idle?.takeOne(waitingSince: moment)
    }

    /// Gets no new requests any more: idle connections go with the handle, when its last transfer has ended.
    func retire() {
        loop.assertCurrent()
        idle?.removeAll()
        idle = nil
    }
}
