import TestSupport
import Testing

@testable import PieceExchange

@Suite struct PieceSetTests {
    @Test func whatIsInIsCountedOnceAndFound() {
        var set = PieceSet(size: 130)
        let isNew = [129, 64, 64, 130, -1].map { set.insert($0) }
        #expect(isNew == [true, true, false, false, false], "the last two are no pieces of the image")
        #expect(
            set.count == 2 && set.contains(129) && !set.contains(0) && !set.contains(-1) && !set.contains(200)
        )
        #expect(set.ranges == [64...64, 129...129])
    }

    @Test func theFirstMissingMovesOverWhatIsThere() {
        var set = PieceSet(size: 200)
        set.insert(1...150)
        #expect(set.firstMissing == 0)
        set.insert(0)
        #expect(set.firstMissing == 151)
        set.remove(70)
        #expect(set.firstMissing == 70 && set.count == 150)
        set.insert(70)
        set.insert(100...500)
        #expect(set.isFull && set.firstMissing == 200 && set.ranges == [0...199])
    }

    @Test func anImageWithoutPiecesIsFull() {
        var set = PieceSet(size: 0)
        set.insert(0...3)
        #expect(set.isFull && set.ranges.isEmpty && PieceSet.all(0) == set)
    }

    /// Beside Swift's own set.
    @Test func aLongWalkAgreesWithASetOfNumbers() {
        var random = SplitMix(seed: 3)
        var (set, plain) = (PieceSet(size: 300), Set<Int>())
        for _ in 0..<3_000 {
            let piece = Int.random(in: 0..<300, using: &random)
            if Int.random(in: 0..<4, using: &random) == 0 {
                set.remove(piece)
                plain.remove(piece)
            } else {
                let isNew = set.insert(piece)
                #expect(isNew == plain.insert(piece).inserted)
            }
            #expect(set.count == plain.count)
            #expect(set.firstMissing == (0...300).first { !plain.contains($0) })
        }
        let isSame = set.ranges.flatMap(Array.init) == plain.sorted()
        #expect(isSame)
    }
}
