internal import CCurl
internal import HTTPTypes
internal import Logging
internal import Reactor

/// All fetches of one ``HTTPFetcher``, from hop to hop, on its loop.
final class FetchEngine: @unchecked Sendable {
    // Confined to the loop, which every way in asserts.

    let loop: EventLoop
    let configuration: FetcherConfiguration
    private let logger: Logger
    private var multis: [ClientTLS: CurlMulti] = [:]
    /// Those whose files have changed, until their last transfer ends.
    private var retired: [CurlMulti] = []
    private var transfers: [ObjectIdentifier: Transfer] = [:]
    private var sweeper: LoopTimer?
    private var isStopped = false

    /// How often idle transfers and connections are looked for.
    private static let sweepInterval = Duration.milliseconds(250)
    /// How many connections that waited too long are closed at a time.
    private static let closedAtOnce = 256
    /// How long the rest of a body may take that its reader has let go of.
    private static let drainTime = Duration.seconds(1)

    init(loop: EventLoop, configuration: FetcherConfiguration, logger: Logger) {
        self.loop = loop
        self.logger = logger
        self.configuration = configuration
    }

    /// Begins a fetch.
    func start(_ transfer: Transfer) {
        loop.assertCurrent()
        if transfer.phase == .ended { return }
        guard !isStopped else { return transfer.end(.cancelled("The fetcher was stopped")) }
        transfer.phase = .running
        transfers[ObjectIdentifier(transfer)] = transfer
        startHop(transfer)
        keepSweeping()
    }

    /// Ends a fetch that has not ended, and closes its connection.
    func cancel(_ transfer: Transfer, _ error: FetchError) {
        loop.assertCurrent()
        if transfer.phase == .ended, transfer.multi == nil { return }
        transfer.multi?.remove(transfer)
        end(transfer, error)
    }

    /// The reader wants no more of a body: where connections are kept, what is left of it may still come for a moment.
    func letGo(_ transfer: Transfer) {
        loop.assertCurrent()
        if transfer.phase == .ended { return }
        guard configuration.idleTime != nil else {
            return cancel(transfer, .cancelled("Nobody reads the body"))
        }
        transfer.drain(until: ContinuousClock.now + Self.drainTime)
        transfer.multi?.resume(transfer)
    }

    /// Lets a transfer go on whose reader has made room.
    func resume(_ transfer: Transfer) {
        loop.assertCurrent()
        transfer.lastActivity = ContinuousClock.now
        transfer.multi?.resume(transfer)
    }

    /// Ends all fetches and frees everything; later ones end at once.
    func stop() {
        loop.assertCurrent()
        isStopped = true
        for transfer in transfers.values { cancel(transfer, .cancelled("The fetcher was stopped")) }
        for multi in multis.values { multi.close() }
        for multi in retired { multi.close() }
        multis.removeAll()
        retired.removeAll()
        sweeper?.cancel()
        sweeper = nil
    }

    private func startHop(_ transfer: Transfer) {
        do throws(FetchError) {
            try transfer.checkAddress()
            try multi(for: transfer.hop.tls).add(transfer, configuration: configuration)
        } catch {
            end(transfer, error)
        }
    }

    private func end(_ transfer: Transfer, _ error: FetchError?) {
        transfers[ObjectIdentifier(transfer)] = nil
        transfer.end(error)
    }

    /// libcurl has ended a hop: the fetch ends with it, or a redirect leads on.
    private func finished(_ transfer: Transfer, _ result: CURLcode) {
        loop.assertCurrent()
        let words = transfer.handle?.errorWords ?? ""
        transfer.multi?.remove(transfer, reusingHandle: result == CURLE_OK)
        if transfer.head.isComplete, transfer.isRedirecting, transfer.verdict == nil {
            return follow(transfer)
        }
        if let verdict = transfer.verdict { return end(transfer, verdict) }
        guard result == CURLE_OK else {
            if let refused = transfer.refusedAddress { return end(transfer, refused) }
            let place = transfer.place
            return end(
                transfer,
                FetchError(curl: result, words: words, connected: transfer.isConnected, place: place)
            )
        }
        guard transfer.head.isComplete else {
            let message = "The connection ended before the response's head did (\(transfer.place))"
            return end(transfer, FetchError(code: .closed, retry: .retryable, message: message))
        }
        end(transfer, nil)
    }

    private func follow(_ transfer: Transfer) {
        guard transfer.hopsLeft > 0 else {
            let message = "More than \(transfer.request.redirects) redirects (\(transfer.place))"
            return end(transfer, FetchError(code: .tooManyRedirects, retry: .permanent, message: message))
        }
        do throws(FetchError) {
            let location = transfer.head.fields[.location] ?? ""
            transfer.move(to: try transfer.hop.redirected(to: location, transfer.request.redirection))
        } catch {
            return end(transfer, error)
        }
        startHop(transfer)
    }

    /// The multi handle for a trust and identity, made anew when their files have changed.
    private func multi(for tls: ClientTLS) throws(FetchError) -> CurlMulti {
        guard let known = multis[tls] else {
            let made = try makeMulti(tls)
            multis[tls] = made
            return made
        }
        let now = ContinuousClock.now
        if now < known.nextStampCheck { return known }
        known.nextStampCheck = now + .seconds(1)
        let stamps = FileStamp.all(of: tls)
        if stamps == known.stamps {
            known.unusableStamps = nil
            return known
        }
        if stamps == known.unusableStamps { return known }
        do throws(FetchError) {
            let fresh = try makeMulti(tls)
            known.retire()
            retired.append(known)
            multis[tls] = fresh
            return fresh
        } catch {
            // The old state serves on, and the files are read again when they have changed again: one that is being
            // replaced may be half there.
            known.unusableStamps = stamps
            logger.error(
                "changed TLS files not taken; those in use stay",
                metadata: ["error": "\(error.message)"]
            )
            return known
        }
    }

    private func makeMulti(_ tls: ClientTLS) throws(FetchError) -> CurlMulti {
        try CurlMulti(
            loop: loop,
            tls: tls,
            configuration: configuration,
            finished: { [weak self] in self?.finished($0, $1) },
            idleEnded: { [weak self] in self?.close($0, tls) }
        )
    }

    /// Closes an idle connection; see ``IdleConnections``.
    private func close(_ place: IdleConnections.Place, _ tls: ClientTLS) {
        var request = FetchRequest(method: .head, url: place.origin, proxy: place.proxy, tls: tls)
        request.connectTo = place.connectTo
        guard let transfer = try? Transfer(request, configuration: configuration, loop: loop) else { return }
        transfer.isClosing = true
        start(transfer)
    }

    private func keepSweeping() {
        guard sweeper == nil, !isStopped else { return }
        guard !transfers.isEmpty || !retired.isEmpty || multis.values.contains(where: \.hasIdle) else {
            return
        }
        sweeper = loop.schedule(after: Self.sweepInterval) { [weak self] in
            guard let self else { return }
            sweeper = nil
            sweep()
            keepSweeping()
        }
    }

    private func sweep() {
        loop.assertCurrent()
        let now = ContinuousClock.now
        for transfer in transfers.values {
            if let limit = transfer.drainsUntil {
                if limit <= now { cancel(transfer, .cancelled("Nobody reads the body")) }
                continue
            }
            let (timeouts, place) = (transfer.request.timeouts, transfer.place)
            if let limit = timeouts.idle, transfer.isIdle(for: limit, at: now) {
                let message = "No byte for \(limit) (\(place))"
                cancel(transfer, FetchError(code: .idle, retry: .retryable, message: message))
            } else if let limit = timeouts.lowSpeed, transfer.isTooSlow(for: limit, at: now) {
                let message =
                    "Less than \(limit.bytesPerSecond) bytes per second for \(limit.over) (\(place))"
                cancel(transfer, FetchError(code: .tooSlow, retry: .retryable, message: message))
            }
        }
        if let limit = configuration.idleTime { closeIdle(since: now - limit) }
        for multi in retired where multi.running == 0 { multi.close() }
        retired.removeAll { $0.running == 0 }
    }

    private func closeIdle(since moment: ContinuousClock.Instant) {
        for (tls, multi) in multis {
            for _ in 0..<Self.closedAtOnce {
                guard let place = multi.takeIdle(waitingSince: moment) else { break }
                close(place, tls)
            }
        }
    }
}
