/// Something that happens once per name, to be waited for: tests wait on events, not on time.
actor Signals {
    private var happened: [String: Int] = [:]
    private var waiters: [(name: String, count: Int, continuation: CheckedContinuation<Void, Never>)] = []

    func send(_ name: String) {
        happened[name, default: 0] += 1
        let ready = waiters.filter { happened[$0.name, default: 0] >= $0.count }
        waiters.removeAll { happened[$0.name, default: 0] >= $0.count }
        for waiter in ready { waiter.continuation.resume() }
    }

    func count(_ name: String) -> Int { happened[name, default: 0] }

    /// Waits until the event has happened `count` times.
    func wait(_ name: String, count: Int = 1) async {
        if happened[name, default: 0] >= count { return }
        await withCheckedContinuation { waiters.append((name, count, $0)) }
    }
}
