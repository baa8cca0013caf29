import FanOut
import PrecacheAPI
import PrecacheModel

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
    /// What it has told of its neighbours.
    private var tales = 0

    /// The most that is heard of an attempt's neighbours: an agent that tells for ever must not fill the memory.
    private static let tales = 256

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
    mutating func take(_ line: [UInt8]) throws(AgentFailure) -> AgentEvent? {
        let event: AgentEvent
        do {
            event = try AgentEvent(line: line)
        } catch {
            throw Self.broken("a line is no event: \(error)")
        }
        if case .accepted(let id, let attempt, _) = event { return try accept(id, attempt) ? event : nil }
        if case .unknown = event { return nil }
        guard isAcceptedHere else { throw Self.broken("the first line is not 'accepted'") }
        switch event {
        case .progress(let image, let progress): return try take(progress, of: image) ? event : nil
        case .outcome(let image, _):
            try check(image)
            guard remaining.remove(image) != nil else { return nil }
            hasNews = true
            return event
        case .end:
            guard remaining.isEmpty else {
                let names = remaining.map(\.text).sorted().prefix(3).joined(separator: ", ")
                throw Self.broken("it ended without an outcome for \(remaining.count) images (\(names))")
            }
            hasEnded = true
            return nil
        case .starved(let image), .peerFault(_, let image, _):
            try check(image)
            tales += 1
            return tales <= Self.tales ? event : nil
        case .accepted, .heartbeat, .unknown: return nil
        }
    }

    /// - Returns: Whether that is new.
    private mutating func accept(_ id: TaskID, _ attempt: Int) throws(AgentFailure) -> Bool {
        guard id == task.id, attempt == task.attempt else {
            throw Self.broken("it accepted another task or attempt than \(task.id), \(task.attempt)")
        }
        isAcceptedHere = true
        if isAccepted { return false }
        isAccepted = true
        hasNews = true
        return true
    }

    /// - Returns: Whether that is new.
    private mutating func take(_ progress: ByteProgress, of image: ImageID) throws(AgentFailure) -> Bool {
        try check(image)
        guard remaining.contains(image), done[image] != progress.done else { return false }
        done[image] = progress.done
        hasNews = true
        return true
    }

    private func check(_ image: ImageID) throws(AgentFailure) {
        if !known.contains(image) { throw Self.broken("it tells of image \(image), which is not the task's") }
    }

    private static func broken(_ how: String) -> AgentFailure {
        AgentFailure(reason: .agentProtocol, detail: "The agent broke the protocol: \(how)")
    }
}
