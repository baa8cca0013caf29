import PrecacheModel
import Testing

@testable import FanOut

@Suite struct FairPickerTests {
    let big = JobID.make()
    let small = JobID.make()

    @Test func theJobWithLessInFlightGetsSlotsUntilBothHaveTheSame() {
        var picker = FairPicker()
        picker.add(big, inFlight: 4, lastServed: 9, serial: 1)
        picker.add(small, inFlight: 0, lastServed: 0, serial: 2)
        var turn: UInt64 = 9
        let deal = picker.deal(6, turn: &turn) { _, _ in true }
        #expect(deal.first { $0.job == small }?.slots == 5)
        #expect(deal.first { $0.job == big }?.slots == 1)
        #expect(turn == 15)
    }

    @Test func equalsTakeTurns() {
        var picker = FairPicker()
        picker.add(big, inFlight: 0, lastServed: 5, serial: 1)
        picker.add(small, inFlight: 0, lastServed: 3, serial: 2)
        var turn: UInt64 = 5
        let deal = picker.deal(1, turn: &turn) { _, _ in true }
        #expect(deal.map(\.job) == [small])
    }

    @Test func aRefusedJobLeavesItsSlotsToOthers() {
        var picker = FairPicker()
        picker.add(big, inFlight: 0, lastServed: 0, serial: 1)
        picker.add(small, inFlight: 0, lastServed: 0, serial: 2)
        var turn: UInt64 = 0
        let deal = picker.deal(10, turn: &turn) { job, granted in job == big || granted < 2 }
        #expect(deal.first { $0.job == small }?.slots == 2)
        #expect(deal.first { $0.job == big }?.slots == 8)
    }

    @Test func endsWhenNobodyWantsMore() {
        var picker = FairPicker()
        picker.add(big, inFlight: 0, lastServed: 0, serial: 1)
        var turn: UInt64 = 0
        #expect(picker.deal(10, turn: &turn) { _, _ in false }.isEmpty)
    }
}
