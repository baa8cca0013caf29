/// Which pieces a seed reads from the source, and when: runs of pieces, one after the other.
///
/// Seeds share the source, each reads every second run, so that one copy leaves it in all; what another seed doesn't bring
/// in time is read after all.
package struct SourceShare: Sendable {
    /// Which of the seeds this is, from 0.
    package var index: Int
    /// How many seeds there are.
    package var seeds: Int
    /// Pieces of a run: so many that a request for each is no cost, so few that several fit into the window.
    package let run = 16
    /// How long a run of another seed's may be nowhere, once nothing else is left to do.
    package var patience = Duration.seconds(2)
    private var idleSince: Duration?
    /// Seeds that didn't bring theirs in time: their runs are this one's, too.
    private var late: Set<Int> = []

    package init(index: Int, of seeds: Int) {
        self.index = index
        self.seeds = max(1, seeds)
    }

    /// The next pieces to be read, if any: missing ones in a row that nobody else has.
    package mutating func next(_ picker: PiecePicker, window: Int, at now: Duration) -> ClosedRange<Int>? {
        let have = picker.have
        guard !have.isFull else { return nil }
        let runs = have.firstMissing / run...(min(have.size, have.firstMissing + window) - 1) / run
        let isWanted = { (piece: Int) in !have.contains(piece) && !picker.isKnown(piece, at: now) }
        var others: ClosedRange<Int>?
        for number in runs {
            guard let missing = Self.firstRow(in: number * run..<min(have.size, (number + 1) * run), isWanted)
            else {
                continue
            }
            if number % seeds == index || late.contains(number % seeds) {
                idleSince = nil
                return missing
            }
            others = others ?? missing
        }
        guard let others else { return nil }
        guard let since = idleSince else {
            idleSince = now
            return nil
        }
        guard now - since >= patience else { return nil }
        late.insert(others.lowerBound / run % seeds)
        return others
    }

    private static func firstRow(in pieces: Range<Int>, _ isWanted: (Int) -> Bool) -> ClosedRange<Int>? {
        guard let first = pieces.first(where: isWanted) else { return nil }
        let end = (first..<pieces.upperBound).first { !isWanted($0) } ?? pieces.upperBound
        return first...end - 1
    }
}
