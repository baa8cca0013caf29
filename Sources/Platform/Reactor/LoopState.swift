import DequeModule

/// What only the loop's own thread touches.
final class LoopState: @unchecked Sendable {
    // Confined to the loop's thread, hence no lock: `EventLoop.state`, the only way to it, asserts that.
    var ready = Deque<LoopWork>()
    var timers = TimerQueue()
    /// Whether the loop has seen that it is to end.
    var isStopping = false
    private var registrations: [Registration?] = []
    private var generation: UInt64 = 0

    /// A token that names the descriptor and this very registration of it, so that an event at hand for an
    /// earlier one with the same number is told apart.
    func nextToken(for descriptor: Int32) -> UInt64 {
        generation = (generation + 1) & 0x7fff_ffff
        return generation << 32 | UInt64(UInt32(bitPattern: descriptor))
    }

    func insert(_ registration: Registration) {
        let index = Int(registration.descriptor)
        if index >= registrations.count {
            let missing = max(64, index + 1 - registrations.count, registrations.count)
            registrations.append(contentsOf: repeatElement(nil, count: missing))
        }
        registrations[index] = registration
    }

    func remove(_ registration: Registration) {
        let index = Int(registration.descriptor)
        guard index < registrations.count, registrations[index] === registration else { return }
        registrations[index] = nil
    }

    func registration(token: UInt64) -> Registration? {
        let index = Int(token & 0xffff_ffff)
        guard index < registrations.count, let found = registrations[index], found.token == token else {
            return nil
        }
        return found
    }

    func removeAllRegistrations() {
        registrations.removeAll()
    }
}

/// One thing for a loop's thread to run.
enum LoopWork {
    case job(UnownedJob)
    case closure(@Sendable () -> Void)
}
