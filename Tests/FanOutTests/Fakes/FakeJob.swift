import FanOut
import HeapModule
import PrecacheModel

/// A job of a ``FakeLedger``.
struct FakeJob: Sendable {
    enum State: Sendable {
        case waiting
        case claimed
        case done
    }

    struct Result: Sendable {
        var outcome = Outcome.pending
        var reason: Reason?
        var detail: String?
        var attempts = 0
        /// How often a final outcome was written; must come to 1.
        var timesFinal = 0
    }

    struct Host: Sendable {
        var name: HostName
        var state = State.waiting
        var due = Timestamp(microseconds: 0)
        var attempt = 0
        var keepsAttempt = false
        var isEnabled = true
        var heartbeatAt: Timestamp?
        var heartbeatInterval = Duration.zero
        var results: [Result]
    }

    private struct Waiting: Comparable, Sendable {
        let due: Timestamp
        let ordinal: Int

        static func < (left: Waiting, right: Waiting) -> Bool {
            (left.due, left.ordinal) < (right.due, right.ordinal)
        }
    }

    var open: OpenJob
    var hosts: [Host]
    private var waiting: Heap<Waiting>
    private(set) var hostsDone = 0
    /// Hosts that are claimed, and the most that ever were.
    private(set) var claimed = 0
    private(set) var peakClaimed = 0

    init(_ open: OpenJob, hosts: [HostName]) {
        self.open = open
        self.hosts = hosts.map { name in
            Host(name: name, results: Array(repeating: Result(), count: open.images.count))
        }
        waiting = Heap(hosts.indices.map { Waiting(due: Timestamp(microseconds: 0), ordinal: $0) })
    }

    var hasEnded: Bool { hostsDone == hosts.count }

    var results: [Result] { hosts.flatMap(\.results) }

    func count(_ outcome: Outcome) -> Int { results.count { $0.outcome == outcome } }

    /// Waiting hosts whose next claim has the attempt number of the last.
    var recovered: [ClaimedHost] {
        hosts.indices.filter { hosts[$0].state == .waiting && hosts[$0].keepsAttempt }.map {
            ClaimedHost(
                ordinal: $0,
                name: hosts[$0].name,
                address: "127.0.0.1",
                port: 7701,
                attempt: hosts[$0].attempt,
                images: []
            )
        }
    }

    /// Takes up due times that a test has set.
    mutating func requeue() {
        waiting = Heap(hosts.indices.map { Waiting(due: hosts[$0].due, ordinal: $0) })
    }

    mutating func recover(latestDue: Timestamp) -> Int {
        var count = 0
        for ordinal in hosts.indices {
            if hosts[ordinal].state == .claimed {
                count += 1
                claimed -= 1
                hosts[ordinal].keepsAttempt = true
                wait(ordinal, until: Timestamp(microseconds: 0))
            } else if hosts[ordinal].state == .waiting, hosts[ordinal].due > latestDue {
                wait(ordinal, until: latestDue)
            }
        }
        return count
    }

    mutating func release(allBut known: Set<Int>) {
        for ordinal in hosts.indices where hosts[ordinal].state == .claimed && !known.contains(ordinal) {
            claimed -= 1
            hosts[ordinal].keepsAttempt = true
            wait(ordinal, until: Timestamp(microseconds: 0))
        }
    }

    mutating func claim(_ limit: Int, at time: LedgerTime) -> ClaimAnswer {
        var answer: [ClaimedHost] = []
        while answer.count < limit, let next = waiting.min, next.due <= time.steady {
            waiting.removeMin()
            guard isCurrent(next) else { continue }
            answer.append(claim(next.ordinal))
        }
        while let next = waiting.min, !isCurrent(next) { waiting.removeMin() }
        return ClaimAnswer(
            job: open.id,
            hosts: answer,
            nextDue: answer.count < limit ? waiting.min?.due : nil
        )
    }

    /// Applies a report; false if it's stale.
    mutating func apply(_ report: HostReport, violations: inout [String]) -> Bool {
        guard hosts[report.host].state == .claimed, hosts[report.host].attempt == report.attempt else {
            return false
        }
        for image in report.images {
            if hosts[report.host].results[image.image].outcome.isFinal {
                violations.append("host \(report.host) image \(image.image) reported twice")
                continue
            }
            set(report.host, image.image, image.outcome, image.reason, image.detail)
        }
        let isComplete = hosts[report.host].results.allSatisfy(\.outcome.isFinal)
        if report.next != .goesOn { claimed -= 1 }
        switch report.next {
        case .goesOn:
            break
        case .done:
            if !isComplete { violations.append("host \(report.host) done with images left") }
            finishHost(report.host)
        case .retry(let due):
            if isComplete { violations.append("host \(report.host) retried with nothing left") }
            wait(report.host, until: due)
        case .released:
            hosts[report.host].keepsAttempt = true
            wait(report.host, until: Timestamp(microseconds: 0))
        }
        return true
    }

    mutating func apply(_ finish: BulkFinish, wall: Timestamp) -> [Reason: Int] {
        var finished: [Reason: Int] = [:]
        for ordinal in hosts.indices where hosts[ordinal].state == .waiting {
            guard let (outcome, reason) = verdict(hosts[ordinal], finish, wall) else { continue }
            for image in hosts[ordinal].results.indices
            where !hosts[ordinal].results[image].outcome.isFinal {
                set(ordinal, image, outcome, reason, nil)
                finished[reason, default: 0] += 1
            }
            finishHost(ordinal)
        }
        return finished
    }

    private func verdict(_ host: Host, _ finish: BulkFinish, _ wall: Timestamp) -> (Outcome, Reason)? {
        switch finish {
        case .cancelled: return (.cancelled, .cancelled)
        case .deadlineExceeded: return (.error, .deadlineExceeded)
        case .unavailable(let since):
            guard host.isEnabled else { return (.skipped, .hostDisabled) }
            let state = HostState.of(
                receivedAt: host.heartbeatAt.map { max($0, since) },
                interval: host.heartbeatInterval,
                now: wall
            )
            return state == .down ? (.skipped, .hostDown) : nil
        }
    }

    private func isCurrent(_ entry: Waiting) -> Bool {
        hosts[entry.ordinal].state == .waiting && hosts[entry.ordinal].due == entry.due
    }

    private mutating func wait(_ ordinal: Int, until due: Timestamp) {
        hosts[ordinal].state = .waiting
        hosts[ordinal].due = due
        waiting.insert(Waiting(due: due, ordinal: ordinal))
    }

    private mutating func finishHost(_ ordinal: Int) {
        hosts[ordinal].state = .done
        hostsDone += 1
    }

    private mutating func claim(_ ordinal: Int) -> ClaimedHost {
        if !hosts[ordinal].keepsAttempt { hosts[ordinal].attempt += 1 }
        hosts[ordinal].keepsAttempt = false
        hosts[ordinal].state = .claimed
        claimed += 1
        peakClaimed = max(peakClaimed, claimed)
        let host = hosts[ordinal]
        return ClaimedHost(
            ordinal: ordinal,
            name: host.name,
            address: "127.0.0.1",
            port: 7701,
            isEnabled: host.isEnabled,
            heartbeatAt: host.heartbeatAt,
            heartbeatInterval: host.heartbeatInterval,
            attempt: host.attempt,
            images: host.results.indices.filter { !host.results[$0].outcome.isFinal }
        )
    }

    private mutating func set(
        _ host: Int,
        _ image: Int,
        _ outcome: Outcome,
        _ reason: Reason?,
        _ detail: String?
    ) {
        hosts[host].results[image].outcome = outcome
        hosts[host].results[image].reason = reason
        hosts[host].results[image].detail = detail
        hosts[host].results[image].attempts = hosts[host].attempt
        if outcome.isFinal { hosts[host].results[image].timesFinal += 1 }
    }
}
