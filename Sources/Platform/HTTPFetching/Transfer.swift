internal import CCurl
internal import HTTPTypes
internal import Reactor

/// One fetch on its way: a request, the hop it is at, and those who wait for it.
final class Transfer: @unchecked Sendable {
    // Confined to the engine's loop once it is made, which every function asserts.

    /// Where the fetch stands.
    enum Phase {
        /// Not yet begun.
        case new
        /// Its handle is in a multi.
        case running
        /// The waiting caller has its head or its error, and the body its end.
        case ended
    }

    private let loop: EventLoop
    let request: FetchRequest
    let deadline: ContinuousClock.Instant?
    private(set) var pipe: BodyPipe?

    var phase = Phase.new
    var hop: Hop
    var hopsLeft: Int
    var head: ResponseHead
    private let headBytes: Int
    private let everywhere: AddressRule

    /// The handle in use, and the multi it is in.
    var handle: EasyHandle?
    var multi: CurlMulti?

    /// Whether this hop's connection is there and its request begun.
    var isConnected = false
    /// The last byte in either direction; for the idle limit.
    var lastActivity: ContinuousClock.Instant
    /// What came since the first byte after the last look at the speed, and when that byte came.
    private var period: (start: ContinuousClock.Instant, bytes: Int)?
    /// CURLINFO_SIZE_UPLOAD_T when last looked at.
    var uploaded: curl_off_t = 0
    /// The socket that libcurl last had watched for this hop, and its number in ``CurlMulti/open``.
    var socket: (curl_socket_t, Int)?
    /// Whether this is no fetch, but takes an idle connection and closes it.
    var isClosing = false
    /// Until when the rest of a body may come that nobody reads.
    private(set) var drainsUntil: ContinuousClock.Instant?
    /// Whether something waits for `deliver` at the end of this turn of the loop.
    var isTouched = false
    /// The error that one of our callbacks ended the transfer for; it goes before libcurl's own.
    var verdict: FetchError?
    /// What to say if nothing but addresses that the rule forbids could be connected to.
    private(set) var refusedAddress: FetchError?
    /// Bytes of a body that nobody reads: a redirect's own, or the rest of one that was let go of.
    private var discarded = 0

    private var caller: CheckedContinuation<Result<FetchResponse, FetchError>, Never>?

    /// A fetch not yet begun.
    init(_ request: FetchRequest, configuration: FetcherConfiguration, loop: EventLoop) throws(FetchError) {
        self.loop = loop
        self.request = request
        hop = try Hop(request, defaultTLS: configuration.tls)
        hopsLeft = request.redirects
        headBytes = configuration.headBytes
        everywhere = configuration.addresses
        head = ResponseHead(limit: headBytes)
        lastActivity = ContinuousClock.now
        deadline = request.timeouts.total.map { [lastActivity] in lastActivity + $0 }
    }

    /// Sets who waits for the head, and what the body will go through.
    ///
    /// The answer is at hand when the task was cancelled before.
    func expect(
        by caller: CheckedContinuation<Result<FetchResponse, FetchError>, Never>,
        through pipe: BodyPipe
    ) {
        loop.assertCurrent()
        guard phase == .new else {
            return caller.resume(returning: .failure(.cancelled("The task was cancelled")))
        }
        self.caller = caller
        self.pipe = pipe
    }

    /// Makes ready for the next hop.
    func move(to next: Hop) {
        loop.assertCurrent()
        hop = next
        hopsLeft -= 1
        head = ResponseHead(limit: headBytes)
        isConnected = false
        uploaded = 0
        discarded = 0
        period = nil
    }

    /// Through whom the present hop goes; nil is straight to its server.
    var proxy: String? { request.proxy?.proxy(for: hop.url) }

    /// Where the present hop goes, for people: the URL without what may be secret, and the proxy, for it may be that which fails.
    var place: String { proxy.map { "\(hop.url.place) through the proxy \($0)" } ?? hop.url.place }

    /// Which addresses the present hop may lead to.
    private var addresses: AddressRule {
        everywhere == .any && hop.isElsewhere ? request.redirection.addresses : everywhere
    }

    /// Whether the present hop may take no connection that is there: one that another fetch made was not looked at by
    /// this one's rule.
    var mustConnectAnew: Bool { addresses != everywhere && proxy == nil }

    /// Checks what can be known before a connection is made; with a proxy, who looks up the names, that's all there is.
    func checkAddress() throws(FetchError) {
        guard proxy != nil, let fault = addresses.fault(in: hop.url.text) else { return }
        throw FetchError(
            code: .refusedAddress,
            retry: .permanent,
            message: "Refused to fetch \(hop.url.place): \(fault)"
        )
    }

    /// Whether the present head is a redirect that this fetch follows itself.
    var isRedirecting: Bool {
        request.redirects > 0 && (request.method == .get || request.method == .head)
            && Hop.isRedirect(head.status) && head.fields[.location] != nil
    }

    /// Whether a socket may be opened to an address, which comes as its bytes in network order.
    func mayConnect(to address: [UInt8]) -> Bool {
        loop.assertCurrent()
        // With a proxy it is the proxy's own, which the settings name.
        guard proxy == nil, let what = addresses.refusal(of: address) else { return true }
        refusedAddress = FetchError(
            code: .refusedAddress,
            retry: .permanent,
            message: "Refused to connect to \(what) (\(hop.url.place))"
        )
        return false
    }

    /// A line of the head.
    ///
    /// False ends the transfer.
    func receiveHead(_ line: UnsafeRawBufferPointer) -> Bool {
        loop.assertCurrent()
        lastActivity = ContinuousClock.now
        do throws(ResponseHead.Violation) {
            try head.take(line)
            count(line.count)
            // From here on it's the body that is looked at, which may take its time to begin.
            if head.isComplete { period = nil }
            return true
        } catch {
            switch error {
            case .tooLarge:
                fail(.tooLarge, "The response's head is larger than \(headBytes) bytes")
            case .malformed(let reason):
                fail(.protocolViolation, reason)
            }
            return false
        }
    }

    /// Bytes of the body; answers as a CURLOPT_WRITEFUNCTION does.
    func receiveBody(_ bytes: UnsafeRawBufferPointer) -> Int {
        loop.assertCurrent()
        lastActivity = ContinuousClock.now
        guard head.isComplete else {
            fail(.protocolViolation, "A body came without a head")
            return 0
        }
        if isRedirecting || drainsUntil != nil {
            discarded += bytes.count
            // A short body is read so that the connection can be used again; a long one costs more than it saves.
            return discarded <= 65_536 ? bytes.count : 0
        }
        guard let pipe else { return 0 }
        guard pipe.put(bytes) else { return Int(CURL_WRITEFUNC_PAUSE) }
        count(bytes.count)
        return bytes.count
    }

    private func count(_ bytes: Int) {
        guard request.timeouts.lowSpeed != nil else { return }
        period = (period?.start ?? lastActivity, (period?.bytes ?? 0) + bytes)
    }

    /// Hands over what the last turn of the loop brought: the head, once, then bytes.
    func deliver() {
        loop.assertCurrent()
        guard head.isComplete, !isRedirecting, let pipe else { return }
        if let caller {
            self.caller = nil
            let response = FetchResponse(
                status: HTTPResponse.Status(code: head.status),
                headers: head.fields,
                url: hop.url.text,
                body: FetchBody(pipe)
            )
            caller.resume(returning: .success(response))
        }
        pipe.flush()
    }

    /// Ends the fetch for its caller and its reader; does nothing the second time.
    func end(_ error: FetchError?) {
        loop.assertCurrent()
        if phase == .ended { return }
        // What came before a failure is good, and a download may go on from there.
        if error?.code != .cancelled { deliver() }
        phase = .ended
        pipe?.end(error)
        pipe = nil
        if let caller {
            self.caller = nil
            caller.resume(returning: .failure(error ?? .cancelled("The fetch ended without a response")))
        }
    }

    /// Ends the fetch for its reader, but lets the rest of the body come, until a moment: the connection is good for another.
    func drain(until moment: ContinuousClock.Instant) {
        loop.assertCurrent()
        end(.cancelled("Nobody reads the body"))
        drainsUntil = moment
    }

    /// Where the present hop's connection leads.
    var idlePlace: IdleConnections.Place {
        IdleConnections.Place(origin: hop.url.origin, connectTo: hop.connectTo, proxy: request.proxy)
    }

    /// Whether the peer has been silent for so long, although it was its turn.
    func isIdle(for limit: Duration, at now: ContinuousClock.Instant) -> Bool {
        loop.assertCurrent()
        guard isConnected, now - lastActivity >= limit, let handle else { return false }
        if pipe?.isPaused == true { return false }
        var sent: curl_off_t = 0
        _ = ccurl_get_offset(handle.curl, CURLINFO_SIZE_UPLOAD_T, &sent)
        if sent == uploaded { return true }
        uploaded = sent
        lastActivity = now
        return false
    }

    /// Whether so little came in a whole period that it's over with the peer; looking ends the period.
    func isTooSlow(for limit: FetchTimeouts.LowSpeed, at now: ContinuousClock.Instant) -> Bool {
        loop.assertCurrent()
        if pipe?.isPaused == true { period = nil }
        guard let current = period, now - current.start >= limit.over else { return false }
        period = nil
        return current.bytes < limit.bytesPerSecond * limit.over.milliseconds / 1_000
    }

    private func fail(_ code: FetchError.Code, _ reason: String) {
        verdict = FetchError(code: code, retry: .permanent, message: "\(reason) (\(hop.url.place))")
    }
}
