internal import CCurl
internal import Reactor

/// A libcurl multi handle on an event loop: its sockets, its timer, its connections and its spare easy handles.
///
/// There is one for each ``ClientTLS``, since libcurl cannot see an identity that is set in a callback and would share
/// connections between two. Touched on the loop only.
final class CurlMulti: @unchecked Sendable {
    // Confined to the loop, which every way in asserts; closures given to the loop carry it there.

    let identity: TLSIdentity?
    /// The sessions to go on with; nil: none are kept.
    let sessions: TLSSessions?
    /// The connections that wait; nil: what libcurl keeps by itself is enough.
    var idle: IdleConnections?
    /// Sockets that were watched and aren't closed, each with a number of its own, since theirs come again.
    var open: [curl_socket_t: Int] = [:]
    private var opened = 0
    /// The state of the identity's files when they were read, and when to look again.
    let stamps: [FileStamp?]
    var nextStampCheck: ContinuousClock.Instant
    /// The state of changed files that could not be used; nil while there are none such.
    var unusableStamps: [FileStamp?]?

    private let multi: UnsafeMutableRawPointer
    let loop: EventLoop
    private let finished: (Transfer, CURLcode) -> Void
    private var registrations: [curl_socket_t: (registration: Registration, what: Int32)] = [:]
    private var spares: [EasyHandle] = []
    private var dirty: [Transfer] = []
    private(set) var running = 0
    private var isOpen = true

    // libcurl wants one timer, and moves it often: the loop's timer is only replaced when it would ring too late.
    private var dueAt: ContinuousClock.Instant?
    private var ringsAt: ContinuousClock.Instant?
    private var timer: LoopTimer?
    private var isKicked = false

    /// How many idle easy handles are kept, at about 6 KiB each.
    private static let sparesKept = 512

    /// A multi handle.
    ///
    /// - Parameters:
    ///   - loop: where it lives.
    ///   - tls: whose files are read now.
    ///   - configuration: says what is kept.
    ///   - finished: called, outside of libcurl, with each transfer that ended by itself.
    ///   - idleEnded: called with where an idle connection leads that is to be closed.
    /// - Throws: ``FetchError/Code/tls`` when a file cannot be used.
    init(
        loop: EventLoop,
        tls: ClientTLS,
        configuration: FetcherConfiguration,
        finished: @escaping (Transfer, CURLcode) -> Void,
        idleEnded: @escaping (IdleConnections.Place) -> Void
    ) throws(FetchError) {
        stamps = FileStamp.all(of: tls)
        identity = try TLSIdentity.load(tls)
        nextStampCheck = ContinuousClock.now + .seconds(1)
        self.loop = loop
        self.finished = finished
        sessions = configuration.tlsSessions > 0 ? TLSSessions(limit: configuration.tlsSessions) : nil
        idle = configuration.idleTime.map { _ in IdleConnections(loop: loop, ended: idleEnded) }
        guard let multi = curl_multi_init() else {
            throw FetchError(
                code: .other,
                retry: .retryable,
                message: "libcurl has no memory for a multi handle"
            )
        }
        self.multi = multi
        let this = Unmanaged.passUnretained(self).toOpaque()
        _ = ccurl_multi_set_socket_callback(multi, Self.socketCallback)
        _ = ccurl_multi_set_pointer(multi, CURLMOPT_SOCKETDATA, this)
        _ = ccurl_multi_set_timer_callback(multi, Self.timerCallback)
        _ = ccurl_multi_set_pointer(multi, CURLMOPT_TIMERDATA, this)
        _ = ccurl_multi_set_long(multi, CURLMOPT_MAXCONNECTS, max(1, configuration.idleConnections))
        _ = ccurl_multi_set_long(multi, CURLMOPT_PIPELINING, Int(CURLPIPE_NOTHING))
    }

    /// Starts a transfer's present hop.
    func add(_ transfer: Transfer, configuration: FetcherConfiguration) throws(FetchError) {
        loop.assertCurrent()
        let handle = try preparedHandle(for: transfer, configuration: configuration)
        transfer.handle = handle
        transfer.multi = self
        running += 1
        let result = curl_multi_add_handle(multi, handle.curl)
        if result != CURLM_OK {
            remove(transfer)
            let words = String(cString: curl_multi_strerror(result))
            throw FetchError(code: .other, retry: .retryable, message: words)
        }
    }

    /// A handle that is set up for a transfer's present hop.
    ///
    /// What a spare one refuses says nothing of the far end: a fresh one has the last word.
    private func preparedHandle(
        for transfer: Transfer,
        configuration: FetcherConfiguration
    ) throws(FetchError) -> EasyHandle {
        if let spare = spares.popLast() {
            if (try? spare.prepare(for: transfer, in: self, configuration: configuration)) != nil {
                return spare
            }
            spare.clear()
        }
        guard let fresh = EasyHandle() else {
            throw FetchError(code: .other, retry: .retryable, message: "libcurl has no memory for a transfer")
        }
        try fresh.prepare(for: transfer, in: self, configuration: configuration)
        return fresh
    }

    /// Takes a transfer out.
    ///
    /// When it has not ended its connection is closed.
    ///
    /// - Parameters:
    ///   - transfer: in this multi, or in none.
    ///   - reusingHandle: whether libcurl ended it well. A handle whose transfer failed may hold what
    ///     `curl_easy_reset` leaves: 7.88 keeps its receive buffer when a name doesn't resolve, and then refuses
    ///     CURLOPT_BUFFERSIZE for ever.
    func remove(_ transfer: Transfer, reusingHandle: Bool = false) {
        loop.assertCurrent()
        guard let handle = transfer.handle else { return }
        transfer.handle = nil
        transfer.multi = nil
        running -= 1
        curl_multi_remove_handle(multi, handle.curl)
        handle.clear()
        if let (socket, number) = transfer.socket.take(), open[socket] == number {
            idle?.insert(socket, to: transfer.idlePlace)
        }
        if reusingHandle, spares.count < Self.sparesKept { spares.append(handle) }
    }

    /// Lets a paused transfer receive again; what libcurl held back arrives within the call.
    func resume(_ transfer: Transfer) {
        loop.assertCurrent()
        guard let handle = transfer.handle else { return }
        let result = curl_easy_pause(handle.curl, CURLPAUSE_CONT)
        if result != CURLE_OK { finished(transfer, result) }
        settle()
    }

    /// A callback brought something for a transfer: it is delivered at the end of this turn.
    func touched(_ transfer: Transfer) {
        loop.assertCurrent()
        if transfer.isTouched { return }
        transfer.isTouched = true
        dirty.append(transfer)
    }

    /// Frees everything.
    ///
    /// All transfers have to be out.
    func close() {
        loop.assertCurrent()
        if !isOpen { return }
        isOpen = false
        idle?.removeAll()
        spares.removeAll()
        curl_multi_cleanup(multi)
        for entry in registrations.values { entry.registration.cancel() }
        registrations.removeAll()
        timer?.cancel()
        timer = nil
    }

    private func act(_ socket: curl_socket_t, _ events: Int32) {
        loop.assertCurrent()
        guard isOpen else { return }
        var left: Int32 = 0
        curl_multi_socket_action(multi, socket, events, &left)
        settle()
    }

    /// Delivers what a call into libcurl brought.
    private func settle() {
        var result = CURLE_OK
        while let easy = ccurl_multi_next_finished(multi, &result) {
            guard let data = ccurl_get_private(easy) else { continue }
            finished(Unmanaged<Transfer>.fromOpaque(data).takeUnretainedValue(), result)
        }
        let turn = dirty
        dirty.removeAll(keepingCapacity: true)
        for transfer in turn {
            transfer.isTouched = false
            transfer.deliver()
        }
    }

    private func watch(_ socket: curl_socket_t, _ what: Int32, for transfer: Transfer?) {
        if what == CURL_POLL_REMOVE {
            registrations.removeValue(forKey: socket)?.registration.cancel()
            return
        }
        if open[socket] == nil {
            opened += 1
            open[socket] = opened
        }
        transfer?.socket = (socket, open[socket] ?? 0)
        idle?.remove(socket)
        var interest: Interest = []
        if what != CURL_POLL_OUT { interest.insert(.read) }
        if what != CURL_POLL_IN { interest.insert(.write) }
        do throws(SystemError) {
            if let known = registrations[socket] {
                if known.what == what { return }
                try known.registration.update(interest: interest)
                registrations[socket] = (known.registration, what)
            } else {
                let registration = try loop.register(socket, interest: interest) { [weak self] readiness in
                    self?.act(socket, Self.events(readiness))
                }
                registrations[socket] = (registration, what)
            }
        } catch {
            // The kernel has no room to watch it. An error from here would end every transfer of this handle;
            // without one, this transfer alone runs into its time limit.
            return
        }
    }

    private static func events(_ readiness: Readiness) -> Int32 {
        var events: Int32 = 0
        if readiness.contains(.readable) || readiness.contains(.hangup) { events |= CURL_CSELECT_IN }
        if readiness.contains(.writable) { events |= CURL_CSELECT_OUT }
        if readiness.contains(.error) { events |= CURL_CSELECT_ERR }
        return events
    }

    private static let socketCallback: curl_socket_callback = { easy, socket, what, user, _ in
        guard let user else { return 0 }
        let transfer = easy.flatMap { ccurl_get_private($0) }
            .map { Unmanaged<Transfer>.fromOpaque($0).takeUnretainedValue() }
        Unmanaged<CurlMulti>.fromOpaque(user).takeUnretainedValue().watch(socket, what, for: transfer)
        return 0
    }
}

extension CurlMulti {
    /// libcurl wants to be called after so many milliseconds; -1: not at all.
    private func setTimer(_ milliseconds: Int) {
        guard isOpen else { return }
        if milliseconds == 0 {
            if isKicked { return }
            isKicked = true
            loop.execute { [self] in
                isKicked = false
                act(CURL_SOCKET_TIMEOUT, 0)
            }
            return
        }
        guard milliseconds > 0 else {
            dueAt = nil
            return
        }
        let due = ContinuousClock.now + .milliseconds(milliseconds)
        dueAt = due
        if let ringsAt, ringsAt <= due { return }
        ring(at: due, after: .milliseconds(milliseconds))
    }

    private func ring(at due: ContinuousClock.Instant, after wait: Duration) {
        timer?.cancel()
        ringsAt = due
        timer = loop.schedule(after: wait) { [weak self] in self?.rang() }
    }

    private func rang() {
        timer = nil
        ringsAt = nil
        guard let dueAt else { return }
        let left = dueAt - ContinuousClock.now
        if left > .zero { return ring(at: dueAt, after: left) }
        self.dueAt = nil
        act(CURL_SOCKET_TIMEOUT, 0)
    }

    fileprivate static let timerCallback: curl_multi_timer_callback = { _, milliseconds, user in
        guard let user else { return 0 }
        Unmanaged<CurlMulti>.fromOpaque(user).takeUnretainedValue().setTimer(milliseconds)
        return 0
    }
}
