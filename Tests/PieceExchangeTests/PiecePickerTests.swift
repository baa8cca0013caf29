import Testing

@testable import PieceExchange

@Suite struct PiecePickerTests {
    private func picker(
        _ pieces: Int = 300,
        have: [ClosedRange<Int>] = [],
        neighbours: Int = 3,
        far: Set<Int> = [],
        _ change: (inout PiecePicker.Rules) -> Void = { _ in }
    ) -> PiecePicker {
        var (set, rules) = (PieceSet(size: pieces), PiecePicker.Rules())
        for range in have { set.insert(range) }
        change(&rules)
        return PiecePicker(have: set, neighbours: (0..<neighbours).map(far.contains), rules: rules, seed: 7)
    }

    private func asked(_ actions: [PiecePicker.Action]) -> [Int: Int] {
        var asked: [Int: Int] = [:]
        for case .ask(let piece, let number) in actions { asked[number] = piece }
        return asked
    }

    @Test func thoseInFrontAreListenedToAndTheOthersAreSpares() {
        var picker = picker(neighbours: 9)
        #expect(picker.actions(at: .zero) == (0..<6).map { .open($0) })
        picker.lost(2, at: .zero)
        #expect(picker.actions(at: .zero) == [.open(6)])
    }

    @Test func theRarestIsAskedForAndNothingTwice() {
        var picker = picker()
        _ = picker.actions(at: .zero)
        picker.told([0...9], by: 0, at: .zero)
        picker.told([0...8], by: 1, at: .zero)
        picker.told([0...7], by: 2, at: .zero)
        let asked = asked(picker.actions(at: .zero))
        #expect(asked[0] == 9 && asked[1] == 8, "each one that fewest have")
        #expect((0...7).contains(asked[2] ?? -1))
        #expect(picker.actions(at: .zero).isEmpty, "one at a time of each")
    }

    @Test func whatLiesBeyondTheWindowWaits() {
        var picker = picker(have: [0...9], neighbours: 1) { $0.window = 128 }
        _ = picker.actions(at: .zero)
        picker.told([138...299], by: 0, at: .zero)
        #expect(picker.actions(at: .zero).isEmpty)
        picker.told([137...137], by: 0, at: .zero)
        #expect(asked(picker.actions(at: .zero)) == [0: 137])
    }

    @Test func whoIsFarIsAskedOnlyForWhatNobodyNearHas() {
        var picker = picker(neighbours: 2, far: [0])
        _ = picker.actions(at: .zero)
        picker.told([0...1], by: 0, at: .zero)
        picker.told([0...0], by: 1, at: .zero)
        #expect(asked(picker.actions(at: .zero)) == [0: 1, 1: 0])
    }

    @Test func noMoreIsAskedForThanThereIsRoomFor() {
        var picker = picker()
        _ = picker.actions(at: .zero)
        for number in 0..<3 { picker.told([0...9], by: number, at: .zero) }
        #expect(asked(picker.actions(at: .zero, asks: 2)).count == 2)
        #expect(picker.actions(at: .zero, asks: -1).isEmpty)
        #expect(asked(picker.actions(at: .zero, asks: 5)).count == 1)
    }

    @Test func whatTakesTooLongIsAskedOfAnotherAndWhoComesLaterIsADuplicate() {
        var picker = picker(neighbours: 2)
        _ = picker.actions(at: .zero)
        picker.told([0...0], by: 0, at: .zero)
        picker.told([0...0], by: 1, at: .zero)
        let first = asked(picker.actions(at: .zero)).keys.first ?? -1
        #expect(picker.actions(at: .milliseconds(900)).isEmpty)
        #expect(asked(picker.actions(at: .seconds(1))) == [1 - first: 0])
        let isNew = [1 - first, first].map { picker.received(0, from: $0, at: .seconds(2)) }
        #expect(isNew == [true, false])
    }

    @Test func aLostNeighboursPiecesAreFreeAgain() {
        var picker = picker(neighbours: 2)
        _ = picker.actions(at: .zero)
        picker.told([5...5], by: 0, at: .zero)
        #expect(asked(picker.actions(at: .zero)) == [0: 5])
        picker.told([5...5], by: 1, at: .zero)
        picker.lost(0, at: .zero)
        #expect(asked(picker.actions(at: .zero)) == [1: 5])
    }

    @Test func whoIsLostIsTriedAgainAndWhoLiedNever() {
        var picker = picker(neighbours: 2)
        _ = picker.actions(at: .zero)
        picker.lost(0, at: .zero)
        picker.ban(1)
        #expect(picker.actions(at: .milliseconds(499)).isEmpty)
        #expect(picker.actions(at: .milliseconds(500)) == [.open(0)])
        picker.lost(0, at: .milliseconds(500))
        #expect(picker.actions(at: .milliseconds(1_499)).isEmpty, "twice as long each time")
        #expect(picker.actions(at: .milliseconds(1_500)) == [.open(0)])
        #expect(!picker.isAlone(at: .milliseconds(7_999)) && picker.isAlone(at: .seconds(8)))
        picker.heard(0, at: .seconds(8))
        #expect(!picker.isAlone(at: .seconds(15)))
        picker.ban(0)
        #expect(picker.isAlone(at: .seconds(9)), "all of them lied")
    }

    @Test func whoRefusesIsLeftAloneForAsLongAsItSaysAndForLongerAfterThree() {
        var picker = picker(neighbours: 1)
        _ = picker.actions(at: .zero)
        picker.told([0...9], by: 0, at: .zero)
        for turn in 0..<3 {
            let now = Duration.seconds(turn)
            guard let piece = asked(picker.actions(at: now))[0] else { break }
            picker.refused(piece, by: 0, for: .seconds(1), at: now)
            #expect(picker.actions(at: now + .milliseconds(499)).isEmpty)
        }
        #expect(picker.actions(at: .milliseconds(2_500)) == [.open(0)])
    }

    @Test func whoFallsSilentIsLeftAndASpareComes() {
        var picker = picker(neighbours: 7)
        _ = picker.actions(at: .zero)
        for number in 1..<6 { picker.heard(number, at: .seconds(4)) }
        #expect(picker.actions(at: .seconds(5)).contains(.close(0)))
        #expect(picker.deadline(after: .seconds(5)) <= .seconds(9))
    }

    @Test func whoIsMuchSlowerThanTheBestMakesRoomForASpare() {
        for hasSpare in [true, false] {
            var picker = picker(neighbours: hasSpare ? 3 : 2) { $0.neighbours = 2 }
            _ = picker.actions(at: .zero)
            picker.told([0...200], by: 0, at: .zero)
            picker.told([201...299, 0...20], by: 1, at: .zero)
            var (now, isLeft) = (Duration.zero, false)
            while now < .seconds(11) {
                let actions = picker.actions(at: now)
                if actions.contains(.close(1)) { isLeft = true }
                for (number, piece) in asked(actions) where number == 0 {
                    _ = picker.received(piece, from: 0, at: now + .milliseconds(200))
                }
                picker.heard(0, at: now)
                picker.heard(1, at: now)
                now += .milliseconds(250)
            }
            #expect(isLeft == hasSpare, "needless switching costs more than a slow neighbour")
        }
    }

    @Test func whoseNeighboursHaveNothingNewStarves() {
        var picker = picker(neighbours: 1)
        _ = picker.actions(at: .zero)
        for second in 1..<5 {
            picker.heard(0, at: .seconds(second))
            #expect(picker.actions(at: .seconds(second)).isEmpty)
        }
        picker.heard(0, at: .seconds(5))
        #expect(picker.actions(at: .seconds(5)) == [.starved])
        #expect(picker.actions(at: .seconds(6)).isEmpty, "told once in a while")
    }

    /// Who says that it has all and gives nothing keeps nobody waiting for ever, nor a seed from its source.
    @Test func whoLetsOthersWaitCountsAsHavingNothing() {
        var picker = picker(neighbours: 2)
        _ = picker.actions(at: .zero)
        picker.told([0...299], by: 0, at: .zero)
        picker.told([0...0], by: 1, at: .zero)
        #expect(picker.isKnown(9, at: .zero))
        for (number, piece) in asked(picker.actions(at: .zero)) where number == 1 {
            _ = picker.received(piece, from: 1, at: .milliseconds(10))
        }
        #expect(picker.isKnown(9, at: .seconds(1)) && !picker.isKnown(9, at: .seconds(2)))
        for second in 1...6 { for number in 0...1 { picker.heard(number, at: .seconds(second)) } }
        #expect(picker.actions(at: .seconds(6)).contains(.starved))
    }

    @Test func whoRefusesForEverStarvesOthers() {
        var (picker, now, told) = (picker(neighbours: 1), Duration.zero, [Duration]())
        while now < .seconds(40) {
            for action in picker.actions(at: now) {
                switch action {
                case .open: picker.told([0...299], by: 0, at: now)
                case .ask(let piece, _): picker.refused(piece, by: 0, for: .seconds(1), at: now)
                case .starved: told.append(now)
                case .close: break
                }
            }
            now += .milliseconds(100)
        }
        #expect(told.count > 1 && told[0] <= .seconds(15), "\(told)")
    }

    /// Who says that it has all and refuses, or is lost time and again, keeps no seed from its source for long.
    @Test func whoRefusesOrIsLostIsNotReliedOnUntilItGives() {
        var picker = picker(neighbours: 1)
        _ = picker.actions(at: .zero)
        picker.told([0...299], by: 0, at: .zero)
        picker.refused(asked(picker.actions(at: .zero))[0] ?? 0, by: 0, for: .seconds(10), at: .zero)
        #expect(!picker.isKnown(9, at: .seconds(9)) && picker.isKnown(9, at: .seconds(10)))
        picker.lost(0, at: .seconds(10))
        _ = picker.actions(at: .seconds(11))
        picker.told([0...299], by: 0, at: .seconds(11))
        #expect(!picker.isKnown(9, at: .seconds(11)), "it is listened to again, and has given nothing since")
        guard let piece = asked(picker.actions(at: .seconds(11)))[0] else { return #expect(Bool(false)) }
        _ = picker.received(piece, from: 0, at: .seconds(12))
        #expect(picker.isKnown((piece + 1) % 300, at: .seconds(12)))
    }

    @Test func whatCannotBeBelievedIsTriedEverMoreRarelyUntilASeedShowsItself() {
        var (picker, now, tries) = (picker(neighbours: 1), Duration.zero, [Duration]())
        _ = picker.actions(at: now)
        picker.told([0...299], by: 0, at: now)
        while now < .seconds(31) {
            let actions = picker.actions(at: now)
            for piece in asked(actions).values {
                tries.append(now)
                picker.doubted(piece, by: 0, at: now)
            }
            picker.heard(0, at: now)
            now += .milliseconds(500)
        }
        #expect(tries == [0, 2, 6, 14, 30].map { .seconds($0) })
        #expect(!picker.isKnown(0, at: now))
        picker.believe(at: now)
        #expect(picker.isKnown(0, at: now) && asked(picker.actions(at: now)).count == 1)
    }

    @Test func whoHasAllAsksNothing() {
        var picker = picker(10, have: [0...8], neighbours: 1)
        _ = picker.actions(at: .zero)
        picker.gained(9, at: .zero)
        picker.told([0...9], by: 0, at: .zero)
        #expect(picker.have.isFull && picker.actions(at: .seconds(60)).isEmpty)
    }
}
