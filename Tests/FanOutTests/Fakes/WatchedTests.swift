import Testing

@Suite(.timeLimit(.minutes(10))) struct WatchedTests {
    struct Oops: Error {}

    @Test func waitsUntilTheConditionHolds() async {
        let watched = Watched(0)
        async let waiting: Void = watched.wait { $0 == 2 }
        watched.change { $0 = 1 }
        watched.change { $0 = 2 }
        await waiting
        #expect(watched.value == 2)
    }

    @Test func seesAChangeWhoseBodyThrew() async {
        let watched = Watched(0)
        async let waiting: Void = watched.wait { $0 == 1 }
        await Task.yield()
        #expect(throws: Oops.self) {
            try watched.change { value in
                value = 1
                throw Oops()
            }
        }
        await waiting
    }

    @Test func endsWithItsTask() async {
        let watched = Watched(0)
        let task = Task { await watched.wait { $0 == 1 } }
        task.cancel()
        await task.value
    }
}
