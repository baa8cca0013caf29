/// What is to be done: who is listened to, and which piece is asked of whom.
extension PiecePicker {
    /// What follows from all that happened until now, with so many pieces to be asked for at most.
    package mutating func actions(at now: Duration, asks: Int = .max) -> [Action] {
        guard !have.isFull else { return [] }
        var actions: [Action] = []
        leaveBad(now, &actions)
        openSpares(now, &actions)
        freeOverdue(now)
        ask(now, asks, &actions)
        if (now - lastNews >= rules.starvation && isStarved(now)) || now - lastNews >= stall {
            lastNews = now
            actions.append(.starved)
        }
        return actions
    }

    /// Until when nothing has to be done unless something happens.
    package func deadline(after now: Duration) -> Duration {
        var next = lastNews + min(rules.starvation, stall)
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

    var overdue: Duration { (pieceTime ?? .zero) * 20 + rules.patience }

    private var stall: Duration { max(rules.stall, overdue) }

    /// Whether nobody has any of the pieces that are missing and near.
    private func isStarved(_ now: Duration) -> Bool {
        !neighbours.contains { isGiving($0, at: now) && !(candidates($0, evenAsked: true).isEmpty) }
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

    private mutating func ask(_ now: Duration, _ most: Int, _ actions: inout [Action]) {
        var rest = most
        // One piece at a time of each, two where a piece is so short that the way to and fro counts.
        let places = (pieceTime ?? .seconds(1)) < .milliseconds(100) ? rules.places : 1
        for place in 1...places {
            for number in neighbours.indices {
                let neighbour = neighbours[number]
                guard rest > 0, neighbour.standing == .open, neighbour.asked.count < place,
                    neighbour.rests <= now,
                    let piece = pick(of: neighbour)
                else { continue }
                rest -= 1
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
