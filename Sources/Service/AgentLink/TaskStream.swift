internal import FanOut
internal import PrecacheAPI
internal import PrecacheModel

/// What is known of a task from the lines of its agent, over all connections of one attempt.
///
/// Pure: lines in, events out. It holds the agent to the protocol and tells nothing twice, since an agent repeats what it
/// told so far on every connection.
struct TaskStream {
    private let task: AgentTask
    private let known: Set<ImageID>
    private var remaining: Set<ImageID>
    private var done: [ImageID: Int64] = [:]
    private var isAcceptedHere = false

    /// Whether the agent has had the task at all.
    private(set) var isAccepted = false
    /// Whether the present connection told something that was not known.
    private(set) var hasNews = false
    /// Whether the agent has said that it is done.
    private(set) var hasEnded = false

    /// Nothing known yet.
    init(_ task: AgentTask) {
        self.task = task
        known = Set(task.images.map(\.id))
        remaining = known
    }

    /// A new connection begins.
    mutating func connect() {
        isAcceptedHere = false
        hasNews = false
    }

    /// Takes a line.
    ///
    /// - Parameter line: the line, without its end.
    /// - Returns: what is new, if anything.
    /// - Throws: `agent_protocol` when the agent broke the protocol.
    mutating func take(_ line: [UInt8]) throws(AgentFailure) -> FanOut.AgentEvent? {
        let event: PrecacheAPI.AgentEvent
        do {
            event = try PrecacheAPI.AgentEvent(line: line)
        } catch {
            throw Self.broken("a line is no event: \(error)")
        }
        if case .accepted(let name, let attempt, let attached) = event {
            return try accept(name, attempt, attached)
        }
        if case .unknown = event { return nil }
        guard isAcceptedHere else { throw Self.broken("the first line is not 'accepted'") }
        switch event {
        case .progress(let progress): return try take(progress)
        case .outcome(let outcome): return try take(outcome)
        case .end:
            guard remaining.isEmpty else {
                let names = remaining.map(\.text).sorted().prefix(3).joined(separator: ", ")
                throw Self.broken("it ended without an outcome for \(remaining.count) images (\(names))")
            }
            hasEnded = true
            return nil
        case .accepted, .heartbeat, .unknown: return nil
        }
    }

    private mutating func accept(
        _ name: String,
        _ attempt: Int,
        _ attached: Bool
    ) throws(AgentFailure) -> FanOut.AgentEvent? {
        guard name == task.name, attempt == task.attempt else {
            throw Self.broken("it accepted another task or attempt than \(task.name), \(task.attempt)")
        }
        isAcceptedHere = true
        if isAccepted { return nil }
        isAccepted = true
        hasNews = true
        return .accepted(attached: attached)
    }

    private mutating func take(_ progress: AgentProgress) throws(AgentFailure) -> FanOut.AgentEvent? {
        try check(progress.imageID)
        guard remaining.contains(progress.imageID), done[progress.imageID] != progress.bytesDone else {
            return nil
        }
        done[progress.imageID] = progress.bytesDone
        hasNews = true
        return .progress(
            image: progress.imageID,
            ByteProgress(done: progress.bytesDone, total: progress.bytesTotal)
        )
    }

    private mutating func take(_ outcome: PrecacheAPI.AgentOutcome) throws(AgentFailure) -> FanOut.AgentEvent?
    {
        try check(outcome.imageID)
        guard remaining.remove(outcome.imageID) != nil else { return nil }
        hasNews = true
        return .outcome(FanOut.AgentOutcome(outcome))
    }

    private func check(_ image: ImageID) throws(AgentFailure) {
        if !known.contains(image) { throw Self.broken("it tells of image \(image), which is not the task's") }
    }

    private static func broken(_ how: String) -> AgentFailure {
        AgentFailure(reason: .agentProtocol, detail: "The agent broke the protocol: \(how)")
    }
}

extension FanOut.AgentOutcome {
    /// The dispatcher's view of an agent's line.
    fileprivate init(_ line: PrecacheAPI.AgentOutcome) {
        self.init(
            image: line.imageID,
            outcome: line.outcome,
            reason: line.reason,
            detail: line.detail,
            isRetryable: line.isRetryable,
            retryAfter: line.retryAfterSeconds.map { .seconds($0) },
            bytesDone: line.bytesDone,
            bytesTotal: line.bytesTotal,
            source: line.source,
            isVerified: line.outcome == .cached || line.outcome == .existing ? line.isVerified : nil
        )
    }
}
