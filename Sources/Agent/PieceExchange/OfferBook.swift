/// To whom a seed tells which of the pieces that it read from the source: each to one neighbour at first, so that each goes
/// out once and comes back to the others from there (BEP 16, "superseeding").
///
/// An offer that isn't taken is made to another. A piece that was taken and is seen nowhere else after a while is everybody's:
/// whoever took it may keep it for itself. When nobody has taken one for a while, or all is out, everybody is told all.
package struct OfferBook: Sendable {
    private struct Offer {
        let listener: Int
        let at: Duration
        var takenAt: Duration?
        /// Whether another than the one that took it has it.
        var isSpread = false

        var isTaken: Bool { takenAt != nil }
    }

    private struct Listener {
        let isFar: Bool
        var told: PieceSet
        /// Offers to it that it has not taken.
        var open = 0
        /// What it is to be told.
        var news: [Int] = []

        func rank(_ key: Int) -> (Int, Int, Int) { (open, told.count + news.count, key) }
    }

    /// Pieces that everybody may know of.
    package private(set) var common: PieceSet
    private var offers: [Int: Offer] = [:]
    /// Pieces that were read and that nobody was there for.
    private var waiting: [Int] = []
    private var listeners: [Int: Listener] = [:]
    private var lastTaken = Duration.zero
    /// How long an offer stands; the larger of this and eight piece times.
    package var patience = Duration.seconds(1)
    /// How long nobody has to ask for everybody to be told all.
    package var idle = Duration.milliseconds(500)

    package init(size: Int) { common = PieceSet(size: size) }

    /// Somebody listens.
    ///
    /// One that is far stands in another zone, from where a piece doesn't come back to this one: it's offered nothing, and told
    /// what others have taken.
    package mutating func join(_ listener: Int, isFar: Bool) {
        var new = Listener(isFar: isFar, told: PieceSet(size: common.size))
        new.news = common.ranges.flatMap { Array($0) }
        if isFar { new.news += offers.filter(\.value.isTaken).keys.sorted() }
        listeners[listener] = new
    }

    /// Somebody no longer listens: what was offered to it goes to another.
    package mutating func leave(_ listener: Int) {
        guard listeners.removeValue(forKey: listener) != nil else { return }
        let back = offers.filter { $0.value.listener == listener && !$0.value.isSpread }.keys.sorted()
        for piece in back { offers[piece] = nil }
        waiting = back + waiting
    }

    /// A piece came from the source.
    package mutating func read(_ piece: Int) {
        if !common.contains(piece) { waiting.append(piece) }
    }

    /// A piece came from a neighbour, so others have it as well: everybody is told.
    package mutating func heard(_ piece: Int) { publish(piece) }

    /// A piece is being given to somebody who listens, by whatever number: nobody takes what was offered to another.
    package mutating func given(_ piece: Int, to numbers: [Int], at now: Duration) {
        guard let offer = offers[piece], !offer.isTaken, numbers.contains(offer.listener) else { return }
        lastTaken = now
        offers[piece]?.takenAt = now
        listeners[offer.listener]?.open -= 1
        for (other, entry) in listeners where entry.isFar { listeners[other]?.news.append(piece) }
    }

    /// A neighbour has pieces; the numbers are those by which it listens: its word for what it took counts for nothing.
    package mutating func seen(_ pieces: [ClosedRange<Int>], at numbers: [Int]) {
        for (piece, offer) in offers where !offer.isSpread && !numbers.contains(offer.listener) {
            if pieces.contains(where: { $0.contains(piece) }) { offers[piece]?.isSpread = true }
        }
    }

    /// What each listener is to be told now.
    package mutating func news(
        at now: Duration,
        pieceTime: Duration,
        isDone: Bool
    ) -> [(listener: Int, pieces: [Int])] {
        let limit = max(patience, pieceTime * 8)
        for (piece, offer) in offers {
            if let takenAt = offer.takenAt {
                if !offer.isSpread && now - takenAt >= limit * 2 { publish(piece) }
            } else if now - offer.at >= limit {
                offers[piece] = nil
                listeners[offer.listener]?.open -= 1
                waiting.append(piece)
            }
        }
        let untaken = offers.values.contains { !$0.isTaken }
        let isQuiet = !offers.isEmpty && now - lastTaken >= idle
        if isQuiet || (isDone && !untaken && waiting.isEmpty) {
            for piece in offers.keys.sorted() { publish(piece) }
        }
        offerWaiting(now)
        return tell()
    }

    private mutating func offerWaiting(_ now: Duration) {
        guard !listeners.isEmpty else { return }
        for piece in waiting where !common.contains(piece) {
            // Whoever has the fewest open offers takes what it gets the soonest, and was told the least; not one that let
            // this one lie.
            let able = listeners.filter {
                !$0.value.isFar && !$0.value.told.contains(piece) && !$0.value.news.contains(piece)
            }
            guard let best = able.min(by: { $0.value.rank($0.key) < $1.value.rank($1.key) })?.key else {
                publish(piece)
                continue
            }
            offers[piece] = Offer(listener: best, at: now)
            listeners[best]?.open += 1
            listeners[best]?.news.append(piece)
        }
        waiting = []
    }

    private mutating func publish(_ piece: Int) {
        if let offer = offers.removeValue(forKey: piece), !offer.isTaken {
            listeners[offer.listener]?.open -= 1
        }
        guard common.insert(piece) else { return }
        for listener in listeners.keys { listeners[listener]?.news.append(piece) }
    }

    private mutating func tell() -> [(listener: Int, pieces: [Int])] {
        var all: [(listener: Int, pieces: [Int])] = []
        for listener in listeners.keys.sorted() {
            guard var entry = listeners[listener], !entry.news.isEmpty else { continue }
            let fresh = entry.news.filter { entry.told.insert($0) }
            entry.news = []
            listeners[listener] = entry
            if !fresh.isEmpty { all.append((listener, fresh)) }
        }
        return all
    }
}
