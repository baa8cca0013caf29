import HTTPServing
import PrecacheAPI
package import PrecacheModel
import Reactor
import Synchronization

/// What all simulated hosts have between them: their tasks, their images, the counts.
final class FleetDesk: Sendable {
    struct Key: Hashable {
        let host: Int
        let task: TaskID
    }

    private struct State {
        var tasks: [Key: SimulatedTask] = [:]
        /// Tasks of a host that have ended, the last ones: they are told again to whoever asks, as agents do.
        var ended: [Int: [Key]] = [:]
        var cached: [Int: Set<ImageID>] = [:]
        /// Images on their way to hosts, and all that ever were.
        var coming: [Int: Set<ImageID>] = [:]
        var begun: [Int: Set<ImageID>] = [:]
        var counts = FleetCounts()
    }

    let plan: FleetPlan
    let timing: FleetTiming
    let link: SourceLink
    private let loops: EventLoopGroup
    private let state = Mutex(State())

    init(plan: FleetPlan, timing: FleetTiming, loops: EventLoopGroup) {
        self.plan = plan
        self.timing = timing
        self.loops = loops
        link = SourceLink(timing.sourceBandwidth)
    }

    /// What was served so far.
    var counts: FleetCounts {
        var counts = state.withLock { $0.counts }
        counts.mostDownloads = max(counts.mostDownloads, link.mostActive)
        return counts
    }

    func count(_ change: (inout FleetCounts) -> Void) {
        state.withLock { change(&$0.counts) }
    }

    /// Takes a task, or attaches to it: nil where the task is at a later attempt already.
    func submit(_ order: AgentTask, host: Int) -> Response? {
        let key = Key(host: host, task: order.id)
        let work = SimulatedWork(order: order, host: host, desk: self)
        guard let known = state.withLock({ $0.tasks[key] }) else {
            return begin(work, key)
        }
        guard known.attempt <= order.attempt else { return nil }
        guard known.attempt == order.attempt else {
            known.supersede()
            return begin(work, key)
        }
        count { $0.attached += 1 }
        return response(of: known)
    }

    func cancel(_ id: TaskID, host: Int) -> Bool {
        guard let task = state.withLock({ $0.tasks[Key(host: host, task: id)] }) else { return false }
        count { $0.cancelled += 1 }
        task.cancel()
        return true
    }

    /// Ids of the images that a host has.
    func images(of host: Int) -> [ImageID] { state.withLock { ($0.cached[host] ?? []).sorted() } }

    func remove(_ image: ImageID, host: Int) -> Bool {
        state.withLock { state in
            state.begun[host]?.remove(image)
            return state.cached[host]?.remove(image) != nil
        }
    }

    /// Begins a download, if the host hasn't got the image nor is getting it; ``endDownload(of:host:isStored:)`` ends it.
    func beginDownload(of image: ImageID, host: Int) -> DownloadStart {
        state.withLock { state in
            guard state.cached[host]?.contains(image) != true else { return .isThere }
            guard state.coming[host, default: []].insert(image).inserted else { return .isComing }
            state.counts.downloads += 1
            if !state.begun[host, default: []].insert(image).inserted { state.counts.repeated += 1 }
            return .begun
        }
    }

    func endDownload(of image: ImageReference, host: Int, isStored: Bool) {
        state.withLock { state in
            state.coming[host]?.remove(image.id)
            guard isStored else { return }
            state.cached[host, default: []].insert(image.id)
            state.counts.bytes += image.sizeBytes ?? 0
        }
    }

    private func begin(_ work: SimulatedWork, _ key: Key) -> Response {
        count { counts in
            counts.tasks += 1
            counts.running += 1
            counts.mostTasks = max(counts.mostTasks, counts.running)
        }
        if let lines = work.answerAtOnce() {
            count { $0.running -= 1 }
            return FleetRoutes.lines(.bytes(lines))
        }
        let task = SimulatedTask(attempt: work.order.attempt)
        state.withLock { state in
            state.tasks[key] = task
            state.ended[key.host]?.removeAll { $0 == key }
        }
        let loop = loops.next()
        Task(executorPreference: loop) {
            await work.run(as: task, on: loop)
            task.end()
            self.end(key)
        }
        return response(of: task)
    }

    private static let endedTasks = 32

    private func end(_ key: Key) {
        state.withLock { state in
            state.counts.running -= 1
            guard state.tasks[key]?.isOver == true, state.ended[key.host]?.contains(key) != true else {
                return
            }
            state.ended[key.host, default: []].append(key)
            if state.ended[key.host, default: []].count > Self.endedTasks {
                state.tasks[state.ended[key.host, default: []].removeFirst()] = nil
            }
        }
    }

    private func response(of task: SimulatedTask) -> Response {
        FleetRoutes.lines(
            .stream(length: nil, endless: true) { writer in
                var offset = 0
                while let lines = try await task.told(after: offset) {
                    offset += lines.count
                    try await writer.write(lines)
                }
            }
        )
    }
}

/// What becomes of the wish to download an image.
enum DownloadStart {
    case begun
    /// Another task does it: one download of an image, however many tasks want it.
    case isComing
    case isThere
}

/// The link of the image source that all simulated downloads share, each getting as much as any other.
///
/// It keeps how many bytes a download that takes all it is given would have got so far. The difference between two
/// readings is what was to be had in between, however many came and went meanwhile: so together the downloads never
/// get more than the link carries.
final class SourceLink: Sendable {
    private struct State {
        var active = 0
        var mostActive = 0
        var offered = 0.0
        var read: ContinuousClock.Instant
    }

    private let rate: Double
    private let state: Mutex<State>

    init(_ bandwidth: Bandwidth, now: ContinuousClock.Instant = .now) {
        rate = bandwidth.bytesPerSecond
        state = Mutex(State(read: now))
    }

    /// The most downloads that there were at once.
    var mostActive: Int { state.withLock { $0.mostActive } }

    /// A download begins or ends.
    func change(by count: Int, now: ContinuousClock.Instant = .now) {
        state.withLock { state in
            advance(&state, to: now)
            state.active += count
            state.mostActive = max(state.mostActive, state.active)
        }
    }

    /// What a download could have had until now, and how fast more comes at the moment.
    func reading(now: ContinuousClock.Instant = .now) -> (offered: Double, rate: Double) {
        state.withLock { state in
            advance(&state, to: now)
            return (state.offered, rate / Double(max(1, state.active)))
        }
    }

    private func advance(_ state: inout State, to now: ContinuousClock.Instant) {
        let seconds = max(0, (now - state.read) / .seconds(1))
        state.read = max(state.read, now)
        if rate.isFinite { state.offered += seconds * rate / Double(max(1, state.active)) }
    }
}

/// What a fleet has served so far.
package struct FleetCounts: Sendable, Equatable {
    /// Requests, of whatever kind.
    package var requests = 0
    /// Tasks taken.
    package var tasks = 0
    /// Requests that attached to a task that was known.
    package var attached = 0
    /// Tasks cancelled by the service.
    package var cancelled = 0
    /// Requests refused: no such host, a wrong token, a body that is no task.
    package var refused = 0
    /// Tasks at once, at most.
    package var mostTasks = 0
    /// Downloads at once, at most.
    package var mostDownloads = 0
    /// Downloads begun.
    package var downloads = 0
    /// Those of an image that their host had begun to download before, and hadn't removed since.
    package var repeated = 0
    /// Outcomes told, by kind.
    package var outcomes: [Outcome: Int] = [:]
    /// Bytes that the hosts would have downloaded.
    package var bytes: Int64 = 0
    var running = 0

    /// Nothing yet.
    package init() {}

    /// The counts as one JSON object.
    package func json() -> [UInt8] {
        var json = JSONWriter()
        json.object { json in
            json.member("requests", requests)
            json.member("tasks", tasks)
            json.member("attached", attached)
            json.member("cancelled", cancelled)
            json.member("refused", refused)
            json.member("most_tasks_at_once", mostTasks)
            json.member("most_downloads_at_once", mostDownloads)
            json.member("downloads", downloads)
            json.member("repeated_downloads", repeated)
            json.object("outcomes") { json in
                for (outcome, count) in outcomes.sorted(by: { $0.key.rawValue < $1.key.rawValue }) {
                    json.key(text: outcome.rawValue)
                    json.integer(Int64(count))
                }
            }
            json.member("bytes", bytes)
        }
        return json.bytes
    }

    /// The counts for people.
    package func text() -> String {
        let told = outcomes.sorted { $0.key.rawValue < $1.key.rawValue }
            .map { "\($0.value) \($0.key.rawValue)" }.joined(separator: ", ")
        return [
            "requests \(requests), refused \(refused)",
            "tasks \(tasks), attached \(attached), cancelled \(cancelled), at most \(mostTasks) at once",
            "outcomes \(told.isEmpty ? "none" : told)",
            "downloads \(downloads), repeated \(repeated), at most \(mostDownloads) at once, \(bytes) bytes in all",
        ].joined(separator: "\n")
    }
}
