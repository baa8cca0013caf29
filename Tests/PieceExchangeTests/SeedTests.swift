import Testing

@testable import PieceExchange

@Suite struct SourceShareTests {
    private func picker(_ pieces: Int, have: [ClosedRange<Int>] = []) -> PiecePicker {
        var set = PieceSet(size: pieces)
        for range in have { set.insert(range) }
        return PiecePicker(have: set, neighbours: [false], seed: 1)
    }

    @Test func seedsReadRunsInTurn() {
        let picker = picker(100)
        var (first, second) = (SourceShare(index: 0, of: 2), SourceShare(index: 1, of: 2))
        #expect(first.next(picker, window: 128, at: .zero) == 0...15)
        #expect(second.next(picker, window: 128, at: .zero) == 16...31)
    }

    @Test func whatOthersHaveIsNotRead() {
        var picker = picker(100, have: [0...3])
        _ = picker.actions(at: .zero)
        picker.told([10...15], by: 0, at: .zero)
        var share = SourceShare(index: 0, of: 1)
        #expect(share.next(picker, window: 128, at: .zero) == 4...9)
    }

    @Test func whatAnotherSeedDoesNotBringIsReadAfterAWhileAndThenAtOnce() {
        var picker = picker(64, have: [0...15, 32...47])
        var share = SourceShare(index: 0, of: 2)
        #expect(share.next(picker, window: 128, at: .zero) == nil)
        #expect(share.next(picker, window: 128, at: .seconds(1)) == nil)
        #expect(share.next(picker, window: 128, at: .seconds(2)) == 16...31)
        for piece in 16...31 { picker.gained(piece, at: .seconds(3)) }
        #expect(share.next(picker, window: 128, at: .seconds(3)) == 48...63)
    }

    @Test func theLastRunIsShorter() {
        let picker = picker(20, have: [0...15])
        var share = SourceShare(index: 0, of: 1)
        #expect(share.next(picker, window: 128, at: .zero) == 16...19)
    }
}

@Suite struct OfferBookTests {
    private func told(
        _ book: inout OfferBook,
        at now: Duration,
        isDone: Bool = false
    ) -> [Int: [Int]] {
        let news = book.news(at: now, pieceTime: .milliseconds(10), isDone: isDone)
        return Dictionary(uniqueKeysWithValues: news.map { ($0.listener, $0.pieces) })
    }

    @Test func eachPieceIsOfferedToOneAndInTurn() {
        var book = OfferBook(size: 10)
        for listener in 0..<2 { book.join(listener, isFar: false) }
        for piece in 0..<4 { book.read(piece) }
        let told = told(&book, at: .zero)
        #expect(told[0]?.count == 2 && told[1]?.count == 2)
        #expect(Set(told.values.joined()) == [0, 1, 2, 3])
    }

    @Test func anOfferThatIsNotTakenGoesToAnother() {
        var book = OfferBook(size: 10)
        book.join(0, isFar: false)
        book.read(3)
        #expect(told(&book, at: .zero) == [0: [3]])
        book.join(1, isFar: false)
        // Another piece is taken, so the seed isn't idle.
        book.read(9)
        #expect(told(&book, at: .milliseconds(10)) == [1: [9]])
        book.given(9, to: [1], at: .milliseconds(900))
        #expect(told(&book, at: .milliseconds(999)).isEmpty)
        #expect(told(&book, at: .seconds(1)) == [1: [3]])
    }

    @Test func whatWasOfferedToOneThatLeftGoesToAnother() {
        var book = OfferBook(size: 10)
        book.join(0, isFar: false)
        book.read(3)
        #expect(told(&book, at: .zero) == [0: [3]])
        book.leave(0)
        book.join(1, isFar: false)
        #expect(told(&book, at: .milliseconds(10)) == [1: [3]])
    }

    /// It may never have been one that gives anything on.
    @Test func whatOneThatLeftHasTakenGoesToAnotherUnlessItIsSeenElsewhere() {
        var book = OfferBook(size: 10)
        book.join(0, isFar: false)
        for piece in 3...4 { book.read(piece) }
        #expect(told(&book, at: .zero) == [0: [3, 4]])
        for piece in 3...4 { book.given(piece, to: [0], at: .milliseconds(10)) }
        book.seen([4...4], at: [])
        book.leave(0)
        book.join(1, isFar: false)
        #expect(told(&book, at: .milliseconds(20)) == [1: [3]])
    }

    @Test func nobodyTakesWhatWasOfferedToAnother() {
        var book = OfferBook(size: 10)
        for listener in 0...1 { book.join(listener, isFar: false) }
        book.read(3)
        #expect(told(&book, at: .zero) == [0: [3]])
        book.idle = .seconds(60)
        book.given(3, to: [1], at: .milliseconds(10))
        #expect(told(&book, at: .seconds(1)) == [1: [3]], "the offer wasn't taken")
    }

    @Test func whatWasTakenAndIsNowhereElseIsEverybodys() {
        var book = OfferBook(size: 10)
        for listener in 0...1 { book.join(listener, isFar: false) }
        book.idle = .seconds(60)
        for piece in [3, 4] { book.read(piece) }
        #expect(told(&book, at: .zero) == [0: [3], 1: [4]])
        for (piece, listener) in [(3, 0), (4, 1)] {
            book.given(piece, to: [listener], at: .milliseconds(10))
        }
        // Each says that it has its own; the first has given it on, too.
        book.seen([3...3], at: [0])
        book.seen([3...3], at: [1])
        book.seen([4...4], at: [1])
        #expect(told(&book, at: .seconds(2)).isEmpty)
        #expect(told(&book, at: .milliseconds(2_010)) == [0: [4]])
    }

    @Test func whenNobodyAsksAllAreToldAll() {
        var book = OfferBook(size: 10)
        book.join(0, isFar: false)
        book.join(1, isFar: false)
        book.read(0)
        #expect(told(&book, at: .zero).count == 1)
        book.given(0, to: [0], at: .milliseconds(10))
        #expect(told(&book, at: .milliseconds(100)).isEmpty)
        #expect(told(&book, at: .milliseconds(510)) == [1: [0]])
        #expect(book.common.contains(0))
    }

    @Test func whenAllIsOutAllAreToldAll() {
        var book = OfferBook(size: 1)
        book.join(0, isFar: false)
        book.join(1, isFar: false)
        book.read(0)
        #expect(told(&book, at: .zero) == [0: [0]])
        #expect(told(&book, at: .milliseconds(1), isDone: true).isEmpty, "it isn't taken yet")
        book.given(0, to: [0], at: .milliseconds(2))
        #expect(told(&book, at: .milliseconds(3), isDone: true) == [1: [0]])
    }

    @Test func whatNeighboursHaveAnywayEverybodyIsTold() {
        var book = OfferBook(size: 10)
        book.join(0, isFar: false)
        book.heard(5)
        book.join(1, isFar: true)
        #expect(told(&book, at: .zero) == [0: [5], 1: [5]])
    }

    /// What it gets doesn't come back to the seed's own zone.
    @Test func whoIsFarIsOfferedNothingAndToldWhatIsTaken() {
        var book = OfferBook(size: 10)
        book.join(0, isFar: true)
        book.join(1, isFar: false)
        book.read(0)
        #expect(told(&book, at: .zero) == [1: [0]])
        book.given(0, to: [1], at: .milliseconds(1))
        #expect(told(&book, at: .milliseconds(2)) == [0: [0]])
    }

    @Test func whereAllAreFarEverybodyIsTold() {
        var book = OfferBook(size: 10)
        book.join(0, isFar: true)
        book.read(0)
        #expect(told(&book, at: .zero) == [0: [0]])
    }
}
