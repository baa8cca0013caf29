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
        /// Pieces that one neighbour is asked for at a time, where a piece is so short that the way to and fro counts.
        package var places = 2
        /// Nothing new from anybody for so long, and what is missing is nowhere.
        package var starvation = Duration.seconds(5)
        /// Nothing new for so long, whatever the neighbours say that they have.
        package var stall = Duration.seconds(15)
        /// A neighbour whose piece can't be believed yet counts as having none for so long, and twice as long each time.
        package var doubt = Duration.seconds(2)
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

    enum Standing { case spare, open, gone, banned }

    struct Neighbour {
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
        /// Pieces in a row that couldn't be believed.
        var doubts = 0
    }

    /// What is there.
    package private(set) var have: PieceSet
    var neighbours: [Neighbour]
    let rules: Rules
    /// What is asked for, and not overdue.
    var asked: PieceSet
    /// How long a piece takes, smoothed; nil before the first.
    private(set) var pieceTime: Duration?
    var lastNews = Duration.zero
    private var lastSign = Duration.zero
    var random: UInt64

    /// - Parameters:
    ///   - have: What is there already.
    ///   - neighbours: Who may be asked, best first; whether each is far away, to be asked only for what nobody near has.
    ///   - rules: When somebody is too slow.
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

    /// Whether a neighbour that is listened to has a piece, and gives what it is asked for.
    ///
    /// The word of one that refuses, or that was lost and has given nothing since, keeps no seed from its source.
    package func isKnown(_ piece: Int, at now: Duration) -> Bool {
        neighbours.contains {
            $0.pieces.contains(piece) && $0.losses == 0 && $0.rests <= now && isGiving($0, at: now)
        }
    }

    /// Whether what a neighbour says that it has is to be had of it: not where what it gave couldn't be believed, nor where
    /// it lets others wait.
    func isGiving(_ neighbour: Neighbour, at now: Duration) -> Bool {
        // Before the first piece nobody knows how long one takes.
        let patience = pieceTime == nil ? rules.grace : overdue
        return neighbour.standing == .open && (neighbour.doubts == 0 || neighbour.rests <= now)
            && !neighbour.asked.contains { now - $0.at >= patience }
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
        lastSign = now
    }

    /// A piece came, whole and right.
    ///
    /// - Returns: Whether it was missing.
    package mutating func received(_ piece: Int, from number: Int, at now: Duration) -> Bool {
        repeated(piece, from: number, at: now)
        return gained(piece, at: now)
    }

    /// A piece came, whole and right, that another gives, too, or gave before.
    package mutating func repeated(_ piece: Int, from number: Int, at now: Duration) {
        if let since = release(piece, of: number) {
            let took = now - since
            pieceTime = pieceTime.map { $0 * 0.9 + took * 0.1 } ?? took
        }
        neighbours[number].received += 1
        neighbours[number].refusals = 0
        neighbours[number].losses = 0
        neighbours[number].doubts = 0
        heard(number, at: now)
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

    /// A neighbour gave a piece that a seed has sealed which isn't known: nobody's fault, but of no use yet.
    package mutating func doubted(_ piece: Int, by number: Int, at now: Duration) {
        _ = release(piece, of: number)
        heard(number, at: now)
        neighbours[number].rests = now + rules.doubt * (1 << min(neighbours[number].doubts, 5))
        neighbours[number].doubts += 1
    }

    /// A seed has shown itself: what couldn't be believed may be right now.
    package mutating func believe(at now: Duration) {
        for number in neighbours.indices where neighbours[number].doubts > 0 {
            neighbours[number].doubts = 0
            neighbours[number].rests = now
        }
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
}
