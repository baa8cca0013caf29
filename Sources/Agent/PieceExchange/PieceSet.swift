/// Some of an image's pieces: a bit for each number.
package struct PieceSet: Hashable, Sendable {
    /// How many pieces the image has.
    package let size: Int
    /// How many of them are in the set.
    package private(set) var count = 0
    /// The first that isn't; ``size`` if all are.
    package private(set) var firstMissing = 0
    /// 64 pieces each, the lowest in the lowest bit; beyond ``size`` all are 0.
    private(set) var words: [UInt64]

    /// The empty set of an image of so many pieces.
    package init(size: Int) {
        self.size = size
        words = Array(repeating: 0, count: (size + 63) / 64)
    }

    /// All pieces.
    package static func all(_ size: Int) -> PieceSet {
        var set = PieceSet(size: size)
        if size > 0 { set.insert(0...size - 1) }
        return set
    }

    package var isFull: Bool { count == size }

    /// Whether a piece is in the set; false for one that the image doesn't have.
    package func contains(_ piece: Int) -> Bool {
        piece >= 0 && piece < size && words[piece / 64] & (1 << UInt64(piece % 64)) != 0
    }

    /// Adds a piece.
    ///
    /// - Returns: Whether it is new, and one of the image's.
    @discardableResult
    package mutating func insert(_ piece: Int) -> Bool {
        guard piece >= 0 && piece < size && !contains(piece) else { return false }
        words[piece / 64] |= 1 << UInt64(piece % 64)
        count += 1
        if piece == firstMissing { advance() }
        return true
    }

    /// Adds pieces in a row, those of them that the image has.
    package mutating func insert(_ pieces: ClosedRange<Int>) {
        let pieces = pieces.clamped(to: 0...max(0, size - 1))
        guard size > 0 else { return }
        for piece in pieces { insert(piece) }
    }

    /// Takes a piece out.
    package mutating func remove(_ piece: Int) {
        guard contains(piece) else { return }
        words[piece / 64] &= ~(1 << UInt64(piece % 64))
        count -= 1
        firstMissing = min(firstMissing, piece)
    }

    /// The pieces in rows, from the first on.
    package var ranges: [ClosedRange<Int>] {
        var ranges: [ClosedRange<Int>] = []
        var piece = 0
        while piece < size {
            // Whole words go at once: an image of thousands of pieces is mostly one row.
            if piece % 64 == 0 && words[piece / 64] == 0 {
                piece += 64
                continue
            }
            guard contains(piece) else {
                piece += 1
                continue
            }
            let first = piece
            while contains(piece) { piece += 1 }
            ranges.append(first...piece - 1)
        }
        return ranges
    }

    private mutating func advance() {
        while firstMissing < size {
            let rest = ~words[firstMissing / 64] >> UInt64(firstMissing % 64)
            guard rest == 0 else {
                firstMissing = min(size, firstMissing + rest.trailingZeroBitCount)
                return
            }
            firstMissing = (firstMissing / 64 + 1) * 64
        }
        firstMissing = size
    }
}
