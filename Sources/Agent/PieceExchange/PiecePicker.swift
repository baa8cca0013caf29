/// Decides what a host asks of whom while it gets an image from its neighbours: a pure value, driven by what happened and
/// when, so that the agent and a model in virtual time go by the same rules.
///
/// Among what a neighbour has, is missing, not asked for yet and near the first missing piece, the rarest is asked for: a
/// piece that few have is passed on before one that many have. Times are since the exchange began.
package struct PiecePicker: Sendable {
    /// What the agent is to do.
    package enum Action: Hashable, Sendable {
        /// Listen to what a neighbour has.
        case open(Int)
        /// Leave a neighbour alone: it is silent or slow, and another takes its place.
        case close(Int)
        case ask(piece: Int, of: Int)
        /// Nobody has what is missing, for a while now.
        case starved
    }

    /// When somebody is too slow; the defaults are what the model and real links were tried with.
    package struct Rules: Sendable {
        /// Pieces ahead of the first missing one that may be asked for: a digest in order keeps up then.
        package var window = 512
        /// Neighbours that are listened to and asked at a time.
        package var neighbours = 6
        /// A neighbour that says nothing for so long is gone.
        package var silence = Duration.seconds(5)
        /// Nothing new from anybody for so long, and what is missing is nowhere.
        package var starvation = Duration.seconds(5)
        /// A piece may take twenty times the usual, and so much more, before another is asked for it.
        package var patience = Duration.seconds(1)
        /// Before so much time, or its first piece, nobody is judged slow.
        package var grace = Duration.seconds(10)
        /// Refusals in a row after which a neighbour is left.
        package var refusals = 3
        /// A neighbour that was lost may be tried again after so long, and twice as long each time: it may not have been told
        /// to take part yet, or has been restarted.
        package var pause = Duration.milliseconds(500)
        /// Without a sign of life from any neighbour for so long, nobody is left.
        package var loneliness = Duration.seconds(8)

        package init() {}
    }

    private enum Standing { case spare, open, gone, banned }

    private struct Neighbour {
        let isFar: Bool
        var standing = Standing.spare
        var pieces: PieceSet
        /// What it was asked for, and when.
        var asked: [(piece: Int, at: Duration)] = []
        var opened = Duration.zero
        var heard = Duration.zero
        var received = 0
        var refusals = 0
        /// It asked to be left alone until then.
        var rests = Duration.zero
        /// How often it was lost, and when it may be tried again.
        var losses = 0
        var comesBack = Duration.zero
    }

    /// What is there.
    package private(set) var have: PieceSet
    private var neighbours: [Neighbour]
    private let rules: Rules
    /// What is asked for, and not overdue.
    private var asked: PieceSet
    /// How long a piece takes, smoothed; nil before the first.
    private(set) var pieceTime: Duration?
    private var lastNews = Duration.zero
    private var lastSign = Duration.zero
    private var random: UInt64

    /// - Parameters:
    ///   - have: What is there already.
    ///   - neighbours: Who may be asked, best first; whether each is far away, to be asked only for what nobody near has.
    ///   - seed: Decides between pieces that are equally rare.
    package init(have: PieceSet, neighbours: [Bool], rules: Rules = Rules(), seed: UInt64) {
        self.have = have
        self.rules = rules
        self.neighbours = neighbours.map { Neighbour(isFar: $0, pieces: PieceSet(size: have.size)) }
        asked = PieceSet(size: have.size)
        random = seed | 1
    }

    /// Adds somebody who may be asked, and returns its number.
    package mutating func add(isFar: Bool) -> Int {
        neighbours.append(Neighbour(isFar: isFar, pieces: PieceSet(size: have.size)))
        return neighbours.count - 1
    }

    /// Whether nobody is left to ask, or nobody has answered for long.
    package func isAlone(at now: Duration) -> Bool {
        now - lastSign >= rules.loneliness || neighbours.allSatisfy { $0.standing == .banned }
    }

    /// Whether a neighbour that is listened to has a piece.
    package func isKnown(_ piece: Int) -> Bool {
        neighbours.contains { $0.standing == .open && $0.pieces.contains(piece) }
    }

    // MARK: What happened

    /// A neighbour told what it has.
    package mutating func told(_ pieces: [ClosedRange<Int>], by number: Int, at now: Duration) {
        for range in pieces { neighbours[number].pieces.insert(range) }
        heard(number, at: now)
    }

    /// A neighbour gave a sign of life.
    package mutating func heard(_ number: Int, at now: Duration) {
        neighbours[number].heard = now
        neighbours[number].losses = 0
        lastSign = now
    }

    /// A piece came, whole and right.
    ///
    /// - Returns: Whether it was missing.
    package mutating func received(_ piece: Int, from number: Int, at now: Duration) -> Bool {
        if let since = release(piece, of: number) {
            let took = now - since
            pieceTime = pieceTime.map { $0 * 0.9 + took * 0.1 } ?? took
        }
        neighbours[number].received += 1
        neighbours[number].refusals = 0
        heard(number, at: now)
        return gained(piece, at: now)
    }

    /// A piece is there by another way: from the source.
    @discardableResult
    package mutating func gained(_ piece: Int, at now: Duration) -> Bool {
        asked.remove(piece)
        lastNews = now
        return have.insert(piece)
    }

    /// A neighbour has no place, and wants to be left alone for a while.
    package mutating func refused(_ piece: Int, by number: Int, for pause: Duration, at now: Duration) {
        _ = release(piece, of: number)
        heard(number, at: now)
        neighbours[number].rests = now + pause
        neighbours[number].refusals += 1
        if neighbours[number].refusals >= rules.refusals { lost(number, at: now) }
    }

    /// A neighbour is gone, or isn't there yet.
    package mutating func lost(_ number: Int, at now: Duration) {
        leave(number, .gone)
        neighbours[number].comesBack = now + rules.pause * (1 << min(neighbours[number].losses, 4))
        neighbours[number].losses += 1
    }

    /// A neighbour gave something wrong: it isn't asked again.
    package mutating func ban(_ number: Int) { leave(number, .banned) }

    private mutating func leave(_ number: Int, _ standing: Standing) {
        for (piece, _) in neighbours[number].asked { asked.remove(piece) }
        neighbours[number].asked = []
        neighbours[number].pieces = PieceSet(size: have.size)
        neighbours[number].refusals = 0
        if neighbours[number].standing != .banned { neighbours[number].standing = standing }
    }

    private mutating func release(_ piece: Int, of number: Int) -> Duration? {
        guard let index = neighbours[number].asked.firstIndex(where: { $0.piece == piece }) else {
            return nil
        }
        let since = neighbours[number].asked.remove(at: index).at
        if !neighbours.contains(where: { $0.asked.contains { $0.piece == piece } }) { asked.remove(piece) }
        return since
    }

    // MARK: What to do

    /// What follows from all that happened until now.
    package mutating func actions(at now: Duration) -> [Action] {
        guard !have.isFull else { return [] }
        var actions: [Action] = []
        leaveBad(now, &actions)
        openSpares(now, &actions)
        freeOverdue(now)
        ask(now, &actions)
        if now - lastNews >= rules.starvation && isStarved {
            lastNews = now
            actions.append(.starved)
        }
        return actions
    }

    /// Until when nothing has to be done unless something happens.
    package func deadline(after now: Duration) -> Duration {
        var next = lastNews + rules.starvation
        for neighbour in neighbours where neighbour.standing == .gone && neighbour.comesBack > now {
            next = min(next, neighbour.comesBack)
        }
        for neighbour in neighbours where neighbour.standing == .open {
            next = min(next, neighbour.heard + rules.silence)
            if neighbour.rests > now { next = min(next, neighbour.rests) }
            for (piece, since) in neighbour.asked where asked.contains(piece) {
                next = min(next, since + overdue)
            }
        }
        return max(next, now + .milliseconds(1))
    }

    private var overdue: Duration { (pieceTime ?? .zero) * 20 + rules.patience }

    /// Whether nobody has any of the pieces that are missing and near.
    private var isStarved: Bool {
        !neighbours.contains { neighbour in
            neighbour.standing == .open && !(candidates(neighbour, evenAsked: true).isEmpty)
        }
    }

    private mutating func leaveBad(_ now: Duration, _ actions: inout [Action]) {
        let best = neighbours.filter { $0.standing == .open }.map { rate($0, now) }.max() ?? 0
        let hasSpare = neighbours.contains { $0.standing == .spare }
        for number in neighbours.indices where neighbours[number].standing == .open {
            let neighbour = neighbours[number]
            let isSilent = now - neighbour.heard >= rules.silence
            let isSlow =
                hasSpare && now - neighbour.opened >= rules.grace && !neighbour.asked.isEmpty
                && rate(neighbour, now) * 10 < best
            guard isSilent || isSlow else { continue }
            lost(number, at: now)
            actions.append(.close(number))
        }
    }

    private func rate(_ neighbour: Neighbour, _ now: Duration) -> Double {
        Double(neighbour.received) / max(0.001, (now - neighbour.opened) / .seconds(1))
    }

    private mutating func openSpares(_ now: Duration, _ actions: inout [Action]) {
        var open = neighbours.count { $0.standing == .open }
        // Those that were lost come after those that were never tried.
        for standing in [Standing.spare, .gone] {
            for number in neighbours.indices where open < rules.neighbours {
                guard neighbours[number].standing == standing, neighbours[number].comesBack <= now else {
                    continue
                }
                neighbours[number].standing = .open
                neighbours[number].opened = now
                neighbours[number].heard = now
                neighbours[number].received = 0
                open += 1
                actions.append(.open(number))
            }
        }
    }

    /// Lets others be asked for what takes too long; whoever was asked first may still give it.
    private mutating func freeOverdue(_ now: Duration) {
        for neighbour in neighbours where neighbour.standing == .open {
            for (piece, since) in neighbour.asked where now - since >= overdue { asked.remove(piece) }
        }
    }

    private mutating func ask(_ now: Duration, _ actions: inout [Action]) {
        // One piece at a time of each, two where a piece is so short that the way to and fro counts.
        let places = (pieceTime ?? .seconds(1)) < .milliseconds(100) ? 2 : 1
        for place in 1...places {
            for number in neighbours.indices {
                let neighbour = neighbours[number]
                guard neighbour.standing == .open, neighbour.asked.count < place, neighbour.rests <= now,
                    let piece = pick(of: neighbour)
                else { continue }
                asked.insert(piece)
                neighbours[number].asked.append((piece, now))
                actions.append(.ask(piece: piece, of: number))
            }
        }
    }

    /// The rarest piece that a neighbour has and that is wanted.
    private mutating func pick(of neighbour: Neighbour) -> Int? {
        var (best, fewest, equals) = (Int?.none, Int.max, UInt64(0))
        let others = neighbours.filter { $0.standing == .open }
        for piece in candidates(neighbour, evenAsked: false) {
            let holders = others.count { $0.pieces.contains(piece) }
            if holders < fewest {
                (best, fewest, equals) = (piece, holders, 1)
            } else if holders == fewest {
                equals += 1
                if next() % equals == 0 { best = piece }
            }
        }
        return best
    }

    /// What of the window a neighbour may be asked for.
    private func candidates(_ neighbour: Neighbour, evenAsked: Bool) -> [Int] {
        let first = have.firstMissing
        let end = min(have.size, first + rules.window)
        guard first < end else { return [] }
        var found: [Int] = []
        for word in first / 64...(end - 1) / 64 {
            var bits = neighbour.pieces.words[word] & ~have.words[word]
            if !evenAsked { bits &= ~asked.words[word] }
            if neighbour.isFar && !evenAsked {
                for other in neighbours where other.standing == .open && !other.isFar {
                    bits &= ~other.pieces.words[word]
                }
            }
            while bits != 0 {
                let piece = word * 64 + bits.trailingZeroBitCount
                bits &= bits - 1
                if piece >= first && piece < end && !neighbour.asked.contains(where: { $0.piece == piece }) {
                    found.append(piece)
                }
            }
        }
        return found
    }

    /// Xorshift: among equals any will do.
    private mutating func next() -> UInt64 {
        random ^= random << 13
        random ^= random >> 7
        random ^= random << 17
        return random
    }
}
