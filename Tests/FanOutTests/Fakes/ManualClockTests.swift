import Testing

@Suite(.timeLimit(.minutes(10))) struct ManualClockTests {
    @Test func measuresForward() {
        let clock = ManualClock()
        let start = clock.now
        clock.advance(by: .seconds(5))
        #expect(start.duration(to: clock.now) == .seconds(5))
        #expect(start < clock.now)
    }

    @Test func wakesSleepersWhoseTimeHasComeAndNoOthers() async throws {
        let clock = ManualClock()
        let early = Task { try await clock.sleep(for: .seconds(1)) }
        let late = Task { try await clock.sleep(for: .seconds(9)) }
        await clock.state.wait { $0.sleepers.count == 2 }
        #expect(clock.advanceToNextAlarm())
        try await early.value
        #expect(clock.alarms == [.seconds(9)])
        late.cancel()
        await #expect(throws: CancellationError.self) { try await late.value }
        #expect(!clock.advanceToNextAlarm())
    }

    @Test func aMomentThatHasPassedIsNotSleptFor() async throws {
        let clock = ManualClock()
        clock.advance(by: .seconds(2))
        try await clock.sleep(until: .init(offset: .seconds(1)), tolerance: nil)
    }
}
