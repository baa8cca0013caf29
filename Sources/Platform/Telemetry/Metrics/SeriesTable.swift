internal import Synchronization

/// The cells of one metric by their label values.
///
/// The number of series is bounded: a label that took its values from outside would otherwise grow memory and scrape
/// for ever. What comes later shares one series, whose label values are all `_other`.
final class SeriesTable<Cell: AnyObject & Sendable>: Sendable {
    static var limit: Int { 10_000 }

    private let labelCount: Int
    private let make: @Sendable () -> Cell
    private let cells: Mutex<[[String]: Cell]>

    init(labelCount: Int, make: @escaping @Sendable () -> Cell) {
        self.labelCount = labelCount
        self.make = make
        // A metric without labels shows from the start, at zero, so that a rate over it has a beginning.
        self.cells = Mutex(labelCount == 0 ? [[]: make()] : [:])
    }

    func cell(_ values: [String]) -> Cell {
        let key = fitted(values)
        return cells.withLock { cells in
            if let cell = cells[key] { return cell }
            let place = cells.count < Self.limit ? key : [String](repeating: "_other", count: labelCount)
            if let cell = cells[place] { return cell }
            let cell = make()
            cells[place] = cell
            return cell
        }
    }

    func remove(_ values: [String]) {
        let key = fitted(values)
        _ = cells.withLock { $0.removeValue(forKey: key) }
    }

    /// Drops all series but these and the one that what is too many shares.
    func keep(only keys: Set<[String]>) {
        let rest = [String](repeating: "_other", count: labelCount)
        cells.withLock { cells in cells = cells.filter { keys.contains($0.key) || $0.key == rest } }
    }

    func removeAll() {
        cells.withLock { $0.removeAll() }
    }

    func sorted() -> [(values: [String], cell: Cell)] {
        cells.withLock { $0.map { (values: $0.key, cell: $0.value) } }
            .sorted { $0.values.lexicographicallyPrecedes($1.values) }
    }

    /// A wrong number of values is a mistake in the program: caught in debug builds, made to fit in release.
    private func fitted(_ values: [String]) -> [String] {
        assert(values.count == labelCount, "\(values.count) label values for \(labelCount) labels")
        guard values.count != labelCount else { return values }
        return Array((values + [String](repeating: "", count: labelCount)).prefix(labelCount))
    }
}
