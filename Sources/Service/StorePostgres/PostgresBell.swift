internal import CLinux
internal import CPostgres
internal import Glibc
internal import PrecacheModel
internal import Reactor
internal import Store
internal import Synchronization

/// What services that share the database tell each other, by NOTIFY: on a connection and a thread of its own.
///
/// What is rung is gathered for a moment and sent outside of any transaction that does work: a commit with a notification
/// takes a lock over the whole server. A ring may be lost; who listens is told to look at everything after each connection.
final class PostgresBell: Sendable {
    /// What others rang.
    let heard: AsyncStream<Set<Bell>>

    private let place: PostgresPlace
    private let telling: AsyncStream<Set<Bell>>.Continuation
    private let lane: BlockingLane
    private let waker: Int32
    private let rung = Mutex<Set<Bell>>([])
    private let failure = Mutex<PostgresFailure?>(nil)
    private let ending = PostgresEnding()

    /// How long rings are gathered.
    private static let gathering = Duration.milliseconds(50)
    /// Our channel; notifications stay in their database.
    private static let channel = "precached"

    init(_ place: PostgresPlace) throws(SystemError) {
        self.place = place
        // Whoever is that far behind looks at everything.
        (heard, telling) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(64))
        waker = eventfd(0, Int32(EFD_CLOEXEC | EFD_NONBLOCK))
        guard waker >= 0 else { throw SystemError(call: "eventfd") }
        do { lane = try BlockingLane(name: "store-bell") } catch {
            Glibc.close(waker)
            throw error
        }
        lane.submit { [self] in serve() }
    }

    deinit { Glibc.close(waker) }

    func ring(_ bells: Set<Bell>) {
        rung.withLock { $0.formUnion(bells) }
        wake()
    }

    /// Why nobody can be heard or rung now.
    var trouble: StoreError? { failure.withLock { $0 }?.error(at: place) }

    /// Joins the thread.
    func close() {
        ending.finish()
        wake()
        lane.stop()
        telling.finish()
    }

    private func wake() {
        var one: UInt64 = 1
        while write(waker, &one, 8) < 0, errno == EINTR {}
    }

    // MARK: The thread

    private func serve() {
        var pause = Duration.milliseconds(250)
        while !ending.hasBegun {
            do {
                let link = try PostgresLink(place, ending)
                try link.exec("LISTEN \(Self.channel)", within: .seconds(8))
                pause = .milliseconds(250)
                failure.withLock { $0 = nil }
                tell([])
                try listen(on: link)
            } catch {
                // Others look by themselves meanwhile.
                failure.withLock { $0 = error as? PostgresFailure }
                let end = ContinuousClock.now + pause
                while !ending.hasBegun, .now < end { wait(nil, end - .now) }
                pause = min(pause * 2, .seconds(5))
            }
        }
    }

    private func listen(on link: PostgresLink) throws {
        var due: ContinuousClock.Instant?
        while !ending.hasBegun {
            // Also what came while another answer was waited for.
            let heard = try link.notifications().map(BellText.bells)
            if !heard.isEmpty { tell(heard.contains([]) ? [] : heard.reduce([]) { $0.union($1) }) }
            if due == nil, rung.withLock({ !$0.isEmpty }) { due = .now + Self.gathering }
            if let end = due, end <= .now {
                try send(on: link)
                due = nil
                continue
            }
            let isQuiet = !wait(link.socket, due.map { $0 - .now } ?? .seconds(10))
            // So that a connection is found out that lives no more.
            if isQuiet, due == nil { try link.exec("", within: .seconds(8)) }
        }
        // Who waits for us to leave hears of it.
        if rung.withLock({ !$0.isEmpty }) { try send(on: link) }
    }

    private func send(on link: PostgresLink) throws {
        let bells = rung.withLock { rung in
            defer { rung = [] }
            return rung
        }
        do {
            for text in BellText.texts(bells) {
                try link.exec("NOTIFY \(Self.channel), '\(text)'", within: .seconds(8))
            }
        } catch {
            rung.withLock { $0.formUnion(bells) }
            throw error
        }
    }

    private func tell(_ bells: Set<Bell>) {
        if case .dropped = telling.yield(bells) { telling.yield([]) }
    }

    /// Waits for something on the socket, or for whoever wakes us; false if the time has passed.
    @discardableResult
    private func wait(_ socket: Int32?, _ time: Duration) -> Bool {
        var waiting = [
            pollfd(fd: waker, events: Int16(POLLIN), revents: 0),
            pollfd(fd: socket ?? -1, events: Int16(POLLIN), revents: 0),
        ]
        let found = poll(&waiting, nfds_t(waiting.count), Int32(max(time, .zero) / .milliseconds(1)) + 1)
        var count: UInt64 = 0
        read(waker, &count, 8)
        return found > 0
    }
}

/// Bells as the words of a notification.
enum BellText {
    /// A notification has less than 8000 bytes.
    private static let most = 7_900

    static func texts(_ bells: Set<Bell>) -> [String] {
        var texts: [String] = []
        for bell in bells {
            let word =
                switch bell {
                case .job(let id): "job:\(id)"
                case .webhooks: "webhooks"
                case .work: "work"
                }
            if let last = texts.last, last.utf8.count + word.utf8.count < most {
                texts[texts.count - 1] = "\(last) \(word)"
            } else {
                texts.append(word)
            }
        }
        return texts
    }

    /// The bells; none, so look at everything, if one isn't known.
    static func bells(_ text: String) -> Set<Bell> {
        var bells: Set<Bell> = []
        for word in text.split(separator: " ") {
            switch word {
            case "webhooks": bells.insert(.webhooks)
            case "work": bells.insert(.work)
            default:
                guard word.hasPrefix("job:"), let id = Int64(word.dropFirst(4)) else { return [] }
                bells.insert(.job(id))
            }
        }
        return bells
    }
}
