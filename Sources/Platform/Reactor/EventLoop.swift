import CLinux
import DequeModule
import Glibc
import Synchronization

/// One thread that waits in epoll(7) and runs everything that concerns its descriptors, timers and tasks.
///
/// It is a task executor and a serial executor: an `async` handler runs on the thread that read its request, and
/// an actor that names this loop as its executor is confined to that thread. Nothing run here may block.
/// Work handed over after ``stop()`` still runs, on a thread that lives for it alone, so that no task hangs.
package final class EventLoop: TaskExecutor, SerialExecutor {
    private struct Inbox {
        var work: [LoopWork] = []
        var phase = Phase.running
    }

    private enum Phase {
        case running
        case stopping
        case ended
        case draining
    }

    /// The loop's name, also its thread's in `top -H` and gdb (the first 15 bytes).
    package let name: String

    private let confined = LoopState()
    let poller: Poller
    private let inbox = Mutex(Inbox())
    private let threadIdentity = Atomic<UInt>(0)
    private let thread = Mutex<SystemThread?>(nil)

    /// Makes the loop and starts its thread.
    ///
    /// - Throws: What epoll_create1(2), eventfd(2) or pthread_create(3) failed with: a limit on descriptors or threads.
    package init(name: String) throws(SystemError) {
        self.name = name
        poller = try Poller()
        let thread = try SystemThread(name: name) { [self] in run() }
        self.thread.withLock { $0 = thread }
    }

    /// Whether the caller runs on the loop's thread.
    package var isCurrent: Bool { threadIdentity.load(ordering: .relaxed) == UInt(pthread_self()) }

    /// Ends a debug build when the caller is not on the loop's thread: what is confined to it says so with this.
    package func assertCurrent() { assert(isCurrent, "not on the thread of event loop \(name)") }

    /// Runs `work` on the loop's thread, soon; from any thread, in order for calls from one thread.
    package func execute(_ work: @escaping @Sendable () -> Void) {
        submit(.closure(work))
    }

    /// Ends the loop: runs what is at hand, drops timers and registrations, joins the thread.
    ///
    /// A task in ``sleep(for:)`` gets a `CancellationError`. From the loop's own thread this only asks for the end.
    /// A second call does nothing.
    package func stop() {
        let mustWake = inbox.withLock { inbox in
            guard inbox.phase == .running else { return false }
            inbox.phase = .stopping
            return true
        }
        if mustWake { poller.wake() }
        let thread = self.thread.withLock { thread in
            defer { thread = nil }
            return thread
        }
        thread?.joinUnlessCurrent()
    }

    /// What only the loop's own thread may touch.
    var state: LoopState {
        assertCurrent()
        return confined
    }

    // MARK: Executor

    /// Takes a job from the Swift runtime, from any thread.
    package func enqueue(_ job: consuming ExecutorJob) {
        submit(.job(UnownedJob(job)))
    }

    /// Ends the process when the caller is not on the loop's thread: the runtime asks this for `assumeIsolated`.
    package func checkIsolated() {
        precondition(isCurrent, "not on the thread of event loop \(name)")
    }

    /// Tells the runtime whether the caller already is where the loop's actors run.
    package func isIsolatingCurrentContext() -> Bool? { isCurrent }

    // MARK: The thread

    private func submit(_ work: LoopWork) {
        if isCurrent {
            state.ready.append(work)
            return
        }
        let before = inbox.withLock { inbox in
            let wasEmpty = inbox.work.isEmpty
            let phase = inbox.phase
            inbox.work.append(work)
            if phase == .ended { inbox.phase = .draining }
            return (wasEmpty: wasEmpty, phase: phase)
        }
        if before.phase == .ended {
            startDraining()
        } else if before.wasEmpty {
            poller.wake()
        }
    }

    private func run() {
        threadIdentity.store(UInt(pthread_self()), ordering: .relaxed)
        let events = UnsafeMutableBufferPointer<epoll_event>.allocate(capacity: 512)
        defer { events.deallocate() }
        repeat {
            turn(events)
        } while !isAtEnd()
        for timer in state.timers.removeAll() { timer.abandon() }
        state.removeAllRegistrations()
        drain()
    }

    /// One round: what is ready, then what epoll reports, then the timers.
    private func turn(_ events: UnsafeMutableBufferPointer<epoll_event>) {
        runReady()
        // Once it is to stop, nobody wakes the loop again: it must not wait for the next thing to happen.
        let mayWait = state.ready.isEmpty && !state.isStopping
        let timeout = mayWait ? state.timers.millisecondsToNext(now: MonotonicTime.now) : 0
        let count = poller.wait(into: events, milliseconds: timeout)
        for index in 0..<count {
            let event = events[index]
            guard event.data.u64 != Poller.wakeToken else {
                collectInbox()
                continue
            }
            // Looked up anew for every event: an earlier one may have ended this registration.
            state.registration(token: event.data.u64)?.handler?(Readiness(epollBits: event.events))
        }
        guard state.timers.count > 0 else { return }
        let now = MonotonicTime.now
        while let timer = state.timers.popDue(now: now) { timer.fire() }
    }

    /// Runs what was ready when called; what that makes ready waits for the next round, so that sockets are not starved.
    private func runReady() {
        var left = state.ready.count
        while left > 0, let work = state.ready.popFirst() {
            left -= 1
            switch work {
            case .job(let job):
                job.runSynchronously(
                    isolatedTo: asUnownedSerialExecutor(),
                    taskExecutor: asUnownedTaskExecutor()
                )
            case .closure(let closure):
                closure()
            }
        }
    }

    private func collectInbox() {
        let work = inbox.withLock { inbox in
            defer { inbox.work = [] }
            if inbox.phase == .stopping { state.isStopping = true }
            return inbox.work
        }
        state.ready.append(contentsOf: work)
    }

    private func isAtEnd() -> Bool {
        guard state.ready.isEmpty else { return false }
        return inbox.withLock { $0.phase == .stopping && $0.work.isEmpty }
    }

    /// Runs all that is left, then declares the loop ended; later work starts a thread for itself.
    private func drain() {
        threadIdentity.store(UInt(pthread_self()), ordering: .relaxed)
        while true {
            collectInbox()
            while !state.ready.isEmpty { runReady() }
            for timer in state.timers.removeAll() { timer.abandon() }
            guard state.ready.isEmpty else { continue }
            let ended = inbox.withLock { inbox in
                guard inbox.work.isEmpty else { return false }
                inbox.phase = .ended
                // Under the lock: the next drain's thread must not be overwritten by this one's farewell.
                threadIdentity.store(0, ordering: .relaxed)
                return true
            }
            if ended { return }
        }
    }

    private func startDraining() {
        do {
            let thread = try SystemThread(name: name) { [self] in drain() }
            thread.detach()
        } catch {
            // No thread to be had: better here than never.
            drain()
        }
    }
}
