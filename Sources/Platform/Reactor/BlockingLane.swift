import DequeModule
import Glibc
import Synchronization

/// Threads for calls that block (databases, digests, name look-ups, fsync): first come, first served.
///
/// With one thread (the default) the lane is also a way to use something that is not thread-safe in one place.
package final class BlockingLane: Sendable {
    private struct Queue {
        var work = Deque<@Sendable () -> Void>()
        var isStopped = false
    }

    private let queue: Mutex<Queue>
    private let available: Semaphore
    private let threads: Mutex<[SystemThread]>

    /// Starts the threads.
    ///
    /// - Parameters:
    ///   - name: What to call them (15 bytes are shown).
    ///   - threads: How many run at once; at least one.
    /// - Throws: What pthread_create(3) failed with.
    package init(name: String, threads: Int = 1) throws(SystemError) {
        queue = Mutex(Queue())
        available = Semaphore()
        self.threads = Mutex([])
        for _ in 0..<max(1, threads) {
            do {
                let thread = try SystemThread(name: name) { [self] in serve() }
                self.threads.withLock { $0.append(thread) }
            } catch {
                stop()
                throw error
            }
        }
    }

    /// Runs `body` on a thread of the lane and returns what it returns.
    ///
    /// Once begun it runs to its end, whatever becomes of the calling task.
    ///
    /// - Throws: What `body` throws; `CancellationError` when the task was cancelled before the call;
    ///   ``SystemError`` with `ECANCELED` after ``stop()``.
    package func run<T: Sendable>(_ body: @escaping @Sendable () throws -> T) async throws -> T {
        try Task.checkCancellation()
        return try await withCheckedThrowingContinuation { continuation in
            let isTaken = submit { continuation.resume(with: Result { try body() }) }
            guard !isTaken else { return }
            continuation.resume(throwing: SystemError(call: "BlockingLane.run", code: ECANCELED))
        }
    }

    /// Finishes what was handed over, refuses what comes later and joins the threads.
    ///
    /// From a thread of the lane itself this only asks for the end.
    package func stop() {
        queue.withLock { $0.isStopped = true }
        let threads = self.threads.withLock { threads in
            defer { threads = [] }
            return threads
        }
        for _ in threads { available.signal() }
        for thread in threads { thread.joinUnlessCurrent() }
    }

    /// Hands over work without waiting for it.
    ///
    /// - Returns: False after ``stop()``: then it never runs.
    @discardableResult
    package func submit(_ work: @escaping @Sendable () -> Void) -> Bool {
        let isTaken = queue.withLock { queue in
            guard !queue.isStopped else { return false }
            queue.work.append(work)
            return true
        }
        if isTaken { available.signal() }
        return isTaken
    }

    /// Each signal stands for one piece of work or, once all work is done, for one thread to end.
    private func serve() {
        while true {
            available.wait()
            guard let work = queue.withLock({ $0.work.popFirst() }) else { return }
            work()
        }
    }
}
