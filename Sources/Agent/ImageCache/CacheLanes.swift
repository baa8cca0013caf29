import Glibc
import Reactor

/// The threads that the cache's blocking calls run on.
struct CacheLanes: Sendable {
    /// Looking up, records, renames.
    private let files: BlockingLane
    /// Writing blocks and fsync.
    private let writing: BlockingLane
    /// Digests, and reading what they are computed over.
    private let digesting: BlockingLane
    /// Finding out what is in use.
    private let looking: BlockingLane
    /// Reading cached files again, after everybody else.
    private let scrubbing: BlockingLane

    init() throws(CacheError) {
        // A block's write and digest run side by side, so each download keeps at most two threads busy.
        let width = min(4, max(1, Int(sysconf(Int32(_SC_NPROCESSORS_ONLN)))))
        do {
            files = try BlockingLane(name: "cache-files")
            writing = try BlockingLane(name: "cache-write", threads: width)
            digesting = try BlockingLane(name: "cache-digest", threads: width)
            looking = try BlockingLane(name: "cache-usage")
            scrubbing = try BlockingLane(name: "cache-scrub")
        } catch {
            throw CacheError(.io, "no threads for the cache: \(error)")
        }
    }

    func onFiles<Value: Sendable>(
        _ body: @escaping @Sendable () throws(CacheError) -> Value
    ) async throws(CacheError) -> Value {
        try await Self.run(files, body)
    }

    func onWriting<Value: Sendable>(
        _ body: @escaping @Sendable () throws(CacheError) -> Value
    ) async throws(CacheError) -> Value {
        try await Self.run(writing, body)
    }

    func onDigesting<Value: Sendable>(
        _ body: @escaping @Sendable () throws(CacheError) -> Value
    ) async throws(CacheError) -> Value {
        try await Self.run(digesting, body)
    }

    func onLooking<Value: Sendable>(
        _ body: @escaping @Sendable () throws(CacheError) -> Value
    ) async throws(CacheError) -> Value {
        try await Self.run(looking, body)
    }

    func onScrubbing<Value: Sendable>(
        _ body: @escaping @Sendable () throws(CacheError) -> Value
    ) async throws(CacheError) -> Value {
        try await Self.run(scrubbing, body)
    }

    func stop() {
        files.stop()
        writing.stop()
        digesting.stop()
        looking.stop()
        scrubbing.stop()
    }

    /// In a task of its own: a lane refuses cancelled tasks, but what tidies up after a cancelled download must run.
    private static func run<Value: Sendable>(
        _ lane: BlockingLane,
        _ body: @escaping @Sendable () throws(CacheError) -> Value
    ) async throws(CacheError) -> Value {
        let task = Task { try await lane.run(body) }
        do {
            return try await task.value
        } catch let error as CacheError {
            throw error
        } catch {
            throw CacheError(.io, "the cache is closed (\(error))")
        }
    }
}
