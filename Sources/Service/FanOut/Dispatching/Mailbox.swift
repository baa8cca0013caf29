import PrecacheModel
import Synchronization

/// Where everybody leaves word for the dispatcher's loop: agents' tasks, the bell, the alarm, the stop.
///
/// Leaving word costs a lock held for nanoseconds, and wakes the loop only if it waits; so a loop that is busy with the
/// ledger finds everything that came meanwhile at once. One loop waits.
final class Mailbox: Sendable {
    /// Word from a task.
    enum Event: Sendable {
        case agent(AttemptKey, AgentEvent)
        /// With the number of the task that says so.
        case ended(AttemptKey, AttemptEnd, Int)
    }

    /// Everything that was left since the last time.
    struct Mail: Sendable {
        /// Outcomes and ends, in order.
        var events: [Event] = []
        /// The newest progress of each image; to be taken before the events.
        ///
        /// Older ones are dropped, so that agents can't fill the memory while the loop waits for the ledger.
        var progress: [AttemptKey: [ImageID: ByteProgress]] = [:]
        /// Whether somebody rang: rows may have changed.
        var hasRung = false
        /// Whether there may be jobs to take over.
        var hasOrphans = false
        /// Whether the dispatcher is to stop; stays true.
        var isStopping = false
    }

    private struct State {
        var mail = Mail()
        var isWoken = false
        var waiter: CheckedContinuation<Void, Never>?
    }

    private let state = Mutex(State())

    func post(_ event: Event) {
        leave { mail in
            if case .agent(let key, .progress(let image, let bytes)) = event {
                mail.progress[key, default: [:]][image] = bytes
            } else {
                mail.events.append(event)
            }
        }
    }

    func ring() { leave { $0.hasRung = true } }

    func adopt() { leave { $0.hasOrphans = true } }

    func stop() { leave { $0.isStopping = true } }

    /// Wakes the loop without word.
    func wake() { leave { _ in } }

    var isStopping: Bool { state.withLock { $0.mail.isStopping } }

    /// Takes everything that was left.
    func take() -> Mail {
        state.withLock { state in
            let mail = state.mail
            state.mail = Mail(isStopping: mail.isStopping)
            state.isWoken = false
            return mail
        }
    }

    /// Waits until word was left since the last ``take()``; returns at once when the task is cancelled.
    func wait() async {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isDue = state.withLock { state in
                    guard !state.isWoken, !Task.isCancelled else { return true }
                    state.waiter = continuation
                    return false
                }
                if isDue { continuation.resume() }
            }
        } onCancel: {
            wake()
        }
    }

    private func leave(_ change: (inout Mail) -> Void) {
        let waiter = state.withLock { state in
            change(&state.mail)
            state.isWoken = true
            defer { state.waiter = nil }
            return state.waiter
        }
        waiter?.resume()
    }
}

/// Wakes the dispatcher's loop at a moment.
///
/// An alarm that is set later than it rings is left to ring: the loop looks, finds nothing and sets it anew. So the
/// usual case, a moment that moves away with each event, costs nothing.
struct Alarm<Time: Clock> where Time.Duration == Duration {
    private let clock: Time
    private let mailbox: Mailbox
    private var moment: Time.Instant?
    private var sleeper: Task<Void, Never>?

    init(clock: Time, mailbox: Mailbox) {
        self.clock = clock
        self.mailbox = mailbox
    }

    /// Sets the alarm for a moment, unless it rings before anyway.
    mutating func set(_ moment: Time.Instant) {
        if let set = self.moment, set <= moment, set > clock.now { return }
        sleeper?.cancel()
        self.moment = moment
        sleeper = Task { [clock, mailbox] in
            guard (try? await clock.sleep(until: moment, tolerance: nil)) != nil else { return }
            mailbox.wake()
        }
    }

    /// Ends it.
    mutating func cancel() {
        sleeper?.cancel()
        sleeper = nil
        moment = nil
    }
}
