import Glibc
import Reactor
import Synchronization

/// What the connections of one loop share: their table, spare buffers, the date.
final class LoopContext: @unchecked Sendable {
    // Confined to `loop`'s thread, which every function asserts: called by connections, which are actors with that
    // loop as executor, and by closures handed to the loop. `load` is atomic because the acceptor reads it.
    let loop: EventLoop
    let shared: ServerShared
    /// How many connections this loop serves or is about to.
    let load = Atomic<Int>(0)

    private var connections: [ObjectIdentifier: Connection] = [:]
    private var spares: [IOBuffer] = []
    private var dateField = DateField()
    private var names = NameGenerator()
    private var isTicking = false
    private(set) var isStopping = false
    private var emptied: (@Sendable () -> Void)?

    private static let bufferBytes = 32_768
    private static let spareLimit = 64

    init(loop: EventLoop, shared: ServerShared) {
        self.loop = loop
        self.shared = shared
    }

    var limits: ServerLimits { shared.limits }
    var date: [UInt8] {
        loop.assertCurrent()
        return dateField.current()
    }

    func nextIdentifier() -> RequestIdentifier {
        loop.assertCurrent()
        return names.identifier()
    }

    // MARK: Buffers

    func takeBuffer() -> IOBuffer {
        loop.assertCurrent()
        return spares.popLast() ?? IOBuffer(capacity: Self.bufferBytes)
    }

    func recycle(_ buffer: IOBuffer) {
        loop.assertCurrent()
        guard buffer.capacity == Self.bufferBytes, spares.count < Self.spareLimit else { return }
        buffer.clear()
        spares.append(buffer)
    }

    // MARK: Connections

    /// Takes over a connection that was accepted, and counted in as a handshake if it is to be one; call it on the loop.
    func adopt(_ descriptor: Int32, peer: SocketAddress, isInHandshake: Bool) {
        loop.assertCurrent()
        let connection = Connection(descriptor: descriptor, address: peer, context: self)
        connections[ObjectIdentifier(connection)] = connection
        startTicking()
        connection.assumeIsolated {
            $0.isInHandshake = isInHandshake
            $0.open()
        }
    }

    /// Forgets a connection that has closed its socket.
    func remove(_ connection: Connection, peer: SocketAddress) {
        loop.assertCurrent()
        guard connections.removeValue(forKey: ObjectIdentifier(connection)) != nil else { return }
        load.subtract(1, ordering: .relaxed)
        shared.admission.leave(peer)
        if connections.isEmpty { emptied?() }
    }

    /// Closes up to `count` connections between requests, those that have waited longest.
    func evictIdle(_ count: Int) {
        loop.assertCurrent()
        var idle: [(since: UInt64, connection: Connection)] = []
        for connection in connections.values {
            connection.assumeIsolated { isolated in
                if let since = isolated.idleSince { idle.append((since, connection)) }
            }
        }
        idle.sort { $0.since < $1.since }
        for entry in idle.prefix(count) { entry.connection.assumeIsolated { $0.close() } }
    }

    // MARK: Stopping

    /// Begins the graceful stop; `emptied` is called (perhaps at once) when the last connection has closed.
    func beginStop(emptied: @escaping @Sendable () -> Void) {
        loop.assertCurrent()
        isStopping = true
        self.emptied = emptied
        for connection in Array(connections.values) { connection.assumeIsolated { $0.beginStop() } }
        if connections.isEmpty { emptied() }
    }

    /// Cancels what still runs.
    func cancelAll() {
        loop.assertCurrent()
        for connection in Array(connections.values) { connection.assumeIsolated { $0.reachStopLimit() } }
    }

    /// Closes what is left, whatever it is doing.
    func closeAll() {
        loop.assertCurrent()
        for connection in Array(connections.values) { connection.assumeIsolated { $0.close() } }
    }

    // MARK: Deadlines

    /// One timer for all connections of the loop: a look at 10,000 deadlines costs less than 10,000 timers.
    private func startTicking() {
        guard !isTicking else { return }
        isTicking = true
        loop.schedule(after: limits.tick) { [self] in tick() }
    }

    private func tick() {
        loop.assertCurrent()
        isTicking = false
        guard !connections.isEmpty else { return }
        startTicking()
        let now = MonotonicTime.now
        for connection in Array(connections.values) { connection.assumeIsolated { $0.checkDeadline(now) } }
    }
}

extension ServerLimits {
    /// How often deadlines are looked at: a quarter of the shortest, between 5 ms and 1 s.
    var tick: Duration {
        let shortest = [handshakeTimeout, headTimeout, bodyTimeout, idleTimeout, writeTimeout, lingerTimeout]
            .min()
        return max(.milliseconds(5), min(.seconds(1), (shortest ?? .seconds(1)) / 4))
    }
}

/// The `Date` line of answers, written anew once a second (RFC 9110 section 6.6.1).
struct DateField {
    private var second: time_t = -1
    private var line: [UInt8] = []

    /// The complete line, for now.
    mutating func current() -> [UInt8] {
        let now = time(nil)
        if now != second {
            second = now
            line = Self.format(now)
        }
        return line
    }

    static func format(_ time: time_t) -> [UInt8] {
        let days = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
        let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        var time = time
        var parts = tm()
        gmtime_r(&time, &parts)
        func two(_ number: Int32) -> String { number < 10 ? "0\(number)" : "\(number)" }
        let date = "\(two(parts.tm_mday)) \(months[Int(parts.tm_mon)]) \(parts.tm_year + 1900)"
        let clock = "\(two(parts.tm_hour)):\(two(parts.tm_min)):\(two(parts.tm_sec))"
        return Array("Date: \(days[Int(parts.tm_wday)]), \(date) \(clock) GMT\r\n".utf8)
    }
}
